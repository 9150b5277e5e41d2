"""Situation reports that a crisis makes by itself, every so many hours."""

from __future__ import annotations

from bot.consular.crises import sitreps
from bot.worker.jobs import every
from bot.worker.worker import Worker


@every(seconds=60)
async def report_crises(worker: Worker) -> None:
    """Make the situation reports that are due."""
    runtime = worker.runtime
    now = runtime.clock()
    async with runtime.db.read() as session:
        crisis_ids = await sitreps.due(session, now)
    for crisis_id in crisis_ids:
        await sitreps.make_due(runtime.db, crisis_id, now)


JOBS = (report_crises,)
