"""Wardens in chat: who looks after a person, and whom a warden looks after in a crisis."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.context import Context, Slots
from bot.consular.crises import warden_lists
from bot.consular.crises.warden_lists import PAGE_WARDS, Ward
from bot.consular.people import addressing, sharing, warden_words, wardens
from bot.dialogue import presses
from bot.dialogue.presses import Command
from bot.messages import Form, Option, Verbatim
from bot.models import Crisis, Person, SharedWithWardens
from bot.text import sms

_CHOICES = {"name": None, "nothing": SharedWithWardens.NOTHING}


async def tell_warden(ctx: Context, _slots: Slots) -> Slots:
    """Word what a person looks after, or who looks after them and sees what."""
    areas = await _areas(ctx)
    names: list[str] = []
    for warden in await wardens.looking_after(ctx.session, ctx.person):
        keeper = await ctx.session.get_one(Person, warden.person_id)
        name = addressing.first_name(keeper.name or "")
        names.append(name or ctx.say("ward_unnamed"))
    shared = await sharing.of(ctx.session, ctx.person)
    return {
        "warden_of": "\n".join(areas) or None,
        "warden_names": "\n".join(dict.fromkeys(names)) or None,
        "shared": _word(shared),
    }


async def data_line(ctx: Context) -> str:
    """Word what the person looks after for "my data"; "" for nothing."""
    return " · ".join(await _areas(ctx))


async def _areas(ctx: Context) -> list[str]:
    """Name what the person looks after as a warden."""
    areas: list[str] = []
    for warden in await wardens.active_of(ctx.session, ctx.person):
        area = wardens.area_of(warden)
        areas.append(warden_words.area_name(area, ctx.language))
    return areas


async def share_with_wardens(ctx: Context, slots: Slots) -> Slots:
    """Keep what wardens may see of the person: `name` alone, `nothing`, else the number as well."""
    choice = str(slots.get("payload"))
    shared = _CHOICES.get(choice, SharedWithWardens.NUMBER)
    await sharing.choose(
        ctx.session,
        ctx.person,
        shared,
        ctx.now,
    )
    return {"shared": _word(shared)}


def _word(shared: SharedWithWardens | None) -> str:
    return "name" if shared is None else shared.value


async def list_wards(ctx: Context, slots: Slots) -> Slots:
    """Word the people of a warden in a crisis of whom nothing is known, ten at a time."""
    crisis = await warden_lists.crisis_of(ctx.session, ctx.person)
    if crisis is None:
        areas = await wardens.active_of(ctx.session, ctx.person)
        return {
            "is_warden": bool(areas),
            "wards": None,
            "crisis_name": None,
            "options": None,
        }
    wards = await warden_lists.listed(
        ctx.session,
        crisis,
        ctx.person,
    )
    silent = [ward for ward in wards if ward.is_silent]
    page = _page(slots.get("payload"), silent)
    lines: list[str] = []
    for ward in silent[(page - 1) * PAGE_WARDS : page * PAGE_WARDS]:
        lines.append(_line(ctx, ward))
    return {
        "is_warden": True,
        "crisis_name": _crisis_name(ctx, crisis),
        "wards": "\n".join(lines) or None,
        "wards_silent": len(silent),
        "wards_people": len(wards),
        "options": _next_page(
            ctx,
            page + 1,
            silent,
        ),
    }


def _crisis_name(ctx: Context, crisis: Crisis) -> str:
    name = crisis.public_names[ctx.language]
    return sms.for_sms(name) if ctx.address.form is Form.TEXT else name


async def count_silent(ctx: Context, crisis: Crisis) -> int:
    """Count the people of a warden of whom nothing is known."""
    wards = await warden_lists.listed(
        ctx.session,
        crisis,
        ctx.person,
    )
    return sum(ward.is_silent for ward in wards)


def _page(payload: object, silent: Sequence[Ward]) -> int:
    """Read the number of a page; the first for anything else."""
    written = str(payload or "")
    if not written.isdecimal():
        return 1
    page = int(written[:3])
    is_there = page >= 1 and (page - 1) * PAGE_WARDS < len(silent)
    return page if is_there else 1


def _next_page(
    ctx: Context,
    page: int,
    silent: Sequence[Ward],
) -> tuple[Option, ...] | None:
    """Offer the page with this number, where there is one."""
    if len(silent) <= (page - 1) * PAGE_WARDS:
        return None
    command = Command(warden_words.LIST_COMMAND, str(page))
    label = Verbatim(ctx.say("more_people"))
    return (Option(label, presses.write(command)),)


def _line(ctx: Context, ward: Ward) -> str:
    name = ward.name or ctx.say("ward_unnamed")
    if ward.phone is None:
        return ctx.say(
            "ward_line",
            number=ward.number,
            name=name,
        )
    return ctx.say(
        "ward_line_phone",
        number=ward.number,
        name=name,
        phone=ward.phone,
    )
