"""The directory of organisations as it is listed: for staff by a filter, for people by distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import care, organisations, places
from bot.consular.reference.care import Point
from bot.consular.staff import roles
from bot.models import Organisation, OrganisationKind, Staff
from bot.text.text import LANGUAGES, in_language
from nlu.language.folding import fold

PAGE_ORGANISATIONS = 50
FAR_KM = 40_000.0  # farther than any place on earth: where no city is known


@dataclass(frozen=True, slots=True)
class Filter:
    """What staff look for; "" and None for anything. `text` stands in a name or a city."""

    country: str = ""
    kind: OrganisationKind | None = None
    text: str = ""
    is_doubtful: bool = False


async def visible(
    session: AsyncSession,
    staff: Staff,
    choice: Filter,
    today: date,
) -> list[Organisation]:
    """Return the organisations of the account's countries that a filter means, by country.

    Raises ConsularError.
    """
    roles.require(staff, organisations.PERMISSION)
    conditions = _conditions(staff, choice, today)
    query = select(Organisation).where(*conditions)
    in_order = query.order_by(Organisation.country, Organisation.id)
    listed = list(await session.scalars(in_order))
    folded_text = fold(choice.text)
    return [organisation for organisation in listed if _has_words(organisation, folded_text)]


def _conditions(
    staff: Staff,
    choice: Filter,
    today: date,
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    covered = roles.countries(staff)
    if covered is not None:
        conditions.append(Organisation.country.in_(covered))
    if choice.country:
        conditions.append(Organisation.country == choice.country)
    if choice.kind is not None:
        conditions.append(Organisation.kind == choice.kind)
    if choice.is_doubtful:
        conditions.append(Organisation.checked_on < organisations.doubtful_before(today))
    return conditions


def _has_words(organisation: Organisation, folded_text: str) -> bool:
    """Tell whether folded words stand in a name or in the city of an organisation."""
    for language in LANGUAGES:
        if folded_text in fold(organisation.names.get(language, "")):
            return True
        if organisation.city and folded_text in fold(places.city_name(organisation.city, language)):
            return True
    return False


async def countries(session: AsyncSession, staff: Staff) -> list[str]:
    """Return the countries of the account in which an organisation is listed."""
    query = select(Organisation.country).distinct()
    codes = await session.scalars(query.order_by(Organisation.country))
    return [code for code in codes if roles.covers(staff, code)]


async def near(
    session: AsyncSession,
    country: str,
    position: Point | None,
) -> list[Organisation]:
    """Return the organisations of a country, the nearest to a position first, then by name.

    Those whose city nobody knows come last.
    """
    query = select(Organisation).where(Organisation.country == country)
    measured: list[tuple[float, str, int, Organisation]] = []
    for organisation in await session.scalars(query):
        name = in_language(organisation.names, "ar")
        distance_km = _distance_km(organisation, position)
        measured.append((distance_km, name, organisation.id, organisation))
    measured.sort(key=_order)
    return [organisation for *_order_of, organisation in measured]


def _order(measured: tuple[float, str, int, Organisation]) -> tuple[float, str, int]:
    distance_km, name, number, _organisation = measured
    return distance_km, name, number


def _distance_km(organisation: Organisation, position: Point | None) -> float:
    if organisation.city is None:
        return FAR_KM
    place = places.place_of(organisation.city)
    if position is None or place.latitude is None or place.longitude is None:
        return 0.0
    return care.kilometres(position, (place.latitude, place.longitude))


def of_kind(
    listed: Sequence[Organisation],
    kind: OrganisationKind | None,
) -> list[Organisation]:
    """Return the organisations of a kind; all of them for None.

    «رابطة» is said of every organisation, so it means all of them.
    """
    if kind is None or kind is OrganisationKind.ASSOCIATION:
        return list(listed)
    return [organisation for organisation in listed if organisation.kind is kind]
