"""Redis, Rasa and the database go away while people write.

Nothing is lost and nobody restarts anything.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.embedded.rasa import free_port
from bot.models import CheckIn, InboundMessage
from tests.faults.database import Postgres
from tests.faults.house import House, opened, texts_to
from tests.servers import postgres

CHATS = range(2000, 2010)
MORE = range(2010, 2020)


async def test_redis_killed_and_emptied_while_messages_arrive_loses_nothing(house: House) -> None:
    await house.web()
    await house.worker()
    for chat in CHATS:
        await house.says(chat, "أنا بخير")
    await house.valkey.kill()
    assert [await house.says(chat, "أنا بخير") for chat in MORE] == [200] * len(MORE)
    await house.until(house.is_settled)  # replies leave while it is away
    assert texts_to(house.telegram, [*CHATS, *MORE]) == {str(chat): 1 for chat in [*CHATS, *MORE]}
    await house.valkey.start()
    await house.says(MORE[-1] + 1, "أنا بخير")
    await house.until(lambda: house.telegram.to(str(MORE[-1] + 1)))
    await house.until(lambda: _is_ready(house))
    assert await house.count(of=CheckIn) == len(CHATS) + len(MORE) + 1


@pytest.mark.parametrize("how", ["gone", "hanging", "failing"])
async def test_free_text_is_answered_without_rasa(house: House, how: str) -> None:
    house.nlu.hangs, house.nlu.fails = how == "hanging", how == "failing"
    more = {"NLU_URL": f"http://127.0.0.1:{free_port()}"} if how == "gone" else {}
    house.env |= more
    await house.web()
    await house.worker()
    for chat in CHATS:
        await house.says(chat, "الحمد لله نحن كلنا كويسين توا")
    await house.until(lambda: all(house.telegram.to(str(chat)) for chat in CHATS))
    assert await house.states(InboundMessage) == {"done": len(CHATS)}
    assert await house.count(InboundMessage.understood_by == "rasa") == 0


async def test_the_database_may_be_stopped_and_started_again(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    server = await own_postgres.start()
    await postgres.execute(server, "CREATE DATABASE tammen")
    async with opened(tmp_path, f"{server}/tammen") as house:
        await house.run("migrate")
        await house.web()
        await house.worker()
        await house.says(CHATS[0], "أنا بخير")
        await house.until(house.is_settled)
        await own_postgres.stop()
        assert [await house.says(chat, "أنا بخير") for chat in CHATS[:3]] == [503] * 3
        assert await house.texts("SM1", "+218910000001", "أنا بخير") == 503
        assert not await _is_ready(house)
        await own_postgres.start()
        await house.db.close()  # the test's own connections; the processes must see to theirs
        await house.until(lambda: _is_ready(house))
        for chat in CHATS:  # the provider comes again
            await house.until(lambda: _is_taken(house, chat))  # noqa: B023  # awaited at once
        await house.until(house.is_settled)
        assert all(house.telegram.to(str(chat)) for chat in CHATS)
        assert set(house.processes) == {"web", "worker"}
        assert all(process.returncode is None for process in house.processes.values())


async def _is_taken(house: House, chat: int) -> bool:
    return await house.says(chat, "أنا بخير") == 200


async def _is_ready(house: House) -> bool:
    async with house.http.get(f"{house.url}/health/ready") as answer:
        return answer.status == 200
