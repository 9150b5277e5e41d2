"""The person's own record: messages on and off, language, data, cases, being forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from bot.actions import household, profiling, warding
from bot.actions.context import Context, Slots, known, place_name, placed
from bot.consular.audit import trail
from bot.consular.crises import cases, checkins
from bot.consular.people import facts
from bot.consular.trust import looks, own_copy, rights
from bot.documents import html
from bot.messages import Channel, Language
from bot.models import Case, CaseKind, CaseState
from bot.text.text import LANGUAGES

OTHER_LANGUAGE: Mapping[Language, Language] = {"ar": "en", "en": "ar"}


async def start_messages(ctx: Context, _slots: Slots) -> Slots:
    """Send broadcasts to the person again, when they had stopped them."""
    was_stopped = await facts.start(ctx.session, ctx.person, ctx.now)
    return {"was_stopped": was_stopped}


async def stop_messages(ctx: Context, _slots: Slots) -> Slots:
    """Send the person no broadcasts until START."""
    await facts.stop(ctx.session, ctx.person, ctx.now)
    return {}


async def set_language(ctx: Context, slots: Slots) -> Slots:
    """Set the language somebody chose; "other" is the one they do not read now."""
    language = slots.get("language_wanted")
    if language not in LANGUAGES:
        language = OTHER_LANGUAGE[ctx.language]
    person = ctx.person
    await facts.set_language(ctx.session, person, language)
    return placed(person)


async def erase(ctx: Context, _slots: Slots) -> Slots:
    """Erase all about the person; the address stays until the goodbye has left."""
    person = ctx.person
    address = ctx.address
    await rights.erase(
        ctx.session,
        person,
        f"person:{person.id}",
        ctx.now,
        farewell=address,
    )
    return {
        **known(person, address.form),
        "name": None,
    }


async def postpone_erasure(ctx: Context, _slots: Slots) -> Slots:
    """Note the wish to be forgotten: staff see it, and it happens once the last case is closed."""
    await rights.postpone(ctx.session, ctx.person, ctx.now)
    await cases.add_to_open(ctx.session, ctx.person, ctx.words)
    ctx.topics.add("board")
    return {}


async def enclose_data(ctx: Context, _slots: Slots) -> Slots:
    """Put a whole copy of what we hold beside the answer, where the channel carries a file."""
    ctx.is_passing = True
    if ctx.address.channel is not Channel.TELEGRAM:
        return {"enclosed": False}
    document = await own_copy.write(
        ctx.session,
        ctx.person,
        ctx.language,
        ctx.now,
    )
    ctx.page = html.write(document).decode()
    ctx.page_name = ctx.say("file_mydata")
    subject = f"person:{ctx.person.id}"
    await trail.note(
        ctx.session,
        subject,
        "person.exported",
        subject,
        ctx.now,
    )
    return {"enclosed": True}


async def tell_looks(ctx: Context, _slots: Slots) -> Slots:
    """Word which offices saw the person's data, the latest ten and the others by month."""
    seen = await looks.of(ctx.session, ctx.person.id)
    lines: list[str] = []
    for look in seen.latest:
        office = own_copy.office(look, ctx.language)
        act = own_copy.act(look, ctx.language)
        line = ctx.say(
            "looks_line",
            date=_date(look.at),
            office=office,
            act=act,
        )
        lines.append(line)
    for month, count in seen.earlier.items():
        lines.append(ctx.say("looks_earlier", month=month, count=count))
    if not lines:
        lines.append(ctx.say("looks_none"))
    lines.append(ctx.say("looks_lists", count=seen.lists))
    return {"looks": "\n".join(lines)}


async def tell_data(ctx: Context, _slots: Slots) -> Slots:
    """Word what we hold about the person."""
    person = ctx.person
    data = {
        "data_name": person.name,
        "data_place": place_name(person, ctx.language),
        "data_party": person.party_size,
        "data_phone": person.phone,
        **await household.data_lines(ctx),
        "data_profile": await profiling.data_line(ctx),
        "data_warden": await warding.data_line(ctx),
        "data_check_in": await _word_check_in(ctx),
    }
    lines: list[str] = []
    for key, content in data.items():
        if content:
            lines.append(ctx.say(key, value=content))
    consent = await household.word_consent(ctx)
    if consent:
        lines.append(consent)
    if not lines:
        lines.append(ctx.say("data_nothing"))
    return {"summary": "\n".join(lines)}


async def _word_check_in(ctx: Context) -> str | None:
    check_in = await checkins.latest(ctx.session, ctx.person)
    if check_in is None:
        return None
    label = ctx.say(f"status_{check_in.answer.value}")
    return f"{label} ({_date(check_in.at)})"


def _date(at: datetime) -> str:
    return at.date().isoformat()


async def tell_status(ctx: Context, _slots: Slots) -> Slots:
    """Word what became of the person's open cases."""
    lines: list[str] = []
    for case in await _open_cases(ctx):
        line = _word_progress(ctx, case)
        if line not in lines:
            lines.append(line)
    if not lines:
        lines.append(ctx.say("report_nothing"))
    return {"report": "\n".join(lines)}


async def _open_cases(ctx: Context) -> Sequence[Case]:
    open_cases = (
        select(Case)
        .where(Case.person_id == ctx.person.id)
        .where(Case.state != CaseState.CLOSED, Case.kind != CaseKind.FAULT)
        .order_by(Case.id)
    )
    return (await ctx.session.scalars(open_cases)).all()


def _word_progress(ctx: Context, case: Case) -> str:
    if case.taken_at:
        return ctx.say("report_taken", value=_date(case.taken_at))
    return ctx.say("report_open", value=_date(case.opened_at))
