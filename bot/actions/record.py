"""The person's own record: messages on and off, language, what we hold, what became of it, being forgotten."""

from __future__ import annotations

from sqlalchemy import select

from bot.actions.context import Context, Slots, known, place_name, placed
from bot.consular.crises import checkins
from bot.consular.people import facts as people_facts
from bot.consular.trust import rights
from bot.models import Case, CaseKind, CaseState


async def start_messages(ctx: Context, _slots: Slots) -> Slots:
    """Broadcasts again, when they had been stopped."""
    was_stopped = ctx.person.stopped_at is not None
    await people_facts.start(ctx.session, ctx.person, ctx.now)
    return {"was_stopped": was_stopped}


async def stop_messages(ctx: Context, _slots: Slots) -> Slots:
    """No broadcasts until START."""
    await people_facts.stop(ctx.session, ctx.person, ctx.now)
    return {}


async def set_language(ctx: Context, slots: Slots) -> Slots:
    """The language somebody chose; "other" is the one they do not read now."""
    wanted = slots.get("language_wanted")
    if wanted not in {"ar", "en"}:
        wanted = "ar" if ctx.language == "en" else "en"
    await people_facts.set_language(ctx.session, ctx.person, wanted)
    return placed(ctx.person)


async def erase(ctx: Context, _slots: Slots) -> Slots:
    """Everything goes; the address stays until the goodbye has left."""
    actor = f"person:{ctx.person.id}"
    await rights.erase(ctx.session, ctx.person, actor, ctx.now, farewell=ctx.address)
    return {**known(ctx.person, ctx.address.form), "name": None}


async def tell_data(ctx: Context, _slots: Slots) -> Slots:
    """What we hold, in words."""
    person, check_in = ctx.person, await checkins.latest(ctx.session, ctx.person)
    status = check_in and f"{ctx.say(f'status_{check_in.status.value}')} ({check_in.at:%Y-%m-%d})"
    facts = {
        "data_name": person.name,
        "data_place": place_name(person, ctx.language),
        "data_party": person.party_size,
        "data_phone": person.phone,
        "data_check_in": status,
    }
    lines = [ctx.say(key, value=value) for key, value in facts.items() if value]
    return {"summary": "\n".join(lines) or ctx.say("data_nothing")}


async def tell_status(ctx: Context, _slots: Slots) -> Slots:
    """What became of the person's open cases."""
    mine = (
        Case.person_id == ctx.person.id,
        Case.state != CaseState.CLOSED,
        Case.kind != CaseKind.FAULT,
    )
    found = list(await ctx.session.scalars(select(Case).where(*mine).order_by(Case.id)))
    lines = [_progress(ctx, case) for case in found]
    return {"report": "\n".join(dict.fromkeys(lines)) or ctx.say("report_nothing")}


def _progress(ctx: Context, case: Case) -> str:
    if case.taken_at:
        return ctx.say("report_taken", value=f"{case.taken_at:%Y-%m-%d}")
    return ctx.say("report_open", value=f"{case.opened_at:%Y-%m-%d}")
