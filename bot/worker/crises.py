"""Jobs of crises: roll calls go on by themselves until somebody is known of, or called."""

from __future__ import annotations

from bot.consular.crises import course, crises, rounds
from bot.signals import bells
from bot.worker.jobs import every
from bot.worker.worker import Worker

ROUND_SECONDS = 20.0


@every(seconds=ROUND_SECONDS)
async def ask_the_silent_again(worker: Worker) -> None:
    """Ask the silent again by another way, and list for calls whom no question reaches."""
    runtime = worker.runtime
    has_link = runtime.settings.public_url is not None
    async with runtime.db.read() as session:
        crisis_ids = await rounds.going_on(session)
    for crisis_id in crisis_ids:
        async with runtime.db.begin() as session:
            crisis = await crises.get(session, crisis_id)
            people = await rounds.advance(session, crisis, runtime.clock(), has_link)
        if people:
            await bells.ring(runtime.redis, "out")
            await bells.announce(runtime.redis, "board")


@every(seconds=ROUND_SECONDS)
async def ask_those_who_stay(worker: Worker) -> None:
    """Ask those who stay once more, before the last way out."""
    runtime = worker.runtime
    has_link = runtime.settings.public_url is not None
    async with runtime.db.begin() as session:
        asked = False
        for crisis in await crises.open_ones(session):
            if crisis.last_way_out_at is not None:
                asked |= await course.ask_those_who_stay(
                    session,
                    crisis,
                    runtime.clock(),
                    has_link,
                )
    if asked:
        await bells.ring(runtime.redis, "out")


JOBS = (ask_the_silent_again, ask_those_who_stay)
