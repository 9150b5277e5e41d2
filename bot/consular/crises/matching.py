"""Who on record may be the person that a report is about, and what an officer decided.

A name in common counts by the share of its parts that both have, in any spelling and script; a
number and a place count beside it. The points are stated here, and shown with their reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.consular.crises import reports
from bot.consular.people import name_keys, search_keys
from bot.consular.staff import roles
from bot.models import (
    Address,
    Case,
    MatchVerdict,
    NameWord,
    NumberEnding,
    Person,
    ReportMatch,
    SoughtPerson,
    Staff,
    TypedEnding,
)
from bot.text import numbers, text
from nlu.language import gazetteer

NAME_POINTS = 60  # for a whole name, by the share of its parts otherwise
PHONE_POINTS = 50  # for a number that the network vouched for
TYPED_PHONE_POINTS = 40
CITY_POINTS = 20
COUNTRY_POINTS = 10
MIN_NAME_SHARE = 2 / 3  # of the parts of the shorter name
MIN_PARTS = 2  # of a name that is enough by itself
MAX_LOOKED_AT = 100  # people whose names are compared
MAX_CANDIDATES = 10
MIN_PHONE_DIGITS = 6  # of a number that was not written whole
# Columns that nobody who looks at candidates needs, each of which would be decrypted.
UNREAD = tuple(map(defer, (Person.dialogue, Person.location, Person.position)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody was seen last: a city (`CC/English name`) or a country, where one is named."""

    city: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be the one that is sought, with the points and what they are for.

    `name_parts` is how many parts of the name both have.
    """

    person: Person
    points: int
    name_parts: int
    has_phone: bool
    has_city: bool
    has_country: bool


@dataclass(frozen=True, slots=True)
class Common:
    """How many parts two names share, and how many the shorter one has."""

    parts: int
    shorter: int

    @property
    def is_enough(self) -> bool:
        """Whether the names may be those of one person, whatever else is known."""
        return self.parts >= MIN_PARTS and self.parts >= MIN_NAME_SHARE * self.shorter

    @property
    def is_one_of_one(self) -> bool:
        """Whether one name is all that there is, and it agrees."""
        return self.parts == self.shorter == 1

    @property
    def points(self) -> int:
        """The points for the name: a name of one part is half of one."""
        return round(NAME_POINTS * self.parts / max(MIN_PARTS, self.shorter))


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared: the keys of each part, and those it has on record."""

    parts: Sequence[Collection[str]]
    stored: Collection[str]

    def has(self, part: Collection[str]) -> bool:
        """Tell whether a part of another name is one of this."""
        return any(key in self.stored for key in part)


@dataclass(frozen=True, slots=True)
class Traits:
    """What candidates are looked for by: a name, a number, a place."""

    name: Name
    phone: str
    place: Place


async def candidates(
    session: AsyncSession,
    staff: Staff,
    report: Case,
) -> list[Candidate]:
    """List people who may be the one that a report is about, the likeliest first; at most ten.

    The account sees only people it looks after; of whom an officer decided is left out.
    """
    if report.relation is None:
        return []
    traits = traits_of(report, await reports.of(session, report))
    people = await _people(session, staff, report, traits)
    phones = await _phones(session, people)
    decided_ids = await _decided(session, report.id)
    likely: list[Candidate] = []
    for person in people:
        if person.id in decided_ids:
            continue
        candidate = compare(traits, person, phones.get(person.id, ()))
        if candidate is not None:
            likely.append(candidate)
    likely.sort(key=lambda candidate: (-candidate.points, -candidate.person.id))
    return likely[:MAX_CANDIDATES]


def traits_of(report: Case, sought: SoughtPerson | None) -> Traits:
    """Read from a report what candidates are looked for by."""
    phone = ""
    place = Place()
    if sought is not None:
        phone = _digits(sought.phone or "")
        place = place_in(sought.last_place or "")
    return Traits(read_name(report.about_name or ""), phone, place)


def read_name(written: str) -> Name:
    """Read a name in any spelling and script: its whole parts, no beginnings of them."""
    parts: list[set[str]] = []
    for keys in name_keys.searched(written):
        whole = set(filter(_is_whole, keys))
        if whole:
            parts.append(whole)
    return Name(
        parts,
        name_keys.stored(written),
    )


def _is_whole(key: str) -> bool:
    return key.startswith(name_keys.WHOLE)


def place_in(words: str) -> Place:
    """Read the city or country that words name, a city first."""
    country = None
    for mention in gazetteer.find(words, None):
        if mention.entity == "city":
            city = str(mention.value)
            return Place(city, city[:2])
        if mention.entity == "country":
            country = str(mention.value)
    return Place(None, country)


def _digits(phone: str) -> str:
    """Return the digits of a number, where there are enough to look for."""
    digits = numbers.dialled(text.ascii_digits(phone)).lstrip("+0")
    return digits if len(digits) >= MIN_PHONE_DIGITS else ""


# --- comparing ------------------------------------------------------------------------------------


def compare(
    traits: Traits,
    person: Person,
    phones: Collection[str],
) -> Candidate | None:
    """Compare a person with what is sought; None where too little agrees.

    `phones` are the numbers that the person writes from, in E.164.
    """
    common = in_common(traits.name, read_name(person.name or ""))
    is_confirmed = _has_phone(traits.phone, phones)
    has_phone = is_confirmed or _has_phone(traits.phone, [person.phone or ""])
    place = traits.place
    has_city = place.city is not None and place.city == person.city
    has_country = place.country is not None and place.country == person.country
    has_name = common.is_enough or (common.is_one_of_one and has_city)
    if not has_name and not has_phone:
        return None
    points = common.points
    if has_phone:
        points += PHONE_POINTS if is_confirmed else TYPED_PHONE_POINTS
    if has_city:
        points += CITY_POINTS
    elif has_country:
        points += COUNTRY_POINTS
    return Candidate(
        person,
        points,
        common.parts,
        has_phone=has_phone,
        has_city=has_city,
        has_country=has_country,
    )


