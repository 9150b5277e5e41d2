"""The loop: bells in, work out. It survives the loss of Redis, of the database and of providers."""

from __future__ import annotations

import asyncio
import gc
from functools import partial
from pathlib import Path

import structlog

from bot.conversation import understanding
from bot.conversation.look import Understand
from bot.conversation.understanding import Understander
from bot.embedded import model
from bot.runtime.runtime import Runtime
from bot.worker import (
    broadcasts,
    crises,
    drills,
    files,
    messages,
    reports,
    supervision,
    upkeep,
)
from bot.worker.worker import Worker

TABLE = (
    *messages.JOBS,
    *broadcasts.JOBS,
    *files.JOBS,
    *crises.JOBS,
    *drills.JOBS,
    *reports.JOBS,
    *upkeep.JOBS,
)

log = structlog.get_logger(__name__)


async def run(
    runtime: Runtime,
    stop: asyncio.Event,
    understand: Understand | None = None,
) -> None:
    """Work until `stop` is set, then end within seconds what is under way.

    Without an `understand` of the caller's, Rasa and the built-in reader understand; that reader
    is loaded meanwhile.
    """
    understander = Understander.of(runtime)
    worker = Worker(runtime, understand or partial(understanding.understand, understander))
    loops = {job.name: job.loop(worker) for job in TABLE}
    if understand is None:
        loops["built-in reader"] = partial(load_built_in, understander, runtime.settings.data)
    await supervision.keep("recover", partial(messages.recover, worker))
    gc.freeze()  # a tenth of the time of sending went into looking through lasting objects again
    jobs = supervision.start(loops)
    sending = supervision.start(
        {str(dispatcher): dispatcher.run for dispatcher in worker.dispatchers}
    )
    log.info("worker_started", worker=worker.name)
    try:
        await stop.wait()
    finally:
        await supervision.cancel(jobs)
        await worker.drain(sending)
    log.info("worker_stopped", worker=worker.name)


async def load_built_in(understander: Understander, data: Path) -> None:
    """Load the built-in reader, trained first when no command has trained it.

    Exact words are understood meanwhile.
    """
    path = await model.ensure_fallback(data, lambda _line: None)
    await understander.load(path)
    log.info("built_in_reader_ready")
