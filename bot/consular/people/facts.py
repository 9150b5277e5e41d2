"""Facts about a person, set one at a time; stop, start and consent."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people.merging import merge
from bot.consular.reference import timezones
from bot.consular.reference.places import Place
from bot.messages import Channel, Form, Location
from bot.models import Address, NameWord, Person
from bot.text import text
from nlu.language.skeleton import skeleton

NAME_LETTERS = 120
LARGEST_PARTY = 99


_GAP = re.compile(r"[\s,،.\-_/]+")


async def set_name(session: AsyncSession, person: Person, name: str) -> None:
    """The person's name, and its words by skeleton for the search."""
    person.name = text.clean(" ".join(name.split()), NAME_LETTERS) or None
    await session.execute(delete(NameWord).where(NameWord.person_id == person.id))
    session.add_all(
        NameWord(person_id=person.id, word=word) for word in name_words(person.name or "")
    )
    await session.flush()


def name_words(name: str) -> list[str]:
    """The skeletons of a name's words, each once."""
    return list(dict.fromkeys(filter(None, map(skeleton, _GAP.split(name)))))


async def set_place(
    session: AsyncSession,
    person: Person,
    place: Place,
    now: datetime,
    exact: Location | None = None,
) -> None:
    """Where the person is. `exact` is a shared position: kept encrypted, and rounded to about 1 km for maps."""
    person.country, person.city = place.country, place.city
    person.placed_at = person.changed_at = now
    person.timezone = timezones.of(place.country, place.city)
    person.latitude, person.longitude = _rounded(place.latitude), _rounded(place.longitude)
    person.location = f"{exact.latitude},{exact.longitude}" if exact else None
    await session.flush()
    await trail.note(
        session, _self(person), "person.placed", _self(person), now, country=place.country
    )


def _rounded(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, 2)


async def set_phone(
    session: AsyncSession, person: Person, phone: str, verified: bool, now: datetime
) -> None:
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
    channels = set(
        await session.scalars(select(Address.channel).where(Address.person_id == person.id))
    )
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
    await trail.note(session, _self(person), "person.consented", _self(person), now)
    await session.flush()


async def register(session: AsyncSession, person: Person, now: datetime) -> None:
    """The person is on the register."""
    person.registered_at, person.changed_at, person.forgotten_at = now, now, None
    await trail.note(session, _self(person), "person.registered", _self(person), now)
    await session.flush()


async def stop(session: AsyncSession, person: Person, now: datetime) -> None:
    """STOP: no broadcasts until START."""
    person.stopped_at = now
    await trail.note(session, _self(person), "person.stopped", _self(person), now)
    await session.flush()


async def start(session: AsyncSession, person: Person, now: datetime) -> None:
    """START: broadcasts again."""
    if person.stopped_at is not None:
        person.stopped_at, person.changed_at = None, now
        await trail.note(session, _self(person), "person.started", _self(person), now)
        await session.flush()


# For staff


def _self(person: Person) -> str:
    return f"person:{person.id}"
