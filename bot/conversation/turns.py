"""One person's pending messages, in order, one transaction each.

What was said is understood before the transaction begins. In it the person's row is the lock, the facts, the state,
the replies and "handled" commit together: a crash leaves nothing or everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, assert_never

import structlog
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlalchemy.sql.base import ExecutableOption

from bot import actions, outbox
from bot.actions import Context
from bot.dialogue import answers, engine
from bot.dialogue.flow import Flows
from bot.dialogue.state import State
from bot.inbox import rows
from bot.messages import (
    Button,
    Content,
    Form,
    Heard,
    Inbound,
    Kind,
    Label,
    Language,
    Option,
    Reply,
    TextKey,
    Verbatim,
)
from bot.models import Address, InboundMessage, InboundState, Lane, Person
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.signals import bells
from bot.text.catalogues import say
from bot.text.text import clean
from nlu.language import exact

LONGEST = 10_000  # letters of a message that are read
MESSAGE = 3500  # letters of replies that are sent as one message

Understand = Callable[[str, str | None], Awaitable[Heard]]
"""A text and the country its writer is in → what it means: `partial(understanding.understand, understander)`."""

log = structlog.get_logger(__name__)


class Outcome(Enum):
    """What a look at somebody's messages came to."""

    NOTHING = "nothing"  # none waits
    LAST = "last"  # one was answered, and no other waits
    MORE = "more"  # one was answered, and others wait
    AGAIN = "again"  # it failed: look once more
    UNHEARD = "unheard"  # it has to be understood first, outside of any transaction


ANSWERED = frozenset({Outcome.LAST, Outcome.MORE})
UNFINISHED = frozenset({Outcome.MORE, Outcome.AGAIN})


@dataclass(slots=True)
class _Seen:
    """The oldest message as it was last seen, and what was understood of it."""

    id: int | None = None
    inbound: Inbound | None = None
    home: str | None = None
    heard: Heard | None = None

    def look(self, row: InboundMessage, home: str | None) -> Inbound:
        """The message of a row; what was understood of another is forgotten."""
        if self.inbound is None or self.id != row.id:
            inbound = Inbound.from_json(row.content)
            inbound = replace(
                inbound, text=clean(inbound.text, LONGEST), payload=clean(inbound.payload, 100)
            )
            self.id, self.inbound, self.home, self.heard = row.id, inbound, home, None
        return self.inbound


async def handle(runtime: Runtime, flows: Flows, person_id: int, understand: Understand) -> int:
    """Answers all that a person sent; how many messages. Rings for the senders. Raises what the database raises."""
    handled = 0
    topics: set[str] = set()
    outcome = Outcome.AGAIN
    try:
        while outcome in UNFINISHED:
            outcome = await turn(runtime, flows, person_id, understand, topics)
            handled += outcome in ANSWERED
    finally:
        if handled:
            await bells.ring(runtime.redis, "out", [Lane.REPLY])
        for topic in sorted(topics):
            await bells.announce(runtime.redis, topic)
    return handled


async def turn(
    runtime: Runtime,
    flows: Flows,
    person_id: int,
    understand: Understand,
    topics: set[str] | None = None,
) -> Outcome:
    """Answers the oldest message of a person. A turn that fails is counted; after three the message is given up."""
    seen = _Seen()
    topics = topics if topics is not None else set()
    try:
        outcome = await _advance(runtime, flows, person_id, understand, seen, topics)
        while outcome is Outcome.UNHEARD and seen.inbound:
            seen.heard = await understand(seen.inbound.text, seen.home)
            outcome = await _advance(runtime, flows, person_id, understand, seen, topics)
        return outcome
    except Exception as error:  # noqa: BLE001  # one message must never stop the others; it is counted, logged, filed
        log.error(
            "turn_failed", person=person_id, error=type(error).__name__, at=traces.origin(error)
        )
        return await _give_up(runtime, person_id, seen)


async def _advance(
    runtime: Runtime,
    flows: Flows,
    person_id: int,
    understand: Understand,
    seen: _Seen,
    topics: set[str],
) -> Outcome:
    """One transaction: nothing of it stays when the message has yet to be understood, or something fails."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get(Person, person_id, with_for_update=True)
        waiting = await _waiting(session, person_id)
        if person is None or not waiting:
            return Outcome.NOTHING
        row, address = waiting[0]
        inbound = seen.look(row, person.country)
        heard = seen.heard or await _heard_at_once(inbound, seen.home, understand)
        if heard is None:
            return Outcome.UNHEARD
        ctx = Context(session, person, address, inbound, _completed(heard, inbound), now)
        taken = await _turn(flows, ctx, row.id)
        await rows.finish(session, row, taken, now)
    topics |= ctx.topics
    metrics.TURNS.labels(taken.by).inc()
    log.debug("understood", by=taken.by, intent=taken.intent, confidence=round(taken.confidence, 2))
    return Outcome.MORE if len(waiting) > 1 else Outcome.LAST


async def _waiting(
    session: AsyncSession, person_id: int, unread: Sequence[ExecutableOption] = ()
) -> Sequence[Row[InboundMessage, Address]]:
    """The oldest message and the one behind it. Asked for under the lock: nobody else answers them meanwhile."""
    query = (
        select(InboundMessage, Address)
        .join(Address, Address.id == InboundMessage.address_id)
        .where(InboundMessage.person_id == person_id, InboundMessage.state == InboundState.PENDING)
        .order_by(InboundMessage.id)
        .limit(2)
        .options(*unread)
    )
    return (await session.execute(query)).all()


async def _heard_at_once(
    inbound: Inbound, home: str | None, understand: Understand
) -> Heard | None:
    """What needs no model: buttons, locations, exact words, numbers. None when somebody has to be asked."""
    text = inbound.text if inbound.kind in {Kind.TEXT, Kind.EDITED} else ""
    if not text:
        return Heard(inbound.kind)
    if exact.match(text) or answers.number_of(text) is not None:
        return await understand(
            text, home
        )  # answered from memory: no network inside the transaction
    return None


def _completed(heard: Heard, inbound: Inbound) -> Heard:
    return replace(
        heard,
        kind=inbound.kind,
        text=inbound.text,
        payload=inbound.payload,
        location=inbound.location,
        contact=inbound.contact,
    )


async def _turn(flows: Flows, ctx: Context, inbound_id: int) -> Heard:
    """The engine's turn, its replies queued and its state kept; how the message was taken."""
    _follow_language(ctx)
    state = State.from_json(ctx.person.dialogue, actions.known(ctx.person, ctx.address.form))
    state = await _after_roll_call(ctx, state)

    async def act(name: str, slots: Mapping[str, Any]) -> Mapping[str, Any]:
        return await actions.perform(ctx, name, slots)

    result = await engine.advance(flows, state, ctx.heard, act)
    ctx.person.dialogue = None if ctx.person.forgotten_at else result.state.to_json()
    for content in combined(
        [render(reply, ctx.language, ctx.address.form) for reply in result.replies]
    ):
        await outbox.reply(
            ctx.session,
            person=ctx.person,
            address=ctx.address,
            content=content,
            inbound_id=inbound_id,
            now=ctx.now,
            preferred_sender=ctx.inbound.sender,
        )
    return result.heard


