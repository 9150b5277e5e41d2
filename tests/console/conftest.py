"""The app on a small world, without a worker."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests.console import world
from tests.console.world import World


@pytest.fixture
def app(runtime: Runtime) -> Starlette:
    """The whole web application."""
    return create_app(runtime)


@pytest.fixture
async def made(runtime: Runtime) -> World:
    """The world the pages show."""
    return await world.build(runtime)
