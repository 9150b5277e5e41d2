"""A runtime whose Telegram and Twilio are the small servers of the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.runtime.clock import SYSTEM_CLOCK, Clock
from bot.runtime.redis import RedisConnection
from bot.runtime.runtime import Runtime
from tests.servers.provider import Provider
from tests.servers.telegram import TOKEN
from tests.servers.twilio import ACCOUNT, ACCOUNT_2, SENDER, SENDER_2, TOKEN_2
from tests.servers.twilio import TOKEN as TWILIO_TOKEN

PUBLIC = "https://tammen.example"
SECRET = "s3cret"


def with_channels(
    runtime: Runtime,
    telegram: Provider | None = None,
    twilio: Provider | None = None,
    clock: Clock | None = None,
    second: Provider | None = None,
    **settings: Any,
) -> Runtime:
    """The same runtime with the channels whose server is given; `settings` by their field names.

    `second` is the server of a second SMS account.
    """
    changed: dict[str, Any] = {"public_url": PUBLIC}
    if telegram:
        changed |= {
            "telegram_token": TOKEN,
            "telegram_secret_set": SECRET,
            "telegram_api": telegram.url,
        }
    if twilio:
        changed |= {"twilio_account": ACCOUNT, "twilio_token": TWILIO_TOKEN, "twilio_from": SENDER}
        changed |= {"twilio_api": twilio.url}
    if second:
        changed |= {
            "twilio2_account": ACCOUNT_2,
            "twilio2_token": TOKEN_2,
            "twilio2_from": SENDER_2,
        }
        changed |= {"twilio2_api": second.url}
    update = {**changed, **settings}
    clock = clock or runtime.clock
    return replace(
        runtime,
        settings=runtime.settings.model_copy(update=update),
        redis=RedisConnection(runtime.redis.client, clock),
        clock=clock,
    )


class RunningClock:
    """The time as it is, plus what a test adds."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return SYSTEM_CLOCK() + self._ahead

    def monotonic(self) -> float:
        return SYSTEM_CLOCK.monotonic() + self._ahead.total_seconds()

    def advance(self, **by: float) -> datetime:
        """Moves ahead by `seconds=`, `minutes=` …"""
        self._ahead += timedelta(**by)
        return self()
