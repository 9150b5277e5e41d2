"""Which of a channel's senders takes a row.

With two, the first takes everything at rest. The rule is GOV.UK Notify's: a sender that failed fifty times within a
minute, or is slow, loses ten points of a hundred a minute to the other; when all is well they walk back by five points
every five minutes, so nothing flaps. While a sender's provider is away for good (its circuit is open), or asks for
silence, its rows go to the other at once: nobody waits for it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from sqlalchemy import select

from bot.delivery.circuit import Circuit
from bot.messages import Channel, Outbound, Sent
from bot.models import InboundMessage
from bot.outbox import Claimed
from bot.runtime import metrics
from bot.runtime.runtime import Runtime
from bot.signals import paces as signals_paces

REST = 100  # points of the first sender when all is well, of a hundred
STEP, STEP_EVERY = 10, 60  # points at most, in seconds, away from a sender that fails
BACK, BACK_EVERY = 5, 300  # points, in seconds, back to rest
ERRORS = 50  # of the provider within a minute
SLOW = 10.0  # seconds from the call to the answer
SLOW_SHARE, SLOW_LEAST = (
    3,
    10,
)  # more than a third of the minute's messages, of which there were at least ten
BUCKET, BUCKETS = 10, 6  # seconds counted together; how many of those make the minute
LOOK = 1.0  # seconds between looks at what the other workers see

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Sender:
    """An account that sends. `rate` is the agreed pace in the provider's units a second, `pace` what held last."""

    name: str
    key: str
    rate: float
    send: Callable[[Outbound], Awaitable[Sent]]
    circuit: Circuit
    pace: float
    is_tried: bool = False  # while its provider is in doubt: one message is on its way to find out


