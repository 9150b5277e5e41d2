"""The oldest message of a person that waits, and what came of a look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, defer

from bot.models import Address, InboundMessage, InboundState


class Outcome(Enum):
    """The outcome of a look at somebody's messages."""

    NOTHING = "nothing"  # none waits
    LAST = "last"  # one was answered, and no other waits
    MORE = "more"  # one was answered, and others wait
    AGAIN = "again"  # the turn failed: look once more
    UNHEARD = "unheard"  # the message has to be understood first, outside of any transaction


ANSWERED = frozenset({Outcome.LAST, Outcome.MORE})
UNFINISHED = frozenset({Outcome.MORE, Outcome.AGAIN})


@dataclass(frozen=True, slots=True)
class Pending:
    """The oldest message of a person, its address, and whether another waits behind it."""

    message: InboundMessage
    address: Address
    has_more: bool

    @property
    def outcome(self) -> Outcome:
        """Return the outcome once this message is done."""
        return Outcome.MORE if self.has_more else Outcome.LAST


async def oldest(
    session: AsyncSession,
    person_id: int,
    unread: Sequence[InstrumentedAttribute[Any]] = (),
) -> Pending | None:
    """Find the oldest message under the lock: nobody else answers it meanwhile."""
    waiting = (
        select(InboundMessage, Address)
        .join(Address, Address.id == InboundMessage.address_id)
        .where(InboundMessage.person_id == person_id, InboundMessage.state == InboundState.PENDING)
        .order_by(InboundMessage.id)
        .limit(2)
        .options(*map(defer, unread))
    )
    first_two = (await session.execute(waiting)).all()
    if not first_two:
        return None
    message, address = first_two[0]
    return Pending(message, address, has_more=len(first_two) > 1)
