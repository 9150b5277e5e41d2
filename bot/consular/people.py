"""What we know of a person, set one fact at a time; search and views for staff; stop, start, consent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import phonenumbers
from sqlalchemy import Select, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular import audit, crises, timezones
from bot.consular import staff as accounts
from bot.consular.errors import ConsularError
from bot.consular.merging import merge
from bot.consular.places import STALE_AFTER, Place
from bot.consular.rights import erase, export
from bot.messages import Channel, Form, Location
from bot.models import Address, AuditNote, Case, CheckIn, NameWord, Person, Staff
from bot.text import text
from nlu.language.skeleton import skeleton

__all__ = [
    "Record", "by_country", "consent", "erase", "export", "register", "search", "set_language",
    "set_name", "set_party", "set_phone", "set_place", "start", "stop", "view",
]  # fmt: skip


NAME_LETTERS = 120
LARGEST_PARTY = 99
R = TypeVar("R", CheckIn, Case)

FOUND = 50  # people a search shows

_GAP = re.compile(r"[\s,،.\-_/]+")


@dataclass(frozen=True, slots=True)
class Record:
    """All that staff see of one person."""

    person: Person
    addresses: list[Address]
    check_ins: list[CheckIn]  # latest first
    cases: list[Case]  # latest first
    notes: list[AuditNote]  # latest first


async def set_name(session: AsyncSession, person: Person, name: str) -> None:
    """The person's name, and its words by skeleton for the search."""
    person.name = text.clean(" ".join(name.split()), NAME_LETTERS) or None
    await session.execute(delete(NameWord).where(NameWord.person_id == person.id))
    session.add_all(NameWord(person_id=person.id, word=word) for word in name_words(person.name or ""))
    await session.flush()


def name_words(name: str) -> list[str]:
    """The skeletons of a name's words, each once."""
    return list(dict.fromkeys(filter(None, map(skeleton, _GAP.split(name)))))


async def set_place(
    session: AsyncSession, person: Person, place: Place, now: datetime, exact: Location | None = None
) -> None:
    """Where the person is. `exact` is a shared position: kept encrypted, and rounded to about 1 km for maps."""
    person.country, person.city = place.country, place.city
    person.placed_at = person.changed_at = now
    person.timezone = timezones.of(place.country, place.city)
    person.latitude, person.longitude = _rounded(place.latitude), _rounded(place.longitude)
    person.location = f"{exact.latitude},{exact.longitude}" if exact else None
    await session.flush()
    await _attach_answers(session, person)
    await audit.note(session, _self(person), "person.placed", _self(person), now, country=place.country)


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 2)


async def _attach_answers(session: AsyncSession, person: Person) -> None:
    """An answer given before we knew the country belongs to the crisis there."""
    crisis = await crises.covering(session, person.country)
    if crisis is None:
        return
    unattached = (CheckIn.person_id == person.id, CheckIn.crisis_id.is_(None), CheckIn.at >= crisis.opened_at)
    await session.execute(update(CheckIn).where(*unattached).values(crisis_id=crisis.id, country=person.country))


async def set_phone(session: AsyncSession, person: Person, phone: str, verified: bool, now: datetime) -> None:
    """The person's number (E.164). When the network vouches for it, it is another way to reach them.

    Somebody we know by that very number is the same person: their records become one.
    """
    person.phone = person.phone_index = phone
    await session.flush()
    if verified:
        await _reach_by(session, person, phone, now)


async def _reach_by(session: AsyncSession, person: Person, phone: str, now: datetime) -> None:
    channel, address = await _twin(session, person, phone)
    index = f"{channel.value}:{address}"
    known = await session.scalar(select(Address).where(Address.index == index))
    if known is None:
        values = {"channel": channel, "form": Form.TEXT, "address": address, "index": index}
        region = text.country_of_number(phone) if channel is Channel.SMS else None
        session.add(Address(person_id=person.id, created_at=now, region=region, **values))
        await session.flush()
    elif known.person_id != person.id:
        await merge(session, person, known.person_id, now)


async def _twin(session: AsyncSession, person: Person, phone: str) -> tuple[Channel, str]:
    """A number given on the phone page stays on the phone page: no real SMS goes out from a trial."""
    channels = set(await session.scalars(select(Address.channel).where(Address.person_id == person.id)))
    if channels == {Channel.PHONE}:
        return Channel.PHONE, f"text:{phone}"
    return Channel.SMS, phone


async def set_party(session: AsyncSession, person: Person, size: int) -> None:
    """How many they are, themselves included. Raises ConsularError unless 1 to 99."""
    if not 1 <= size <= LARGEST_PARTY:
        raise ConsularError("A party has {least} to {most} people.", least=1, most=LARGEST_PARTY)
    person.party_size = size
    await session.flush()


