"""Jobs for files: what people send is fetched from the provider."""

from __future__ import annotations

from bot.receiving import files
from bot.worker.jobs import every
from bot.worker.worker import Worker


@every(seconds=2)
async def fetch_files(worker: Worker) -> None:
    """Fetch the files that are due."""
    await files.fetch_due(worker.runtime)


JOBS = (fetch_files,)
