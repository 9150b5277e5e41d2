"""Libyan organisations abroad: entered and removed by two people, confirmed by one.

Whoever looks after a country keeps its organisations: a post its own, headquarters all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, CountryCode, Quote
from bot.consular.reference import accreditation, organisation_entries
from bot.consular.reference.organisation_entries import MAX_SOURCE_CHARS, Entry
from bot.consular.staff import roles
from bot.models import Organisation, OrganisationKind, Staff
from bot.text.text import clean
from nlu.language.folding import is_arabic, words

PERMISSION = "posts"
CHECK_LASTS = timedelta(days=365)
ARTICLE = "ال"
MIN_ARTICLE_LETTERS = 5  # of a word that begins with the article: «الله» keeps it


async def get(
    session: AsyncSession,
    organisation_id: int,
    with_lock: bool = False,
) -> Organisation:
    """Return the organisation of a number. Raises ConsularError."""
    organisation = await session.get(
        Organisation,
        organisation_id,
        with_for_update=with_lock,
    )
    if organisation is None:
        raise ConsularError("There is no such organisation.")
    return organisation


async def own(
    session: AsyncSession,
    staff: Staff,
    organisation_id: int,
) -> Organisation:
    """Return an organisation of a country that the account looks after. Raises ConsularError."""
    organisation = await get(session, organisation_id)
    roles.require(staff, PERMISSION, organisation.country)
    return organisation


def subject(organisation: Organisation) -> str:
    """Name an organisation as the audit trail does."""
    return f"organisation:{organisation.id}"


def is_doubtful(organisation: Organisation, today: date) -> bool:
    """Tell whether nobody has checked an organisation for a year."""
    return organisation.checked_on < doubtful_before(today)


def doubtful_before(today: date) -> date:
    """Return the day: what was last checked before it is doubtful."""
    return today - CHECK_LASTS


# --- names ----------------------------------------------------------------------------------------


def name_keys(names: Mapping[str, str]) -> set[str]:
    """Spell names in the one way by which two of them are the same, the Arabic article left out."""
    keys: set[str] = set()
    for name in names.values():
        keys.add(" ".join(_bare(word.folded) for word in words(name)))
    return keys - {""}


def _bare(word: str) -> str:
    if len(word) >= MIN_ARTICLE_LETTERS and is_arabic(word):
        return word.removeprefix(ARTICLE)
    return word


async def same_named(
    session: AsyncSession,
    country: str,
    names: Mapping[str, str],
) -> Organisation | None:
    """Return the organisation of a country that has one of these names in another spelling."""
    keys = name_keys(names)
    of_country = select(Organisation).where(Organisation.country == country)
    for organisation in await session.scalars(of_country.order_by(Organisation.id)):
        if keys & name_keys(organisation.names):
            return organisation
    return None


async def check_name(
    session: AsyncSession,
    entry: Entry,
    organisation_id: int | None,
) -> None:
    """Raise ConsularError where another organisation of the country has the name already."""
    namesake = await same_named(session, entry.country, entry.names)
    if namesake is None or namesake.id == organisation_id:
        return
    raise ConsularError(
        "{name} is in the list of {country} already, with the number {number}.",
        name=Quote(entry.names["ar"]),
        country=CountryCode(entry.country),
        number=namesake.id,
    )


# --- what two people do ---------------------------------------------------------------------------


async def check_entry(
    session: AsyncSession,
    staff: Staff,
    entry: Entry,
    organisation_id: int | None,
    today: date,
) -> None:
    """Refuse an entry that the account may not make, or that cannot be. Raises ConsularError."""
    checked = organisation_entries.checked(entry, today)
    roles.require(staff, PERMISSION, checked.country)
    if organisation_id is not None:
        organisation = await own(session, staff, organisation_id)
        if organisation.country != checked.country:
            raise ConsularError("Enter an organisation anew when it moves to another country.")
        before = organisation_entries.of(organisation)
        if not organisation_entries.differing(before, checked):
            raise ConsularError("Nothing would change.")
    await check_name(session, checked, organisation_id)


async def save(
    session: AsyncSession,
    entry: Entry,
    organisation_id: int | None,
    actor: str,
    now: datetime,
) -> Organisation:
    """Keep an entry, which a second person approved. Raises ConsularError.

    The audit trail names the fields that changed, and not what they say.
    """
    checked = organisation_entries.checked(entry, now.date())
    await check_name(session, checked, organisation_id)
    if organisation_id is None:
        organisation = Organisation(country=checked.country)
        fields = list(Entry.__slots__)
        session.add(organisation)
    else:
        organisation = await get(session, organisation_id, with_lock=True)
        fields = organisation_entries.differing(organisation_entries.of(organisation), checked)
    _fill(organisation, checked)
    await session.flush()
    await trail.note(
        session,
        actor,
        "organisation.added" if organisation_id is None else "organisation.changed",
        subject(organisation),
        now,
        country=organisation.country,
        fields=fields,
    )
    return organisation


def _fill(organisation: Organisation, entry: Entry) -> None:
    """Write a checked entry into a row. A check that came meanwhile is not taken back."""
    organisation.city = entry.city or None
    organisation.kind = OrganisationKind(entry.kind)
    organisation.names = dict(entry.names)
    organisation.descriptions = dict(entry.descriptions)
    organisation.phone = entry.phone
    organisation.email = entry.email
    organisation.website = entry.website
    organisation.contact_name = entry.contact_name or None
    organisation.contact_agreed_on = _day(entry.contact_agreed_on)
    organisation.source = entry.source
    checked_on = date.fromisoformat(entry.checked_on)
    if organisation.checked_on is not None:
        checked_on = max(checked_on, organisation.checked_on)
    organisation.checked_on = checked_on


def _day(iso_day: str) -> date | None:
    if not iso_day:
        return None
    return date.fromisoformat(iso_day)


async def remove(
    session: AsyncSession,
    organisation_id: int,
    actor: str,
    now: datetime,
) -> None:
    """Delete an organisation, which a second person approved. Raises ConsularError."""
    organisation = await get(session, organisation_id, with_lock=True)
    removed = subject(organisation)
    country = organisation.country
    await session.delete(organisation)
    await session.flush()
    await trail.note(session, actor, "organisation.removed", removed, now, country=country)


# --- what one person does -------------------------------------------------------------------------


async def confirm(
    session: AsyncSession,
    staff: Staff,
    organisation_id: int,
    source: str,
    checked_on: str,
    now: datetime,
) -> Organisation:
    """Write down that all we say of an organisation was right on a day, and who says so.

    Nothing that people read changes but the day, so nobody else has to agree. An empty `source`
    leaves the one before. Raises ConsularError.
    """
    await own(session, staff, organisation_id)
    organisation = await get(session, organisation_id, with_lock=True)
    day = date.fromisoformat(accreditation.read_day(checked_on, now.date()))
    if day < organisation.checked_on:
        raise ConsularError("It was checked on a later day already.")
    organisation.checked_on = day
    source_words = clean(source, MAX_SOURCE_CHARS)
    if source_words:
        organisation.source = source_words
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "organisation.checked",
        subject(organisation),
        now,
        country=organisation.country,
        as_of=day.isoformat(),
    )
    return organisation
