"""The line as people and providers see it: what they send comes in by the real webhooks, is
answered turn by turn, and leaves by small providers that keep what they got.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from bot import actions, delivery
from bot.conversation import gathering, turns
from bot.dialogue import checking
from bot.messages import Channel
from bot.models import InboundMessage
from bot.practice.talk import EXACT
from bot.receiving import webhooks
from bot.runtime.runtime import Runtime
from tests.channels_on import PUBLIC, SECRET, RunningClock
from tests.servers import telegram as updates
from tests.servers import twilio as forms
from tests.servers.telegram import Telegram
from tests.servers.twilio import Twilio

FLOWS = checking.load(actions=actions.ACTIONS)
NUMBER = "+218910000001"
CHAT = 1001


@dataclass
class Line:
    """A house with both channels, at a clock that the test moves."""

    runtime: Runtime
    telegram: Telegram
    twilio: Twilio
    client: httpx.AsyncClient
    dispatchers: list[delivery.Dispatcher]
    ids: Any = field(default_factory=lambda: itertools.count(1))

    async def sms(self, body: str, number: str = NUMBER, sid: str = "", **more: str) -> None:
        """An SMS comes in, and is answered."""
        await self.hand_in_sms(body, number, sid, **more)
        await self.settle()

    async def hand_in_sms(
        self, body: str, number: str = NUMBER, sid: str = "", **more: str
    ) -> None:
        """An SMS comes in."""
        form = forms.inbound(sid or f"SMin{next(self.ids)}", number, body, **more)
        await self._post_form("/hooks/sms", form)

    async def receipt(self, state: str, code: int | None = None, number: str = NUMBER) -> None:
        """The provider tells what became of the last SMS to a number."""
        last = self.twilio.to(number)[-1]
        path = last.fields["StatusCallback"].removeprefix(PUBLIC)
        await self._post_form(path, forms.status(last.fields["sid"], state, code))

    async def chat(self, text: str | None = None, user: int = CHAT, **more: Any) -> None:
        """A message comes in from Telegram, and is answered."""
        await self.update(updates.message(next(self.ids), user, text, **more))
        await self.settle()

    async def press(self, payload: str, user: int = CHAT) -> None:
        """A button is pressed, and answered."""
        await self.update(updates.button(next(self.ids), user, payload))
        await self.settle()

    async def share_number(self, number: str = NUMBER, user: int = CHAT) -> None:
        """Somebody shares their own number on Telegram."""
        card = {"phone_number": number.removeprefix("+"), "first_name": "سالم", "user_id": user}
        await self.chat(user=user, contact=card)

    async def update(self, update: dict[str, Any]) -> None:
        """An update of Telegram's comes in."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answer = await self.client.post("/hooks/telegram", json=update, headers=headers)
        assert answer.status_code == 200

    async def settle(self) -> None:
        """Answer all that came in, and send all that is due."""
        for person_id in await self._waiting():
            await turns.handle(self.runtime, FLOWS, person_id, EXACT)
        await self.send()

    async def wait(self) -> None:
        """Let the moment pass in which more may come, and send what waited for it."""
        assert isinstance(self.runtime.clock, RunningClock)
        self.runtime.clock.advance(seconds=gathering.PATIENCE.total_seconds())
        await self.send()

    async def send(self) -> None:
        """Send all that is due."""
        sent = 1
        while sent:
            sent = 0
            for dispatcher in self.dispatchers:
                sent += await dispatcher.step()
                await dispatcher.settle()

    def texts(self, number: str = NUMBER) -> list[str]:
        """What arrived by SMS."""
        return [call.fields["Body"] for call in self.twilio.to(number)]

    def messages(self, user: int = CHAT) -> list[str]:
        """What arrived on Telegram."""
        return [call.fields["text"] for call in self.telegram.to(str(user))]

    async def rows(self, table: type[Any]) -> list[Any]:
        """The rows of a table."""
        async with self.runtime.db.read() as session:
            return list(await session.scalars(select(table).order_by(table.id)))

    async def _post_form(self, path: str, form: dict[str, str]) -> None:
        headers = forms.signed(PUBLIC + path, form)
        answer = await self.client.post(path, data=form, headers=headers)
        assert answer.status_code == 200

    async def _waiting(self) -> list[int]:
        query = select(InboundMessage.person_id).where(InboundMessage.state == "pending")
        async with self.runtime.db.read() as session:
            return list(dict.fromkeys(await session.scalars(query.order_by(InboundMessage.id))))


@asynccontextmanager
async def line(runtime: Runtime, telegram: Telegram, twilio: Twilio) -> AsyncIterator[Line]:
    """Open a line on a runtime whose channels are these servers."""
    app = Starlette(routes=webhooks.routes(runtime))
    transport = httpx.ASGITransport(app=app)
    progress, wires = delivery.Progress(runtime), delivery.wires(runtime)
    dispatchers = []
    for channel in (Channel.TELEGRAM, Channel.SMS):
        for group in (delivery.REPLIES, delivery.BULK):
            dispatchers.append(delivery.Dispatcher(runtime, wires[channel], group, progress))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside:8000") as client:
        yield Line(runtime, telegram, twilio, client, dispatchers)
