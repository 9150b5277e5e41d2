"""Codes that join two records: read before the conversation, which knows nothing of them."""

from __future__ import annotations

import re

from bot.actions import Context
from bot.consular.crises import cases, coverage
from bot.consular.people import joining, linking
from bot.consular.people.joining import Answer
from bot.messages import Kind, Reply
from bot.models import CaseKind, JoinRequest, Person
from bot.text import text

# Nothing but the code, and a word for it: all else that somebody writes is conversation.
_CODE = re.compile(
    rf"(?:الرمز|رمز|الكود|كود|code|the|is|\W)*([0-9]{{{joining.CODE_DIGITS}}})\W*",
    re.IGNORECASE,
)


async def reply(ctx: Context) -> Reply | None:
    """Take a code that a person writes, and return the reply to it; None for everything else."""
    if ctx.inbound.kind is not Kind.TEXT:
        return None
    typed = text.ascii_digits(ctx.inbound.text)
    code = _CODE.fullmatch(typed.strip())
    if code is None:
        return None
    request = await joining.waiting(ctx.session, ctx.person)
    if request is None or request.confirmed_at is not None:
        return None
    match await joining.answer(ctx.session, request, code[1], ctx.now):
        case Answer.RIGHT:
            return await join(ctx, request)
        case Answer.WRONG:
            return Reply("join_wrong")
        case Answer.ENDED:
            await joining.end(ctx.session, ctx.person)
            return Reply("join_ended")


async def join(ctx: Context, request: JoinRequest) -> Reply:
    """Join the records, or leave it to staff while somebody looks after either."""
    older = await ctx.session.get_one(Person, request.other_id)
    if await _is_looked_after(ctx, older):
        note = ctx.say("join_note")
        await cases.open_case(
            ctx.session,
            ctx.person,
            CaseKind.HUMAN,
            note,
            ctx.now,
        )
        ctx.topics.add("board")
        return Reply("join_by_staff")
    actor = f"person:{ctx.person.id}"
    await joining.join(
        ctx.session,
        ctx.person,
        request,
        actor,
        ctx.now,
    )
    return Reply("join_yours")


async def _is_looked_after(ctx: Context, older: Person) -> bool:
    """Tell whether one of the records has an open case, or the older one is in a crisis.

    A number that never wrote to us is nobody's record yet.
    """
    if await linking.is_silent(ctx.session, older):
        return False
    for person in (ctx.person, older):
        if await cases.has_open(ctx.session, person):
            return True
    return await coverage.covering(ctx.session, older) is not None
