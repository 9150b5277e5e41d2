"""The senders of a channel, and the choice between them for each row.

With two, the first takes everything at rest, and `sharing` says when the other takes some. While a
sender's provider is away for good (its breaker rests), or asks for silence, its rows go to the
other at once: no recipient waits for it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.delivery import sharing
from bot.delivery.sharing import Tally
from bot.messages import Channel, Outbound, Sent
from bot.runtime import metrics
from bot.runtime.breaker import Breaker
from bot.runtime.runtime import Runtime
from bot.signals import shares
from bot.signals.shares import ALL_POINTS, Agreement, Share

TOLERATED_FAILURES = 5  # of the provider in a row before its sender rests
LOOK_SECONDS = 1.0  # between looks at what the other workers see

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Sender:
    """An account that sends.

    `rate` is the agreed pace in the provider's units a second, `pace` what held last. `is_tried`
    says, while the provider is in doubt, that one message is on its way to find out.
    """

    channel: Channel
    name: str
    pace_key: str
    rate: float
    send: Callable[[Outbound], Awaitable[Sent]]
    breaker: Breaker
    pace: float
    is_tried: bool = False

    @property
    def is_able(self) -> bool:
        """Whether it may take a row now."""
        if self.breaker.rest_seconds:
            return False
        return not (self.breaker.is_doubtful and self.is_tried)

    def note_answer(self) -> None:
        """Note that the provider took a message, or refused one for its own sake: it is there."""
        if self.breaker.succeed():
            log.info("channel_resumed", channel=self.channel.value, sender=self.name)

    def note_failure(self, reason: str, *, is_certain: bool = False) -> None:
        """Note that the provider was away; with `is_certain` every other message would fail too."""
        rest_seconds = self.breaker.fail(is_certain=is_certain)
        if not rest_seconds:
            return
        metrics.PAUSES.labels(self.channel).inc()
        log.warning(
            "channel_paused",
            channel=self.channel.value,
            sender=self.name,
            why=reason,
            seconds=rest_seconds,
        )


class Senders:
    """The senders of a channel, shared by its lanes. Redis counts what all workers saw of them.

    Without Redis this process goes by its own counts.
    """

    def __init__(self, runtime: Runtime, channel: Channel, senders: Sequence[Sender]) -> None:
        self.all = tuple(senders)
        self.share = Share()
        self._runtime = runtime
        self._channel = channel
        self._unsent_tallies: Counter[str] = Counter()  # the other workers do not know them yet
        self._own_tallies: Counter[str] = Counter()  # of this process, in the last minute
        self._stale_fields: set[str] = set()
        self._look_at = 0.0

    @property
    def rest_seconds(self) -> float:
        """Seconds until some sender may be used."""
        return min(sender.breaker.rest_seconds for sender in self.all)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is in doubt that any provider is there: then only one message is tried."""
        return all(sender.breaker.is_doubtful for sender in self.all)

    @property
    def pace(self) -> float:
        """Units a second that leave with the rows shared as they are."""
        paces = []
        for sender, points in zip(self.all, self._points(), strict=True):
            if points:
                paces.append(sender.pace * ALL_POINTS / points)
        return min(paces, default=self.all[0].pace)

    def pick(self, preferred_name: str = "") -> Sender:
        """Pick who takes the next row: the preferred sender if it can, else one by their shares."""
        sender = self._preferred(preferred_name)
        able_senders = [candidate for candidate in self.all if candidate.is_able]
        if not able_senders or len(self.all) == 1:
            return sender
        if sender not in able_senders:
            if sender.breaker.is_doubtful:
                self._count(sender, "errors")
            sender = able_senders[0]
        sender.is_tried = sender.breaker.is_doubtful
        return sender

    def another(self, sender: Sender) -> Sender | None:
        """Return a sender that may send what this one cannot, if there is one now."""
        for candidate in self.all:
            if candidate is not sender and candidate.is_able:
                return candidate
        return None

    def note(self, sender: Sender, seconds: float, *, has_failed: bool) -> None:
        """Count a message that took so long; `has_failed` when the provider was at fault."""
        sender.is_tried = False
        self._count(sender, "sent")
        if seconds > sharing.SLOW_SECONDS:
            self._count(sender, "slow")
        if has_failed:
            self._count(sender, "errors")

    async def refresh(self) -> None:
        """Learn once a second what all workers saw, and the share that follows from it."""
        monotonic = self._runtime.clock.monotonic()
        if len(self.all) < 2 or monotonic < self._look_at:
            return
        self._look_at = monotonic + LOOK_SECONDS
        tallies, self._unsent_tallies = self._unsent_tallies, Counter()
        redis = self._runtime.redis
        agreement = await shares.count(redis, self._channel, tallies, self._stale_fields)
        old_points = self.share.points
        if agreement is None:
            self._unsent_tallies.update(tallies)
            self.share = self._shifted(self.share, self._own_tallies)
        else:
            self.share = await self._agree(agreement)
        self._report(old_points)

    async def _agree(self, agreement: Agreement) -> Share:
        """Return the share of all workers, moved on; our own when Redis has forgotten it."""
        now = self._now()
        tallies = agreement.tallies
        share = agreement.share or self.share
        self._stale_fields = {field for field in tallies if sharing.is_stale(field, now)}
        new_share = self._shifted(share, tallies)
        if new_share == (agreement.share or Share()):
            return new_share
        redis = self._runtime.redis
        is_moved = await shares.move(redis, self._channel, agreement.share, new_share)
        return new_share if is_moved else share

    def _shifted(self, share: Share, tallies: Counter[str]) -> Share:
        now = self._now()
        first, second = self.all
        first_minute = sharing.sum_minute(tallies, first.name, now)
        second_minute = sharing.sum_minute(tallies, second.name, now)
        return sharing.shift(share, first_minute, second_minute, now)

    def _report(self, old_points: int) -> None:
        channel, points = self._channel, self.share.points
        if points != old_points:
            log.warning("senders_shifted", channel=channel.value, points=points, before=old_points)
        first, second = self.all
        metrics.SENDER_POINTS.labels(channel, first.name).set(points)
        metrics.SENDER_POINTS.labels(channel, second.name).set(ALL_POINTS - points)

    def _count(self, sender: Sender, tally: Tally) -> None:
        if len(self.all) < 2:
            return
        now = self._now()
        field = sharing.tally_field(sender.name, tally, now)
        if field not in self._own_tallies:
            self._forget_stale_tallies(now)
        self._own_tallies[field] += 1
        self._unsent_tallies[field] += 1

    def _forget_stale_tallies(self, now: int) -> None:
        for field in list(self._own_tallies):
            if sharing.is_stale(field, now):
                del self._own_tallies[field]

    def _preferred(self, name: str) -> Sender:
        for sender in self.all:
            if sender.name == name:
                return sender
        if len(self.all) == 1:
            return self.all[0]
        first, second = self.all
        draw = random.random() * ALL_POINTS  # noqa: S311
        return first if draw < self.share.points else second

    def _points(self) -> list[int]:
        """Return what each sender takes, of a hundred rows; one that rests takes nothing."""
        if len(self.all) == 1:
            return [ALL_POINTS]
        first, second = self.all
        is_first_resting = first.breaker.rest_seconds > 0
        is_second_resting = second.breaker.rest_seconds > 0
        if is_first_resting == is_second_resting:
            points = self.share.points
        else:
            points = 0 if is_first_resting else ALL_POINTS
        return [points, ALL_POINTS - points]

    def _now(self) -> int:
        """Return the present in seconds of Unix time."""
        return int(self._runtime.clock().timestamp())
