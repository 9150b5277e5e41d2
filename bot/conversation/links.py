"""Codes between SMS and Telegram: read before the conversation, as those that join records are.

On Telegram somebody types their number, «رقمي 09…»: a code goes there by SMS, and `joins` takes it.
Or somebody asked for a code by SMS and writes it on Telegram: it is of ten digits, or comes with a
word for it, or in the link that opens the chat.
"""

from __future__ import annotations

import itertools
import re

from bot.actions import Context
from bot.consular.crises import letters
from bot.consular.people import facts, linking
from bot.consular.people.joining import Asked
from bot.consular.people.linking import Found
from bot.conversation import joins
from bot.dialogue import phones
from bot.dialogue.state import State
from bot.messages import Channel, Form, Kind, Reply
from bot.models import Person
from bot.text import text
from nlu.language.folding import fold, words

MAX_LINE_CHARS = 80  # of a text that is nothing but a number and words for it
_LINK_WORDS = frozenset(fold("ربط اربط اربطوا وصل اوصل link connect join").split())
_NUMBER_WORDS = frozenset(
    fold(
        "رقمي رقم هاتفي تليفوني تلفوني موبايلي جوالي نمرتي my phone number mobile is هو هاذا هذا "
        "ra9mi raqmi rakmi ragmi nemrti namrti"
    ).split()
)
_OWN_WORDS = frozenset(
    fold(
        "رقمي هاتفي تليفوني تلفوني موبايلي جوالي نمرتي my ra9mi raqmi rakmi ragmi nemrti namrti"
    ).split()
)
_CODE_WORDS = frozenset(fold("رمز الرمز كود الكود code").split())
_AROUND_CODE = frozenset(fold("the is هو my").split()) | _CODE_WORDS | _LINK_WORDS
_CODE = re.compile(rf"(?<![\d+])[1-9](?:[ -]?\d){{{linking.LINK_CODE_DIGITS - 1}}}(?!\d)")
_START = "start"
_PAYLOAD = re.compile(rf"link-?(\d{{{linking.LINK_CODE_DIGITS}}})")
_ASKED = {
    Asked.SENT: "link_sent",
    Asked.TOO_SOON: "join_too_soon",
    Asked.TOO_MANY: "join_too_many",
    Asked.REFUSED: "join_refused",
    Asked.OWN: "link_own",
}


async def reply(ctx: Context) -> Reply | None:
    """Take a code or a number that joins two channels; None for everything else."""
    if ctx.address.form is not Form.CHAT or ctx.inbound.is_forwarded:
        return None
    inbound = ctx.inbound
    if inbound.kind is Kind.COMMAND and inbound.text == _START:
        return await _of_deep_link(ctx)
    if inbound.kind is not Kind.TEXT or len(inbound.text) > MAX_LINE_CHARS:
        return None
    plain = text.ascii_digits(inbound.text).lstrip("/")
    folded = [word.folded for word in words(plain)]
    spoken = set(itertools.filterfalse(str.isdigit, folded))
    return await _code(ctx, plain, spoken) or await _number(ctx, plain, spoken)


async def _of_deep_link(ctx: Context) -> Reply | None:
    """Take the code in the link that opened the chat."""
    payload = _PAYLOAD.fullmatch(ctx.inbound.payload)
    if payload is None:
        return None
    return await _take(ctx, payload[1], is_named=True)


async def _code(ctx: Context, plain: str, spoken: set[str]) -> Reply | None:
    """Take a code that is all that somebody wrote, with or without a word for it."""
    code = _CODE.search(plain)
    if code is None or not spoken <= _AROUND_CODE:
        return None
    digits = re.sub(r"\D", "", code[0])
    return await _take(ctx, digits, is_named=bool(spoken & _CODE_WORDS))


async def _take(ctx: Context, digits: str, is_named: bool) -> Reply | None:
    """Take a code; digits alone that are none may be anything else."""
    match = await linking.look_up(
        ctx.session,
        ctx.person,
        digits,
        ctx.now,
    )
    match match.found:
        case Found.RIGHT if match.other_id is not None:
            return await _join(ctx, match.other_id)
        case Found.ENDED:
            return Reply("link_ended")
        case Found.OWN:
            return Reply("join_yours")
        case Found.TOO_MANY if is_named:
            return Reply("link_too_many")
        case _:
            return Reply("link_wrong") if is_named else None


async def _join(ctx: Context, other_id: int) -> Reply:
    await ctx.session.get_one(Person, other_id, with_for_update=True)
    request = await linking.confirm(
        ctx.session,
        ctx.person,
        other_id,
        ctx.now,
    )
    return await joins.join(ctx, request)


async def _number(ctx: Context, plain: str, spoken: set[str]) -> Reply | None:
    """Send a code to a number that is all that somebody typed, with a word that it is theirs."""
    is_link = bool(spoken & _LINK_WORDS)
    if not (is_link or spoken & _OWN_WORDS) or not spoken <= _LINK_WORDS | _NUMBER_WORDS:
        return None
    typed_numbers = phones.numbers(
        plain,
        ctx.person.country,
        is_asked=True,
    )
    if len(typed_numbers) != 1 or await _is_answer(ctx, is_link):
        return None
    can_text = ctx.can_text or ctx.address.channel is Channel.PHONE
    if can_text:
        return await _send_code(ctx, typed_numbers[0])
    if is_link:
        return Reply("link_no_sms", ask_contact=True)
    return None


async def _send_code(ctx: Context, number: str) -> Reply:
    await facts.set_phone(
        ctx.session,
        ctx.person,
        number,
        verified=False,
        now=ctx.now,
    )
    outcome = await linking.ask(
        ctx.session,
        ctx.person,
        number,
        ctx.now,
        ctx.budget,
    )
    return Reply(_ASKED[outcome])


async def _is_answer(ctx: Context, is_link: bool) -> bool:
    """Tell whether a number is for a question, an officer, or somebody who has not agreed yet."""
    if ctx.person.consented_at is None:
        return True
    if is_link:
        return False
    state = State.from_json(ctx.person.dialogue, {})
    if state.top is not None:
        return True
    return await letters.conversing(ctx.session, ctx.person, ctx.now) is not None
