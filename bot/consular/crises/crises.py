"""Crises: open one and everyone there is asked at once; the board says who has not answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import rules
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.messages import Button, Content, Form, Language
from bot.models import Broadcast, BroadcastKind, Crisis, CrisisCountry, CrisisState, Lane, Staff
from bot.text import catalogues, sms, text

TRANSITIONS: Mapping[CrisisState, frozenset[CrisisState]] = {
    CrisisState.OPEN: frozenset({CrisisState.CLOSED}),
    CrisisState.CLOSED: frozenset(),
}
NAME_LETTERS = 200
# What a roll call offers: payload of the button, key of its label.
ANSWERS = (
    ("/safe", "roll_call_safe"),
    ("/needhelp", "roll_call_help"),
    ("/evacuate", "roll_call_evacuate"),
)


async def open_crisis(
    session: AsyncSession,
    staff: Staff,
    name_en: str,
    name_ar: str,
    countries: Sequence[str],
    drill: bool,
    now: datetime,
    has_link: bool = False,
) -> Crisis:
    """Opens a crisis and asks everyone in these countries (ISO codes) whether they are safe. Raises ConsularError.

    `has_link`: reply links can be made (PUBLIC_URL is set), so the SMS ends with one.
    """
    names = {"en": text.clean(name_en, NAME_LETTERS), "ar": text.clean(name_ar, NAME_LETTERS)}
    if not all(names.values()):
        raise ConsularError("Write the name in both languages.")
    everyone = {"countries": list(dict.fromkeys(countries))}
    rules.check(everyone)
    roles.require(staff, "crises", *countries)
    contents = {
        str(language): _roll_call(language, names[language], has_link)
        for language in text.LANGUAGES
    }
    asked = await fan_out.create(
        session, BroadcastKind.ROLL_CALL, Lane.CRISIS, contents, everyone, drill, now
    )
    crisis = await _opened(session, staff, names, everyone["countries"], asked, now)
    await trail.note(
        session, roles.actor(staff), "crisis.opened", f"crisis:{crisis.id}", now,
        countries=everyone["countries"], drill=drill,
    )  # fmt: skip
    return crisis


async def _opened(
    session: AsyncSession,
    staff: Staff,
    names: Mapping[str, str],
    countries: list[str],
    asked: Broadcast,
    now: datetime,
) -> Crisis:
    crisis = Crisis(
        name_en=names["en"],
        name_ar=names["ar"],
        state=CrisisState.OPEN,
        drill=asked.drill,
        opened_at=now,
        opened_by=staff.id,
        broadcast_id=asked.id,
        countries=[CrisisCountry(country=country) for country in countries],
    )
    session.add(crisis)
    await session.flush()
    return crisis


def roll_call(name_en: str, name_ar: str, drill: bool, has_link: bool) -> fan_out.Contents:
    """What everyone would be asked, as in a broadcast: for knowing beforehand what it takes."""
    contents = _contents({"en": name_en, "ar": name_ar}, has_link)
    return fan_out.marked(contents) if drill else contents


def _contents(names: Mapping[str, str], has_link: bool) -> fan_out.Contents:
    return {
        language: _roll_call(language, names[language], has_link) for language in text.LANGUAGES
    }


def _roll_call(language: Language, name: str, has_link: bool) -> dict[str, object]:
    """The question in one language, by form. In an SMS `{link}` stands for the person's own reply link."""
    contents: dict[str, object] = {}
    for form in Form:
        words = catalogues.say("roll_call", language, form, name=name)
        if form is Form.TEXT:
            link = (
                "\n" + catalogues.say("roll_call_link", language, form, link="{link}")
                if has_link
                else ""
            )
            words = sms.for_sms(words) + link
        buttons = tuple(
            Button(catalogues.say(key, language, form), payload) for payload, key in ANSWERS
        )
        contents[form.value] = Content(words, buttons, language=language).to_json()
    return contents


async def close(session: AsyncSession, staff: Staff, crisis: Crisis, now: datetime) -> None:
    """The crisis is over: who has not been asked yet, is not asked any more. Raises ConsularError."""
    await session.refresh(crisis, with_for_update=True)
    roles.require(staff, "crises", *countries_of(crisis))
    crisis.state = check_move(TRANSITIONS, crisis.state, CrisisState.CLOSED)
    crisis.closed_at, crisis.closed_by = now, staff.id
    if crisis.broadcast_id is not None:
        await fan_out.cancel(session, crisis.broadcast_id, now)
    await session.flush()
    await trail.note(session, roles.actor(staff), "crisis.closed", f"crisis:{crisis.id}", now)


def countries_of(crisis: Crisis) -> list[str]:
    """The codes of the countries it covers."""
    return [covered.country for covered in crisis.countries]


async def get(session: AsyncSession, crisis_id: int) -> Crisis:
    """The crisis. Raises ConsularError."""
    crisis = await session.get(Crisis, crisis_id)
    if crisis is None:
        raise ConsularError("There is no such crisis.")
    return crisis


async def covering(session: AsyncSession, country: str | None) -> Crisis | None:
    """The open crisis in a country: a real one before a drill, then the latest."""
    if country is None:
        return None
    query = (
        select(Crisis)
        .join(CrisisCountry, CrisisCountry.crisis_id == Crisis.id)
        .where(CrisisCountry.country == country, Crisis.state == CrisisState.OPEN)
        .order_by(Crisis.drill, Crisis.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def open_ones(session: AsyncSession) -> list[Crisis]:
    """Open crises, the latest first."""
    query = select(Crisis).where(Crisis.state == CrisisState.OPEN).order_by(Crisis.id.desc())
    return list(await session.scalars(query))


async def recent(session: AsyncSession, limit: int = 50) -> list[Crisis]:
    """Crises, the latest first."""
    return list(await session.scalars(select(Crisis).order_by(Crisis.id.desc()).limit(limit)))