def in_common(told: Name, own: Name) -> Common:
    """Count the parts that two names share; none where the first of either is not in the other.

    A father, a brother and a son share all of a name but the first.
    """
    shorter = min(len(told.parts), len(own.parts))
    if shorter == 0 or not _have_firsts(told, own):
        return Common(0, shorter)
    parts = sum(map(own.has, told.parts))
    return Common(
        min(parts, shorter),
        shorter,
    )


def _have_firsts(told: Name, own: Name) -> bool:
    """Tell whether the first part of each name is in the other."""
    first_told = told.parts[0]
    first_own = own.parts[0]
    return own.has(first_told) and told.has(first_own)


def _has_phone(digits: str, phones: Collection[str]) -> bool:
    if not digits:
        return False
    return any(phone.endswith(digits) for phone in phones)


# --- looking up -----------------------------------------------------------------------------------


async def _people(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    traits: Traits,
) -> list[Person]:
    """Look up people who may be meant: by their number, and by their name.

    Ids come first, from the keys alone: a common name has thousands.
    """
    reporter = await session.get_one(Person, report.person_id)
    ids: set[int] = set()
    for candidate_ids in _selects(traits):
        query = _chosen(staff, reporter, traits.place, candidate_ids)
        ids.update(await session.scalars(query.limit(MAX_LOOKED_AT)))
    people = select(Person).where(Person.id.in_(ids)).options(*UNREAD)
    return list(await session.scalars(people))


def _chosen(
    staff: Staff,
    reporter: Person,
    place: Place,
    candidate_ids: Subquery,
) -> Select[int]:
    """Select those whom the account looks after, the likeliest first."""
    query = (
        select(Person.id)
        .join(candidate_ids, candidate_ids.c.person_id == Person.id)
        .where(
            Person.id != reporter.id,
            Person.forgotten_at.is_(None),
            Person.synthetic == reporter.synthetic,
        )
        .order_by(candidate_ids.c.parts.desc(), *_nearest_first(place), Person.id.desc())
    )
    covered = roles.countries(staff)
    if covered is not None:
        query = query.where(Person.country.in_(covered))
    return query


def _nearest_first(place: Place) -> list[ColumnElement[int]]:
    """Order people of the same city before those of the same country, and others last."""
    order: list[ColumnElement[int]] = []
    if place.city is not None:
        order.append(case((Person.city_index.in_([place.city]), 0), else_=1))
    if place.country is not None:
        order.append(case((Person.country == place.country, 0), else_=1))
    return order


def _selects(traits: Traits) -> list[Subquery]:
    """Return subqueries of people (`person_id`, `parts`): with the number, with the name."""
    subqueries: list[Subquery] = []
    if traits.phone:
        subqueries.append(_with_phone(traits.phone))
    parts = traits.name.parts
    if len(parts) >= MIN_PARTS:
        subqueries.append(_with_name(parts))
    elif parts and traits.place.city is not None:
        subqueries.append(_in_city(parts[0], traits.place.city))
    return subqueries


def _with_phone(digits: str) -> Subquery:
    """Select people whose number ends so, whether or not the network vouched for it."""
    ends_so = select(NumberEnding.person_id).where(NumberEnding.ending.in_([digits]))
    typed_so = select(TypedEnding.person_id).where(TypedEnding.ending.in_([digits]))
    ids = union(ends_so, typed_so).subquery()
    return _with_parts(ids, 0)


def _with_parts(ids: Subquery, count: int) -> Subquery:
    """Give people the number of parts of the name that they were found by."""
    person_id = ids.c[0].label("person_id")
    parts = literal(count).label("parts")
    return select(person_id, parts).subquery()


def _with_name(name_parts: Sequence[Collection[str]]) -> Subquery:
    """Select people who have the first part of a name, and another."""
    has_first = _with_part(name_parts[0])
    others = union_all(*map(_with_part, name_parts[1:])).subquery()
    person_id = others.c[0].label("person_id")
    parts = func.count().label("parts")
    query = select(person_id, parts).where(others.c[0].in_(has_first))
    return query.group_by(person_id).subquery()


def _with_part(keys: Collection[str]) -> Select[int]:
    words = NameWord.word.in_(sorted(keys))
    return select(NameWord.person_id).where(words).distinct()


def _in_city(keys: Collection[str], city: str) -> Subquery:
    """Select people of a city who have the one name that is known."""
    ids = _with_part(keys).join(Person, Person.id == NameWord.person_id)
    of_city = ids.where(Person.city_index.in_([city])).subquery()
    return _with_parts(of_city, 1)


async def _phones(session: AsyncSession, people: Collection[Person]) -> dict[int, list[str]]:
    """Look up the numbers that people write from, by person."""
    phones: dict[int, list[str]] = {}
    addresses = select(Address).where(
        Address.person_id.in_([person.id for person in people]),
    )
    for address in await session.scalars(addresses):
        phone = search_keys.phone_of(address.channel, address.address)
        if phone is not None:
            phones.setdefault(address.person_id, []).append(phone)
    return phones


async def _decided(session: AsyncSession, case_id: int) -> set[int]:
    """Return the people of whom an officer said that they are, or are not, meant."""
    query = select(ReportMatch.person_id).where(
        ReportMatch.case_id == case_id,
        ReportMatch.verdict != MatchVerdict.UNDONE,
    )
    return set(await session.scalars(query))
