"""What wardens answer and report: read before the conversation, which knows nothing of them."""

from __future__ import annotations

import re

from bot.actions import Context
from bot.actions.warding import count_silent
from bot.consular.crises import warden_lists, warden_reports, warden_tests
from bot.consular.crises.warden_lists import Ward
from bot.consular.crises.warden_reports import NOT_REACHED, Outcome
from bot.consular.people import warden_words, wardens
from bot.conversation.asked import pressed
from bot.dialogue import ward_reports
from bot.dialogue.ward_reports import Told
from bot.messages import Kind, Reply
from bot.models import CheckInStatus, Crisis, WardenState

_NUMBER = "([0-9]{1,18})"
_PRESS = re.compile(rf"/({warden_words.YES}|{warden_words.NO}|{warden_words.HERE}) {_NUMBER}")
_REPLIES = {
    WardenState.ACTIVE: "warden_thanks",
    WardenState.DECLINED: "warden_declined",
    WardenState.ENDED: "warden_ended",
}


async def reply(ctx: Context) -> Reply | None:
    """Take what a warden answers or reports, and return the reply; None for everything else."""
    press = await pressed(ctx, _PRESS)
    if press is not None:
        return await _answer(
            ctx,
            press[1],
            int(press[2]),
        )
    return await _report(ctx)


async def _answer(
    ctx: Context,
    command: str,
    number: int,
) -> Reply | None:
    """Take an answer to an invitation or a test."""
    if command == warden_words.HERE:
        was_asked = await warden_tests.answer(
            ctx.session,
            ctx.person,
            number,
            ctx.now,
        )
        return Reply("warden_test_thanks") if was_asked else None
    agrees = command == warden_words.YES
    warden = await wardens.answer(
        ctx.session,
        ctx.person,
        number,
        agrees,
        ctx.now,
    )
    if warden is None:
        return Reply("warden_not_asked")
    area = warden_words.area_name(wardens.area_of(warden), ctx.language)
    return Reply(_REPLIES[warden.state], {"area": area})


async def _report(ctx: Context) -> Reply | None:
    """Take a report on people by their numbers, of a warden who has them."""
    if ctx.inbound.kind is not Kind.TEXT or ctx.inbound.is_forwarded:
        return None
    told = ward_reports.read(ctx.inbound.text)
    if not told:
        return None
    crisis = await warden_lists.crisis_of(ctx.session, ctx.person)
    if crisis is None or not await warden_lists.numbers_of(ctx.session, ctx.person):
        return None
    return await _record_all(
        ctx,
        crisis,
        told,
    )


async def _record_all(
    ctx: Context,
    crisis: Crisis,
    told: list[Told],
) -> Reply:
    """Record what was told of each person, and say it back; nothing where a number is wrong."""
    wards = await warden_lists.listed(
        ctx.session,
        crisis,
        ctx.person,
    )
    unknown = _unknown_numbers(told, wards)
    if unknown:
        return Reply("ward_unknown", {"numbers": ", ".join(map(str, unknown))})
    lines: list[str] = []
    for entry in told:
        for ward in _meant(entry, wards):
            line = await _record(
                ctx,
                crisis,
                ward,
                entry,
            )
            lines.append(line)
    if not lines:
        return Reply("wards_all_known")
    ctx.topics.add("board")
    silent = await count_silent(ctx, crisis)
    return Reply("wards_reported", {"lines": "\n".join(lines), "silent": silent})


def _unknown_numbers(told: list[Told], wards: list[Ward]) -> list[int]:
    """Return the numbers that nobody in the list has; then nothing is recorded."""
    known = {ward.number for ward in wards}
    unknown: list[int] = []
    for entry in told:
        unknown += [number for number in entry.numbers if number not in known]
    return unknown


def _meant(entry: Told, wards: list[Ward]) -> list[Ward]:
    """Return the people of these numbers; without numbers, all of whom nothing is known."""
    if entry.numbers:
        return [ward for ward in wards if ward.number in entry.numbers]
    return [ward for ward in wards if ward.is_silent]


async def _record(
    ctx: Context,
    crisis: Crisis,
    ward: Ward,
    entry: Told,
) -> str:
    """Record what was told of one person, and word it."""
    status = None if entry.status == NOT_REACHED else CheckInStatus(entry.status)
    outcome = await warden_reports.report(
        ctx.session,
        ward.warden_id,
        ctx.person,
        crisis,
        ward.person_id,
        status,
        ctx.inbound.text,
        ctx.now,
    )
    name = ward.name or ctx.say("ward_unnamed")
    if outcome is Outcome.OWN_WORD:
        return ctx.say(
            "ward_own_word",
            number=ward.number,
            name=name,
        )
    key = f"ward_{outcome.value}" if outcome is Outcome.NOT_REACHED else f"ward_{entry.status}"
    return ctx.say(
        key,
        number=ward.number,
        name=name,
    )
