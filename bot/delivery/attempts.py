"""Attempts to send a row, in a turn of its sender's pace, after a look-up where it is in doubt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

import structlog

from bot.channels.errors import SendError
from bot.delivery import reconcile, refusals, results
from bot.delivery.groups import LaneGroup
from bot.delivery.refusals import GivenUp, ProviderState, Retried, Spared
from bot.delivery.senders import Sender
from bot.delivery.wires import Wire
from bot.messages import Content, Outbound, Sent
from bot.outbox import Claimed, Result
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.signals import limits, paces

TURN_RETRY_SECONDS = 0.05  # between two tries for a turn of the pace

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Attempts:
    """The attempts of one group of lanes of a channel; each returns what became of its row."""

    runtime: Runtime
    wire: Wire
    group: LaneGroup
    is_stopped: bool = False

    def count_units(self, message: Claimed, content: Content) -> int:
        """Count what a row uses of the pace; an edit of a wrong message counts as a message."""
        return self.wire.units(content) + len(message.replaces)

    async def take_turn(self, sender: Sender, units: int) -> paces.Turn | None:
        """Reserve units of the sender's pace; None when no turn came for a while."""
        clock = self.runtime.clock
        redis = self.runtime.redis
        within = self.group.turn_within_seconds
        deadline = clock.monotonic() + self.group.give_back_seconds
        while clock.monotonic() < deadline and not self.is_stopped:
            turn = await paces.take(
                redis,
                sender.pace_key,
                sender.rate,
                units,
                within=within,
            )
            if turn is not None:
                sender.pace = turn.rate
                return turn
            if await self._is_silent(sender):
                return None  # the other sender is free
            await asyncio.sleep(TURN_RETRY_SECONDS)
        return None

    async def make(self, sender: Sender, message: Claimed, content: Content) -> Result:
        """Send a row whose turn has come, unless its provider turns out to have it already."""
        if reconcile.is_in_doubt(message):
            result = await self._look_up(message, content)
            if result is not None:
                sender.is_tried = False  # the row tells nothing about the sender
                return result
            message = replace(message, reason=None)  # no provider has it
        result = await self._try(sender, message, content)
        if result.reason != "unroutable":
            return result
        other = self.wire.senders.another(sender)
        if other is None:
            return result
        # one account may not write to a country that the other may write to
        return await self._try_in_turn(other, message, content)

    def spare(self, message: Claimed, seconds: float) -> Result:
        """Put a row back into the queue for some seconds; the attempt does not count."""
        return results.spared(message, self._after(seconds))

    async def _is_silent(self, sender: Sender) -> bool:
        """Tell whether another worker was asked for a silence that a second sender can bridge."""
        if len(self.wire.senders.all) < 2:
            return False
        seconds = await paces.silence(self.runtime.redis, sender.pace_key)
        if seconds:
            sender.breaker.silence(seconds)
        return seconds > 0

    async def _look_up(self, message: Claimed, content: Content) -> Result | None:
        """Look for a row in doubt at its provider; None when it must be sent."""
        try:
            return await reconcile.look_up(self.runtime, message, content)
        except SendError:
            pass  # no provider answers now
        # one message that breaks us must not stop the rest
        except Exception as error:  # noqa: BLE001
            origin = traces.origin(error)
            log.error("look_up_broke", row=message.id, why=type(error).__name__, at=origin)
        due_at = self._after(refusals.retry_seconds(message.attempts))
        return results.queued(message, message.reason, due_at)

    async def _try_in_turn(self, sender: Sender, message: Claimed, content: Content) -> Result:
        """Try a row in a turn of this sender's pace; it waits in the queue when no turn comes."""
        turn = await self.take_turn(sender, self.count_units(message, content))
        if turn is None:
            return self.spare(message, 0.0)
        await asyncio.sleep(turn.wait)
        return await self._try(sender, message, content)

    async def _try(self, sender: Sender, message: Claimed, content: Content) -> Result:
        """Call the provider once, when there is room in its second."""
        place = await limits.enter(
            self.runtime.redis,
            sender.pace_key,
            sender.rate,
            self.count_units(message, content),
            within=self.group.turn_within_seconds,
        )
        if place is None:
            sender.is_tried = False  # the row tells nothing about the sender
            return self.spare(message, 0.0)
        result = await self._send(sender, message, content)
        await limits.leave(self.runtime.redis, sender.pace_key, place)
        return result

    async def _send(self, sender: Sender, message: Claimed, content: Content) -> Result:
        """Call the provider, and note how long it took."""
        clock = self.runtime.clock
        began = clock.monotonic()
        answer = await self._call(sender, message, content)
        duration = clock.monotonic() - began
        if isinstance(answer, Sent):
            self.wire.senders.note(sender, duration, has_failed=False)
            sender.note_answer()
            return results.taken(message, answer)
        provider = refusals.TREATMENTS[answer.reason].provider
        has_failed = provider is not ProviderState.ANSWERS
        self.wire.senders.note(sender, duration, has_failed=has_failed)
        await self._heed(sender, answer)
        return self._conclude(sender, message, answer)

    async def _call(self, sender: Sender, message: Claimed, content: Content) -> Sent | SendError:
        """Call the provider; return what it took, or why it did not."""
        outbound = Outbound(message.id, message.address, message.form, content, message.replaces)
        try:
            with metrics.SEND_SECONDS.labels(self.wire.channel).time():
                return await sender.send(outbound)
        except SendError as error:
            return error
        # one message that breaks us must not stop the rest
        except Exception as error:  # noqa: BLE001
            origin = traces.origin(error)
            log.error("send_broke", row=message.id, why=type(error).__name__, at=origin)
            return SendError("unknown", retry=0)

    async def _heed(self, sender: Sender, refusal: SendError) -> None:
        """Draw the conclusions of a refusal for its sender."""
        metrics.SEND_ERRORS.labels(self.wire.channel, refusal.reason).inc()
        match refusals.TREATMENTS[refusal.reason].provider:
            case ProviderState.ANSWERS:
                sender.note_answer()
            case ProviderState.AWAY:
                sender.note_failure(refusal.reason)
            case ProviderState.UNUSABLE:
                sender.note_failure(refusal.reason, is_certain=True)
            case never:
                assert_never(never)
        if refusal.reason == "flood" and refusal.retry:
            sender.breaker.silence(refusal.retry)
            await paces.hold(self.runtime.redis, sender.pace_key, refusal.retry)

    def _conclude(self, sender: Sender, message: Claimed, refusal: SendError) -> Result:
        """Draw the conclusions of a refusal for the row."""
        is_doubtful = sender.breaker.is_doubtful
        fate = refusals.decide(refusal, message.attempts, is_doubtful=is_doubtful)
        match fate:
            case Spared():
                return self.spare(message, self.wire.senders.rest_seconds)
            case GivenUp():
                return results.failed(message, refusal.reason, stop=refusal.stop)
            case Retried(seconds):
                reason = results.doubt(message) or refusal.reason
                return results.queued(message, reason, self._after(seconds))
            case never:
                assert_never(never)

    def _after(self, seconds: float) -> datetime:
        return self.runtime.clock() + timedelta(seconds=seconds)
