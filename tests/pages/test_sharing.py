"""One answer for all who ask at the same time, and never one from before they asked."""

from __future__ import annotations

import asyncio

import pytest

from bot.pages.sharing import Shared
from tests.waiting import until


class Counting:
    """Counts how often it was asked; answers when it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        await self.gate.wait()
        return number


async def test_five_hundred_who_ask_together_cost_one_and_the_late_ones_one_more() -> None:
    shared, counting = Shared[int](), Counting()
    early = [asyncio.create_task(shared.of("board", counting)) for _ in range(500)]
    await until(lambda: counting.begun == 1)
    late = [asyncio.create_task(shared.of("board", counting)) for _ in range(500)]
    counting.gate.set()
    assert set(await asyncio.gather(*early)) == {1}
    assert set(await asyncio.gather(*late)) == {2}
    assert counting.begun == 2


async def test_another_question_has_an_answer_of_its_own() -> None:
    shared, counting = Shared[int](), Counting()
    counting.gate.set()
    assert await shared.of("board", counting) == 1
    assert await shared.of("board of a post", counting) == 2


async def test_who_goes_away_takes_the_answer_from_nobody_and_an_error_stays_no_longer() -> None:
    shared, counting = Shared[int](), Counting()
    leaving = asyncio.create_task(shared.of("board", counting))
    staying = asyncio.create_task(shared.of("board", counting))
    await until(lambda: counting.begun == 1)
    leaving.cancel()
    counting.gate.set()
    assert await staying == 1

    async def fail() -> int:
        raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        await shared.of("board", fail)
    assert await shared.of("board", counting) == 2
