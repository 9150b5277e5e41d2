"""Crises: opening one asks everyone there at once; the board says who has not answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import rules
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.messages import Button, Content, Form, Language
from bot.models import BroadcastKind, Crisis, CrisisCountry, CrisisState, Lane, Staff
from bot.text import catalogues, sms, text

TRANSITIONS: Mapping[CrisisState, frozenset[CrisisState]] = {
    CrisisState.OPEN: frozenset({CrisisState.CLOSED}),
    CrisisState.CLOSED: frozenset(),
}
MAX_NAME_CHARS = 200
# What a roll call offers: payload of the button, key of its label.
ANSWERS = (
    ("/safe", "roll_call_safe"),
    ("/needhelp", "roll_call_help"),
    ("/evacuate", "roll_call_evacuate"),
)


async def open_crisis(
    session: AsyncSession,
    staff: Staff,
    names: Mapping[str, str],
    countries: Sequence[str],
    drill: bool,
    now: datetime,
    has_link: bool = False,
) -> Crisis:
    """Open a crisis and ask everyone in its countries whether they are safe. Raises ConsularError.

    `names` is by language, `countries` are ISO codes. `has_link`: reply links can be made
    (PUBLIC_URL is set), so the SMS ends with one. Only a drill asks synthetic people.
    """
    clean_names = _cleaned(names)
    covered = list(dict.fromkeys(countries))
    audience = {"countries": covered}
    rules.check(audience)
    roles.require(staff, "crises", *covered)
    roll_call_broadcast = await fan_out.create(
        session,
        BroadcastKind.ROLL_CALL,
        Lane.CRISIS,
        _contents(clean_names, has_link),
        audience,
        drill,
        now,
    )
    crisis = Crisis(
        names=clean_names,
        state=CrisisState.OPEN,
        drill=drill,
        opened_at=now,
        opened_by=staff.id,
        broadcast_id=roll_call_broadcast.id,
        countries=[CrisisCountry(country=country) for country in covered],
    )
    session.add(crisis)
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.opened",
        f"crisis:{crisis.id}",
        now,
        countries=covered,
        drill=drill,
    )
    return crisis


def _cleaned(names: Mapping[str, str]) -> dict[str, str]:
    """Clean the names of a crisis. Raises ConsularError unless every language has one."""
    clean_names: dict[str, str] = {}
    for language in text.LANGUAGES:
        clean_names[language] = text.clean(names.get(language, ""), MAX_NAME_CHARS)
    if not all(clean_names.values()):
        raise ConsularError("Write the name in both languages.")
    return clean_names


def roll_call(names: Mapping[str, str], drill: bool, has_link: bool) -> fan_out.Contents:
    """Write what everyone would be asked, as a broadcast's contents: to estimate its cost."""
    contents = _contents(names, has_link)
    if drill:
        return fan_out.marked(contents)
    return contents


def _contents(names: Mapping[str, str], has_link: bool) -> fan_out.Contents:
    contents: fan_out.Contents = {}
    for language in text.LANGUAGES:
        contents[language] = _question(language, names[language], has_link)
    return contents


def _question(language: Language, name: str, has_link: bool) -> dict[str, object]:
    """Write the question in one language, by form.

    In an SMS `{link}` stands for the person's own reply link.
    """
    contents: dict[str, object] = {}
    for form in Form:
        question = catalogues.say("roll_call", language, form, name=name)
        if form is Form.TEXT:
            question = sms.for_sms(question) + _link_line(language, has_link)
        buttons = _buttons(language, form)
        contents[form.value] = Content(question, buttons, language=language).to_json()
    return contents


def _link_line(language: Language, has_link: bool) -> str:
    if not has_link:
        return ""
    return "\n" + catalogues.say("roll_call_link", language, Form.TEXT, link="{link}")


def _buttons(language: Language, form: Form) -> tuple[Button, ...]:
    buttons: list[Button] = []
    for payload, key in ANSWERS:
        label = catalogues.say(key, language, form)
        buttons.append(Button(label, payload))
    return tuple(buttons)


async def close(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    now: datetime,
) -> None:
    """Close a crisis: whoever was not asked yet is not asked any more. Raises ConsularError."""
    await session.refresh(crisis, with_for_update=True)
    roles.require(staff, "crises", *countries_of(crisis))
    crisis.state = check_move(TRANSITIONS, crisis.state, CrisisState.CLOSED)
    crisis.closed_at = now
    crisis.closed_by = staff.id
    if crisis.broadcast_id is not None:
        await fan_out.cancel(session, crisis.broadcast_id, now)
    await session.flush()
    await trail.note(session, roles.actor(staff), "crisis.closed", f"crisis:{crisis.id}", now)


def countries_of(crisis: Crisis) -> list[str]:
    """Return the codes of the countries that a crisis covers."""
    return [covered.country for covered in crisis.countries]


async def get(session: AsyncSession, crisis_id: int) -> Crisis:
    """Return the crisis of a number. Raises ConsularError."""
    crisis = await session.get(Crisis, crisis_id)
    if crisis is None:
        raise ConsularError("There is no such crisis.")
    return crisis


async def covering(session: AsyncSession, country: str | None) -> Crisis | None:
    """Return the open crisis in a country: a real one before a drill, then the latest."""
    if country is None:
        return None
    query = (
        select(Crisis)
        .join(CrisisCountry, CrisisCountry.crisis_id == Crisis.id)
        .where(
            CrisisCountry.country == country,
            Crisis.state == CrisisState.OPEN,
        )
        .order_by(Crisis.drill, Crisis.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


def is_open_in(country: str | None) -> ColumnElement[bool]:
    """Return the condition that there is an open crisis in a country."""
    crisis = select(Crisis.id).join(CrisisCountry, CrisisCountry.crisis_id == Crisis.id)
    return crisis.where(
        Crisis.state == CrisisState.OPEN,
        CrisisCountry.country == country,
    ).exists()


async def is_left(session: AsyncSession, country: str | None, destination: str) -> bool:
    """Tell whether a destination is outside every open crisis that covers a country."""
    if country is None or country == destination:
        return False
    around_here = await session.scalars(_open_in(country))
    crisis_ids = set(around_here)
    if not crisis_ids:
        return False
    around_there = await session.scalars(_open_in(destination))
    return crisis_ids.isdisjoint(around_there)


def _open_in(country: str) -> Select[int]:
    """Select the open crises that cover a country."""
    crisis_ids = select(Crisis.id).join(
        CrisisCountry,
        CrisisCountry.crisis_id == Crisis.id,
    )
    return crisis_ids.where(
        Crisis.state == CrisisState.OPEN,
        CrisisCountry.country == country,
    )


async def open_ones(session: AsyncSession) -> list[Crisis]:
    """Return the open crises, the latest first."""
    query = select(Crisis).where(
        Crisis.state == CrisisState.OPEN,
    )
    query = query.order_by(Crisis.id.desc())
    crises = await session.scalars(query)
    return list(crises)


async def recent(session: AsyncSession, limit: int = 50) -> list[Crisis]:
    """Return crises, the latest first."""
    crises = await session.scalars(select(Crisis).order_by(Crisis.id.desc()).limit(limit))
    return list(crises)
