"""Answers to "may we tell them?": read before the conversation, which knows nothing of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select

from bot.actions import Context
from bot.consular.crises import asking
from bot.conversation.arrivals import asked_by
from bot.dialogue import answers
from bot.messages import Content, Kind, Option, Reply
from bot.models import OutboundMessage

MIN_CONFIDENCE = 0.6  # of a yes or no that a model understood
_PRESS = re.compile(rf"/{asking.PAYLOAD} ([0-9]{{1,18}}) ({asking.YES}|{asking.NO})")

Spoken = Callable[[Context, tuple[Option, ...]], str]
"""Returns the payload of the option that a message means without naming it; "" for none."""


async def reply(ctx: Context) -> Reply | None:
    """Take what a person allows us to tell, and return the reply; None for everything else."""
    press = await pressed(ctx, _PRESS)
    if press is None:
        return None
    case_id = int(press[1])
    may_tell = press[2] == asking.YES
    was_asked = await asking.answer(
        ctx.session,
        ctx.person,
        case_id,
        may_tell,
        ctx.now,
    )
    if not was_asked:
        return None
    ctx.topics.add("board")
    return Reply("will_tell" if may_tell else "will_not_tell")


def spoken(ctx: Context, options: tuple[Option, ...]) -> str:
    """Return the payload of the option that a "yes" or "no" means: the first, or the last."""
    match meant(ctx):
        case "affirm":
            return options[0].payload
        case "deny":
            return options[-1].payload
        case _:
            return ""


def meant(ctx: Context) -> str:
    """Return the intent of a message, where we are sure of it; "" where we are not."""
    is_sure = ctx.heard.by == "exact" or ctx.heard.confidence >= MIN_CONFIDENCE
    if not is_sure:
        return ""
    return ctx.heard.intent or ""


async def pressed(
    ctx: Context,
    presses: re.Pattern[str],
    in_words: Spoken = spoken,
) -> re.Match[str] | None:
    """Return the press, of those that a pattern describes, that a message is or means.

    A typed answer is read when we asked that last, or when it points at the question.
    """
    if ctx.inbound.kind is Kind.BUTTON:
        return presses.fullmatch(ctx.inbound.text)
    if ctx.inbound.kind is not Kind.TEXT or ctx.inbound.is_forwarded:
        return None
    options = await offered(ctx)
    if not any(presses.fullmatch(option.payload) for option in options):
        return None
    picked = answers.picked(ctx.inbound.text, options)
    payload = picked.payload if picked is not None else in_words(ctx, options)
    return presses.fullmatch(payload)


async def offered(ctx: Context) -> tuple[Option, ...]:
    """Return what may be answered: the question a message points at, or what we said last."""
    if ctx.heard.arrival.is_belated:
        return ()
    pointed_at = ctx.heard.arrival.question
    if pointed_at is not None:
        return pointed_at.options
    if ctx.answerable is None:
        ctx.answerable = await _said_last(ctx)
    return ctx.answerable


async def _said_last(ctx: Context) -> tuple[Option, ...]:
    """Look up the answers to what we said last."""
    query = (
        select(OutboundMessage.content)
        .where(OutboundMessage.person_id == ctx.person.id)
        .order_by(OutboundMessage.id.desc())
        .limit(1)
    )
    stored = await ctx.session.scalar(query)
    if stored is None:
        return ()
    return asked_by(Content.from_json(stored).buttons, "").options
