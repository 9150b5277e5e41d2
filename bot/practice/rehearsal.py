"""A rehearsal: a whole exercise unattended, by the inbox, the conversation and the outbox.

Time goes by from event to event; nobody waits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import event

from bot import actions, outbox
from bot.consular.broadcasts import fan_out
from bot.consular.crises import crises, rounds
from bot.consular.drills import cast, drills, playing
from bot.consular.drills.scenarios import Scenario
from bot.conversation import gathering, turns
from bot.conversation.look import Understand
from bot.conversation.pending import UNFINISHED
from bot.dialogue import checking
from bot.dialogue.flow import Flows
from bot.messages import Channel
from bot.models import Crisis, Lane, OutboundState
from bot.practice import figures, officers
from bot.practice.figures import Figures
from bot.practice.hours import PlayedClock
from bot.practice.officers import Officer, Officers
from bot.practice.talk import NO_REDIS, UNLIMITED_PARTS, database, prepare
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import load

STEP_SECONDS = 5  # events of so short a time are played at once
MAX_CLAIMED = 200  # messages delivered at once
MAX_SLICE = 1000  # recipients at once

Say = Callable[[str], object]


@dataclass(slots=True)
class Rehearsal:
    """An exercise that is being played."""

    runtime: Runtime
    clock: PlayedClock
    flows: Flows
    understand: Understand
    scenario: Scenario
    crisis: Crisis
    officers: Officers
    seed: int
    say: Say
    figures: Figures = field(default_factory=Figures)

    async def play(self) -> Figures:
        """Play the exercise to its end; return what was measured."""
        opened_at = self.crisis.opened_at
        looks = figures.minutes_to_look(self.scenario.goals, self.scenario.minutes)
        for second in self._seconds():
            self.clock.move_to(opened_at + timedelta(seconds=second))
            await self._step()
            minute, rest = divmod(second, cast.MINUTE_SECONDS)
            if rest == 0:
                await self._look(minute, is_counted=minute in looks)
        async with self.runtime.db.read() as session:
            await figures.finish(session, self.figures, self.crisis, self.clock())
        return self.figures

    def _seconds(self) -> list[int]:
        """Return when something happens: each minute, and when people write."""
        end = self.scenario.minutes * cast.MINUTE_SECONDS
        seconds = set(range(0, end + 1, cast.MINUTE_SECONDS))
        for line in cast.lines(self.scenario, self.figures.people, self.seed):
            second = ceil(line.second / STEP_SECONDS) * STEP_SECONDS
            if second <= end:
                seconds.add(second)
        return sorted(seconds)

    async def _step(self) -> None:
        """Do what the worker does at a moment, and what officers do."""
        now = self.clock()
        await self._fan_out(now)
        async with self.runtime.db.begin() as session:
            person_ids = await playing.play(session, self.crisis.id, now)
        for person_id in dict.fromkeys(person_ids):
            await self._answer(person_id)
        while await self._deliver():
            pass
        async with self.runtime.db.begin() as session:
            await self.officers.work(session, now)

    async def _fan_out(self, now: datetime) -> None:
        """Queue the questions of exercises alone: here may be the present database."""
        async with self.runtime.db.begin() as session:
            for broadcast in await fan_out.open_ones(session, now):
                if broadcast.real_people:
                    continue
                while await fan_out.fan_out(session, broadcast, MAX_SLICE, now):
                    pass

    async def _answer(self, person_id: int) -> None:
        outcome = await turns.turn(self.runtime, self.flows, person_id, self.understand)
        while outcome in UNFINISHED:
            outcome = await turns.turn(self.runtime, self.flows, person_id, self.understand)

    async def _deliver(self) -> int:
        """Deliver what waits for the phone page; return how many messages."""
        now = self.clock() + gathering.PATIENCE
        async with self.runtime.db.begin() as session:
            claimed = await outbox.claim(session, Channel.PHONE, Lane, MAX_CLAIMED, now)
            results: list[outbox.Result] = []
            for message in claimed:
                delivered = OutboundState.DELIVERED
                result = outbox.Result(message.id, message.address_id, delivered)
                results.append(result)
            await outbox.mark(session, results, self.clock())
        return len(claimed)

    async def _look(self, minute: int, is_counted: bool) -> None:
        """Let rounds and calls go on, and check the sums; at some minutes, count the known."""
        async with self.runtime.db.begin() as session:
            crisis = await crises.get(session, self.crisis.id)
            await rounds.advance(session, crisis, self.clock())
            await self.officers.call(session, self.clock())
        async with self.runtime.db.read() as session:
            is_right = await figures.check_sums(session, self.crisis, self.clock())
            if is_counted:
                people = await figures.count_known(session, self.crisis)
                self.figures.known[minute] = people
        self.figures.checked_minutes += 1
        if not is_right:
            self.figures.wrong_sums.append(minute)
        self.say(f"minute {minute} of {self.scenario.minutes}")


async def run(
    runtime: Runtime,
    scenario: Scenario,
    people: int,
    seed: int,
    understand: Understand,
    say: Say,
) -> Figures:
    """Play a whole exercise on a database, as if it ended now; return what was measured.

    Raises ConsularError, before anybody is invented.
    """
    minutes = timedelta(minutes=scenario.minutes)
    clock = PlayedClock(runtime.clock() - minutes)
    runtime = replace(runtime, clock=clock)
    crisis, enlisted = await _begin(runtime, scenario, people, seed)
    random = Random(seed)  # noqa: S311  # repeatable on purpose
    played = Rehearsal(
        runtime,
        clock,
        checking.load(actions=actions.ACTIONS),
        understand,
        scenario,
        crisis,
        Officers(
            scenario.officers,
            crisis.id,
            enlisted,
            random,
        ),
        seed,
        say,
        Figures(people=people, minutes=scenario.minutes),
    )
    try:
        return await played.play()
    finally:
        await _end(runtime, crisis, enlisted)


async def _begin(
    runtime: Runtime,
    scenario: Scenario,
    people: int,
    seed: int,
) -> tuple[Crisis, list[Officer]]:
    """Enlist the officers, the first of whom starts the exercise."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        enlisted = await officers.enlist(session, scenario.officers, now)
        first = enlisted[0].staff
        crisis = await drills.start(
            session,
            first,
            scenario,
            people,
            seed,
            now,
        )
    return crisis, enlisted


