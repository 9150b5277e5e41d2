"""What an officer does for a person of a crisis: mark what they were told, calls, ask again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.crises import people
from bot.consular.audiences.answering import Answering
from bot.consular.crises import asking_again, outreach, roster, roster_cells, roster_entries
from bot.consular.crises.outreach import Word
from bot.consular.crises.roster_entries import Entry
from bot.consular.errors import ConsularError
from bot.consular.people import reply_links
from bot.consular.staff import accounts
from bot.models import (
    CheckInStatus,
    Crisis,
    OutreachKind,
    OutreachMeans,
    OutreachSource,
)
from bot.pages import zones
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"


async def form(visit: Visit) -> Response:
    """Show the form to mark what was told of one person; the look is noted.

    Without a person it is the list, to choose one.
    """
    crisis = await people.find(visit)
    query = visit.request.query_params
    digits = query.get("person")
    if digits is None:
        return await people.show(visit)
    person_id = row_number(digits) or 0
    async with visit.runtime.db.begin() as session:
        person_ids = await roster.visible(
            session,
            visit.staff,
            crisis,
            [person_id],
        )
        listed = await roster_entries.entries(session, crisis, person_ids)
        if not listed:
            raise HTTPException(404)
        await roster.note_look(
            session,
            visit.staff,
            crisis,
            "viewed",
            person_ids,
            visit.now,
        )
        officers = await accounts.addresses(session)
        groups = await asking_again.preview(session, crisis, listed[0].person)
    return _form(visit, crisis, listed[0], officers, groups)


def _form(
    visit: Visit,
    crisis: Crisis,
    entry: Entry,
    officers: Mapping[int, str],
    groups: Sequence[Answering],
) -> Response:
    filters = people.of_address(visit, crisis)
    zone = zones.of(visit)
    return visit.page(
        "crises/outreach.html",
        crisis=crisis,
        entry=entry,
        query=people.address(filters),
        labels=roster_cells,
        officers=officers,
        answering=groups,
        all_statuses=list(CheckInStatus),
        zone=zone,
        zone_name=zones.name(zone, visit.language, visit.now),
    )


async def tell(visit: Visit) -> Response:
    """Record what somebody told of a person."""
    crisis = await people.find(visit)
    word = _word(visit)
    person_id = _person_id(visit)
    async with visit.runtime.db.begin() as session:
        await outreach.tell(
            session,
            visit.staff,
            crisis,
            person_id,
            word,
            visit.now,
        )
    await bells.announce(visit.runtime.redis, TOPIC)
    return _back(visit, crisis, "marked")


async def call(visit: Visit) -> Response:
    """Record a call in vain."""
    crisis = await people.find(visit)
    kinds = {kind.value: kind for kind in outreach.CALLS}
    kind = kinds.get(visit.field("kind"), OutreachKind.TOLD)  # which is refused
    words = visit.field("words", outreach.MAX_WORDS_CHARS)
    person_id = _person_id(visit)
    async with visit.runtime.db.begin() as session:
        await outreach.call(
            session,
            visit.staff,
            crisis,
            person_id,
            kind,
            words,
            visit.now,
        )
    return _back(visit, crisis, "called")


async def ask(visit: Visit) -> Response:
    """Queue the question once more for one person."""
    crisis = await people.find(visit)
    person_id = _person_id(visit)

    def link(of_person: int) -> str:
        public_url = visit.runtime.settings.public_url
        if not public_url:
            return ""
        return reply_links.reply_link(visit.runtime.keyring, public_url, of_person, visit.now)

    async with visit.runtime.db.begin() as session:
        await asking_again.ask(
            session,
            visit.staff,
            crisis,
            person_id,
            link,
            visit.now,
        )
    await bells.ring(visit.runtime.redis, "out")
    return _back(visit, crisis, "asked_again")


async def undo(visit: Visit) -> Response:
    """Take back what was recorded."""
    async with visit.runtime.db.begin() as session:
        attempt = await outreach.undo(session, visit.staff, visit.number("id"), visit.now)
        crisis = await session.get_one(Crisis, attempt.crisis_id)
    await bells.announce(visit.runtime.redis, TOPIC)
    return _back(visit, crisis, "mark_undone", attempt.person_id)


def _word(visit: Visit) -> Word:
    """Read what was told. Raises ConsularError where something was not chosen."""
    status = visit.field("status")
    source = visit.field("source")
    means = visit.field("means")
    if status not in list(CheckInStatus):
        raise ConsularError("Choose how the person is.")
    if source not in list(OutreachSource):
        raise ConsularError("Choose who told it.")
    if means not in list(OutreachMeans):
        raise ConsularError("Choose how they know it.")
    return Word(
        CheckInStatus(status),
        OutreachSource(source),
        OutreachMeans(means),
        relation=visit.field("relation"),
        at=_time(visit),
        words=visit.field("words", outreach.MAX_WORDS_CHARS),
    )


def _time(visit: Visit) -> datetime | None:
    return zones.read(visit.field("at"), zones.of(visit))


def _person_id(visit: Visit) -> int:
    return row_number(visit.field("person")) or 0


def _back(
    visit: Visit,
    crisis: Crisis,
    done: str,
    person_id: int | None = None,
) -> Response:
    """Go back to the page that the form was on: the record, or the list as it was filtered."""
    number = person_id or _person_id(visit)
    if visit.field("from") == "record":
        return go(f"/people/{number}?done={done}")
    query = QueryParams(visit.field("list"))

    def read(name: str) -> str:
        return query.get(name, "")

    filters = people.read_filter(read, crisis)
    address = people.address(filters)
    fields = [f"done={done}"]
    if address:
        fields.insert(0, address)
    joined = "&".join(fields)
    return go(f"/crises/{crisis.id}/people?{joined}")


ROUTES = [
    Page("/crises/{id:int}/people/mark", form, may="people"),
    Page("/crises/{id:int}/people/tell", tell, may="people", methods=("POST",)),
    Page("/crises/{id:int}/people/call", call, may="people", methods=("POST",)),
    Page("/crises/{id:int}/people/ask", ask, may="people", methods=("POST",)),
    Page("/outreach/{id:int}/undo", undo, may="people", methods=("POST",)),
]
