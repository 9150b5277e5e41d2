"""A shared position is kept exactly while a case is open, and to about a kilometre otherwise."""

from __future__ import annotations

from bot.models import Case, CaseState, InboundMessage, Person
from tests.channels_on import RunningClock
from tests.line import Line

SHARED = {"latitude": 41.013842, "longitude": 28.949661}


async def held(house: Line) -> tuple[str | None, str | None, dict[str, float]]:
    """Return what is held of the writer's position: exact, rounded, and in the last message."""
    (person,) = await house.rows(Person)
    messages = await house.rows(InboundMessage)
    return person.location, person.position, messages[-1].content["location"]


async def test_a_position_is_rounded_where_no_case_is_open(house: Line) -> None:
    await house.chat(location=SHARED)
    rounded = {"latitude": 41.01, "longitude": 28.95}
    assert await held(house) == (None, "41.01,28.95", rounded)
    (person,) = await house.rows(Person)
    assert "41.0138" not in str(person.dialogue)


async def test_a_position_stays_exact_once_a_case_is_open(house: Line) -> None:
    await house.chat("نجدة")
    await house.chat(location=SHARED)
    assert await held(house) == ("41.013842,28.949661", "41.01,28.95", SHARED)


async def test_a_position_while_a_closed_case_is_on_hold_stays_exact(house: Line) -> None:
    await house.chat("نجدة")
    async with house.runtime.db.begin() as session:
        (case,) = await house.rows(Case)
        case = await session.merge(case)
        case.state = CaseState.CLOSED
        case.closed_at = case.held_at = house.runtime.clock()
    await house.chat(location=SHARED)
    assert (await held(house))[0] == "41.013842,28.949661"


async def test_a_position_shared_again_is_a_copy_though_the_first_was_rounded(
    house: Line, clock_now: RunningClock
) -> None:
    for _ in range(2):
        await house.chat(location=SHARED)
        clock_now.advance(seconds=1)
    assert len(house.messages()) == 1
