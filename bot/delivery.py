"""Sends claimed rows and writes down what became of them.

A channel has two lanes that run side by side, replies and bulk, and one pace that all workers share. Bulk takes its
turn only when the next free moment is near, so a reply waits at most a quarter of a second behind it.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from bot import limits, metrics, outbox, queue
from bot.channels import errors, phone, sms, telegram
from bot.channels.errors import SendError
from bot.consular import broadcasts, links
from bot.messages import Channel, Content, Form, Language, Outbound, Sent
from bot.models import Advisory, Broadcast, Lane, OutboundState
from bot.outbox import Claimed, Result
from bot.runtime import Runtime

REPLIES = (Lane.REPLY,)
BULK = (Lane.CRISIS, Lane.ADVISORY, Lane.ROUTINE)

CLAIM_SECONDS = 0.2  # of the pace are claimed at once
CLAIM_MOST = 500
IN_FLIGHT = {REPLIES: 128, BULK: 384}  # rows of a lane on their way at the same time
WITHIN = {REPLIES: 10.0, BULK: 0.25}  # seconds to the next free moment that a lane is ready to wait
GIVE_BACK = 15.0  # seconds after which a claimed row that got no turn goes back
SHORTEST = 0.002  # seconds not worth waiting: below what a timer can keep
LOOK = 1.0  # seconds between looks at the queue when no bell rings
GATHER = 0.02  # seconds in which more rows gather, so that one statement claims or marks several
CALM = 0.5  # seconds between two announcements of progress

FIRST_WAIT, LONGEST_WAIT = 3.0, 3600.0  # seconds before trying a message again
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds a channel rests while its provider is away
TOLERATED = 5  # failures of the provider in a row before the channel rests

Done = tuple[Claimed, Result]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wire:
    """How a channel sends. `key` names channel and sender for the pace; `units` is what the provider counts."""

    channel: Channel
    key: str
    rate: float
    units: Callable[[Content], int]
    send: Callable[[Outbound], Awaitable[Sent]]


def wires(runtime: Runtime) -> dict[Channel, Wire]:
    """The channels that are configured. The phone page is always there: it costs nothing."""
    settings, http = runtime.settings, runtime.http
    found = {Channel.PHONE: Wire(Channel.PHONE, "phone", 1e6, lambda _content: 1, _send_phone)}
    if settings.telegram_token:
        bot = telegram.Credentials(settings.telegram_token, settings.telegram_api)

        async def to_telegram(outbound: Outbound) -> Sent:
            return await telegram.send(http, bot, outbound)

        key = f"telegram:{bot.bot_id}"
        found[Channel.TELEGRAM] = Wire(Channel.TELEGRAM, key, settings.telegram_rate, telegram.count, to_telegram)
    if account := sms_credentials(runtime):
        sms.client(http, account)  # loads a large library now rather than before the first message

        async def to_sms(outbound: Outbound) -> Sent:
            return await sms.send(http, account, outbound)

        found[Channel.SMS] = Wire(Channel.SMS, f"sms:{account.sender}", settings.twilio_rate, sms.parts, to_sms)
    return found


def sms_credentials(runtime: Runtime) -> sms.Credentials | None:
    """The Twilio account, when one is configured."""
    s = runtime.settings
    if not (s.twilio_account and s.twilio_token and s.twilio_from and s.public_url):
        return None
    return sms.Credentials(s.twilio_account, s.twilio_token, s.twilio_from, s.twilio_api, s.public_url)


async def _send_phone(outbound: Outbound) -> Sent:
    return phone.send(outbound)


class Circuit:
    """Whether a channel's provider is there. After some failures in a row the channel rests, then tries one message.

    Rests grow from 1 s to 30 s. Both lanes of a channel share it.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._failures = 0
        self._until = 0.0
        self._silent_until = 0.0
        self._pause = FIRST_PAUSE

    @property
    def rest(self) -> float:
        """Seconds until the channel may be tried again."""
        return max(0.0, self._until - time.monotonic(), self._silent_until - time.monotonic())

    @property
    def is_doubtful(self) -> bool:
        """Whether the provider failed so often that only one message is tried."""
        return self._failures >= TOLERATED

    def succeed(self) -> None:
        """The provider took a message, or refused one for its own sake: it is there."""
        if self.is_doubtful:
            log.info("channel_resumed", channel=self.channel.value)
        self._failures, self._until, self._pause = 0, 0.0, FIRST_PAUSE

    def hush(self, seconds: float) -> None:
        """The provider asked for silence: what has its turn of the pace already must wait as well."""
        self._silent_until = max(self._silent_until, time.monotonic() + seconds)

    def fail(self, reason: str) -> None:
        """The provider was away. Wrong credentials stop the channel at once: every message would fail."""
        self._failures = TOLERATED if reason == "credentials" else self._failures + 1
        if not self.is_doubtful or self.rest:
            return
        metrics.PAUSES.labels(self.channel).inc()
        log.warning("channel_paused", channel=self.channel.value, why=reason, seconds=self._pause)
        self._until = time.monotonic() + self._pause
        self._pause = min(LONGEST_PAUSE, self._pause * 2)


