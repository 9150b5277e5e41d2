"""The phone page: two phones in the browser that go through the same inbox, worker and outbox as real ones."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import cast

from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.people import reply_links
from bot.messages import Channel, Contact, Form, Inbound, Kind, Location
from bot.pages import live
from bot.pages.rendering import N_
from bot.pages.visit import ANYONE, Page, Visit, go
from bot.phone import log as phone_log
from bot.phone import numbers as phone_numbers


@dataclass(frozen=True, slots=True)
class Wires:
    """What connects the page with the rest: the inbox, how an SMS shows a content, how words become a message."""

    put: Callable[[Inbound], Awaitable[int | None]]
    as_text: phone_log.AsText
    read: Callable[[str], tuple[Kind, str, str]]


LONGEST = {Form.CHAT: 4096, Form.TEXT: 1600}  # characters, as Telegram and Twilio take them
CITIES = (  # where the share-a-place map can point without typing: name, latitude, longitude
    (N_("Istanbul"), 41.01, 28.95), (N_("Cairo"), 30.04, 31.24), (N_("Tunis"), 36.81, 10.18),
    (N_("Khartoum"), 15.55, 32.53), (N_("Beirut"), 33.89, 35.50), (N_("Amman"), 31.95, 35.93),
    (N_("Valletta"), 35.90, 14.51), (N_("Rome"), 41.89, 12.48), (N_("Berlin"), 52.52, 13.40),
    (N_("London"), 51.51, -0.13), (N_("Kyiv"), 50.45, 30.52), (N_("Kuala Lumpur"), 3.14, 101.69),
    (N_("Toronto"), 43.70, -79.42), (N_("Tripoli"), 32.89, 13.19),
)  # fmt: skip


async def show(visit: Visit) -> Response:
    """Both phones of one number."""
    numbers = phone_numbers.of(visit) or [phone_numbers.new()]
    current = _current(visit, numbers)
    logs = {form: await _log(visit, numbers[current - 1], form) for form in Form}
    response = visit.page(
        "phone/phone.html",
        numbers=numbers,
        current=current,
        logs=logs,
        cities=CITIES,
        longest=LONGEST,
    )
    phone_numbers.keep(visit, response, numbers)
    return response


async def log(visit: Visit) -> Response:
    """One phone's conversation, as a part of the page."""
    number, form = _chosen(visit)
    return visit.page(
        "phone/log.html", n=visit.number("n"), form=form, log=await _log(visit, number, form)
    )


async def send(visit: Visit) -> Response:
    """A message from one phone, into the inbox."""
    number, form = _chosen(visit)
    if inbound := _inbound(visit, number, form):
        await _wires(visit).put(inbound)
    return await log(visit) if visit.is_partial else go(f"/phone?n={visit.number('n')}")


async def changes(visit: Visit) -> Response:
    """Events for one phone, once it has written."""
    number, form = _chosen(visit)
    address_id = (await _log(visit, number, form)).address_id
    if address_id is None:
        raise HTTPException(404)
    return live.events(visit, [f"phone:{address_id}"])


async def add(visit: Visit) -> Response:
    """One more number in this browser."""
    numbers = [*phone_numbers.of(visit), phone_numbers.new()][: phone_numbers.MOST]
    response = go(f"/phone?n={len(numbers)}")
    phone_numbers.keep(visit, response, numbers)
    return response


def _current(visit: Visit, numbers: list[str]) -> int:
    asked = visit.request.query_params.get("n", "")
    return int(asked) if asked.isdecimal() and 1 <= int(asked) <= len(numbers) else len(numbers)


def _chosen(visit: Visit) -> tuple[str, Form]:
    """The number and form in the path. Raises HTTPException 404 when this browser did not make it."""
    numbers, n = phone_numbers.of(visit), visit.number("n")
    if not 1 <= n <= len(numbers):
        raise HTTPException(404)
    return numbers[n - 1], Form(visit.request.path_params["form"])


async def _log(visit: Visit, number: str, form: Form) -> phone_log.Log:
    async with visit.runtime.db.read() as session:
        return await phone_log.read(
            session, f"{form}:{number}", form, _wires(visit).as_text, partial(_link, visit)
        )


def _link(visit: Visit, person_id: int, at: datetime) -> str:
    return reply_links.reply_link(visit.runtime.keyring, visit.site, person_id, at)


def _wires(visit: Visit) -> Wires:
    return cast(Wires, visit.request.app.state.phone)


def _inbound(visit: Visit, number: str, form: Form) -> Inbound | None:
    """What was sent, as a channel would have parsed it; None for an empty message."""
    kind, text, payload = _kind(visit, form)
    location, contact = (
        _location(visit),
        Contact(number, own=True) if kind is Kind.CONTACT else None,
    )
    if not text and not location and not contact:
        return None
    return Inbound(
        channel=Channel.PHONE,
        provider_id=secrets.token_hex(16),
        address=f"{form}:{number}",
        kind=Kind.LOCATION if location else kind,
        form=form,
        text="" if location else text,
        payload=payload,
        location=location,
        contact=contact,
        language=visit.language if form is Form.CHAT else None,
        phone=number if form is Form.TEXT else "",
    )


def _kind(visit: Visit, form: Form) -> tuple[Kind, str, str]:
    """What kind of message it is, its text, its payload."""
    if form is Form.CHAT and visit.field("contact"):
        return Kind.CONTACT, "", ""
    if form is Form.CHAT and (button := visit.field("button", 64)):
        return Kind.BUTTON, button, ""
    return _wires(visit).read(visit.field("text", LONGEST[form]))


def _location(visit: Visit) -> Location | None:
    """The shared place; None when there is none or it is not on the globe."""
    try:
        latitude, longitude = (float(visit.field(name, 20)) for name in ("latitude", "longitude"))
    except ValueError:
        return None
    return Location(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


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
    Page("/phone/{n:int}/{form:form}", log, may=ANYONE),
    Page("/phone/{n:int}/{form:form}", send, may=ANYONE, methods=("POST",)),
    Page("/phone/{n:int}/{form:form}/changes", changes, may=ANYONE),
]