async def _end(
    runtime: Runtime,
    crisis: Crisis,
    enlisted: list[Officer],
) -> None:
    """Stop the exercise, and dismiss the officers."""
    now = runtime.clock()
    staff = [officer.staff for officer in enlisted]
    async with runtime.db.begin() as session:
        own_crisis = await crises.get(session, crisis.id)
        await drills.stop(session, staff[0], own_crisis, now)
        await officers.dismiss(session, staff, now)


@asynccontextmanager
async def thrown_away() -> AsyncIterator[Runtime]:
    """Open a runtime on an empty database that goes with it."""
    with TemporaryDirectory(prefix="tammen-drill-") as folder:
        settings = load(
            TAMMEN_DATA=Path(folder),
            TAMMEN_KEYS=Keyring.generate(),
            DATABASE_URL=database(Path(folder)),
            REPLY_PARTS_PER_NUMBER=UNLIMITED_PARTS,  # nobody pays here
        )
        async with open_runtime(settings, NO_REDIS) as runtime:
            event.listen(runtime.db.writer.sync_engine, "connect", _forget_the_disk)
            await prepare(runtime)
            yield runtime


def _forget_the_disk(connection: Any, _record: Any) -> None:
    """Wait for no disk: nothing of a throw-away database has to survive a power cut."""
    connection.execute("PRAGMA synchronous=OFF")
