"""A broadcast while everything fails: nobody is missed, who stood in `sending` may get it twice, a
cancel stops it.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle
from bot.consular.people import facts
from bot.consular.reference import places
from bot.models import (
    Address,
    Advisory,
    Broadcast,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
    Severity,
    Staff,
)
from bot.outbox import DOUBT_REASONS
from tests import builders
from tests.faults.database import Postgres
from tests.faults.house import House, opened
from tests.servers import postgres
from tests.servers.telegram import BLOCKED, Telegram

State = OutboundState
WAITING = OutboundMessage.state.in_((State.QUEUED, State.SENDING))
SENDING = OutboundMessage.state == State.SENDING
MAY_HAVE_LEFT = or_(SENDING, OutboundMessage.reason.in_(DOUBT_REASONS))
STOPS_WITHIN = (
    2.0  # seconds after which nothing leaves of a broadcast that was cancelled, or is over
)
HOLDS = 6.0  # seconds that one is valid
ON_ITS_WAY = 1.0  # seconds in which what had its turn still arrives
NUMBER = "+218910000777"


async def _advisory(house: House, **changes: Any) -> int:
    """One on its way to Turkey, approved by a second person. Its id."""
    now = datetime.now(UTC)
    async with house.db.begin() as session:
        team = await builders.team(session, now)
        advisory, _ = await builders.approved(session, team, now, **changes)
        return advisory.id


async def _officer(session: AsyncSession) -> Staff:
    return (await session.scalars(select(Staff).where(Staff.role == Role.HQ_OFFICER))).one()


async def _is(house: House, advisory_id: int, state: str) -> bool:
    async with house.db.read() as session:
        return (await session.get_one(Advisory, advisory_id)).state.value == state


async def _is_over(house: House) -> bool:
    return not await house.count(WAITING, of=OutboundMessage)


def _copies(bot_api: Telegram) -> Counter[str]:
    """Messages that reached each chat."""
    return Counter(str(call.fields["chat_id"]) for call in bot_api.delivered)


async def _all_have_it(
    house: House, advisory_id: int, bot_api: Telegram, chats: list[int], may_repeat: int
) -> None:
    """Waits until it is sent by itself; then everybody has it, and no more have it twice than
    may.
    """
    await house.until(lambda: _is(house, advisory_id, "sent"), 100)
    copies = _copies(bot_api)
    assert set(copies) == {str(chat) for chat in chats}
    assert copies.total() - len(chats) <= may_repeat
    assert await house.states() == {"sent": len(chats)}


async def test_it_goes_on_after_kill_9_a_flushed_redis_and_a_redis_that_is_gone(
    house: House,
) -> None:
    chats = await house.seeded(2500)
    advisory_id = await _advisory(house)
    house.telegram.latency = 0.2
    await house.worker()
    await house.until(lambda: len(house.telegram.delivered) > 200)
    async with Redis.from_url(house.valkey.url) as client:
        await client.flushall()
    await house.until(lambda: len(house.telegram.delivered) > 600)
    await house.kill("worker")
    may_repeat = await house.count(SENDING, of=OutboundMessage)
    await house.time_passes()
    await house.valkey.kill()
    await house.worker()
    await house.until(lambda: len(house.telegram.delivered) > 1200)
    await house.valkey.start()
    await _all_have_it(house, advisory_id, house.telegram, chats, may_repeat)


async def test_it_waits_for_a_telegram_that_refuses_connections(house: House) -> None:
    chats = await house.seeded(1500)
    advisory_id = await _advisory(house)
    bot_api = Telegram(latency=0.1)
    async with bot_api.running():
        house.env["TELEGRAM_API_URL"] = bot_api.url
        await house.worker()
        await house.until(lambda: len(bot_api.delivered) > 300)
    may_repeat = await house.count(MAY_HAVE_LEFT, of=OutboundMessage)
    taken = len(bot_api.delivered)
    await house.until(lambda: house.said().count("channel_paused") > 1)
    assert len(bot_api.delivered) == taken
    async with bot_api.running():
        await _all_have_it(house, advisory_id, bot_api, chats, may_repeat)


async def test_it_goes_on_after_a_restart_of_the_database(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    server = await own_postgres.start()
    await postgres.execute(server, "CREATE DATABASE tammen")
    async with opened(tmp_path, f"{server}/tammen") as house:
        await house.run("migrate")
        chats = await house.seeded(1500)
        advisory_id = await _advisory(house)
        house.telegram.latency = 0.1
        await house.worker()
        await house.until(lambda: len(house.telegram.delivered) > 300)
        may_repeat = await house.count(SENDING, of=OutboundMessage)
        await own_postgres.stop()
        await own_postgres.start()
        await house.db.close()  # the test's own connections; the worker must see to its own
        await _all_have_it(house, advisory_id, house.telegram, chats, may_repeat)
        assert house.processes["worker"].returncode is None


async def _cancel(house: House, advisory_id: int) -> tuple[float, float]:
    """When it began and when it was committed (monotonic seconds)."""
    began = time.monotonic()
    async with house.db.begin() as session:
        row = await session.get_one(Advisory, advisory_id)
        await corrections.withdraw(session, await _officer(session), row, datetime.now(UTC))
    return began, time.monotonic()


@pytest.mark.parametrize(
    ("rows", "rate"), [(300, 100_000), (20_000, 300)], ids=["in mid fan-out", "all are queued"]
)
async def test_a_cancel_stops_the_fan_out_and_the_sending_of_tens_of_thousands(
    house: House, rows: int, rate: int
) -> None:
    await house.seeded(20_000)
    house.env["TELEGRAM_RATE"] = str(rate)
    advisory_id = await _advisory(house)
    house.telegram.latency = 0.1
    await house.worker()
    await house.until(lambda: len(house.telegram.sent()) > 100)
    await house.until(lambda: _has_rows(house, rows))
    began, ended = await _cancel(house, advisory_id)
    await house.until(lambda: time.monotonic() > began + STOPS_WITHIN)
    sent = len(house.telegram.sent())
    await house.until(lambda: _is_over(house))
    await house.until(lambda: time.monotonic() > began + 3 * STOPS_WITHIN)
    assert len(house.telegram.sent()) == sent < 20_000
    states = await house.states()
    assert states["sent"] == len(house.telegram.delivered) == sent
    assert set(states) == {"sent", "dropped"}
    print(f"cancelled in {ended - began:.2f} s; {_after(house.telegram, began)}; {states}")


async def _has_rows(house: House, rows: int) -> bool:
    return await house.count(of=OutboundMessage) >= rows


async def test_a_cancel_also_stops_what_waits_behind_a_slow_provider(house: House) -> None:
    """A claimed row that finds no room must not leave seconds later."""
    await house.seeded(3000)
    advisory_id = await _advisory(house)
    house.telegram.latency = 3.0
    await house.worker()
    await house.until(lambda: len(house.telegram.sent()) >= 384)
    _, ended = await _cancel(house, advisory_id)
    await house.until(lambda: _is_over(house))
    late = [call.at - ended for call in house.telegram.sent() if call.at > ended + STOPS_WITHIN]
    assert late == []


def _after(bot_api: Telegram, moment: float) -> str:
    later = [call.at - moment for call in bot_api.sent() if call.at > moment]
    return f"{len(later)} more left, the last after {max(later, default=0):.2f} s"


async def test_nothing_leaves_after_its_time(house: House) -> None:
    chats = await house.seeded(2000)
    house.env["TELEGRAM_RATE"] = "100"
    await house.worker()
    await house.until(lambda: house.telegram.webhook)
    ends = time.monotonic() + HOLDS
    advisory_id = await _advisory(house, valid_until=datetime.now(UTC) + timedelta(seconds=HOLDS))
    await house.until(lambda: _is(house, advisory_id, "expired"))
    await house.until(lambda: _is_over(house))
    sent = house.telegram.sent()
    assert 0 < len(sent) < len(chats)
    assert [call.at - ends for call in sent if call.at > ends + ON_ITS_WAY] == []
    assert await house.states() == {"sent": len(sent), "expired": len(chats) - len(sent)}


async def test_who_arrives_while_it_holds_gets_it_within_seconds_and_once(house: House) -> None:
    chats = await house.seeded(20)
    async with house.db.begin() as session:
        traveller = await builders.person(session, datetime.now(UTC), "telegram:555", country="EG")
    advisory_id = await _advisory(house)
    await house.worker()
    await house.until(lambda: _is(house, advisory_id, "sent"))
    for city in ("TR/Istanbul", "TR/Ankara"):
        async with house.db.begin() as session:
            person = await session.get_one(Person, traveller.id)
            await facts.set_place(session, person, places.place_of(city), datetime.now(UTC))
        await house.until(lambda: house.telegram.to("555"))
    await house.until(lambda: _looked_twice(house))
    assert _copies(house.telegram) == Counter([*map(str, chats), "555"])


async def _looked_twice(house: House) -> bool:
    """The worker has looked for late joiners since the traveller moved for the second time."""
    async with house.db.read() as session:
        moved = await session.scalar(
            select(Person.changed_at).join(Address).where(Address.index == "telegram:555")
        )
        looked = await session.scalar(select(Broadcast.looked_at))
    return moved is not None and looked is not None and looked > moved


async def test_a_severe_one_goes_by_sms_to_who_blocked_the_bot(house: House) -> None:
    now = datetime.now(UTC)
    async with house.db.begin() as session:
        await builders.person(session, now, "telegram:555", f"sms:{NUMBER}")
    house.telegram.for_address["555"] = BLOCKED
    advisory_id = await _advisory(house, severity=Severity.SEVERE)
    async with house.db.begin() as session:
        await session.execute(update(Broadcast).values(fallback_after=1))
    await house.worker()
    await house.until(lambda: house.twilio.to(NUMBER))
    await house.until(lambda: _is_over(house))
    assert (len(house.twilio.to(NUMBER)), house.telegram.to("555")) == (1, [])
    assert await _is(house, advisory_id, "sent")
    assert await house.count(OutboundMessage.moved_from == "telegram", of=OutboundMessage) == 1


async def test_a_correction_reaches_who_got_the_wrong_one_and_edits_what_they_see(
    house: House,
) -> None:
    chats = await house.seeded(40)
    late = {str(chat) for chat in chats[20:]}
    house.telegram.for_address.update(dict.fromkeys(late, BLOCKED))
    wrong = await _advisory(house)
    await house.worker()
    await house.until(lambda: _is(house, wrong, "sent"))
    now = datetime.now(UTC)
    async with house.db.begin() as session:
        officer = await _officer(session)
        row = await corrections.begin(session, officer, await session.get_one(Advisory, wrong), now)
        await lifecycle.edit(
            session,
            officer,
            row,
            builders.wording(text_ar="فُتحت الطرق.", text_en="Roads are open."),
            now,
        )
        await lifecycle.submit(session, officer, row, now)
        await lifecycle.override(session, officer, row, "لا وقت للانتظار الآن", now)
        right = row.id
    await house.until(lambda: _is(house, right, "sent"))
    edits = [call.fields for call in house.telegram.calls if call.name == "editMessageText"]
    assert {call["chat_id"] for call in edits} == {str(chat) for chat in chats[:20]}
    assert len(edits) == 20
    assert _copies(house.telegram) == dict.fromkeys(map(str, chats[:20]), 2)
