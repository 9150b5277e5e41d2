"""A conversation in the terminal, on a throw-away database: what `tammen talk` runs, and the
transcripts of the tests.

Neither Rasa nor Redis is needed. A line is what a person types; `[label]` presses a button of the
last message, `@41.01,28.97` shares a location, `+218911234567!` shares one's own number.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions, outbox
from bot.consular.broadcasts import fan_out
from bot.consular.reference import posts
from bot.conversation import turns
from bot.conversation.turns import Outcome, Understand
from bot.conversation.understanding import Understander, understand
from bot.dialogue import checking
from bot.dialogue.flow import Flows
from bot.inbox import rows
from bot.messages import Button, Channel, Contact, Content, Form, Inbound, Kind, Language, Location
from bot.migrations import migrate
from bot.models import Broadcast, Lane, OutboundState
from bot.runtime.clock import SYSTEM_CLOCK, Clock
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import load

EXACT: Understand = partial(understand, Understander())  # exact words and places alone

Screen = Literal["telegram", "sms"]

NUMBER = "+999000000001"  # +999 belongs to no country
MAX_CLAIMED = 10  # messages delivered at once
NO_REDIS = "unix:///nonexistent/valkey.sock"

_POINT = re.compile(r"@\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)")
_CARD = re.compile(r"(\+\d{6,15})!")


@dataclass(slots=True)
class Talk:
    """One person's conversation. `last` are the messages they got last."""

    runtime: Runtime
    flows: Flows
    language: Language
    form: Form
    understand: Understand
    last: list[Content] = field(default_factory=list)
    _ids: Any = field(default_factory=itertools.count)

    async def say(self, line: str) -> list[Content]:
        """What somebody types or presses, and the messages they get for it."""
        return await self.send(self._inbound(line))

    async def send(self, inbound: Inbound) -> list[Content]:
        """A message of any kind, and the messages that come back."""
        async with self.runtime.db.begin() as session:
            (person_id,) = await rows.receive(session, [inbound], self.runtime.clock())
        while person_id and await self._turn(person_id) in turns.UNFINISHED:
            pass
        return await self.receive()

    async def receive(self) -> list[Content]:
        """The messages that wait for this person, delivered now."""
        contents: list[Content] = []
        delivered = await self._deliver()
        while delivered:
            contents += delivered
            delivered = await self._deliver()
        self.last = contents or self.last
        return contents

    async def _turn(self, person_id: int) -> Outcome:
        return await turns.turn(self.runtime, self.flows, person_id, self.understand)

    async def _deliver(self) -> list[Content]:
        now = self.runtime.clock()
        async with self.runtime.db.begin() as session:
            messages = await outbox.claim(session, Channel.PHONE, Lane, MAX_CLAIMED, now)
            results = []
            for message in messages:
                result = outbox.Result(message.id, message.address_id, OutboundState.DELIVERED)
                results.append(result)
            await outbox.mark(session, results, now)
            return [await self._content(session, message) for message in messages]

    async def _content(self, session: AsyncSession, message: outbox.Claimed) -> Content:
        if message.content is not None:
            return message.content
        broadcast = await session.get_one(Broadcast, message.broadcast_id)
        return fan_out.content(broadcast, message.language, message.form)

    def inbound(self, kind: Kind, text: str = "", **more: Any) -> Inbound:
        """A message from this person."""
        address = f"{'chat' if self.form is Form.CHAT else 'text'}:{NUMBER}"
        provider_id = f"talk-{next(self._ids)}"
        return Inbound(
            Channel.PHONE,
            provider_id,
            address,
            kind,
            self.form,
            text,
            language=self.language,
            **more,
        )

    def _inbound(self, line: str) -> Inbound:
        if pressed := self._pressed(line):
            return self.inbound(Kind.BUTTON, pressed.payload)
        if point := _POINT.fullmatch(line.strip()):
            return self.inbound(Kind.LOCATION, location=Location(float(point[1]), float(point[2])))
        if card := _CARD.fullmatch(line.strip()):
            return self.inbound(Kind.CONTACT, contact=Contact(card[1], own=True))
        if self.form is Form.CHAT and line.startswith("/"):
            word, _, payload = line[1:].partition(" ")
            return replace(self.inbound(Kind.COMMAND, word), payload=payload)
        return self.inbound(Kind.TEXT, line)

    def _pressed(self, line: str) -> Button | None:
        """The button of a line such as `[نعم]`, from the last messages."""
        if not (line.startswith("[") and line.endswith("]")):
            return None
        buttons = (button for content in reversed(self.last) for button in content.buttons)
        return next((button for button in buttons if button.label == line[1:-1]), None)


@asynccontextmanager
async def opened(
    language: Language,
    screen: Screen,
    understanding: Understand | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> AsyncIterator[Talk]:
    """A conversation on an empty database that goes when it ends."""
    with TemporaryDirectory(prefix="tammen-talk-") as folder:
        settings = load(
            TAMMEN_DATA=Path(folder),
            TAMMEN_KEYS=Keyring.generate(),
            DATABASE_URL=database(Path(folder)),
        )
        async with open_runtime(settings, NO_REDIS, clock) as runtime:
            await prepare(runtime)
            flows = checking.load(actions=actions.ACTIONS)
            yield Talk(runtime, flows, language, form_of(screen), understanding or EXACT)


async def prepare(runtime: Runtime) -> None:
    """The schema, and the posts."""
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        await posts.seed(session)


def database(folder: Path) -> str:
    """The address of the database in a folder."""
    return f"sqlite+aiosqlite:///{folder / 'talk.db'}"


def form_of(screen: Screen) -> Form:
    """What such a screen can show."""
    return Form.CHAT if screen == "telegram" else Form.TEXT


async def talk(
    language: Language,
    screen: Screen,
    as_json: bool = False,
    understanding: Understand | None = None,
    lines: Iterable[str] = sys.stdin,
    write: Callable[[str], object] = print,
) -> None:
    """Each line in, the replies out: as a phone shows them, or one JSON object a message."""
    async with opened(language, screen, understanding) as person:
        for line in lines:
            for content in await person.say(line.rstrip("\n")):
                write(
                    json.dumps(_shown(content), ensure_ascii=False)
                    if as_json
                    else plain(content, screen)
                )


def _shown(content: Content) -> dict[str, Any]:
    return {
        "text": content.text,
        "buttons": [
            {"label": button.label, "payload": button.payload} for button in content.buttons
        ],
        "ask_location": content.ask_location,
        "ask_contact": content.ask_contact,
        "language": content.language,
    }


def plain(content: Content, screen: Screen) -> str:
    """A message as a phone shows it: buttons in brackets, or as a numbered list."""
    labels = [button.label for button in content.buttons]
    if screen == "sms":
        return "\n".join(
            [content.text, *(f"{number}. {label}" for number, label in enumerate(labels, 1))]
        )
    return "\n".join(
        [content.text, *([" ".join(f"[{label}]" for label in labels)] if labels else [])]
    )