class Contents:
    """What a claimed row says: its own content, or the broadcast's in its language and form."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._broadcasts: dict[int, Broadcast] = {}

    async def of(self, row: Claimed) -> Content:
        """The content to send, links filled in. Raises what the database raises."""
        if row.content is not None:
            return row.content
        language: Language = "en" if row.language == "en" else "ar"
        content = broadcasts.content(await self._broadcast(row.broadcast_id or 0), language, row.form)
        return self._linked(content, row) if row.form is Form.TEXT and "{link}" in content.text else content

    async def _broadcast(self, broadcast_id: int) -> Broadcast:
        if broadcast_id not in self._broadcasts:
            if len(self._broadcasts) >= 100:
                self._broadcasts.clear()
            async with self._runtime.db.read() as session:
                self._broadcasts[broadcast_id] = await session.get_one(Broadcast, broadcast_id)
        return self._broadcasts[broadcast_id]

    def _linked(self, content: Content, row: Claimed) -> Content:
        url, link = self._runtime.settings.public_url, ""
        if url:
            link = links.reply_link(self._runtime.keyring, url, row.person_id, self._runtime.clock())
        return Content(content.text.replace("{link}", link).strip(), content.buttons, language=content.language)


class Progress:
    """Tells open pages how far broadcasts are, at most twice a second."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._changed: set[int] = set()
        self._telling: asyncio.Task[None] | None = None

    def note(self, broadcast_ids: Iterable[int]) -> None:
        """Something became of recipients of these."""
        self._changed.update(broadcast_ids)
        if self._changed and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._changed:
            await asyncio.sleep(CALM)
            some, self._changed = self._changed, set()
            for topic in await self._topics(some):
                await queue.announce(self._runtime.redis, topic)

    async def _topics(self, broadcast_ids: set[int]) -> list[str]:
        """A broadcast is an advisory's, or a roll call that the board shows."""
        query = select(Advisory.broadcast_id, Advisory.id).where(Advisory.broadcast_id.in_(broadcast_ids))
        async with self._runtime.db.read() as session:
            found = {row.broadcast_id: row.id for row in await session.execute(query)}
        own = [f"advisory:{found[one]}" if one in found else "board" for one in broadcast_ids]
        return sorted({*own, *(f"broadcast:{one}" for one in broadcast_ids)})


