"""The numbers at which people can be called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Form
from bot.models import Address, Person


async def addresses_of(
    session: AsyncSession,
    ids: Sequence[int],
) -> Mapping[int, list[Address]]:
    """Return the addresses of each person, by their ids, the oldest first."""
    of_people = select(Address).where(Address.person_id.in_(ids))
    oldest_first = of_people.order_by(Address.id)
    addresses: dict[int, list[Address]] = defaultdict(list)
    for address in await session.scalars(oldest_first):
        of_person = addresses[address.person_id]
        of_person.append(address)
    return addresses


def numbers_to_dial(
    person: Person,
    addresses: Sequence[Address],
) -> list[str]:
    """Return the numbers to dial: what the person told first, then those they write from.

    A number that takes no SMS may still ring.
    """
    numbers: list[str] = []
    if person.phone:
        numbers.append(person.phone)
    for address in addresses:
        if address.form is Form.TEXT:
            number = address.address.removeprefix("text:")
            numbers.append(number)
    return list(dict.fromkeys(numbers))
