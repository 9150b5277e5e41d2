"""Turns: one person's pending messages, in order, one transaction each.

A message is understood before its transaction begins. In it the person's row is the lock; facts,
state, replies and "handled" commit together, so a crash leaves nothing or everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot import actions, outbox
from bot.actions import Context
from bot.consular.people import exactness
from bot.conversation import (
    arrivals,
    beside,
    early,
    gathering,
    languages,
    repeats,
    replies,
    returning,
)
from bot.conversation import poster_codes as codes
from bot.conversation.beside import Answerer
from bot.conversation.copies import answer_copy
from bot.conversation.look import Look, Understand, heard_at_once, with_message
from bot.conversation.pending import ANSWERED, UNFINISHED, Outcome, Pending, oldest
from bot.conversation.repeats import Repeats
from bot.dialogue import engine
from bot.dialogue.flow import Flows
from bot.dialogue.state import State
from bot.inbox import rows
from bot.messages import Heard, Inbound, Kind, Reply
from bot.models import InboundMessage, InboundState, Lane, Person
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.runtime.settings import Settings
from bot.signals import bells

log = structlog.get_logger(__name__)


async def handle(
    runtime: Runtime,
    flows: Flows,
    person_id: int,
    understand: Understand,
) -> int:
    """Answer all that a person sent, and ring for the senders; return how many messages.

    Raises what the database raises.
    """
    count = 0
    topics: set[str] = set()
    outcome = Outcome.AGAIN
    try:
        while outcome in UNFINISHED:
            outcome = await turn(runtime, flows, person_id, understand, topics)
            if outcome in ANSWERED:
                count += 1
    finally:
        if count:
            await bells.ring(runtime.redis, "out", [Lane.REPLY])
        for topic in sorted(topics):
            await bells.announce(runtime.redis, topic)
    return count


async def turn(
    runtime: Runtime,
    flows: Flows,
    person_id: int,
    understand: Understand,
    topics: set[str] | None = None,
) -> Outcome:
    """Answer the oldest message of a person.

    A turn that fails is counted; after three the message is given up.
    """
    look = Look()
    topics = topics if topics is not None else set()
    try:
        outcome = await _advance(runtime, flows, person_id, understand, look, topics)
        while outcome is Outcome.UNHEARD and look.inbound is not None:
            look.heard = await understand(look.inbound.text, look.home)
            outcome = await _advance(runtime, flows, person_id, understand, look, topics)
    except Exception as error:  # noqa: BLE001  # one message must never stop the others
        origin = traces.origin(error)
        log.error("turn_failed", person=person_id, error=type(error).__name__, at=origin)
        return await _give_up(runtime, person_id, look)
    return outcome


async def _advance(
    runtime: Runtime,
    flows: Flows,
    person_id: int,
    understand: Understand,
    look: Look,
    topics: set[str],
) -> Outcome:
    """Answer in one transaction, which leaves nothing when the message is yet to be understood."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get(Person, person_id, with_for_update=True)
        pending = await oldest(session, person_id)
        if person is None or pending is None:
            return Outcome.NOTHING
        inbound = look.at(flows, pending.message, person.country)
        repeated = await _look_for_copy(session, person, pending, inbound, now)
        if repeated.is_copy:
            return pending.outcome
        heard = look.heard or await heard_at_once(inbound, look.home, understand)
        if heard is None:
            return Outcome.UNHEARD
        heard = with_message(heard, inbound)
        ctx = _context(session, person, pending, inbound, heard, runtime.settings, now)
        await _answer(flows, ctx, pending, repeated)
    topics |= ctx.topics
    return pending.outcome


async def _look_for_copy(
    session: AsyncSession,
    person: Person,
    pending: Pending,
    inbound: Inbound,
    now: datetime,
) -> Repeats:
    """Look whether a message is an earlier one once more; a copy is done at once."""
    message = pending.message
    repeated = await repeats.look(session, person, message, inbound)
    if repeated.is_copy:
        await repeats.note_machine(session, person, repeated, now)
        await rows.finish(session, message, None, now)
    return repeated


async def _answer(
    flows: Flows,
    ctx: Context,
    pending: Pending,
    repeated: Repeats,
) -> None:
    """Answer a message, send anew what had not reached its writer, and mark it as done."""
    heard = await _converse(
        flows,
        ctx,
        pending.message.id,
        repeated,
    )
    await exactness.settle(ctx.session, ctx.person, pending.message)
    await outbox.renew(ctx.session, pending.address, ctx.now)
    await rows.finish(
        ctx.session,
        pending.message,
        heard,
        ctx.now,
    )
    _count(heard)


def _context(
    session: AsyncSession,
    person: Person,
    pending: Pending,
    inbound: Inbound,
    heard: Heard,
    settings: Settings,
    now: datetime,
) -> Context:
    received_at = pending.message.received_at
    return Context(
        session,
        person,
        pending.address,
        inbound,
        heard,
        now,
        written_at=arrivals.written_at(inbound, received_at),
        received_at=received_at,
        can_text=settings.has_sms,
        site=settings.public_url or "",
        budget=settings.reply_budget,
        periods=settings.periods,
    )


def _count(heard: Heard) -> None:
    metrics.TURNS.labels(heard.by).inc()
    log.debug("understood", by=heard.by, intent=heard.intent, confidence=round(heard.confidence, 2))