class Lanes:
    """One group of lanes of a channel: claims rows, sends them side by side, marks what came of them in batches."""

    def __init__(
        self, runtime: Runtime, wire: Wire, lanes: tuple[Lane, ...], circuit: Circuit, progress: Progress
    ) -> None:
        self.runtime, self.wire, self.lanes, self.circuit = runtime, wire, lanes, circuit
        self.bell = asyncio.Event()
        self._progress = progress
        self._contents = Contents(runtime)
        self._room = asyncio.Semaphore(IN_FLIGHT[lanes])
        self._sending: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []
        self._marking: asyncio.Task[None] | None = None
        self._claiming = asyncio.Lock()
        self._is_stopped = False

    def __str__(self) -> str:
        return f"{self.wire.channel.value} {'replies' if self.lanes == REPLIES else 'bulk'}"

    async def run(self) -> None:
        """Claims and sends, until stopped. Raises what the database raises when it is away."""
        while not self._is_stopped:
            self.bell.clear()
            if rest := self.circuit.rest:
                await asyncio.sleep(min(rest, LOOK))
                continue
            claimed = await self.step()
            if not claimed:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.bell.wait(), LOOK)
            elif self.circuit.is_doubtful:
                await self.settle()  # the answer to one message tells whether the provider is back
            if claimed < self._most():
                await asyncio.sleep(GATHER)

    def stop(self) -> None:
        """Claims nothing more."""
        self._is_stopped = True
        self.bell.set()

    async def step(self) -> int:
        """One claim and the start of its sends; how many rows."""
        async with self._claiming:
            rows = await self._claim()
            loaded = [(row, content) for row in rows if (content := await self._load(row))]
            if loaded:
                await self._start(loaded)
            return len(rows)

    async def settle(self) -> None:
        """Waits until what is on its way has arrived and is marked."""
        while self._sending:
            await asyncio.wait(self._sending)
        if self._marking:
            await self._marking

    async def drain(self, seconds: float) -> None:
        """After `stop`: what was claimed is sent and marked; what takes longer is left to the sweep."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._claiming:
                await self.settle()
        for task in (*self._sending, *filter(None, [self._marking])):
            task.cancel()

    def _most(self) -> int:
        return 1 if self.circuit.is_doubtful else max(1, min(CLAIM_MOST, int(self.wire.rate * CLAIM_SECONDS)))

    async def _claim(self) -> list[Claimed]:
        async with self.runtime.db.begin() as session:
            return await outbox.claim(session, self.wire.channel, self.lanes, self._most(), self.runtime.clock())

    async def _load(self, row: Claimed) -> Content | None:
        """What to send; a row without a content that can be read fails alone."""
        try:
            return await self._contents.of(row)
        except (LookupError, TypeError, ValueError, NoResultFound) as error:
            log.error("unreadable_content", row=row.id, why=type(error).__name__)  # its words may quote the text
            self._finish(row, _result(row, OutboundState.FAILED, reason="rejected"))
            return None

    async def _start(self, loaded: Sequence[tuple[Claimed, Content]]) -> None:
        """Begins to send, each row in its turn of the pace; gives the rows back when no turn comes."""
        units = [self.wire.units(content) for _, content in loaded]
        wait = await self._turn(sum(units))
        if wait is None:
            for row, _ in loaded:
                self._finish(row, self._spared(row, 0.0))
            return
        began = time.monotonic()
        for (row, content), used in zip(loaded, units, strict=True):
            await self._room.acquire()
            task = asyncio.create_task(self._send(row, content, began + wait - time.monotonic()))
            self._sending.add(task)
            task.add_done_callback(self._sent)
            wait += used / self.wire.rate

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._room.release()

    async def _turn(self, units: int) -> float | None:
        """Seconds until these units may be used; None when none came free for a while."""
        end = time.monotonic() + GIVE_BACK
        while time.monotonic() < end and not self._is_stopped:
            within = WITHIN[self.lanes]
            wait = await limits.take(self.runtime.redis, self.wire.key, self.wire.rate, units, within=within)
            if wait is not None:
                return wait
            await asyncio.sleep(CLAIM_SECONDS / 4)
        return None

    async def _send(self, row: Claimed, content: Content, wait: float) -> None:
        if wait > SHORTEST:
            await asyncio.sleep(wait)
        if rest := self.circuit.rest:
            self._finish(row, self._spared(row, rest))
            return
        try:
            with metrics.SEND_SECONDS.labels(self.wire.channel).time():
                sent = await self.wire.send(Outbound(row.id, row.address, row.form, content))
        except SendError as error:
            self._finish(row, await self._failed(row, error))
        except Exception as error:  # noqa: BLE001  # one message that breaks us must not stop the rest
            log.error("send_broke", row=row.id, why=type(error).__name__, at=where(error))
            self._finish(row, await self._failed(row, SendError("unknown", retry=0)))
        else:
            self.circuit.succeed()
            state = OutboundState.DELIVERED if sent.delivered else OutboundState.SENT
            self._finish(row, _result(row, state, provider_id=sent.provider_id, parts=sent.parts))

    async def _failed(self, row: Claimed, error: SendError) -> Result:
        metrics.SEND_ERRORS.labels(self.wire.channel, error.reason).inc()
        if error.reason in errors.PROVIDER:
            self.circuit.fail(error.reason)
        else:
            self.circuit.succeed()
        if error.reason == "flood" and error.retry:
            self.circuit.hush(error.retry)
            await limits.hold(self.runtime.redis, self.wire.key, error.retry)
            return self._spared(row, error.retry)
        if error.reason in ("unavailable", "credentials") and self.circuit.is_doubtful:
            return self._spared(row, self.circuit.rest)
        if error.retry is None or row.attempts >= outbox.ATTEMPTS:
            return _result(row, OutboundState.FAILED, reason=error.reason, stop=error.stop)
        return _result(row, OutboundState.QUEUED, reason=error.reason, due_at=self._in(again_in(row.attempts)))

    def _spared(self, row: Claimed, seconds: float) -> Result:
        """Back into the queue; it was not the message's fault."""
        return _result(row, OutboundState.QUEUED, due_at=self._in(seconds), spared=True)

    def _in(self, seconds: float) -> datetime:
        return self.runtime.clock() + timedelta(seconds=seconds)

    def _finish(self, row: Claimed, result: Result) -> None:
        self._done.append((row, result))
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark())

    async def _mark(self) -> None:
        """Marks what is done, again and again until the database takes it: an unmarked row would go out twice."""
        while self._done:
            await asyncio.sleep(GATHER / 2)
            some, self._done = self._done, []
            try:
                async with self.runtime.db.begin() as session:
                    await outbox.mark(session, [result for _, result in some], self.runtime.clock())
            except Exception as error:  # noqa: BLE001  # whatever it was, these rows are kept
                log.error("not_marked", rows=len(some), why=type(error).__name__, at=where(error))
                self._done = some + self._done
                await asyncio.sleep(LOOK)
            else:
                await self._tell(some)

    async def _tell(self, some: Sequence[Done]) -> None:
        self._progress.note({row.broadcast_id for row, _ in some if row.broadcast_id})
        for row, result in some:
            metrics.OUTBOUND.labels(self.wire.channel, result.state).inc()
            if row.channel is Channel.PHONE:
                await queue.announce(self.runtime.redis, f"phone:{row.address_id}")
        self.bell.set()  # the next reply of the same person was waiting for this one


def again_in(attempts: int) -> float:
    """Seconds until a message is tried again: doubling from 3 s to an hour, a fifth more or less."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311


def where(error: BaseException) -> str:
    """Where an error happened, for logs: its own words may hold what a person wrote."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""


def _result(row: Claimed, state: OutboundState, **more: Any) -> Result:
    return Result(row.id, row.address_id, state, **more)
