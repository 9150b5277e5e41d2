"""Texts of somebody else's that people show us: "is this from you?", asked or not.

Read before the conversation. Nothing of a text that is answered here is kept, nor that its sender
asked; what it is, is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.actions import Context
from bot.consular.advisories import verification
from bot.consular.advisories.verification import Reader, Verdict
from bot.consular.broadcasts import fan_out, passages
from bot.consular.origins import origins
from bot.conversation import arrivals, replies
from bot.conversation.gathering import PATIENCE
from bot.dialogue import evidence, hearing, origin_questions
from bot.dialogue.flow import Flows
from bot.dialogue.origin_questions import OriginQuestion
from bot.dialogue.state import State
from bot.messages import Content, Form, Inbound, Kind, Reply
from bot.models import Broadcast, InboundMessage, OutboundMessage, TextOutcome
from bot.text.text import clean

VERIFY_FLOW = "verify"
MIN_UNASKED_WORDS = 4  # of a text that nobody asked about, to be looked up
MIN_PASSED_ON_WORDS = 8  # of a text that is passed on, to be called none of ours unasked
MIN_PASTED_WORDS = 12  # beside the question; fewer may be the writer's own
MIN_REST_WORDS = 3
MAX_EARLIER = 5  # messages among which the text is looked for that a bare question is about
MAX_SMS_CHARS = 300  # of our own text in an SMS; a longer one is read elsewhere
MAX_HEADLINE_CHARS = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that somebody shows us. `is_asked`: they want to know whether it is ours."""

    text: str
    is_asked: bool


async def answer_copy(
    flows: Flows,
    ctx: Context,
    message_id: int,
) -> bool:
    """Say whether a text that somebody shows us is ours; tell whether that was all there is to say.

    The answer is queued and counted, and the row of the message loses its words.
    """
    answer = await _reply(flows, ctx)
    if answer is None:
        return False
    ctx.is_passing = True
    await _queue(ctx, answer, message_id)
    await _forget(ctx.session, message_id, ctx.inbound)
    return True


async def _reply(
    flows: Flows,
    ctx: Context,
) -> Reply | None:
    """Return the answer to a message that shows us a text; None for everything else."""
    if ctx.inbound.kind is not Kind.TEXT or not ctx.inbound.text:
        return None
    state = State.from_json(ctx.person.dialogue, {})
    is_awaited = state.flow == VERIFY_FLOW
    if is_awaited and _is_order(flows, ctx, state):
        return None
    question = _question(ctx.inbound.text)
    shown = await _shown(ctx, question, is_awaited)
    if shown is None:
        _ask_for_text(ctx, question, is_awaited)
        return None
    verdict = await _check(ctx, shown.text)
    is_dangerous = _tells_of_danger(flows, ctx, state, shown)
    if not await _is_answer(ctx, shown, verdict, is_dangerous):
        return None
    await verification.count(ctx.session, verdict, ctx.now)
    if is_awaited:
        _leave_flow(ctx, state)
    return _worded(ctx, verdict)


def _question(text: str) -> OriginQuestion | None:
    """Read the question whether a text is ours; none beside few words that cry: «ولدي محبوس»."""
    question = origin_questions.read(text)
    if question is None or _words(question.rest) >= MIN_REST_WORDS:
        return question
    return None if evidence.is_grave(question.rest) else question


def _tells_of_danger(
    flows: Flows,
    ctx: Context,
    state: State,
    shown: Shown,
) -> bool:
    if shown.is_asked:
        return evidence.may_be_of_writer(shown.text)
    heard = replace(ctx.heard, text=shown.text)
    return evidence.tells_of_danger(flows, state, heard)


async def _queue(
    ctx: Context,
    answer: Reply,
    message_id: int,
) -> None:
    """Queue the answer; by SMS it waits for the next part of what was pasted, and gives way."""
    is_in_parts = ctx.address.form is Form.TEXT
    if is_in_parts:
        await outbox.withdraw(
            ctx.session,
            ctx.address.id,
            ctx.now,
        )
    due_at = ctx.now + PATIENCE if is_in_parts else ctx.now
    await replies.queue(ctx, [answer], message_id, due_at)


