"""A house with both channels, spoken to through its webhooks: what goes in, and what comes back."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import select
from starlette.applications import Starlette

from bot import actions, outbox
from bot.channels import telegram
from bot.consular.broadcasts import fan_out
from bot.conversation.look import Understand
from bot.conversation.turns import handle
from bot.dialogue import checking
from bot.messages import Channel, Outbound
from bot.models import (
    Broadcast,
    Case,
    CheckIn,
    InboundMessage,
    InboundState,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.practice.talk import EXACT
from bot.receiving import webhooks
from bot.runtime.runtime import Runtime
from tests import builders
from tests.channels_on import PUBLIC, SECRET
from tests.clock import SetClock
from tests.servers.provider import Call
from tests.servers.telegram import TOKEN, Telegram, message, reaction
from tests.servers.twilio import inbound, signed

CHAT = 1001
NUMBER = "+218910000001"
FLOWS = checking.load(actions=actions.ACTIONS)


@dataclass
class Correspondent:
    """One person who writes to the house, on Telegram (`CHAT`) and by SMS (`NUMBER`).

    What they write is dated by the clock of the house, unless `written` says otherwise.
    """

    runtime: Runtime
    clock: SetClock
    bot_api: Telegram
    understand: Understand = EXACT
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(100))
    roll_call: str = ""  # the number of the last roll call

    # --- what goes in ---

    async def write(self, text: str | None = None, **more: Any) -> list[str]:
        """Write in the private chat; return what is answered."""
        written = more.pop("written", self.clock())
        update = message(next(self.numbers), CHAT, text, date=seconds(written), **more)
        return await self.update(update)

    async def edit(self, number: int, text: str, written: datetime | None = None) -> list[str]:
        """Change the message of a number; return what is answered."""
        changed = message(number, CHAT, text, date=seconds(self.clock()))["message"]
        changed["edit_date"] = seconds(written or self.clock())
        return await self.update({"update_id": next(self.numbers), "edited_message": changed})

    async def react(self, number: str, new: Sequence[str], old: Sequence[str] = ()) -> list[str]:
        """Change the reactions on a message of ours; return what is answered."""
        at = seconds(self.clock())
        return await self.update(reaction(next(self.numbers), CHAT, int(number), new, old, at))

    async def update(self, data: dict[str, Any]) -> list[str]:
        """Send an update of Telegram's; return what is answered in the private chat."""
        before = len(self.shown())
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with self._client() as client:
            answer = await client.post("/hooks/telegram", json=data, headers=headers)
        assert answer.status_code == 200
        await self.settle()
        return [call.fields["text"] for call in self.shown()[before:]]

    async def text(self, body: str, **more: str) -> list[str]:
        """Send an SMS; return what is answered."""
        before = len(await self._replies(Channel.SMS))
        form = inbound(f"SM{next(self.numbers)}", NUMBER, body, **more)
        async with self._client() as client:
            headers = signed(f"{PUBLIC}/hooks/sms", form)
            answer = await client.post("/hooks/sms", data=form, headers=headers)
        assert answer.status_code == 200
        await self.settle()
        return (await self._replies(Channel.SMS))[before:]

    def _client(self) -> httpx.AsyncClient:
        app = Starlette(routes=webhooks.routes(self.runtime))
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside")

    async def settle(self) -> None:
        """Answer all that waits, and deliver all that is queued on Telegram."""
        async with self.runtime.db.read() as session:
            waiting = select(InboundMessage.person_id).where(
                InboundMessage.state == InboundState.PENDING
            )
            people = list(await session.scalars(waiting.distinct()))
        for person_id in people:
            await handle(self.runtime, FLOWS, person_id, self.understand)
        while await self._deliver():
            pass

    async def _deliver(self) -> bool:
        now = self.clock()
        credentials = telegram.Credentials(TOKEN, self.bot_api.url)
        results = []
        async with self.runtime.db.begin() as session:
            claimed = await outbox.claim(session, Channel.TELEGRAM, Lane, 20, now)
            for row in claimed:
                content = row.content
                if content is None:
                    broadcast = await session.get_one(Broadcast, row.broadcast_id)
                    content = fan_out.content(broadcast, row.language, row.form)
                outbound = Outbound(row.id, row.address, row.form, content)
                sent = await telegram.send(self.runtime.http, credentials, outbound)
                result = outbox.Result(
                    row.id, row.address_id, OutboundState.SENT, provider_id=sent.provider_id
                )
                results.append(result)
            await outbox.mark(session, results, now)
        return bool(claimed)

    # --- the world around ---

    async def settled_in(self, country: str = "TR", **columns: Any) -> None:
        """Have the person known there, and registered."""
        now = self.clock()
        async with self.runtime.db.begin() as session:
            facts = {"consented_at": now, "registered_at": now, "dialogue": {"version": 2, **EMPTY}}
            await builders.person(
                session,
                now,
                f"telegram:{CHAT}",
                f"sms:{NUMBER}",
                country=country,
                **facts | columns,
            )

    async def crisis(self, country: str = "TR") -> str:
        """Open a crisis and send its roll call; return the number of that message."""
        now = self.clock()
        async with self.runtime.db.begin() as session:
            staff = await builders.team(session, now)
            await builders.earthquake(session, staff.officer, now, countries=[country])
        async with self.runtime.db.begin() as session:
            for broadcast in await fan_out.open_ones(session, now):
                await builders.fan_out(session, broadcast.id, now)
        await self.settle()
        return await self.last_number()

    # --- what is there ---

    def shown(self) -> list[Call]:
        """The messages in the private chat."""
        return self.bot_api.to(str(CHAT))

    def markup(self) -> dict[str, Any]:
        """The keyboard of the last message."""
        markup: dict[str, Any] = json.loads(self.shown()[-1].fields.get("reply_markup", "{}"))
        return markup

    async def last_number(self) -> str:
        """The number of our last message in the private chat."""
        sent = await self.rows(OutboundMessage)
        return str([row.provider_id for row in sent if row.channel is Channel.TELEGRAM][-1])

    async def rows(self, table: type[Any]) -> list[Any]:
        """Every row of a table."""
        async with self.runtime.db.read() as session:
            return list(await session.scalars(select(table).order_by(table.id)))

    async def person(self) -> Person:
        """The record of the person."""
        people: list[Person] = await self.rows(Person)
        return people[0]

    async def statuses(self) -> list[str]:
        """The answers to "are you safe?", in the order in which they were written."""
        check_ins: list[CheckIn] = await self.rows(CheckIn)
        return [check_in.answer.value for check_in in sorted(check_ins, key=lambda one: one.at)]

    async def cases(self) -> dict[str, str]:
        """The words of each open case, by kind."""
        cases: list[Case] = await self.rows(Case)
        return {case.kind.value: case.note or "" for case in cases}

    async def _replies(self, channel: Channel) -> list[str]:
        sent = await self.rows(OutboundMessage)
        return [row.content["text"] for row in sent if row.channel is channel and row.content]


EMPTY: dict[str, Any] = {"stack": [], "offered": []}


def seconds(at: datetime) -> int:
    """A time as Telegram writes it."""
    return int(at.timestamp())
