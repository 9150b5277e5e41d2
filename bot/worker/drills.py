"""Job for exercises: what invented people write comes in when its time has come."""

from __future__ import annotations

from bot.consular.drills import playing
from bot.signals import bells
from bot.worker.jobs import every
from bot.worker.worker import Worker

PLAY_SECONDS = 2.0


@every(seconds=PLAY_SECONDS)
async def play_drills(worker: Worker) -> None:
    """Let the people of the exercises under way write."""
    runtime = worker.runtime
    async with runtime.db.read() as session:
        crisis_ids = await playing.under_way(session)
    for crisis_id in crisis_ids:
        async with runtime.db.begin() as session:
            person_ids = await playing.play(session, crisis_id, runtime.clock())
        if person_ids:
            await bells.ring(runtime.redis, "in", list(dict.fromkeys(person_ids)))


JOBS = (play_drills,)