async def _forget(
    session: AsyncSession,
    message_id: int,
    inbound: Inbound,
) -> None:
    """Empty the row of a message that showed us a text: who asked what is nobody's business."""
    message = await session.get_one(InboundMessage, message_id)
    message.content = replace(inbound, text="", payload="", origin="", attachments=()).to_json()


# --- which text -----------------------------------------------------------------------------------


def _is_order(
    flows: Flows,
    ctx: Context,
    state: State,
) -> bool:
    """Tell whether a message is a word that we obey, and no text to be looked at."""
    if ctx.inbound.is_forwarded:
        return False
    return ctx.heard.by == "exact" or hearing.pressed(flows, state, ctx.heard) is not None


async def _shown(
    ctx: Context,
    question: OriginQuestion | None,
    is_awaited: bool,
) -> Shown | None:
    """Return the text that a message shows us; None where it shows none."""
    text = ctx.inbound.text
    is_bare = question is not None and _words(question.rest) < MIN_REST_WORDS
    if ctx.inbound.is_forwarded or (is_awaited and not is_bare):
        rest = question.rest if question and _words(question.rest) >= MIN_REST_WORDS else text
        return Shown(rest, is_asked=is_awaited or question is not None)
    if question is None:
        return Shown(text, is_asked=False) if _words(text) >= MIN_UNASKED_WORDS else None
    if _words(question.rest) >= MIN_REST_WORDS:
        return Shown(question.rest, is_asked=True)
    earlier = await _pointed_at(ctx) or (await _earlier(ctx) if question.is_plain else "")
    return Shown(earlier, is_asked=True) if earlier else None


def _words(text: str) -> int:
    return len(text.split())


async def _pointed_at(ctx: Context) -> str:
    """Return the text of the message that the question replies to: ours, or one shown before."""
    if not ctx.inbound.reply_to:
        return ""
    query = select(OutboundMessage).where(
        OutboundMessage.address_id == ctx.address.id,
        OutboundMessage.provider_id == ctx.inbound.reply_to,
    )
    message = await ctx.session.scalar(query.limit(1))
    if message is None:
        return await _earlier(ctx, ctx.inbound.reply_to)
    if message.broadcast_id is None:
        return passages.text_of(Content.from_json(message.content or {"text": ""}))
    broadcast = await ctx.session.get_one(Broadcast, message.broadcast_id)
    form = message.form or Form.TEXT
    return passages.text_of(fan_out.content(broadcast, message.language, form))


async def _earlier(
    ctx: Context,
    number: str = "",
) -> str:
    """Return what the person passed on a moment ago, or in the message of this number."""
    query = (
        select(InboundMessage)
        .where(InboundMessage.person_id == ctx.person.id)
        .where(InboundMessage.address_id == ctx.address.id)
        .order_by(InboundMessage.id.desc())
        .limit(MAX_EARLIER)
    )
    for message in await ctx.session.scalars(query):
        inbound = Inbound.from_json(message.content)
        is_meant = inbound.message_id == number if number else inbound.is_forwarded
        if is_meant and inbound.text and inbound.text != ctx.inbound.text:
            return clean(inbound.text, verification.MAX_TEXT_CHARS)
    return ""


def _ask_for_text(
    ctx: Context,
    question: OriginQuestion | None,
    is_awaited: bool,
) -> None:
    """Take a bare question for the command that asks for the text."""
    if question is None or not (question.is_plain or is_awaited):
        return
    if _words(question.rest) >= MIN_REST_WORDS:
        return
    ctx.heard = replace(ctx.heard, kind=Kind.COMMAND, text=VERIFY_FLOW, payload="")


# --- what it is -----------------------------------------------------------------------------------


async def _check(
    ctx: Context,
    text: str,
) -> Verdict:
    reader = Reader(
        ctx.language,
        ctx.address.form,
        ctx.person.id,
    )
    return await origins.check(
        ctx.session,
        text,
        reader,
        ctx.site,
        ctx.now,
    )


