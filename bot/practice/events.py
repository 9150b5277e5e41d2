"""What happens around a conversation: staff open a crisis, and the worker sends to many."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out, place_questions
from bot.consular.crises import cases, crises, journeys, letters
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.models import CaseKind, Person, Role, Staff
from bot.practice.lines import OpenCrisis
from bot.runtime.runtime import Runtime

OFFICER = "officer@practice.example"
MAX_SLICE = 1000  # recipients at once


async def open_crisis(runtime: Runtime, order: OpenCrisis) -> None:
    """Open a crisis as the console does; everyone there is asked. Raises ConsularError."""
    async with runtime.db.begin() as session:
        await crises.open_crisis(
            session,
            await _officer(session, runtime),
            {"en": order.name_en, "ar": order.name_ar},
            [order.country],
            drill=False,
            now=runtime.clock(),
        )


async def write_letter(runtime: Runtime, person_id: int, words: str) -> None:
    """Write to the person as the console does, in the case in which they ask for staff.

    Raises ConsularError.
    """
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person_id)
        case = await letters.conversing(session, person, now)
        if case is None:
            case = await cases.open_case(session, person, CaseKind.HUMAN, "", now)
        officer = await _officer(session, runtime)
        await letters.write(session, officer, case, words, now)


async def hand_back(runtime: Runtime, person_id: int) -> None:
    """Let the bot answer again. Raises ConsularError."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person_id)
        case = await letters.conversing(session, person, now)
        if case is None:
            raise ConsularError("The bot answers already.")
        await letters.hand_back(session, await _officer(session, runtime), case, now)


async def _officer(session: AsyncSession, runtime: Runtime) -> Staff:
    officer = await accounts.by_email(session, OFFICER)
    if officer is None:
        officer, _token = await accounts.add(
            session,
            OFFICER,
            Role.HQ_OFFICER,
            None,
            runtime.clock(),
            None,
        )
    return officer


async def fan_out_broadcasts(runtime: Runtime) -> None:
    """Queue the messages of every broadcast that has begun, as the worker does."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for broadcast in await fan_out.open_ones(session, now):
            while await fan_out.fan_out(session, broadcast, MAX_SLICE, now):
                pass


async def ask_for_places(runtime: Runtime) -> None:
    """Ask whoever's turn it is whether they are still there, as a worker does by day."""
    per_hour = runtime.settings.freshness_questions_per_hour
    has_link = runtime.settings.public_url is not None
    async with runtime.db.begin() as session:
        await place_questions.ask(session, per_hour, runtime.clock(), has_link)


async def advance_trips(runtime: Runtime) -> None:
    """Begin and end the trips that are due, as the worker does."""
    last_id: int | None = 0
    while last_id is not None:
        async with runtime.db.begin() as session:
            trips = await journeys.advance(session, last_id, runtime.clock())
        last_id = trips.last_id