class Minute(NamedTuple):
    """What a sender did within the last minute."""

    sent: int = 0
    slow: int = 0
    errors: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether its provider fails or is slow."""
        is_slow = self.sent >= SLOW_LEAST and self.slow * SLOW_SHARE > self.sent
        return self.errors >= ERRORS or is_slow


class Share(NamedTuple):
    """Points of the first sender, of a hundred, and when they were moved (seconds of Unix time)."""

    points: int = REST
    moved_at: int = 0

    def after(self, first: Minute, second: Minute, now: int) -> Share:
        """The share from now on: at most one step a minute, one back every five."""
        if first.is_bad and second.is_bad:
            return self
        if first.is_bad or second.is_bad:
            if now - self.moved_at < STEP_EVERY:
                return self
            points = self.points - STEP if first.is_bad else self.points + STEP
            return Share(max(0, min(100, points)), now)
        steps = (now - self.moved_at) // BACK_EVERY
        if self.points == REST or not steps:
            return self
        return Share(min(REST, self.points + BACK * steps), now)

    def __str__(self) -> str:
        return f"{self.points} {self.moved_at}"

    @classmethod
    def read(cls, kept: str) -> Share:
        """From `str`."""
        points, _, moved_at = kept.partition(" ")
        return cls(int(points), int(moved_at))


class Senders:
    """The senders of a channel, shared by its lanes. What all workers saw of them is counted in Redis.

    Without Redis this process goes by its own counts.
    """

    def __init__(self, runtime: Runtime, channel: Channel, all_of_them: Sequence[Sender]) -> None:
        self.all = tuple(all_of_them)
        self.share = Share()
        self._runtime, self._channel = runtime, channel
        self._new: Counter[str] = Counter()  # not yet told to the others
        self._own: Counter[str] = Counter()  # this process's, of the last minute
        self._stale: set[str] = set()
        self._look_at = 0.0

    @property
    def rest(self) -> float:
        """Seconds until some sender may be used."""
        return min(sender.circuit.rest for sender in self.all)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is in doubt that any provider is there: then only one message is tried."""
        return all(sender.circuit.is_doubtful for sender in self.all)

    @property
    def pace(self) -> float:
        """Units a second that leave with the rows shared as they are."""
        paces = [sender.pace * 100 / weight for sender, weight in self._weights() if weight]
        return min(paces, default=self.all[0].pace)

    def pick(self, liked: str = "") -> Sender:
        """Who takes the next row: the one it should come from if that can be, else by their shares."""
        wanted = (
            next((sender for sender in self.all if sender.name == liked), None) or self._by_share()
        )
        able = [sender for sender in self.all if _is_able(sender)]
        if not able or len(self.all) == 1:
            return wanted
        if wanted not in able:
            if wanted.circuit.is_doubtful:
                self._count(wanted, "errors")
            wanted = able[0]
        wanted.is_tried = wanted.circuit.is_doubtful
        return wanted

    def another(self, sender: Sender) -> Sender | None:
        """Who may send what this one cannot, if somebody can now."""
        return next((one for one in self.all if one is not sender and _is_able(one)), None)

    def note(self, sender: Sender, seconds: float, *, has_failed: bool) -> None:
        """A message took this long; `has_failed` when the provider, not the message, was at fault."""
        sender.is_tried = False
        self._count(sender, "sent")
        if seconds > SLOW:
            self._count(sender, "slow")
        if has_failed:
            self._count(sender, "errors")

    async def refresh(self) -> None:
        """Once a second: what all workers saw, and the share that follows from it."""
        if len(self.all) < 2 or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + LOOK
        new, self._new = self._new, Counter()
        kept = await signals_paces.add(
            self._runtime.redis, self._key, new, self._stale, signals_paces.KEPT
        )
        before, now = self.share, self._now()
        if kept is None:
            self._new.update(new)
            self.share = before.after(*self._minutes(self._own), now)
        else:
            self.share = await self._agree(kept, now)
        if self.share.points != before.points:
            log.warning(
                "senders_shifted",
                channel=self._channel.value,
                points=self.share.points,
                before=before.points,
            )
        metrics.SENDER_POINTS.labels(self._channel, self.all[0].name).set(self.share.points)
        metrics.SENDER_POINTS.labels(self._channel, self.all[1].name).set(100 - self.share.points)

    async def written_to(self, rows: Iterable[Claimed]) -> Mapping[int, str]:
        """By row of a reply, the sender the person wrote to. Raises what the database raises."""
        asked = {row.inbound_id: row.id for row in rows if row.inbound_id}
        if len(self.all) < 2 or not asked:
            return {}
        query = select(InboundMessage.id, InboundMessage.content).where(
            InboundMessage.id.in_(asked)
        )
        async with self._runtime.db.read() as session:
            found = {row.id: row.content for row in await session.execute(query)}
        return {
            asked[one]: str((content or {}).get("sender", "")) for one, content in found.items()
        }

    async def _agree(self, kept: Mapping[str, str], now: int) -> Share:
        """The share all workers keep, moved on; what this process knew when Redis has forgotten it."""
        said = kept.get("share", "")
        share = Share.read(said) if said else self.share
        numbers = Counter(
            {field: int(number) for field, number in kept.items() if field != "share"}
        )
        self._stale = {field for field in numbers if _bucket(field) <= now // BUCKET - BUCKETS}
        after = share.after(*self._minutes(numbers), now)
        if str(after) == (said or str(Share())):
            return after
        is_ours = await signals_paces.swap(
            self._runtime.redis, self._key, "share", said, str(after)
        )
        return after if is_ours else share

    def _minutes(self, numbers: Mapping[str, int]) -> tuple[Minute, Minute]:
        found: Counter[tuple[str, str]] = Counter()
        for field, number in numbers.items():
            if _bucket(field) > self._now() // BUCKET - BUCKETS:
                name, kind, _ = field.split()
                found[name, kind] += number
        first, second = (
            Minute(*(found[s.name, kind] for kind in Minute._fields)) for s in self.all[:2]
        )
        return first, second

    def _count(self, sender: Sender, kind: str) -> None:
        if len(self.all) < 2:
            return
        field = f"{sender.name} {kind} {self._now() // BUCKET}"
        if field not in self._own:
            oldest = self._now() // BUCKET - BUCKETS
            self._own = Counter(
                {one: number for one, number in self._own.items() if _bucket(one) > oldest}
            )
        self._own[field] += 1
        self._new[field] += 1

    def _by_share(self) -> Sender:
        is_second = len(self.all) > 1 and random.random() * 100 >= self.share.points  # noqa: S311
        return self.all[1 if is_second else 0]

    def _weights(self) -> list[tuple[Sender, int]]:
        """Of a hundred, what each sender takes; one that rests takes nothing."""
        points = [self.share.points, 100 - self.share.points] if len(self.all) > 1 else [100]
        resting = [bool(sender.circuit.rest) for sender in self.all]
        if any(resting) and not all(resting):
            points = [0 if is_resting else 100 for is_resting in resting]
        return list(zip(self.all, points, strict=True))

    def _now(self) -> int:
        return int(self._runtime.clock().timestamp())

    @property
    def _key(self) -> str:
        return signals_paces.senders_key(self._channel)


def _is_able(sender: Sender) -> bool:
    return not sender.circuit.rest and not (sender.circuit.is_doubtful and sender.is_tried)


def _bucket(field: str) -> int:
    return int(field.rpartition(" ")[2])
