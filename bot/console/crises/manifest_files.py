"""The manifest of a transport as a file: a spreadsheet or a PDF, in the reader's language.

Who took a copy is written into the audit trail.
"""

from __future__ import annotations

from collections.abc import Callable

from babel.numbers import format_decimal
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import manifests, seat_words
from bot.consular.crises.manifests import Household, Line, Manifest
from bot.consular.errors import ConsularError
from bot.documents import pdf, sheets
from bot.documents.parts import Cell, Document, Note, Number, Section, Table
from bot.messages import Form
from bot.pages.rendering import LOCALES, N_
from bot.pages.visit import Page, Visit
from bot.text import catalogues
from bot.text.text import ISOLATE_LEFT_TO_RIGHT, POP, in_language

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = (
    N_("Seat"),
    N_("Name in Arabic letters"),
    N_("Name in Latin letters"),
    N_("Phone"),
    N_("People"),
    N_("State"),
    N_("Papers missing"),
    N_("Needs"),
)
STATES = {
    "waiting": N_("waiting"),
    "invited": N_("invited"),
    "confirmed": N_("confirmed"),
    "boarded": N_("on board"),
    "arrived": N_("arrived"),
    "declined": N_("declined"),
    "missed": N_("missed"),
    "withdrawn": N_("withdrawn"),
}


async def spreadsheet(visit: Visit) -> Response:
    """Send the manifest as XLSX."""
    listed = await _taken(visit)
    content = await sheets.write(document(visit, listed, _as_dialled))
    return _file(visit, content, "xlsx", XLSX)


async def printed(visit: Visit) -> Response:
    """Send the manifest as PDF."""
    listed = await _taken(visit)
    content = await pdf.write(document(visit, listed, _from_left_to_right))
    return _file(visit, content, "pdf", "application/pdf")


async def _taken(visit: Visit) -> Manifest:
    """Return the manifest once it is noted who takes it. Raises HTTPException 404."""
    try:
        async with visit.runtime.db.begin() as session:
            return await manifests.manifest(
                session,
                visit.staff,
                visit.number("id"),
                visit.now,
                "manifest.downloaded",
            )
    except ConsularError:
        raise HTTPException(404) from None


def _as_dialled(phone: str) -> str:
    return phone


def _from_left_to_right(phone: str) -> str:
    """Keep Arabic from turning the plus sign of a number around."""
    return f"{ISOLATE_LEFT_TO_RIGHT}{phone}{POP}"


def _file(
    visit: Visit,
    content: bytes,
    ending: str,
    media_type: str,
) -> Response:
    name = f"tammen-transport-{visit.number('id')}.{ending}"
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def document(
    visit: Visit,
    listed: Manifest,
    show_phone: Callable[[str], str],
) -> Document:
    """Return the manifest as a document in the reader's language."""
    language = visit.language
    transport = listed.line.transport
    mark = ""
    if listed.crisis.drill:
        mark = catalogues.say("drill_mark", language, Form.CHAT)
    title = visit.say(N_("Manifest of transport %(id)s"))
    crisis_name = in_language(listed.crisis.names, language)
    destination = in_language(transport.destinations, language)
    return Document(
        language=language,
        title=title % {"id": transport.id},
        subtitle=f"{crisis_name} · {destination}",
        facts=_facts(visit, listed.line),
        sections=[_section(visit, listed, show_phone)],
        mark=mark,
        foot=visit.say(N_("Personal data: keep it locked, and shred it.")),
    )


def _facts(visit: Visit, line: Line) -> list[tuple[str, str]]:
    """Return what is told of the transport, and how many of its seats are given."""
    transport = line.transport
    language = visit.language
    told = {
        N_("Departs"): seat_words.moment(transport, language, Form.CHAT),
        N_("Meeting point"): in_language(transport.meeting_points, language),
        N_("What to bring"): in_language(transport.luggage, language),
        N_("Seats"): _number(visit, transport.seats).text,
        N_("Given"): _number(visit, line.taken).text,
    }
    return [(visit.say(label), content) for label, content in told.items()]


def _section(
    visit: Visit,
    listed: Manifest,
    show_phone: Callable[[str], str],
) -> Section:
    headings = [visit.say(heading) for heading in HEADINGS]
    rows: list[list[Cell]] = []
    for household in listed.households:
        phone = show_phone(household.phone) if household.phone else ""
        rows.append(_row(visit, household, phone))
    title = visit.say(N_("Households"))
    if not rows:
        return Section(title, [Note(visit.say(N_("Nobody has a seat yet.")))])
    return Section(title, [Table(headings, rows)])


def _row(visit: Visit, household: Household, phone: str) -> list[Cell]:
    seat = household.seat
    return [
        str(seat.id),
        household.arabic_name,
        household.latin_name,
        phone,
        _number(visit, household.people),
        visit.say(STATES[seat.state.value]),
        seat.papers_missing or "",
        seat.needs or "",
    ]


def _number(visit: Visit, amount: int) -> Number:
    return Number(amount, format_decimal(amount, locale=LOCALES[visit.language]))


ROUTES = [
    Page("/transports/{id:int}/manifest.xlsx", spreadsheet, may="cases", asks_again=True),
    Page("/transports/{id:int}/manifest.pdf", printed, may="cases", asks_again=True),
]
