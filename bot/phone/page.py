"""The phone page: two phones in the browser, on the same inbox, worker and outbox as real ones."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.people import reply_links
from bot.consular.reference import places
from bot.messages import Channel, Contact, Form, Inbound, Kind, Location
from bot.pages import live
from bot.pages.visit import ANYONE, Page, Visit, go
from bot.phone import log, numbers
from bot.text.text import row_number


@dataclass(frozen=True, slots=True)
class Wires:
    """Connections of the page with the rest of the house.

    `put` stores a message in the inbox, `as_text` shows a content as an SMS, `read` tells a
    command from a text: its kind, text and payload.
    """

    put: Callable[[Inbound], Awaitable[int | None]]
    as_text: log.AsText
    read: Callable[[str], tuple[Kind, str, str]]


MAX_TEXT_CHARS = {Form.CHAT: 4096, Form.TEXT: 1600}  # as Telegram and Twilio take them
MAX_PAYLOAD_CHARS = 64
MAX_DEGREE_CHARS = 20
MAX_LATITUDE = 90
MAX_LONGITUDE = 180
# Cities that the map offers for sharing a place without typing.
CITIES = (
    "TR/Istanbul",
    "EG/Cairo",
    "TN/Tunis",
    "SD/Khartoum",
    "LB/Beirut",
    "JO/Amman",
    "MT/Valletta",
    "IT/Rome",
    "DE/Berlin",
    "GB/London",
    "UA/Kyiv",
    "MY/Kuala Lumpur",
    "CA/Toronto",
    "LY/Tripoli",
)


async def show(visit: Visit) -> Response:
    """Show both phones of one number."""
    own_numbers = numbers.of(visit) or [numbers.new()]
    current = _current(visit, own_numbers)
    logs = {}
    for form in Form:
        logs[form] = await _log(visit, own_numbers[current - 1], form)
    response = visit.page(
        "phone/phone.html",
        numbers=own_numbers,
        current=current,
        logs=logs,
        cities=[places.place_of(city) for city in CITIES],
        longest=MAX_TEXT_CHARS,
    )
    numbers.keep(visit, response, own_numbers)
    return response


async def conversation(visit: Visit) -> Response:
    """Show one phone's conversation, as a part of the page."""
    number, form = _number_and_form(visit)
    conversation_log = await _log(visit, number, form)
    return visit.page("phone/log.html", n=visit.number("n"), form=form, log=conversation_log)


async def send(visit: Visit) -> Response:
    """Put a message from one phone into the inbox."""
    number, form = _number_and_form(visit)
    inbound = _inbound(visit, number, form)
    if inbound is not None:
        await _wires(visit).put(inbound)
    if visit.is_partial:
        return await conversation(visit)
    return go(f"/phone?n={visit.number('n')}")


async def changes(visit: Visit) -> Response:
    """Stream events for one phone, once it has written."""
    number, form = _number_and_form(visit)
    conversation_log = await _log(visit, number, form)
    if conversation_log.address_id is None:
        raise HTTPException(404)
    return live.events(visit, [f"phone:{conversation_log.address_id}"])


async def add(visit: Visit) -> Response:
    """Give this browser one more number."""
    own_numbers = numbers.of(visit)
    if len(own_numbers) < numbers.MAX_NUMBERS:
        own_numbers.append(numbers.new())
    response = go(f"/phone?n={len(own_numbers)}")
    numbers.keep(visit, response, own_numbers)
    return response


def _current(visit: Visit, own_numbers: list[str]) -> int:
    """Return the place (from 1) of the number to show: that of `?n`, else the newest."""
    newest = len(own_numbers)
    place = row_number(visit.request.query_params.get("n", ""))
    if place is None or not 1 <= place <= newest:
        return newest
    return place


def _number_and_form(visit: Visit) -> tuple[str, Form]:
    """Return the number and form of the path.

    Raises HTTPException 404 when this browser did not make the number.
    """
    own_numbers = numbers.of(visit)
    place = visit.number("n")
    if not 1 <= place <= len(own_numbers):
        raise HTTPException(404)
    return own_numbers[place - 1], Form(visit.request.path_params["form"])


async def _log(
    visit: Visit,
    number: str,
    form: Form,
) -> log.Log:
    address = f"{form}:{number}"
    link = partial(_link, visit)
    async with visit.runtime.db.read() as session:
        return await log.read(
            session,
            address,
            form,
            _wires(visit).as_text,
            link,
        )


def _link(
    visit: Visit,
    person_id: int,
    at: datetime,
) -> str:
    return reply_links.reply_link(visit.runtime.keyring, visit.site, person_id, at)


def _wires(visit: Visit) -> Wires:
    return cast(Wires, visit.request.app.state.phone)


def _inbound(
    visit: Visit,
    number: str,
    form: Form,
) -> Inbound | None:
    """Read the form as a channel would have parsed it; None for an empty message."""
    empty = _empty(visit, number, form)
    location = _location(visit)
    if location is not None:
        return replace(empty, kind=Kind.LOCATION, location=location)
    if form is Form.CHAT and visit.field("contact"):
        contact = Contact(number, own=True)
        return replace(empty, kind=Kind.CONTACT, contact=contact)
    button = visit.field("button", MAX_PAYLOAD_CHARS)
    if form is Form.CHAT and button:
        return replace(empty, kind=Kind.BUTTON, text=button)
    return _typed(visit, empty)


def _empty(
    visit: Visit,
    number: str,
    form: Form,
) -> Inbound:
    """Make a message without content from this phone."""
    message = Inbound(
        channel=Channel.PHONE,
        provider_id=secrets.token_hex(16),
        address=f"{form}:{number}",
        kind=Kind.TEXT,
        form=form,
    )
    if form is Form.CHAT:
        return replace(message, language=visit.language)
    return replace(message, phone=number)


def _typed(visit: Visit, empty: Inbound) -> Inbound | None:
    typed = visit.field("text", MAX_TEXT_CHARS[empty.form])
    kind, text, payload = _wires(visit).read(typed)
    if not text:
        return None
    return replace(empty, kind=kind, text=text, payload=payload)


def _location(visit: Visit) -> Location | None:
    """Read the shared place; None when there is none or it is not on the globe."""
    try:
        latitude = float(visit.field("latitude", MAX_DEGREE_CHARS))
        longitude = float(visit.field("longitude", MAX_DEGREE_CHARS))
    except ValueError:
        return None
    if abs(latitude) <= MAX_LATITUDE and abs(longitude) <= MAX_LONGITUDE:
        return Location(latitude, longitude)
    return None


class _FormConvertor(Convertor[Form]):
    """`chat` or `text` in a path."""

    regex = "chat|text"

    def convert(self, value: str) -> Form:
        return Form(value)

    def to_string(self, value: Form) -> str:
        return value.value


register_url_convertor("form", _FormConvertor())

ROUTES = [
    Page("/phone", show, may=ANYONE),
    Page("/phone/numbers", add, may=ANYONE, methods=("POST",)),
    Page("/phone/{n:int}/{form:form}", conversation, may=ANYONE),
    Page("/phone/{n:int}/{form:form}", send, may=ANYONE, methods=("POST",)),
    Page("/phone/{n:int}/{form:form}/changes", changes, may=ANYONE),
]
