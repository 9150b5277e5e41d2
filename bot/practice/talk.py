"""A conversation in the terminal, on a throw-away database: what `tammen talk` runs, and the
transcripts of the tests.

Redis is not needed, and Rasa only for the readers that ask it. A line is what a person types;
`[label]` presses a button of the last message, `@41.01,28.97` shares a location, `+218911234567!`
shares one's own number. `bot.practice.lines` reads the orders that begin with `!`.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions, outbox
from bot.channels import words
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError
from bot.consular.reference import emergency, posts
from bot.conversation import gathering, turns
from bot.conversation.look import Understand
from bot.conversation.pending import UNFINISHED, Outcome
from bot.conversation.understanding import Understander, understand
from bot.dialogue import checking
from bot.dialogue.flow import Flows
from bot.inbox import rows
from bot.messages import Button, Channel, Contact, Content, Form, Heard, Inbound, Kind, Language
from bot.migrations import migrate
from bot.models import Broadcast, Lane, OutboundState
from bot.practice import events, facts, lines
from bot.practice.exchanges import Exchange
from bot.practice.facts import Facts
from bot.practice.lines import (
    Bracketed,
    HandBack,
    Letter,
    LineError,
    OpenCrisis,
    Press,
    ShareContact,
    SharePosition,
    Typed,
    Wait,
)
from bot.runtime.clock import SYSTEM_CLOCK, Clock, ShiftedClock
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import load

EXACT: Understand = partial(understand, Understander())  # exact words and places alone

Screen = Literal["telegram", "sms"]
Output = Literal["plain", "messages", "facts"]

NUMBER = "+999000000001"  # +999 belongs to no country
LONGEST_STEP = timedelta(hours=12)  # of time that goes by; longer where MOST_STEPS do not suffice
MOST_STEPS = 60
MAX_CLAIMED = 10  # messages delivered at once
NO_REDIS = "unix:///nonexistent/valkey.sock"


@dataclass(slots=True)
class Talk:
    """One person's conversation. `last` are the messages they got last.

    `language` is that of the device and `phone` its number, where the network tells.
    """

    runtime: Runtime
    flows: Flows
    language: Language | None
    form: Form
    understand: Understand
    phone: str = ""
    person_id: int | None = None
    last: list[Content] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    _ids: Any = field(default_factory=itertools.count)

    async def exchange(self, line: str) -> Exchange:
        """Play a line; return what came of it."""
        self.heard.clear()
        replies: list[Content] = []
        error = None
        try:
            replies = await self.say(line)
        except (LineError, ConsularError) as refusal:
            error = str(refusal)
        return Exchange(
            line,
            tuple(replies),
            tuple(self.heard),
            await self.facts(),
            error,
        )

    async def facts(self) -> Facts:
        """Read what staff would see of the person now."""
        async with self.runtime.db.read() as session:
            return await facts.read(session, self.person_id)

    async def say(self, text: str) -> list[Content]:
        """Play a line; return the messages that the person gets for it.

        Raises LineError and ConsularError, before anything is changed.
        """
        line = lines.parse(text)
        match line:
            case OpenCrisis():
                await events.open_crisis(self.runtime, line)
                return await self.receive()
            case Wait(period):
                await self._wait(period)
                return await self.receive()
            case Letter() | HandBack():
                return await self._have_officer(line)
            case SharePosition(position):
                self._refuse_sms("a position", text)
                return await self.send(self.inbound(Kind.LOCATION, location=position))
            case ShareContact(phone):
                self._refuse_sms("a contact card", text)
                contact = Contact(phone, own=True)
                return await self.send(self.inbound(Kind.CONTACT, contact=contact))
            case Press() | Bracketed():
                return await self.send(self._press(line))
            case Typed():
                return await self.send(self._typed(line.text))
            case _:
                assert_never(line)

    async def _wait(self, period: timedelta) -> None:
        """Let time go by in steps, and what the worker does of itself meanwhile."""
        begins = self.runtime.clock
        step = max(LONGEST_STEP, period / MOST_STEPS)
        elapsed = timedelta()
        while elapsed < period:
            elapsed = min(elapsed + step, period)
            self.runtime = replace(self.runtime, clock=ShiftedClock(begins, elapsed))
            await events.advance_trips(self.runtime)
        await events.ask_for_places(self.runtime)

    async def _have_officer(self, line: Letter | HandBack) -> list[Content]:
        """Have an officer write to the person, or hand back; return what the person gets.

        Raises LineError and ConsularError.
        """
        if self.person_id is None:
            raise LineError("an officer writes to somebody who wrote to us: write something first")
        if isinstance(line, Letter):
            await events.write_letter(self.runtime, self.person_id, line.words)
        else:
            await events.hand_back(self.runtime, self.person_id)
        return await self.receive()

    async def send(self, inbound: Inbound) -> list[Content]:
        """Send a message of any kind; return the messages that come back."""
        async with self.runtime.db.begin() as session:
            (person_id,) = await rows.receive(session, [inbound], self.runtime.clock())
        self.person_id = person_id or self.person_id
        while person_id and await self._turn(person_id) in UNFINISHED:
            pass
        return await self.receive()

    async def receive(self) -> list[Content]:
        """Deliver the messages that wait for this person."""
        await events.fan_out_broadcasts(self.runtime)
        contents: list[Content] = []
        delivered = await self._deliver()
        while delivered:
            contents += delivered
            delivered = await self._deliver()
        self.last = contents or self.last
        return contents

    async def _turn(self, person_id: int) -> Outcome:
        return await turns.turn(self.runtime, self.flows, person_id, self._hear)

    async def _hear(self, text: str, home: str | None) -> Heard:
        """Understand a text, and note what was understood."""
        heard = await self.understand(text, home)
        if heard not in self.heard:  # a turn that failed hears the text again
            self.heard.append(heard)
        return heard

    async def _deliver(self) -> list[Content]:
        now = self.runtime.clock() + gathering.PATIENCE
        async with self.runtime.db.begin() as session:
            messages = await outbox.claim(session, Channel.PHONE, Lane, MAX_CLAIMED, now)
            results = []
            for message in messages:
                result = outbox.Result(message.id, message.address_id, OutboundState.DELIVERED)
                results.append(result)
            await outbox.mark(session, results, self.runtime.clock())
            return [await self._content(session, message) for message in messages]

    async def _content(self, session: AsyncSession, message: outbox.Claimed) -> Content:
        if message.content is not None:
            return message.content
        broadcast = await session.get_one(Broadcast, message.broadcast_id)
        return fan_out.content(broadcast, message.language, message.form)

    def inbound(self, kind: Kind, text: str = "", **more: Any) -> Inbound:
        """Make a message from this person."""
        network = "chat" if self.form is Form.CHAT else "text"
        return Inbound(
            Channel.PHONE,
            f"talk-{next(self._ids)}",
            f"{network}:{NUMBER}",
            kind,
            self.form,
            text,
            language=self.language,
            phone=self.phone,
            **more,
        )

    def _typed(self, text: str) -> Inbound:
        kind, typed, payload = words.read(text)
        return replace(self.inbound(kind, typed), payload=payload)

    def _press(self, line: Press | Bracketed) -> Inbound:
        """Press the button of a label; an SMS answers with its number. Raises LineError."""
        for content in reversed(self.last):
            for number, button in enumerate(content.buttons, 1):
                if button.label == line.label:
                    return self._answer(number, button)
        if isinstance(line, Bracketed):
            return self._typed(line.text)
        labels = [button.label for content in self.last for button in content.buttons]
        offered = ", ".join(labels) or "none"
        raise LineError(f"there is no button {line.label!r}; the last buttons are: {offered}")

    def _answer(self, number: int, button: Button) -> Inbound:
        if self.form is Form.TEXT:
            return self.inbound(Kind.TEXT, str(number))
        return self.inbound(Kind.BUTTON, button.payload)

    def _refuse_sms(self, share: str, line: str) -> None:
        """Refuse an order that an SMS cannot carry. Raises LineError."""
        if self.form is Form.TEXT and line.strip().startswith("!"):
            raise LineError(f"an SMS cannot carry {share}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with an empty, migrated database, a keyring, and the flows: for conversations."""

    folder: Path
    keys: str
    flows: Flows

    @asynccontextmanager
    async def opened(
        self,
        language: Language,
        screen: Screen,
        understanding: Understand = EXACT,
        clock: Clock = SYSTEM_CLOCK,
    ) -> AsyncIterator[Talk]:
        """Open a conversation on a copy of the database, which goes when it ends."""
        with TemporaryDirectory(dir=self.folder) as folder:
            shutil.copy(self.folder / DATABASE_FILE, folder)
            async with _runtime(Path(folder), self.keys, clock) as runtime:
                is_sms = screen == "sms"
                yield Talk(
                    runtime,
                    self.flows,
                    language=None if is_sms else language,
                    form=form_of(screen),
                    understand=understanding,
                    phone=NUMBER if is_sms else "",
                )


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Prepare conversations in a folder that goes when they end."""
    keys = Keyring.generate()
    flows = checking.load(actions=actions.ACTIONS)
    with TemporaryDirectory(prefix="tammen-talk-") as folder:
        async with _runtime(Path(folder), keys, SYSTEM_CLOCK) as runtime:
            await prepare(runtime)
        yield Stage(Path(folder), keys, flows)


@asynccontextmanager
async def _runtime(folder: Path, keys: str, clock: Clock) -> AsyncIterator[Runtime]:
    settings = load(
        TAMMEN_DATA=folder,
        TAMMEN_KEYS=keys,
        DATABASE_URL=database(folder),
        REPLY_PARTS_PER_NUMBER=UNLIMITED_PARTS,  # nobody pays here
    )
    async with open_runtime(settings, NO_REDIS, clock) as runtime:
        yield runtime


async def prepare(runtime: Runtime) -> None:
    """Make the schema, and the posts."""
    await migrate(runtime.db)
    async with runtime.db.begin() as session:
        await posts.seed(session)
        await emergency.seed(session)


DATABASE_FILE = "talk.db"
UNLIMITED_PARTS = 1_000_000


def database(folder: Path) -> str:
    """Return the address of the database in a folder."""
    return f"sqlite+aiosqlite:///{folder / DATABASE_FILE}"


def form_of(screen: Screen) -> Form:
    """Return what such a screen can show."""
    return Form.CHAT if screen == "telegram" else Form.TEXT


# --- in a terminal ---


def _complain(error: str) -> None:
    print(f"tammen: {error}", file=sys.stderr, flush=True)


async def talk(
    language: Language,
    screen: Screen,
    output: Output = "plain",
    understanding: Understand = EXACT,
    lines: Iterable[str] = sys.stdin,
    write: Callable[[str], object] = print,
    complain: Callable[[str], object] = _complain,
) -> None:
    """Play each line and write the replies.

    They are written as a phone shows them, as a JSON object a message, or as one a line with the
    facts after it. A line that cannot be played is complained about.
    """
    async with stage() as prepared, prepared.opened(language, screen, understanding) as person:
        for line in lines:
            exchange = await person.exchange(line.rstrip("\r\n"))
            for written in _written(exchange, screen, output):
                write(written)
            if exchange.error is not None and output != "facts":
                complain(exchange.error)


def _written(exchange: Exchange, screen: Screen, output: Output) -> list[str]:
    match output:
        case "facts":
            return [_json(exchange.to_json())]
        case "messages":
            return [_json(_message(content)) for content in exchange.replies]
        case "plain":
            return [plain(content, screen) for content in exchange.replies]


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)


def _message(content: Content) -> dict[str, Any]:
    buttons = []
    for button in content.buttons:
        buttons.append({"label": button.label, "payload": button.payload})
    return {
        "text": content.text,
        "buttons": buttons,
        "ask_location": content.ask_location,
        "ask_contact": content.ask_contact,
        "language": content.language,
    }


def plain(content: Content, screen: Screen) -> str:
    """Write a message as a phone shows it: buttons in brackets, or as a numbered list."""
    labels = [button.label for button in content.buttons]
    written = [content.text]
    if screen == "sms":
        for number, label in enumerate(labels, 1):
            written.append(f"{number}. {label}")
    elif labels:
        written.append(" ".join(f"[{label}]" for label in labels))
    return "\n".join(written)
