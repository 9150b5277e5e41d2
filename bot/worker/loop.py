"""The loop: bells in, work out. Survives the loss of Redis, of the database and of providers; stops within seconds."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot import actions, delivery, outbox
from bot.consular.advisories import course, lifecycle
from bot.consular.broadcasts import fan_out as broadcasts_fan_out
from bot.consular.trust import retention
from bot.conversation import turns, understanding
from bot.conversation.turns import Understand
from bot.conversation.understanding import Understander
from bot.dialogue import checking
from bot.inbox import rows
from bot.messages import Channel
from bot.models import Broadcast, Lane
from bot.receiving import alerts, polling
from bot.runtime import metrics, traces
from bot.runtime.runtime import Runtime
from bot.signals import bells

TURNS_AT_ONCE = 32
OVERDUE = timedelta(seconds=3)  # a message that waits longer has lost its bell
LONG_OVERDUE = timedelta(
    seconds=30
)  # the same while there is more to do than can be done: it may be in the queue yet
LOST = timedelta(seconds=60)  # longer than any send takes: its worker is dead
SWEEP_MOST = 200  # people a sweep
SLICES = range(
    200, 5001
)  # recipients fanned out in one transaction, as many as the database makes in the time
SLICE_SECONDS = 0.3  # for one of them: a cancel waits for it
JOINERS = (
    5.0  # seconds between looks for people who came into the audience of an advisory that is out
)
FALLBACK = 10.0  # seconds between looks for messages that Telegram does not take
GRACE = 5.0  # seconds for what is under way when we stop
LONGEST_PAUSE = 5.0  # seconds between tries of a loop that fails

log = structlog.get_logger(__name__)

Loop = Callable[[], Awaitable[None]]


class Turns:
    """Conversations under way: at most 32, never two with one person at once in this process."""

    def __init__(self, handle: Callable[[int], Awaitable[int]]) -> None:
        self._handle = handle
        self._room = asyncio.Semaphore(TURNS_AT_ONCE)
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()

    async def begin(self, people: Iterable[int]) -> None:
        """Begins a turn with each, once there is room."""
        for person_id in people:
            if person_id in self._busy:
                self._again.add(person_id)  # the message may have come after it looked for more
                continue
            await self._room.acquire()
            if person_id in self._busy:  # another loop began while this one waited
                self._again.add(person_id)
                self._room.release()
            else:
                self._busy[person_id] = asyncio.create_task(self._take(person_id))

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now must wait."""
        return self._room.locked()

    async def drain(self) -> None:
        """Waits for the turns under way; what takes too long is cut and rolled back."""
        if self._busy:
            _, late = await asyncio.wait(self._busy.values(), timeout=GRACE)
            await _cancel(late)

    async def _take(self, person_id: int) -> None:
        try:
            self._again.add(person_id)
            while person_id in self._again:
                self._again.discard(person_id)
                await self._handle(person_id)
        except Exception as error:  # noqa: BLE001  # the row still waits: the sweep rings again
            log.warning("turn_put_off", person=person_id, why=type(error).__name__)
        finally:
            del self._busy[person_id]
            self._again.discard(person_id)
            self._room.release()


