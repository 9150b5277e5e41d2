"""Playing: what invented people write comes in as what anybody writes on the phone page.

The worker plays the drills that are under way, and `tammen drill run` one by itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import roll_call
from bot.consular.drills import cast
from bot.consular.drills.cast import Line
from bot.consular.drills.scenarios import Scenario
from bot.inbox import rows
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import Address, Crisis, CrisisState, Drill, DrillPart

MAX_LINES = 200  # of a drill in one transaction
MAX_UNDER_WAY = 4  # drills whose lines are remembered


async def under_way(session: AsyncSession) -> list[int]:
    """Return the numbers of the drills that are being played."""
    query = (
        select(Drill.crisis_id)
        .join(
            Crisis,
            Crisis.id == Drill.crisis_id,
        )
        .where(
            Drill.played_at.is_not(None),
            Drill.stopped_at.is_(None),
            Crisis.state == CrisisState.OPEN,
        )
        .order_by(Drill.crisis_id)
    )
    return list(await session.scalars(query))


async def play(session: AsyncSession, crisis_id: int, now: datetime) -> list[int]:
    """Store what the people of a drill write until now; return the people who wrote.

    Two workers never play the same: the row of the drill is locked, and each line has a number of
    its own in the inbox.
    """
    drill = await session.get(Drill, crisis_id, with_for_update=True, populate_existing=True)
    if drill is None or drill.played_at is None or drill.stopped_at is not None:
        return []
    crisis = await session.get_one(Crisis, crisis_id)
    due = await _due(session, drill, crisis, now)
    drill.played_at = now
    if len(due) > MAX_LINES:
        due = due[:MAX_LINES]
        drill.played_at = _moment(crisis, due[-1])
    messages = await _messages(session, crisis_id, due)
    if not messages:
        return []
    person_ids = await rows.receive(session, messages, now)
    return [person_id for person_id in person_ids if person_id is not None]


async def _due(
    session: AsyncSession,
    drill: Drill,
    crisis: Crisis,
    now: datetime,
) -> list[Line]:
    """Return the lines since the last time and until now; those of that time come again."""
    people = select(func.count()).where(DrillPart.crisis_id == drill.crisis_id)
    number = await session.scalar(people) or 0
    document = json.dumps(drill.scenario, sort_keys=True)
    lines = _lines(document, number, drill.seed or 0)
    played_until = drill.played_at or crisis.opened_at
    due: list[Line] = []
    for line in lines:
        if played_until <= _moment(crisis, line) <= now:
            due.append(line)
    return due


@lru_cache(maxsize=MAX_UNDER_WAY)
def _lines(document: str, number: int, seed: int) -> Sequence[Line]:
    """Write the lines of a scenario (as JSON) once: the worker asks for them every two seconds."""
    scenario = Scenario.model_validate_json(document)
    return cast.lines(scenario, number, seed)


def _moment(crisis: Crisis, line: Line) -> datetime:
    return crisis.opened_at + timedelta(seconds=line.second)


async def _messages(
    session: AsyncSession,
    crisis_id: int,
    due: Sequence[Line],
) -> list[Inbound]:
    """Write lines as the phone page hands them in; people who were removed write nothing."""
    places = {line.place for line in due}
    phones = await _phones(session, crisis_id, places)
    messages: list[Inbound] = []
    for line in due:
        if line.place in phones:
            address, form = phones[line.place]
            message = _message(crisis_id, line, address, form)
            messages.append(message)
    return messages


async def _phones(
    session: AsyncSession,
    crisis_id: int,
    places: Collection[int],
) -> dict[int, tuple[str, Form]]:
    """Return the address and screen of the people at these places of the cast."""
    query = (
        select(
            DrillPart.place,
            Address.address,
            Address.form,
        )
        .join(
            Address,
            Address.person_id == DrillPart.person_id,
        )
        .where(
            DrillPart.crisis_id == crisis_id,
            DrillPart.place.in_(places),
        )
    )
    phones: dict[int, tuple[str, Form]] = {}
    for place, address, form in await session.execute(query):
        phones[place] = (address, form)
    return phones


def _message(
    crisis_id: int,
    line: Line,
    address: str,
    form: Form,
) -> Inbound:
    kind, text = _kind_and_text(line.text, form)
    return Inbound(
        Channel.PHONE,
        f"drill-{crisis_id}-{line.place}-{line.number}",
        address,
        kind,
        form,
        text,
    )


def _kind_and_text(text: str, form: Form) -> tuple[Kind, str]:
    """Read a line: `[/safe]` presses a button, or writes its number where there are none."""
    payload = text.removeprefix("[").removesuffix("]")
    payloads = [answer for answer, _label in roll_call.ANSWERS]
    if text == payload or payload not in payloads:
        return Kind.TEXT, text
    if form is Form.CHAT:
        return Kind.BUTTON, payload
    number = payloads.index(payload) + 1
    return Kind.TEXT, str(number)
