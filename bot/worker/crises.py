"""Jobs about where people are: roll calls go on until somebody is known of; trips end."""

from __future__ import annotations

from bot.consular.crises import course, crises, journeys, rounds, warden_notices, warden_tests
from bot.models import Lane
from bot.signals import bells
from bot.worker.jobs import every
from bot.worker.worker import Worker

ROUND_SECONDS = 20.0
TEST_SECONDS = 600.0
TRIPS_SECONDS = 300.0


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


@every(seconds=ROUND_SECONDS)
async def tell_wardens(worker: Worker) -> None:
    """Tell wardens that people of theirs are silent."""
    runtime = worker.runtime
    async with runtime.db.read() as session:
        crisis_ids = [crisis.id for crisis in await crises.open_ones(session)]
    notices = 0
    for crisis_id in crisis_ids:
        async with runtime.db.begin() as session:
            crisis = await crises.get(session, crisis_id)
            notices += await warden_notices.tell_due(session, crisis, runtime.clock())
    if notices:
        await bells.ring(runtime.redis, "out")


@every(seconds=TEST_SECONDS)
async def test_wardens(worker: Worker) -> None:
    """Ask wardens in quiet times whether they are there."""
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        tests = await warden_tests.ask_due(session, runtime.clock())
    if tests:
        await bells.ring(runtime.redis, "out")


@every(seconds=TRIPS_SECONDS)
async def begin_and_end_trips(worker: Worker) -> None:
    """Begin and end the trips whose day has come, and ask on their last day."""
    runtime = worker.runtime
    last_id: int | None = 0
    while last_id is not None:
        async with runtime.db.begin() as session:
            trips = await journeys.advance(session, last_id, runtime.clock())
        last_id = trips.last_id
        if trips.has_asked:
            await bells.ring(runtime.redis, "out", [Lane.REPLY])


JOBS = (
    ask_the_silent_again,
    ask_those_who_stay,
    tell_wardens,
    test_wardens,
    begin_and_end_trips,
)
