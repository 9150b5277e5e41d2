"""A house of real processes for each test, on PostgreSQL: production's shape."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.database import Postgres
from tests.faults.house import House, opened


@pytest.fixture
async def house(tmp_path: Path, postgresql_url: str) -> AsyncIterator[House]:
    """A Tammen whose processes are yet to be started."""
    async with opened(tmp_path, postgresql_url) as house:
        yield house


@pytest.fixture
async def own_postgres() -> AsyncIterator[Postgres]:
    """Made, not started."""
    server = Postgres()
    await server.make()
    yield server
    await server.stop()
