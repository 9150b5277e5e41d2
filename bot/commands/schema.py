"""`tammen migrate`: the schema of the database."""

from __future__ import annotations

from bot.commands import ground
from bot.embedded.progress import step
from bot.runtime.runtime import open_runtime

NO_REDIS = "unix:///nonexistent"


def migrate() -> None:
    """Bring the database, and the keys of the search, to the newest version; safe to run again."""
    ground.run(_migrate())


async def _migrate() -> None:
    async with open_runtime(ground.load(), NO_REDIS) as runtime:
        with step("The database"):
            await ground.prepare(runtime)
