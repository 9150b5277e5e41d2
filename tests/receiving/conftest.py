"""A line to the house, through its webhooks."""

from __future__ import annotations

import pytest

from bot.runtime.runtime import Runtime
from tests.channels_on import with_channels
from tests.clock import SetClock
from tests.correspondent import Correspondent
from tests.servers.telegram import Telegram
from tests.servers.twilio import Twilio


@pytest.fixture
def line(runtime: Runtime, bot_api: Telegram, clock: SetClock) -> Correspondent:
    """The line of one person, whose clock stands still."""
    return Correspondent(
        with_channels(runtime, bot_api, Twilio(), telegram_rate=1e5), clock, bot_api
    )