class Worker:
    """What one worker process does, each a loop of its own."""

    def __init__(self, runtime: Runtime, understand: Understand) -> None:
        self.runtime = runtime
        flows = checking.load(actions=actions.ACTIONS)
        self.turns = Turns(lambda person_id: turns.handle(runtime, flows, person_id, understand))
        self.progress = delivery.Progress(runtime)
        self.dispatchers = [
            dispatcher
            for wire in delivery.wires(runtime).values()
            for dispatcher in self._dispatchers(wire)
        ]
        self.fan_out_bell = asyncio.Event()
        self._slice = SLICES[0]
        self.name = f"{socket.gethostname()}:{os.getpid()}"

    def _dispatchers(self, wire: delivery.Wire) -> list[delivery.Dispatcher]:
        groups = (delivery.REPLIES, delivery.BULK)
        return [delivery.Dispatcher(self.runtime, wire, group, self.progress) for group in groups]

    def loops(self) -> dict[str, Loop]:
        """All loops but those that send, by name."""
        return {
            "bells in": self.hear_people,
            "bells out": self.hear_senders,
            "fan-out": self.fan_out,
            "joiners": partial(every, JOINERS, self.look_for_joiners),
            "fallback": partial(every, FALLBACK, self.fall_back),
            "sweep": partial(every, 1.0, self.sweep),
            "requeue": partial(every, 10.0, self.requeue),
            "settle": partial(every, 1.0, self.settle),
            "endings": partial(every, 1.0, self.end),
            "heartbeat": partial(every, 5.0, self.beat),
            "gauges": partial(every, 15.0, self.measure),
            "retention": partial(every, 3600.0, self.forget),
            "feeds": partial(every, 15.0, self.look_at_feeds),
            "telegram": partial(polling.run, self.runtime),
        }

    async def drain(self, sending: Iterable[asyncio.Task[None]]) -> None:
        """Nothing new is taken; what is being answered or sent gets a moment to be written down."""
        for dispatcher in self.dispatchers:
            dispatcher.stop()
        drains = [dispatcher.drain(GRACE) for dispatcher in self.dispatchers]
        await asyncio.gather(self.turns.drain(), *drains)
        await _cancel(sending)

    async def hear_people(self) -> None:
        """Turns for whoever wrote."""
        async for people in bells.bells(self.runtime.redis, "in"):
            await self.turns.begin(people)

    async def hear_senders(self) -> None:
        """Wakes all that sends."""
        async for lanes in bells.bells(self.runtime.redis, "out"):
            self.wake(only_replies=set(lanes) == {Lane.REPLY})

    def wake(self, *, only_replies: bool = False) -> None:
        """There may be rows to send, or a broadcast to fan out. A closed phone page has its own time."""
        for dispatcher in self.dispatchers:
            is_phone = dispatcher.wire.channel is Channel.PHONE
            is_open = not is_phone or self.runtime.settings.has_phone
            if is_open and (dispatcher.group == delivery.REPLIES or not only_replies):
                dispatcher.bell.set()
        if not only_replies:
            self.fan_out_bell.set()

    async def sweep(self) -> None:
        """People whose bell was lost get their turn."""
        before = self.runtime.clock() - (LONG_OVERDUE if self.turns.is_full else OVERDUE)
        async with self.runtime.db.read() as session:
            people = await rows.waiting(session, before, SWEEP_MOST)
        metrics.WAITING.set(len(people))
        await self.turns.begin(people)

    async def requeue(self) -> None:
        """Rows of dead workers go back into the queue."""
        await self._requeue(self.runtime.clock() - LOST)

    async def _requeue(self, before: datetime) -> None:
        async with self.runtime.db.begin() as session:
            lost = await outbox.requeue_lost(session, before, self.runtime.clock())
        if lost:
            metrics.REQUEUED.inc(lost)
            log.warning("rows_requeued", rows=lost)
            self.wake()

    async def recover(self) -> None:
        """At the start. SQLite has one worker, so whatever is being sent belongs to one that died."""
        if self.runtime.db.is_sqlite:
            await self._requeue(self.runtime.clock() + timedelta(seconds=1))

    async def fan_out(self) -> None:
        """Makes the rows of open broadcasts, slice by slice, the most urgent first."""
        while True:
            self.fan_out_bell.clear()
            while await self._fan_out_some():
                self.wake()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.fan_out_bell.wait(), delivery.LOOK_SECONDS)

    async def _fan_out_some(self) -> bool:
        """One slice of the most urgent broadcast; whether there was one."""
        async with self.runtime.db.read() as session:
            urgent = [
                broadcast.id
                for broadcast in await broadcasts_fan_out.open_ones(session, self.runtime.clock())
            ]
        if not urgent:
            return False
        began = asyncio.get_running_loop().time()
        async with self.runtime.db.begin() as session:
            broadcast = await session.get_one(Broadcast, urgent[0])
            await broadcasts_fan_out.fan_out(session, broadcast, self._slice, self.runtime.clock())
        self._slice = fitting(self._slice, asyncio.get_running_loop().time() - began)
        self.progress.note(urgent[:1])
        await bells.ring(self.runtime.redis, "out")
        return True

    async def look_for_joiners(self) -> None:
        """Who registers or moves into the audience of an advisory that still holds, gets it."""
        now = self.runtime.clock()
        async with self.runtime.db.read() as session:
            out = [
                row.id
                for row in await broadcasts_fan_out.awaiting_joiners(
                    session, now - timedelta(seconds=JOINERS), now
                )
            ]
        for broadcast_id in out:
            async with self.runtime.db.begin() as session:
                joined = await broadcasts_fan_out.add_joiners(
                    session, await session.get_one(Broadcast, broadcast_id), now
                )
            if joined:
                self.progress.note([broadcast_id])
                await bells.ring(self.runtime.redis, "out")

    async def fall_back(self) -> None:
        """Where Telegram fails somebody, a severe advisory goes by SMS."""
        breakers = {dispatcher.wire.channel: dispatcher.breaker for dispatcher in self.dispatchers}
        if not {Channel.TELEGRAM, Channel.SMS} <= breakers.keys():
            return
        async with self.runtime.db.read() as session:
            severe = await outbox.severe(session, self.runtime.clock())
        for broadcast in severe:
            is_away = breakers[Channel.TELEGRAM].is_away(broadcast.fallback_after or 0)
            async with self.runtime.db.begin() as session:
                moved = await outbox.fall_back(session, broadcast, is_away, self.runtime.clock())
            if moved:
                log.info("fell_back_to_sms", broadcast=broadcast.id, rows=moved)
                metrics.FALLBACKS.labels(Channel.SMS).inc(moved)
                self.progress.note([broadcast.id])
                await bells.ring(self.runtime.redis, "out")

    async def settle(self) -> None:
        """Advisories that move on by themselves: due, sent, over."""
        async with self.runtime.db.begin() as session:
            done = await lifecycle.settle(session, self.runtime.clock())
        for advisory_id in done:
            await bells.announce(self.runtime.redis, f"advisory:{advisory_id}")
        if done:
            async with self.runtime.db.read() as session:
                firsts = await course.firsts(session, done)
            for seconds in firsts:
                metrics.FIRST_SECONDS.observe(seconds)

    async def end(self) -> None:
        """What is queued of broadcasts that were cancelled or are over ends, slice by slice."""
        async with self.runtime.db.read() as session:
            over = await outbox.over(session, self.runtime.clock())
        for broadcast_id, state in over.items():
            ended = 1
            while ended:
                async with self.runtime.db.begin() as session:
                    ended = await outbox.end(session, broadcast_id, state, self.runtime.clock())
            self.progress.note([broadcast_id])

    async def beat(self) -> None:
        """A sign of life."""
        await bells.beat(self.runtime.redis, self.name)

    async def measure(self) -> None:
        """The queues, for Prometheus."""
        now = self.runtime.clock()
        async with self.runtime.db.read() as session:
            found = await outbox.backlog(session, now)
        metrics.QUEUE_LENGTH.clear()
        metrics.QUEUE_AGE.clear()
        for one in found:
            metrics.QUEUE_LENGTH.labels(one.channel, one.lane).set(one.count)
            metrics.QUEUE_AGE.labels(one.channel, one.lane).set((now - one.oldest).total_seconds())

    async def look_at_feeds(self) -> None:
        """What is new in other people's feeds becomes drafts."""
        await alerts.look(self.runtime)

    async def forget(self) -> None:
        """What is no longer needed goes."""
        async with self.runtime.db.begin() as session:
            gone = await retention.sweep(session, self.runtime.clock())
        log.info("retention", **gone)