async def _converse(
    flows: Flows,
    ctx: Context,
    message_id: int,
    repeated: Repeats,
) -> Heard:
    """Advance the conversation, queue its replies and keep its state.

    The same words are recorded each time; after the second answer they get none.

    Returns what was heard, as the engine took it.
    """
    languages.follow(ctx)
    arrival = await arrivals.of(ctx, message_id)
    ctx.heard = replace(ctx.heard, arrival=arrival)
    if arrivals.says_nothing(ctx):
        return ctx.heard
    await codes.note(ctx)
    early_reply = await early.reply(ctx)
    if early_reply is not None:
        await replies.queue(ctx, [early_reply], message_id, ctx.now)
        return ctx.heard
    if await answer_copy(flows, ctx, message_id):
        return Heard(ctx.inbound.kind)
    return await _take_turn(flows, ctx, message_id, repeated)


async def _take_turn(
    flows: Flows,
    ctx: Context,
    message_id: int,
    repeated: Repeats,
) -> Heard:
    """Let the engine answer, unless an officer writes with the person and does so."""
    await actions.keep_files(ctx)
    state = await beside.enter(ctx, await _state(ctx))
    answerer = await beside.answerer(flows, ctx, state)
    if answerer is Answerer.OFFICER:
        _keep_state(ctx.person, state.without_question(), waits=False)
        return ctx.heard
    result = await _engine_turn(flows, ctx, state)
    if answerer is Answerer.BOT_BRIEFLY:
        result = beside.briefly(result)
    _note_need(ctx, state, result.heard)
    waits = state.reply_waits
    if not repeated.is_answered_enough:
        waits = await gathering.queue(ctx, result, message_id)
    _keep_state(ctx.person, result.state, waits)
    if result.heard.intent not in repeats.CRIES:
        await repeats.note_machine(ctx.session, ctx.person, repeated, ctx.now)
    return result.heard


def _note_need(ctx: Context, state: State, heard: Heard) -> None:
    """Note what decides whether the message is answered, whatever the budgets say."""
    ctx.is_in_crisis = bool(state.known.get("in_crisis") or state.known.get("roll_call"))
    ctx.is_in_need = bool(state.known.get("has_own_case"))
    if heard.intent in repeats.CRIES:
        ctx.is_cry = True


async def _state(ctx: Context) -> State:
    """Return the state of the conversation, with what must be known in this turn."""
    known = actions.known(ctx.person, ctx.address.form)
    state = State.from_json(ctx.person.dialogue, known)
    return await returning.enter(ctx, await _with_standing(ctx, state))


async def _engine_turn(flows: Flows, ctx: Context, state: State) -> engine.Turn:
    """Take one turn of the engine; replies that no flow knows of go before its own."""

    async def act(name: str, slots: Mapping[str, Any]) -> Mapping[str, Any]:
        return await actions.perform(ctx, name, slots)

    result = await engine.advance(flows, state, ctx.heard, act)
    return replace(result, replies=(*ctx.asides, *result.replies))


def _keep_state(person: Person, state: State, waits: bool) -> None:
    """Keep the state of a conversation, unless the person was erased in it."""
    if person.forgotten_at is not None:
        person.dialogue = None
        return
    state = replace(state, reply_waits=waits)
    person.dialogue = state.to_json()


async def _with_standing(ctx: Context, state: State) -> State:
    """Add what must be known of the person's cases and answers, and a roll call that waits."""
    known = {**state.known, **await actions.standing(ctx)}
    if await arrivals.may_answer_invitation(ctx, state):
        known["invited"] = True
    elif await arrivals.may_answer_roll_call(ctx, state):
        known["roll_call"] = True
    elif await arrivals.may_answer_place_question(ctx, state):
        known["asked_place"] = True
    return replace(state, known=known)


# --- when a turn fails --------------------------------------------------------------------------

# Columns that cannot be opened any more may be what fails: the apology does without them.
SEALED_COLUMNS = (Person.dialogue, Person.name, Person.phone, Person.location, Person.place_words)


async def _give_up(
    runtime: Runtime,
    person_id: int,
    look: Look,
) -> Outcome:
    """Count a failure; after the third apologise, open a case for staff, and start afresh."""
    now = runtime.clock()
    unread = list(map(defer, SEALED_COLUMNS))
    async with runtime.db.begin() as session:
        person = await session.get(Person, person_id, with_for_update=True, options=unread)
        pending = await oldest(session, person_id, [InboundMessage.content])
        if person is None or pending is None:
            return Outcome.NOTHING
        message = pending.message
        if look.message_id not in (None, message.id):
            return Outcome.AGAIN
        await rows.fail(session, message, now)
        if message.state is not InboundState.FAILED:
            return Outcome.AGAIN
        await _apologise(session, person, pending, look.inbound, runtime.settings, now)
        return pending.outcome


async def _apologise(
    session: AsyncSession,
    person: Person,
    pending: Pending,
    inbound: Inbound | None,
    settings: Settings,
    now: datetime,
) -> None:
    message = pending.message
    if inbound is None:  # its content cannot be read
        form = pending.address.form
        inbound = Inbound(message.channel, message.provider_id, "", Kind.OTHER, form)
    person.dialogue = State().to_json()  # it may be what fails
    ctx = _context(session, person, pending, inbound, Heard(inbound.kind), settings, now)
    await actions.open_fault(ctx)
    await replies.queue(ctx, [Reply("utter_fault")], message.id, ctx.now)
