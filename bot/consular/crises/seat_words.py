"""What people read about their seat: where they stand comes first, then where, when, what to bring.

Meeting points and what to bring are words that two people of staff agreed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.reference import timezones
from bot.messages import Button, Content, Form, Language
from bot.models import (
    Address,
    Crisis,
    Person,
    Seat,
    SeatState,
    Transport,
    TransportKind,
    TransportState,
)
from bot.text import catalogues, sms, times
from bot.text.text import in_language, language_of

YES_COMMAND = "seat_yes"
NO_COMMAND = "seat_no"
CANCELLED = "seat_cancelled"
CHANGED = "seat_changed"
# Key of the text of each state; GO_NOW tells those to go who have confirmed.
KEYS: Mapping[SeatState, str] = {
    SeatState.WAITING: "seat_waiting",
    SeatState.INVITED: "seat_invited",
    SeatState.CONFIRMED: "seat_confirmed",
    SeatState.BOARDED: "seat_boarded",
    SeatState.ARRIVED: "seat_arrived",
    SeatState.DECLINED: "seat_declined",
    SeatState.MISSED: "seat_missed",
    SeatState.WITHDRAWN: "seat_withdrawn",
}
GO_NOW = "seat_go"
TRANSPORTS: Mapping[TransportKind, str] = {
    TransportKind.BUS: "transport_bus",
    TransportKind.FLIGHT: "transport_flight",
    TransportKind.SHIP: "transport_ship",
    TransportKind.CONVOY: "transport_convoy",
}


async def tell(
    session: AsyncSession,
    seat: Seat,
    now: datetime,
    key: str = "",
) -> None:
    """Queue one message to each open address of a household: where it stands, or a text of a key.

    It goes in the lane of replies: whoever packs a bag must not wait for a broadcast.
    """
    person = await session.get_one(Person, seat.person_id)
    addresses = select(Address).where(
        Address.person_id == person.id,
        Address.stopped_at.is_(None),
    )
    for address in await session.scalars(addresses.order_by(Address.id)):
        content = await standing(session, seat, person, address.form, key)
        await outbox.reply(
            session,
            person=person,
            address=address,
            content=content,
            inbound_id=None,
            now=now,
        )


async def standing(
    session: AsyncSession,
    seat: Seat,
    person: Person,
    form: Form,
    key: str = "",
) -> Content:
    """Word where a household stands, for a screen; an invitation brings its buttons."""
    language = language_of(person.language)
    crisis = await session.get_one(Crisis, seat.crisis_id)
    transport = None
    if seat.transport_id is not None:
        transport = await session.get_one(Transport, seat.transport_id)
    words = text(seat, transport, language, form, key)
    if crisis.drill:
        mark = catalogues.say("drill_mark", language, form)
        words = f"{mark}\n{words}"
    if form is Form.TEXT:
        words = sms.for_sms(words)
    content = Content(words, language=language)
    if seat.state is SeatState.INVITED and transport is not None:
        return replace(content, buttons=buttons(transport, language, form))
    return content


def text(
    seat: Seat,
    transport: Transport | None,
    language: Language,
    form: Form,
    key: str = "",
) -> str:
    """Word the state of a seat in a language; the first line says where the household stands."""
    details: dict[str, str] = {}
    if transport is not None:
        details = _details(seat, transport, language, form)
    return catalogues.say(key or _key(seat, transport), language, form, **details)


def _key(seat: Seat, transport: Transport | None) -> str:
    is_boarding = transport is not None and transport.state is TransportState.BOARDING
    if seat.state is SeatState.CONFIRMED and is_boarding:
        return GO_NOW
    return KEYS[seat.state]


def _details(
    seat: Seat,
    transport: Transport,
    language: Language,
    form: Form,
) -> dict[str, str]:
    """Return what a text may name of a transport."""
    return {
        "transport": catalogues.say(TRANSPORTS[transport.kind], language, form),
        "destination": in_language(transport.destinations, language),
        "meeting_point": in_language(transport.meeting_points, language),
        "luggage": in_language(transport.luggage, language),
        "when": moment(transport, language, form),
        "people": str(seat.people or 1),
    }


def moment(transport: Transport, language: Language, form: Form) -> str:
    """Word when a transport departs, in the zone of its country; in UTC where it has several."""
    zone = timezones.of(transport.country, None)
    if zone is not None:
        return times.spoken(transport.departs_at, zone, language)
    spoken = times.spoken(transport.departs_at, "UTC", language)
    return catalogues.say("transport_utc", language, form, when=spoken)


def buttons(transport: Transport, language: Language, form: Form) -> tuple[Button, ...]:
    """Return the answers to an invitation. They name the transport: an old one answers nothing."""
    offered: list[Button] = []
    for command, key in ((YES_COMMAND, "label_seat_yes"), (NO_COMMAND, "label_seat_no")):
        label = catalogues.say(key, language, form)
        offered.append(Button(label, f"/{command} {transport.id}"))
    return tuple(offered)


def is_answer(payload: str) -> bool:
    """Tell whether a button answers an invitation."""
    return payload.startswith((f"/{YES_COMMAND}", f"/{NO_COMMAND}"))
