"""What a phone of the phone page shows: the rows of one address, as bubbles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.messages import Button, Channel, Content, Form, Inbound, Kind, Language, Location
from bot.models import (
    Address,
    Broadcast,
    InboundMessage,
    InboundState,
    OutboundMessage,
    OutboundState,
)

LAST = 100  # messages of each side that are shown
ARRIVED = (OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)

AsText = Callable[[Content], str]  # a content as an SMS would show it
Link = Callable[[int, datetime], str]  # the reply link of a person, as it was when a text was sent


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the screen. `tick` is for one's own: stored, then handled."""

    id: str
    mine: bool
    at: datetime
    kind: Kind = Kind.TEXT
    text: str = ""
    heading: int = 0  # characters of the text that stand out
    buttons: tuple[Button, ...] = ()
    ask_location: bool = False
    ask_contact: bool = False
    location: Location | None = None
    tick: Literal["stored", "handled", ""] = ""


@dataclass(frozen=True, slots=True)
class Log:
    """A conversation. `address_id` is None before the first message; `is_typing` while an answer is awaited."""

    address_id: int | None
    bubbles: Sequence[Bubble] = ()
    is_typing: bool = False

    @property
    def last(self) -> Bubble | None:
        """The bot's last message."""
        return next((bubble for bubble in reversed(self.bubbles) if not bubble.mine), None)


async def read(session: AsyncSession, address: str, form: Form, as_text: AsText, link: Link) -> Log:
    """The conversation of `chat:+999…` or `text:+999…`."""
    found = await session.scalar(
        select(Address).where(Address.index == f"{Channel.PHONE}:{address}")
    )
    if found is None:
        return Log(None)
    said, heard = await _said(session, found.id), await _heard(session, found.id)
    theirs = [
        _theirs(row, _content(row, broadcast, form, link), form, as_text)
        for row, broadcast in heard
    ]
    labels = {button.payload: button.label for bubble in theirs for button in bubble.buttons}
    mine = [_mine(row, labels) for row in said]
    bubbles = sorted(mine + theirs, key=lambda bubble: (bubble.at, not bubble.mine))
    return Log(found.id, bubbles, any(row.state is InboundState.PENDING for row in said))


async def _said(session: AsyncSession, address_id: int) -> list[InboundMessage]:
    newest = (
        select(InboundMessage)
        .where(InboundMessage.address_id == address_id)
        .order_by(InboundMessage.id.desc())
    )
    return list(await session.scalars(newest.limit(LAST)))[::-1]


async def _heard(
    session: AsyncSession, address_id: int
) -> Sequence[tuple[OutboundMessage, Broadcast | None]]:
    newest = (
        select(OutboundMessage, Broadcast)
        .outerjoin(Broadcast, Broadcast.id == OutboundMessage.broadcast_id)
        .where(OutboundMessage.address_id == address_id, OutboundMessage.state.in_(ARRIVED))
        .order_by(OutboundMessage.id.desc())
    )
    rows = (await session.execute(newest.limit(LAST))).all()
    return [(row, broadcast) for row, broadcast in reversed(rows)]


def _mine(row: InboundMessage, labels: dict[str, str]) -> Bubble:
    inbound = Inbound.from_json(row.content)
    text = inbound.text
    if inbound.kind is Kind.BUTTON:
        text = labels.get(inbound.text, inbound.text)
    elif inbound.kind is Kind.COMMAND:
        text = f"/{inbound.text} {inbound.payload}".rstrip()
    elif inbound.contact:
        text = inbound.contact.phone
    tick: Literal["stored", "handled"] = (
        "stored" if row.state is InboundState.PENDING else "handled"
    )
    return Bubble(
        f"in-{row.id}",
        mine=True,
        at=row.received_at,
        kind=inbound.kind,
        text=text,
        location=inbound.location,
        tick=tick,
    )


def _theirs(row: OutboundMessage, content: Content, form: Form, as_text: AsText) -> Bubble:
    at = row.sent_at or row.created_at
    if form is Form.TEXT:
        return Bubble(f"out-{row.id}", mine=False, at=at, text=as_text(content))
    return Bubble(
        f"out-{row.id}", mine=False, at=at, text=content.text, heading=content.heading,
        buttons=content.buttons,
        ask_location=content.ask_location, ask_contact=content.ask_contact,
    )  # fmt: skip


def _content(row: OutboundMessage, broadcast: Broadcast | None, form: Form, link: Link) -> Content:
    if row.content is not None:
        return Content.from_json(row.content)
    if broadcast is None or row.person_id is None:
        return Content("")
    language: Language = "ar" if row.language == "ar" else "en"
    content = fan_out.content(broadcast, language, form)
    return replace(
        content,
        text=content.text.replace("{link}", link(row.person_id, row.sent_at or row.created_at)),
    )
