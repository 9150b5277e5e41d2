"""Facts about a person, set one at a time; stop, start and consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import joining, placement, search_keys
from bot.consular.people.joining import Asked
from bot.consular.reference import timezones
from bot.consular.reference.places import Place
from bot.messages import Channel, Form, Location
from bot.models import Address, Person, closures, holding
from bot.runtime.limits import DEFAULT_BUDGET, ReplyBudget
from bot.text import text

MAX_NAME_CHARS = 120
MAX_PLACE_CHARS = 120  # of the words for a place
MAX_PARTY_SIZE = 99


def subject(person: Person) -> str:
    """Name the person as the audit trail does."""
    return f"person:{person.id}"


async def set_name(session: AsyncSession, person: Person, name: str) -> None:
    """Set the person's name, and its keys for the search."""
    person.name = text.clean(" ".join(name.split()), MAX_NAME_CHARS) or None
    await session.flush()
    await search_keys.make_of_names(session, [person])


async def set_place(
    session: AsyncSession,
    person: Person,
    place: Place,
    now: datetime,
    exact: Location | None = None,
    words: str | None = None,
    placed_at: datetime | None = None,
    actor: str | None = None,
) -> None:
    """Set where the person is.

    `exact` is a position they shared: kept encrypted, and rounded to about 1 km for the cells that
    audiences are found by. `words` are their own for a place that no gazetteer knows. `placed_at`
    is when they told it, where that is not now. `actor` is who sets it by what they told of a trip,
    where it is not the person now.
    """
    person.country = place.country
    person.city = place.city
    person.timezone = timezones.of(place.country, place.city)
    person.position = placement.rounded(place.latitude, place.longitude)
    placement.mark(person)
    person.location = None
    if exact is not None:
        person.location = f"{exact.latitude},{exact.longitude}"
    person.place_words = None
    if words is not None:
        person.place_words = text.clean(words, MAX_PLACE_CHARS)
    person.bound_for = None
    person.placed_at = placed_at or now
    person.changed_at = now
    await session.flush()
    await _note_place(session, person, actor, now)


async def _note_place(
    session: AsyncSession,
    person: Person,
    actor: str | None,
    now: datetime,
) -> None:
    name = subject(person)
    if actor is None:
        await trail.note(session, name, "person.placed", name, now, country=person.country)
        return
    action = "person.placed_by_trip"
    await trail.note(session, actor, action, name, now, country=person.country)


async def set_place_words(session: AsyncSession, person: Person, words: str) -> None:
    """Keep the words for a place whose country nobody knows yet."""
    person.place_words = text.clean(words, MAX_PLACE_CHARS)
    await session.flush()


async def set_bound_for(
    session: AsyncSession,
    person: Person,
    country: str,
    now: datetime,
) -> None:
    """Note the country (alpha-2) that the person is on their way to; their place stays."""
    person.bound_for = country
    await session.flush()
    name = subject(person)
    await trail.note(session, name, "person.bound", name, now, country=country)


async def set_phone(
    session: AsyncSession,
    person: Person,
    phone: str,
    verified: bool,
    now: datetime,
    budget: ReplyBudget = DEFAULT_BUDGET,
) -> Asked | None:
    """Set the person's number (E.164). A number the network vouches for is also an address.

    Whoever we know by that very number is asked there for a code, before two records become one;
    return what became of the code, None where none is needed.
    """
    person.phone = phone
    await session.flush()
    outcome = None
    if verified:
        outcome = await _add_address(session, person, phone, now, budget)
    await search_keys.make_of_numbers(session, [person])
    return outcome


async def _add_address(
    session: AsyncSession,
    person: Person,
    phone: str,
    now: datetime,
    budget: ReplyBudget,
) -> Asked | None:
    """Add the number as an address, or ask the record that has it for a code."""
    channel, number = await channel_of(session, person, phone)
    index = f"{channel.value}:{number}"
    await holding.hold(session, [index])
    existing = await session.scalar(select(Address).where(Address.index == index))
    if existing is not None:
        if existing.person_id == person.id:
            return None
        return await joining.ask(session, person, existing, now, budget)
    region = text.country_of_number(phone) if channel is Channel.SMS else None
    address = Address(
        person_id=person.id,
        channel=channel,
        form=Form.TEXT,
        address=number,
        index=index,
        region=region,
        created_at=now,
    )
    session.add(address)
    await session.flush()
    return None


async def channel_of(
    session: AsyncSession,
    person: Person,
    phone: str,
) -> tuple[Channel, str]:
    """Return the channel and the address of a person's number.

    A number given on the phone page stays there: no real SMS goes out from a trial.
    """
    query = select(Address.channel).where(Address.person_id == person.id)
    channels = set(await session.scalars(query))
    if channels == {Channel.PHONE}:
        return Channel.PHONE, f"text:{phone}"
    return Channel.SMS, phone


async def set_party(session: AsyncSession, person: Person, size: int) -> None:
    """Set how many they are, themselves included. Raises ConsularError unless 1 to 99."""
    if not 1 <= size <= MAX_PARTY_SIZE:
        raise ConsularError("A party has {least} to {most} people.", least=1, most=MAX_PARTY_SIZE)
    person.party_size = size
    await session.flush()


async def set_language(session: AsyncSession, person: Person, language: str) -> None:
    """Set the language that the person chose (`ar` or `en`)."""
    person.language = language
    person.language_chosen = True
    await session.flush()


async def consent(session: AsyncSession, person: Person, now: datetime) -> None:
    """Record that the person agreed to our keeping what they tell."""
    person.consented_at = now
    person.forgotten_at = None
    await trail.note(session, subject(person), "person.consented", subject(person), now)
    await session.flush()


async def register(session: AsyncSession, person: Person, now: datetime) -> None:
    """Put the person on the register."""
    person.registered_at = now
    person.changed_at = now
    person.forgotten_at = None
    person.erasure_asked_at = None  # whoever registers anew wants to stay
    await trail.note(session, subject(person), "person.registered", subject(person), now)
    await session.flush()
    # Those of the name were made with it; those of the numbers went if the person was erased.
    await search_keys.make_of_numbers(session, [person])


async def stop(session: AsyncSession, person: Person, now: datetime) -> None:
    """Send the person no broadcasts until they say START."""
    person.stopped_at = now
    await trail.note(session, subject(person), "person.stopped", subject(person), now)
    await session.flush()


async def forbid_calls(session: AsyncSession, person: Person, now: datetime) -> None:
    """Mark that nobody may call the person: somebody may hear it."""
    if person.no_calls_at is not None:
        return
    person.no_calls_at = now
    await trail.note(session, subject(person), "person.calls_forbidden", subject(person), now)
    await session.flush()


async def start(session: AsyncSession, person: Person, now: datetime) -> bool:
    """Send the person broadcasts again, at all their addresses; return whether they had stopped."""
    opened = await session.execute(closures.opening_by_start(person.id))
    opened_addresses: int = cast("Any", opened).rowcount
    if person.stopped_at is None and not opened_addresses:
        return False
    person.stopped_at = None
    person.changed_at = now
    await trail.note(session, subject(person), "person.started", subject(person), now)
    await session.flush()
    return True