async def set_language(session: AsyncSession, person: Person, language: str) -> None:
    """The language the person chose (`ar` or `en`)."""
    person.language, person.language_chosen = language, True
    await session.flush()


async def consent(session: AsyncSession, person: Person, now: datetime) -> None:
    """The person agreed that we keep what they tell."""
    person.consented_at, person.forgotten_at = now, None
    await audit.note(session, _self(person), "person.consented", _self(person), now)
    await session.flush()


async def register(session: AsyncSession, person: Person, now: datetime) -> None:
    """The person is on the register."""
    person.registered_at, person.changed_at, person.forgotten_at = now, now, None
    await audit.note(session, _self(person), "person.registered", _self(person), now)
    await session.flush()


async def stop(session: AsyncSession, person: Person, now: datetime) -> None:
    """STOP: no broadcasts until START."""
    person.stopped_at = now
    await audit.note(session, _self(person), "person.stopped", _self(person), now)
    await session.flush()


async def start(session: AsyncSession, person: Person, now: datetime) -> None:
    """START: broadcasts again."""
    if person.stopped_at is not None:
        person.stopped_at, person.changed_at = None, now
        await audit.note(session, _self(person), "person.started", _self(person), now)
        await session.flush()


# For staff


async def search(session: AsyncSession, staff: Staff, query: str, now: datetime) -> list[Person]:
    """People by words of their name (in any spelling) or by phone number; at most 50. Audited without the query."""
    accounts.require(staff, "people")
    found = [] if not query.strip() else list(await session.scalars(_matching(staff, query)))
    await audit.note(session, accounts.actor(staff), "people.searched", "people", now, found=len(found))
    return found


def _matching(staff: Staff, query: str) -> Select[Person]:
    digits = re.sub(r"[\s()+.\-]", "", text.ascii_digits(query))
    chosen = _by_phone(staff, query) if digits.isdigit() and len(digits) >= 6 else _by_name(query)
    people = select(Person).where(Person.id.in_(chosen), Person.forgotten_at.is_(None))
    if staff.post_country:
        people = people.where(Person.country == staff.post_country)
    return people.order_by(Person.registered_at.desc(), Person.id.desc()).limit(FOUND)


def _by_name(query: str) -> Select[int]:
    words = name_words(query)
    matching = select(NameWord.person_id).where(NameWord.word.in_(words)).group_by(NameWord.person_id)
    return matching.having(func.count() == len(words))


def _by_phone(staff: Staff, query: str) -> Select[int]:
    numbers = sorted(_readings(query, staff.post_country))
    forms = [f"sms:{n}" for n in numbers] + [f"phone:{form}:{n}" for n in numbers for form in ("chat", "text")]
    by_address = select(Address.person_id).where(Address.index.in_(forms))
    return select(Person.id).where(Person.phone_index.in_(numbers) | Person.id.in_(by_address))


def _readings(query: str, country: str | None) -> set[str]:
    """What a number as written may be in E.164: international, or as dialled at the post or in Libya."""
    digits = re.sub(r"[^\d+]", "", text.ascii_digits(query))
    plain = digits.removeprefix("00").lstrip("+")
    return {f"+{plain}"} | {e164 for region in ("LY", country) if region and (e164 := _dialled(digits, region))}


def _dialled(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def view(session: AsyncSession, staff: Staff, person_id: int, now: datetime) -> Record:
    """One person's record, and an audit note of the look. Raises ConsularError."""
    person = await session.get(Person, person_id)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    accounts.require(staff, "people", *([person.country] if staff.post_country else []))
    record = Record(
        person,
        list(await session.scalars(select(Address).where(Address.person_id == person_id).order_by(Address.id))),
        list(await session.scalars(_latest(CheckIn, person_id))),
        list(await session.scalars(_latest(Case, person_id))),
        await audit.of(session, _self(person)),
    )
    await audit.note(session, accounts.actor(staff), "person.viewed", _self(person), now)
    return record


def _latest(kind: type[R], person_id: int) -> Select[R]:
    return select(kind).where(kind.person_id == person_id).order_by(kind.id.desc()).limit(50)


async def by_country(session: AsyncSession, now: datetime) -> list[tuple[str | None, int, int]]:
    """Rows of (country, people, of them stale), most people first; None for those who have not said where they are."""
    stale = func.sum(case((Person.placed_at < now - STALE_AFTER, 1), else_=0))
    people = func.count()
    query = select(Person.country, people, stale).where(Person.forgotten_at.is_(None)).group_by(Person.country)
    return [(country, n, old) for country, n, old in await session.execute(query.order_by(people.desc()))]


def _self(person: Person) -> str:
    return f"person:{person.id}"
