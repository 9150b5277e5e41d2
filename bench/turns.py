"""Whole turns: a check-in by button or exact words, from the webhook to the reply handed to the provider."""

from __future__ import annotations

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
CALM = 100  # a second, for the waiting time of one person
SECONDS = 120.0  # until a measurement is given up
WORDS = "أنا بخير"


async def measure(databases: Databases) -> list[Figure]:
    """Buttons, exact words, the wait in quieter times; then the peer with as many conversations."""
    url = await databases.seeded("turns", PEOPLE)
    async with opened(databases.place / "turns", url, databases.keys) as house:
        await house.web()
        for number in range(WORKERS):
            await house.worker(f"worker{number}")
        chats = await house.chats(PEOPLE)
        await _turns(house, [said(chat, WORDS) for chat in chats[:WARM_UP]])
        buttons, _ = await _turns(house, [pressed(chat, "/safe") for chat in chats[:TURNS]])
        words, _ = await _turns(house, [said(chat, WORDS) for chat in chats[TURNS : 2 * TURNS]])
        _, waits = await _turns(
            house, [pressed(chat, "/safe") for chat in chats[-5 * CALM :]], CALM
        )
        await _check(house, WARM_UP + 2 * TURNS + 5 * CALM)
    peers = await _peer(databases)
    return [
        Figure(
            "check-ins by button",
            buttons,
            "/s",
            250,
            beside=_ratio(buttons, peers["/checkin_safe"]),
        ),
        Figure("check-ins by exact words", words, "/s", 250, beside=_ratio(words, peers[WORDS])),
        Figure(f"p95 of a turn at {CALM} turns/s", percentile(waits, 95) * 1e3, "ms"),
        Figure("Rasa's REST channel, by button", peers["/checkin_safe"], "/s"),
        Figure("Rasa's REST channel, by words", peers[WORDS], "/s"),
    ]


async def _turns(
    house: House, updates: list[Update], rate: float | None = None
) -> tuple[float, list[float]]:
    """Turns a second until the last reply was handed over, and how long each took."""
    outcome = await house.post(updates, CONNECTIONS, rate)
    if outcome.statuses != {"200": len(updates)}:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")
    replies = await house.replied({chat_of(update) for update in updates}, SECONDS)
    return len(updates) / (replies[-1][0] - outcome.began), waits(outcome, updates, replies)


def waits(outcome: Outcome, updates: list[Update], replies: Taken) -> list[float]:
    """Seconds from when each update was due to the first reply in its chat; the updates are of different chats."""
    first: dict[int, float] = {}
    for at, chat in replies:
        first.setdefault(chat, at)
    return [
        first[chat_of(update)] - sent for update, sent in zip(updates, outcome.sent, strict=True)
    ]


def chat_of(update: Update) -> int:
    """Whose update it is."""
    message = update.get("message") or update["callback_query"]["message"]
    chat: int = message["chat"]["id"]
    return chat


async def _check(house: House, count: int) -> None:
    """Every turn left a check-in."""
    [row] = await house.rows("SELECT count(*) AS recorded FROM check_ins")
    if row["recorded"] != count:
        raise RuntimeError(f"{row['recorded']} of {count} check-ins were recorded")


async def _peer(databases: Databases) -> dict[str, float]:
    """Conversations a second on Rasa's own channel, by what was said."""
    async with opened(databases.place / "peer", databases.server, databases.keys) as house:
        rasa = await peer.started(house)
        await rasa.talk([WORDS] * 20, 1)
        rates: dict[str, float] = {}
        for words in ("/checkin_safe", WORDS):
            outcome = await rasa.talk([words] * TURNS, CONNECTIONS)
            rates[words] = TURNS / (outcome.ended - outcome.began)
        return rates


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.1f} × Rasa's REST channel"
