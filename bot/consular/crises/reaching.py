"""How an officer reaches the person of a case: where a letter goes, or the number to call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.addresses import CHANNEL_RANKS
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import country_reach
from bot.messages import Channel
from bot.models import Address, InboundMessage, Lane, OutboundMessage, Person, closures

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


async def addresses(session: AsyncSession, person: Person) -> list[Address]:
    """Return all addresses of the person, the oldest first."""
    query = select(Address).where(Address.person_id == person.id)
    return list(await session.scalars(query.order_by(Address.id)))


async def best(
    session: AsyncSession,
    person: Person,
    of_person: Sequence[Address],
) -> Address | None:
    """Return the address that a letter goes to: where the person wrote from last; None for none.

    A letter is an answer, so a STOP holds it back no more than it does the bot's: only what the
    network closed is out of reach, and numbers of countries that let no such SMS through.
    """
    if person.forgotten_at is not None:
        return None
    silent_countries = await country_reach.silent_countries(session)
    usable: dict[int, Address] = {}
    for address in of_person:
        is_sms = address.channel is Channel.SMS
        if is_sms and address.region in silent_countries:
            continue
        if closures.refusal(address, is_broadcast=False) is None:
            usable[address.id] = address
    last_id = await _last_written_from(session, usable)
    if last_id is not None:
        return usable[last_id]
    return max(usable.values(), key=_liveliness, default=None)


async def _last_written_from(session: AsyncSession, address_ids: Collection[int]) -> int | None:
    """Return which of the addresses the latest message came from: `heard_at` is not so precise."""
    query = select(InboundMessage.address_id).where(InboundMessage.address_id.in_(address_ids))
    latest = query.order_by(InboundMessage.id.desc()).limit(1)
    return await session.scalar(latest)


def _liveliness(address: Address) -> tuple[datetime, int, int]:
    heard_at = address.heard_at or LONG_AGO
    return heard_at, -CHANNEL_RANKS[address.channel], address.id


def number_to_call(person: Person, of_person: Sequence[Address]) -> str | None:
    """Return the number at which the person may be called; None where nobody told one."""
    if person.phone is not None:
        return person.phone
    for address in of_person:
        if address.channel is Channel.SMS:
            return address.address
    return None


def refusal(person: Person, of_person: Sequence[Address]) -> ConsularError:
    """Say that no letter reaches the person, and what to do instead."""
    number = number_to_call(person, of_person)
    if number is None:
        return ConsularError("No letter reaches this person, and we know no number of theirs.")
    if person.no_calls_at is not None:
        return ConsularError("No letter reaches this person, and they asked not to be called.")
    return ConsularError(
        "No letter reaches this person: call {number} instead.",
        number=Quote(number),
    )


async def sender(session: AsyncSession, address: Address) -> str:
    """Return the sender of ours that the person wrote to last; "" where there is but one."""
    query = select(OutboundMessage.preferred_sender).where(
        OutboundMessage.address_id == address.id,
        OutboundMessage.lane == Lane.REPLY,
    )
    latest = query.order_by(OutboundMessage.id.desc()).limit(1)
    return await session.scalar(latest) or ""