async def run(runtime: Runtime, stop: asyncio.Event, understand: Understand | None = None) -> None:
    """Works until `stop` is set, then ends what is under way within seconds.

    Without an `understand` of the caller's, Rasa and the built-in model are used; the model is loaded meanwhile.
    """
    understander = Understander.of(runtime)
    worker = Worker(runtime, understand or partial(understanding.understand, understander))
    loops = worker.loops()
    if understand is None:
        loops["model"] = partial(understander.prepare, runtime.settings.data / "models")
    await keep("recover", worker.recover)
    gc.freeze()  # what is there now stays: a tenth of the time of sending went into looking through it again
    tasks = [asyncio.create_task(keep(name, loop)) for name, loop in loops.items()]
    sending = [
        asyncio.create_task(keep(str(dispatcher), dispatcher.run))
        for dispatcher in worker.dispatchers
    ]
    log.info("worker_started", worker=worker.name)
    try:
        await stop.wait()
    finally:
        await _cancel(tasks)
        await worker.drain(sending)
    log.info("worker_stopped", worker=worker.name)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    some = list(tasks)
    for task in some:
        task.cancel()
    await asyncio.gather(*some, return_exceptions=True)


async def keep(name: str, loop: Loop) -> None:
    """Runs a loop, again and again while it fails, with growing pauses; returns when it is done."""
    pause = 0.1
    while True:
        began = asyncio.get_running_loop().time()
        try:
            return await loop()
        except Exception as error:  # noqa: BLE001  # whatever it was, the other loops and the next try must go on
            log.warning("loop_failed", loop=name, why=type(error).__name__, at=traces.origin(error))
        lasted = asyncio.get_running_loop().time() - began
        pause = 0.1 if lasted > LONGEST_PAUSE else min(LONGEST_PAUSE, pause * 2)
        await asyncio.sleep(pause)


def fitting(size: int, seconds: float) -> int:
    """How many recipients the next slice has, when one of this size took this long: at most twice as many."""
    wanted = size * min(2.0, SLICE_SECONDS / max(seconds, 1e-3))
    return max(SLICES[0], min(SLICES[-1], int(wanted)))


async def every(seconds: float, work: Loop) -> None:
    """Works, rests, works."""
    while True:
        await work()
        await asyncio.sleep(seconds)
