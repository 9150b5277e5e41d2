"""Jobs that keep the house in order: heartbeat, retention, other people's feeds, Telegram."""

from __future__ import annotations

import structlog

from bot import outbox
from bot.consular.audit import seals
from bot.consular.broadcasts import passages, place_questions
from bot.consular.people import profile_figures
from bot.consular.surveys import asking, course
from bot.consular.trust import retention
from bot.receiving import alerts, polling
from bot.signals import bells
from bot.worker.jobs import always, every
from bot.worker.worker import Worker

log = structlog.get_logger(__name__)


@every(seconds=5)
async def beat(worker: Worker) -> None:
    """Give a sign of life."""
    await bells.beat(worker.runtime.redis, worker.name)


@every(seconds=3600)
async def forget(worker: Worker) -> None:
    """Delete what is no longer needed."""
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        counts = await retention.sweep(
            session,
            runtime.clock(),
            runtime.settings.periods,
            runtime.keyring,
        )
    log.info("retention", **counts)


@every(seconds=3600)
async def publish_figures(worker: Worker) -> None:
    """Publish figures of the community, once a day."""
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        await profile_figures.publish_due(session, runtime.clock())


@every(seconds=10)
async def forget_at_once(worker: Worker) -> None:
    """Delete what must not outlast its moment: erased people, and replies that are passing."""
    runtime = worker.runtime
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await outbox.forget(session, now)
        await retention.end_farewells(session, now)


@every(seconds=30)
async def read_passages(worker: Worker) -> None:
    """Read the passages of broadcasts from before there were any."""
    count = passages.BATCH_BROADCASTS
    while count == passages.BATCH_BROADCASTS:
        async with worker.runtime.db.begin() as session:
            count = await passages.keep_missing(session)


@every(seconds=300)
async def ask_for_places(worker: Worker) -> None:
    """Ask some of those whose turn it is whether they are still where our record has them."""
    runtime = worker.runtime
    per_hour = runtime.settings.freshness_questions_per_hour
    has_link = runtime.settings.public_url is not None
    asked = place_questions.BATCH_PEOPLE
    while asked == place_questions.BATCH_PEOPLE:
        async with runtime.db.begin() as session:
            asked = await place_questions.ask(session, per_hour, runtime.clock(), has_link)
        if asked:
            await bells.ring(runtime.redis, "out")


@every(seconds=60)
async def ask_surveys(worker: Worker) -> None:
    """Ask people what open surveys ask; close those whose end has come."""
    runtime = worker.runtime
    async with runtime.db.begin() as session:
        await course.settle(session, runtime.clock())
    looked_at = asking.BATCH_PEOPLE
    while looked_at == asking.BATCH_PEOPLE:
        async with runtime.db.begin() as session:
            public_url = runtime.settings.public_url or ""
            looked_at = await asking.ask(session, public_url, runtime.clock())
        if looked_at:
            await bells.ring(runtime.redis, "out")


@every(seconds=10)
async def seal_audit(worker: Worker) -> None:
    """Seal what was written into the audit trail."""
    runtime = worker.runtime
    sealed = seals.SEALS_A_RUN
    while sealed == seals.SEALS_A_RUN:
        async with runtime.db.begin() as session:
            sealed = await seals.seal(session, runtime.keyring)


@every(seconds=15)
async def read_feeds(worker: Worker) -> None:
    """Make drafts of new alerts in other people's feeds."""
    await alerts.look(worker.runtime)


@always
async def poll_telegram(worker: Worker) -> None:
    """Set Telegram's webhook, or ask for updates where there is no public address."""
    await polling.run(worker.runtime)


JOBS = (
    beat,
    forget,
    forget_at_once,
    read_passages,
    publish_figures,
    ask_for_places,
    ask_surveys,
    seal_audit,
    read_feeds,
    poll_telegram,
)
