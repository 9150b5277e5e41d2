"""Whole turns: a check-in by button or exact words, from the webhook to the reply."""

from __future__ import annotations

from dataclasses import dataclass

from bench import peer
from bench.databases import Databases
from bench.house import House, Taken, opened
from bench.load import Outcome
from bench.report import Figure, percentile
from bench.updates import Update, pressed, said

PEOPLE = 4_000
WORKERS = 2  # a core each, as on any machine with two
WARM_UP = 300
TURNS = 1_500  # of each kind, and of the peer's
CONNECTIONS = 40
CALM_RATE = 100  # turns a second, for the waiting time of one person
CALM_TURNS = 5 * CALM_RATE
TURNS_TIMEOUT_SECONDS = 120.0
TARGET_RATE = 250  # turns a second
BUTTON = "/safe"
EXACT_WORDS = "أنا بخير"
PEER_BUTTON = "/checkin_safe"
PEER_WARM_UP = 20

Updates = list[Update]


@dataclass(frozen=True)
class Turns:
    """Hold the results of many turns."""

    rate: float  # turns a second, until the last reply
    waits: list[float]  # seconds of each turn


async def measure(databases: Databases) -> list[Figure]:
    """Measure buttons, exact words, the wait in quieter times, and the peer's conversations."""
    url = await databases.seeded("turns", PEOPLE)
    async with opened(databases.place / "turns", url, databases.keys) as house:
        await house.web()
        for number in range(WORKERS):
            await house.worker(f"worker{number}")
        by_button, by_words, calm = await _check_ins(house)
    peer_rates = await _peer(databases)
    peer_by_button = peer_rates[PEER_BUTTON]
    peer_by_words = peer_rates[EXACT_WORDS]
    return [
        _rate("check-ins by button", by_button.rate, peer_by_button),
        _rate("check-ins by exact words", by_words.rate, peer_by_words),
        _calm_wait(calm.waits),
        Figure(
            name="Rasa's REST channel, by button",
            measured=peer_by_button,
            unit="/s",
        ),
        Figure(
            name="Rasa's REST channel, by words",
            measured=peer_by_words,
            unit="/s",
        ),
    ]


async def _check_ins(house: House) -> tuple[Turns, Turns, Turns]:
    """Let people check in by button, by exact words, and by button at a calm rate."""
    chats = await house.chats(PEOPLE)
    warm_up = _sayings(chats[:WARM_UP])
    presses = _presses(chats[:TURNS])
    sayings = _sayings(chats[TURNS : 2 * TURNS])
    calm_presses = _presses(chats[-CALM_TURNS:])
    await _turns(house, warm_up)
    by_button = await _turns(house, presses)
    by_words = await _turns(house, sayings)
    calm = await _turns(house, calm_presses, CALM_RATE)
    await _check(house, WARM_UP + 2 * TURNS + CALM_TURNS)
    return by_button, by_words, calm


def _calm_wait(seconds: list[float]) -> Figure:
    p95 = percentile(seconds, 95)
    return Figure(
        name=f"p95 of a turn at {CALM_RATE} turns/s",
        measured=p95 * 1e3,
        unit="ms",
    )


def _presses(chats: list[int]) -> Updates:
    return [pressed(chat, BUTTON) for chat in chats]


def _sayings(chats: list[int]) -> Updates:
    return [said(chat, EXACT_WORDS) for chat in chats]


def _rate(name: str, rate: float, peer_rate: float) -> Figure:
    ratio = rate / peer_rate
    return Figure(
        name=name,
        measured=rate,
        unit="/s",
        target=TARGET_RATE,
        comparison=f"{ratio:.1f} × Rasa's REST channel",
    )


async def _turns(house: House, updates: Updates, rate: float | None = None) -> Turns:
    """Post the updates and wait for a reply to each."""
    outcome = await house.post(updates, CONNECTIONS, rate)
    if outcome.statuses != {"200": len(updates)}:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")
    chats = set(map(chat_of, updates))
    replies = await house.replied(chats, TURNS_TIMEOUT_SECONDS)
    ended, _chat = replies[-1]
    seconds = ended - outcome.began
    return Turns(
        rate=len(updates) / seconds,
        waits=waits(outcome, updates, replies),
    )


def waits(outcome: Outcome, updates: Updates, replies: Taken) -> list[float]:
    """Return the seconds from the moment each update was due to the first reply in its chat.

    Each update must belong to a chat of its own.
    """
    replied_at: dict[int, float] = {}
    for moment, chat in replies:
        replied_at.setdefault(chat, moment)
    seconds: list[float] = []
    for update, due_at in zip(updates, outcome.sent, strict=True):
        chat = chat_of(update)
        seconds.append(replied_at[chat] - due_at)
    return seconds


def chat_of(update: Update) -> int:
    """Return the chat of an update."""
    content = update.get("message")
    if content is None:
        press = update["callback_query"]
        content = press["message"]
    chat: int = content["chat"]["id"]
    return chat


async def _check(house: House, turns: int) -> None:
    """Check that every turn left a check-in."""
    recorded = await house.number("SELECT count(*) FROM check_ins")
    if recorded != turns:
        raise RuntimeError(f"{recorded} of {turns} check-ins were recorded")


async def _peer(databases: Databases) -> dict[str, float]:
    """Return the conversations a second on Rasa's own channel, by the message of the person."""
    folder = databases.place / "peer"
    rates: dict[str, float] = {}
    async with opened(folder, databases.server, databases.keys) as house:
        rasa = await peer.started(house)
        await rasa.talk([EXACT_WORDS] * PEER_WARM_UP, 1)
        for text in (PEER_BUTTON, EXACT_WORDS):
            outcome = await rasa.talk([text] * TURNS, CONNECTIONS)
            rates[text] = TURNS / outcome.seconds
    return rates
