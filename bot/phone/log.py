"""The conversation on a phone of the phone page: the rows of one address, as bubbles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import fan_out
from bot.messages import Button, Channel, Content, Form, Inbound, Kind, Location
from bot.models import (
    Address,
    Broadcast,
    InboundMessage,
    InboundState,
    OutboundMessage,
    OutboundState,
)
from bot.text.text import language_of

MAX_MESSAGES = 100  # of each side
ARRIVED = (OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)

AsText = Callable[[Content], str]  # a content as an SMS would show it
Link = Callable[[int, datetime], str]  # the reply link of a person, as it was when a text was sent
Tick = Literal["stored", "handled", ""]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on the screen.

    `is_own`: the person wrote it; `tick`: we stored it, then handled it.
    """

    id: str
    is_own: bool
    at: datetime
    kind: Kind = Kind.TEXT
    text: str = ""
    heading: int = 0  # characters of the text that stand out
    buttons: tuple[Button, ...] = ()
    ask_location: bool = False
    ask_contact: bool = False
    location: Location | None = None
    tick: Tick = ""


@dataclass(frozen=True, slots=True)
class Log:
    """A conversation. `address_id` is None before the first message.

    `is_typing` while an answer is awaited.
    """

    address_id: int | None
    bubbles: Sequence[Bubble] = ()
    is_typing: bool = False

    @property
    def last(self) -> Bubble | None:
        """Return the bot's last message."""
        for bubble in reversed(self.bubbles):
            if not bubble.is_own:
                return bubble
        return None


async def read(
    session: AsyncSession,
    address: str,
    form: Form,
    as_text: AsText,
    link: Link,
) -> Log:
    """Read the conversation of `chat:+999…` or `text:+999…`."""
    index = f"{Channel.PHONE}:{address}"
    phone = await session.scalar(select(Address).where(Address.index == index))
    if phone is None:
        return Log(None)
    sent = await _sent(session, phone.id)
    received = await _received(session, phone.id)

    answers = []
    for message, broadcast in received:
        content = _content(message, broadcast, form, link)
        answers.append(_bubble_of_bot(message, content, form, as_text))
    labels = _button_labels(answers)
    own = [_bubble_of_person(message, labels) for message in sent]

    bubbles = sorted(own + answers, key=_order)
    is_typing = any(message.state is InboundState.PENDING for message in sent)
    return Log(phone.id, bubbles, is_typing)


def _order(bubble: Bubble) -> tuple[datetime, bool]:
    """Sort by time, and an answer after the question of the same moment."""
    return bubble.at, not bubble.is_own


def _button_labels(bubbles: Sequence[Bubble]) -> dict[str, str]:
    labels = {}
    for bubble in bubbles:
        for button in bubble.buttons:
            labels[button.payload] = button.label
    return labels


async def _sent(session: AsyncSession, address_id: int) -> Sequence[InboundMessage]:
    """Read the last messages of the person, oldest first."""
    newest = (
        select(InboundMessage)
        .where(InboundMessage.address_id == address_id)
        .order_by(InboundMessage.id.desc())
        .limit(MAX_MESSAGES)
    )
    messages = list(await session.scalars(newest))
    messages.reverse()
    return messages


async def _received(
    session: AsyncSession, address_id: int
) -> Sequence[tuple[OutboundMessage, Broadcast | None]]:
    """Read the last messages to the person with their broadcasts, oldest first."""
    newest = (
        select(OutboundMessage, Broadcast)
        .outerjoin(Broadcast, Broadcast.id == OutboundMessage.broadcast_id)
        .where(OutboundMessage.address_id == address_id, OutboundMessage.state.in_(ARRIVED))
        .order_by(OutboundMessage.id.desc())
        .limit(MAX_MESSAGES)
    )
    rows = (await session.execute(newest)).all()
    return [(message, broadcast) for message, broadcast in reversed(rows)]


def _bubble_of_person(message: InboundMessage, labels: dict[str, str]) -> Bubble:
    inbound = Inbound.from_json(message.content)
    is_pending = message.state is InboundState.PENDING
    return Bubble(
        f"in-{message.id}",
        is_own=True,
        at=message.received_at,
        kind=inbound.kind,
        text=_typed(inbound, labels),
        location=inbound.location,
        tick="stored" if is_pending else "handled",
    )


def _typed(inbound: Inbound, labels: dict[str, str]) -> str:
    """Return what the person sees of their own message: a button by its label."""
    if inbound.kind is Kind.BUTTON:
        return labels.get(inbound.text, inbound.text)
    if inbound.kind is Kind.COMMAND:
        return f"/{inbound.text} {inbound.payload}".rstrip()
    if inbound.contact is not None:
        return inbound.contact.phone
    return inbound.text


def _bubble_of_bot(
    message: OutboundMessage,
    content: Content,
    form: Form,
    as_text: AsText,
) -> Bubble:
    bubble = Bubble(f"out-{message.id}", is_own=False, at=_sent_at(message))
    if form is Form.TEXT:
        return replace(bubble, text=as_text(content))
    return replace(
        bubble,
        text=content.text,
        heading=content.heading,
        buttons=content.buttons,
        ask_location=content.ask_location,
        ask_contact=content.ask_contact,
    )


def _sent_at(message: OutboundMessage) -> datetime:
    return message.sent_at or message.created_at


def _content(
    message: OutboundMessage,
    broadcast: Broadcast | None,
    form: Form,
    link: Link,
) -> Content:
    if message.content is not None:
        return Content.from_json(message.content)
    if broadcast is None or message.person_id is None:
        return Content("")
    content = fan_out.content(broadcast, language_of(message.language), form)
    reply_link = link(message.person_id, _sent_at(message))
    return replace(content, text=content.text.replace("{link}", reply_link))