def _follow_language(ctx: Context) -> None:
    """Until somebody chose a language, we answer in the one they write."""
    heard, person = ctx.heard, ctx.person
    is_alone = len(heard.text.split()) < 2  # "hi" and "ok" are typed in any language
    tells = (
        heard.language == "ar" or not is_alone or (heard.by == "exact" and heard.language == "en")
    )
    is_understood = heard.by == "exact" or heard.confidence >= 0.6
    if (
        not person.language_chosen
        and tells
        and is_understood
        and not (person.dialogue or {}).get("stack")
    ):
        person.language = "en" if heard.language == "en" else "ar"


async def _after_roll_call(ctx: Context, state: State) -> State:
    """When a roll call was the last thing we sent, a bare number or yes answers that."""
    if ctx.inbound.kind is not Kind.TEXT or len(ctx.inbound.text) > 30:
        return state
    if ctx.heard.intent not in {"affirm", "deny"} and answers.number_of(ctx.inbound.text) is None:
        return state
    buttons = await actions.roll_call(ctx)
    if not buttons:
        return state
    offered = tuple(Option(Verbatim(button.label), button.payload) for button in buttons)
    return replace(state, offered=offered, known={**state.known, "roll_call": True})


# --- rendering --------------------------------------------------------------------------------------------------------


def render(reply: Reply, language: Language, form: Form) -> Content:
    """A reply in words, for a language and a screen."""
    buttons = tuple(
        Button(_words(option.label, language, form), option.payload) for option in reply.buttons
    )
    text = say(reply.key, language, form, **reply.values)
    return Content(text, buttons, reply.ask_location, reply.ask_contact, language)


def _words(label: Label, language: Language, form: Form) -> str:
    match label:
        case TextKey(key):
            return say(key, language, form)
        case Verbatim(text):
            return text
        case _:
            assert_never(label)


def combined(contents: Sequence[Content]) -> list[Content]:
    """The replies of a turn as few messages: words are put before what follows, until something with buttons."""
    messages: list[Content] = []
    for content in contents:
        before = messages[-1] if messages else None
        if before and not _ends(before) and len(before.text) + len(content.text) < MESSAGE:
            messages[-1] = replace(content, text=f"{before.text}\n{content.text}")
        else:
            messages.append(content)
    return messages


def _ends(content: Content) -> bool:
    return bool(content.buttons or content.ask_location or content.ask_contact)


# --- when a turn fails ------------------------------------------------------------------------------------------------


# What cannot be opened any more may be what fails: it is left alone then.
_SEALED = (Person.dialogue, Person.name, Person.phone, Person.location)


async def _give_up(runtime: Runtime, person_id: int, seen: _Seen) -> Outcome:
    """One more failure of this message; after the third an apology, a case for staff, and a fresh start."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get(
            Person, person_id, with_for_update=True, options=[defer(one) for one in _SEALED]
        )
        waiting = await _waiting(session, person_id, [defer(InboundMessage.content)])
        if person is None or not waiting:
            return Outcome.NOTHING
        row, address = waiting[0]
        if seen.id is not None and row.id != seen.id:
            return Outcome.AGAIN
        await rows.fail(session, row, now)
        if row.state is not InboundState.FAILED:
            return Outcome.AGAIN
        inbound = seen.inbound or Inbound(
            row.channel, row.provider_id, "", Kind.OTHER, address.form
        )
        await _apologise(
            Context(session, person, address, inbound, Heard(inbound.kind), now), row.id
        )
        return Outcome.MORE if len(waiting) > 1 else Outcome.LAST


async def _apologise(ctx: Context, inbound_id: int) -> None:
    ctx.person.dialogue = State().to_json()  # it may be what fails
    await actions.open_fault(ctx)
    content = render(Reply("utter_fault"), ctx.language, ctx.address.form)
    await outbox.reply(
        ctx.session,
        person=ctx.person,
        address=ctx.address,
        content=content,
        inbound_id=inbound_id,
        now=ctx.now,
        preferred_sender=ctx.inbound.sender,
    )