async def _is_answer(
    ctx: Context,
    shown: Shown,
    verdict: Verdict,
    is_dangerous: bool,
) -> bool:
    """Tell whether the verdict is all that the message needs; what may be a cry goes on."""
    is_short = _words(shown.text) < MIN_PASTED_WORDS
    is_from_elsewhere = shown.is_asked or ctx.inbound.is_forwarded
    is_ours = verdict.outcome is not TextOutcome.UNKNOWN
    if is_ours and is_dangerous and is_short and not is_from_elsewhere:
        return False
    if not is_from_elsewhere and _is_like_our_reply(verdict):
        return False
    if not is_from_elsewhere and verdict.is_place_question and is_short:
        return False  # "are you still in Tunis?" may be their own question to us
    if is_ours:
        return _is_all_ours(ctx, shown, verdict)
    if not shown.is_asked:
        if not is_dangerous:
            await _say_not_ours_beside(ctx, shown)
        return False
    if is_dangerous and (ctx.inbound.is_forwarded or not is_short):
        await _pass_on(ctx, verdict)
    return not is_dangerous


def _is_like_our_reply(verdict: Verdict) -> bool:
    """Tell whether a text is like what we wrote to the person alone: an answer is often so."""
    return verdict.is_personal and verdict.outcome is TextOutcome.CHANGED


def _is_all_ours(
    ctx: Context,
    shown: Shown,
    verdict: Verdict,
) -> bool:
    """Tell whether a text of ours has no words of its sender around it.

    One that is mostly ours goes on as evidence: its sender is asked whom it is about.
    """
    if shown.is_asked or ctx.inbound.is_forwarded or not verdict.words_around:
        return True
    is_mostly_ours = verdict.words_around * 2 < _words(shown.text)
    if is_mostly_ours:
        _take_for_evidence(ctx)
    return False


async def _pass_on(
    ctx: Context,
    verdict: Verdict,
) -> None:
    """Let a text that may be a cry go on as somebody else's words, and say that it is not ours."""
    _take_for_evidence(ctx)
    ctx.asides.append(Reply("verify_not_ours"))
    await verification.count(ctx.session, verdict, ctx.now)


async def _say_not_ours_beside(
    ctx: Context,
    shown: Shown,
) -> None:
    """Say beside the conversation that what somebody passes on is not ours."""
    if not ctx.inbound.is_forwarded or _words(shown.text) < MIN_PASSED_ON_WORDS:
        return
    ctx.asides.append(Reply("verify_not_ours"))
    await verification.count(
        ctx.session,
        verification.UNKNOWN,
        ctx.now,
    )


def _take_for_evidence(ctx: Context) -> None:
    """Take a message for somebody else's words, whatever the writer's device says."""
    arrival = replace(ctx.heard.arrival, is_forwarded=True)
    ctx.heard = replace(ctx.heard, arrival=arrival)


def _leave_flow(
    ctx: Context,
    state: State,
) -> None:
    """End the flow that waited for the text."""
    ctx.person.dialogue = replace(
        state,
        stack=state.stack[:-1],
        offered=(),
    ).to_json()


# --- in words -------------------------------------------------------------------------------------


def _worded(
    ctx: Context,
    verdict: Verdict,
) -> Reply:
    """Word a verdict for the person's screen."""
    key = f"verify_{verdict.outcome.value}"
    if verdict.is_place_question:
        return Reply(f"{key}_place")
    if verdict.is_personal:
        key = f"{key}_personal"
    sent_on = arrivals.date_of(verdict.sent_at) if verdict.sent_at else ""
    right = _right_text(ctx, verdict)
    if verdict.outcome is TextOutcome.CHANGED and not right:
        key = "verify_changed_over"
    if verdict.outcome is TextOutcome.CURRENT and (verdict.is_altered or verdict.is_drill):
        key = "verify_drill" if verdict.is_drill else f"{key}_altered"
    return Reply(key, {"date": sent_on, "text": right})


def _right_text(
    ctx: Context,
    verdict: Verdict,
) -> str:
    """Return our own text that holds, as far as the screen has room for it."""
    if verdict.right is None:
        return ""
    text = passages.text_of(verdict.right)
    if ctx.address.form is Form.CHAT or len(text) <= MAX_SMS_CHARS:
        return text.strip()
    headline = text.strip().partition("\n")[0][:MAX_HEADLINE_CHARS]
    return ctx.say("verify_headline", headline=headline)
