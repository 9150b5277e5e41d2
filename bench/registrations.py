"""People who register by one sentence, as many a second as a first day of war brings.

Each writes the sentence, presses the consent some seconds later, and answers the last question
(their number) or skips it. A registration is whole when the record was confirmed to the person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import select

from bench.house import House, Taken
from bench.load import Outcome
from bench.machine import loops, worked
from bench.report import Figure, percentile
from bench.updates import Update, pressed, said
from bot.consular.drills import names
from bot.messages import Channel
from bot.models import Address, Person
from bot.runtime.database import open_database
from bot.runtime.keys import Keyring

AN_HOUR = 100_000  # registrations; 76,000 people registered in one country's first day in 2026
RATE = AN_HOUR / 3600  # registrations a second
SECONDS = 90
SAMPLE = round(RATE * SECONDS)
UNLIMITED = 600  # registrations as fast as they go
WARM_UP = 60
WORKERS = 2  # as on a server with two cores
CONNECTIONS = 40  # Telegram's default
ENGLISH_INTERVAL = 4  # one of so many writes English
STEPS = 3  # messages of one person
RETRY_SECONDS = 1.0  # after a webhook is refused for a moment
PAUSE_SECONDS = 10  # between two messages of one person
TIMEOUT_SECONDS = 600.0
REPLY_TARGET_SECONDS = 2
FIRST_CHAT = 6_000_000_000
FIRST_NUMBER = 905_320_000_000
SEED = 14  # the same people in every run
READERS = """
SELECT coalesce(understood_by, 'none') AS reader, count(*) AS messages
FROM inbound_messages GROUP BY 1
"""
AGREE = "/slot consent true"
SKIP = "/slot phone skip"

# Outside the open crisis: nobody is asked anything else meanwhile.
TOWNS = {
    "مانشستر": ("GB", "Manchester"),
    "لندن": ("GB", "London"),
    "ليدز": ("GB", "Leeds"),
    "كارديف": ("GB", "Cardiff"),
    "صفاقس": ("TN", "Sfax"),
    "القاهرة": ("EG", "Cairo"),
    "برلين": ("DE", "Berlin"),
}
COMPANY = {
    "معي مرتي وزوز صغار": ("with my wife and two children", 4),
    "معاي زوجتي": ("with my wife", 2),
    "معي أمي": ("with my mother", 2),
}
# What the reader does not take for a name as yet: it asks for it, and one message is not enough.
UNREAD_NAMES = frozenset({"هناء", "الجفري", "الكيخيا", "العكاري"})
LATIN_NAMES = ("Ali", "Omar", "Salem", "Khaled", "Fatima", "Huda", "Salma", "Mariam")
LATIN_FAMILIES = ("Masrati", "Werfalli", "Zintani", "Tarhuni", "Gharyani", "Obeidi", "Sharif")
GIVEN = [name for name in names.GIVEN if name not in UNREAD_NAMES]
FAMILIES = [name for name in names.FAMILIES if name not in UNREAD_NAMES]


@dataclass(frozen=True)
class Registrant:
    """Hold a person who registers: what they write, and what their record must say."""

    chat: int
    sentence: str
    name: str
    country: str
    party: int
    phone: str  # "" for who skips the question

    def message(self, step: int) -> Update:
        """Return what they send first, second and third."""
        if step == 0:
            return said(self.chat, self.sentence)
        if step == 1:
            return pressed(self.chat, AGREE)
        if self.phone:
            return said(self.chat, self.phone)
        return pressed(self.chat, SKIP)


@dataclass(frozen=True)
class Kept:
    """Hold what the database has of a chat that registered."""

    name: str | None
    country: str | None
    party: int | None


async def measure(house: House) -> list[Figure]:
    """Measure the rate of an hour with 100,000 for some minutes, then as fast as it goes."""
    people = _people(WARM_UP + SAMPLE + UNLIMITED)
    warm_up, sample = people[:WARM_UP], people[WARM_UP : WARM_UP + SAMPLE]
    processes = [house.web_process]
    for number in range(WORKERS):
        worker = await house.worker(f"worker{number}")
        processes.append(worker.pid)
    await _together(house, warm_up)
    before = _worked(processes)
    waits, arriving = await _arriving(house, sample)
    seconds = _worked(processes) - before
    rate = await _together(house, people[WARM_UP + SAMPLE :])
    return [
        *_waits(waits),
        _used(seconds, arriving),
        _refused(arriving),
        _fastest(rate),
        *await _kept_figures(house, people),
    ]


def _worked(processes: Iterable[int]) -> float:
    return sum(map(worked, processes))


def _people(count: int) -> list[Registrant]:
    """Make people up, each fourth of whom writes English; every second tells a number."""
    chance = Random(SEED)
    return [_person(number, chance) for number in range(count)]


def _person(number: int, chance: Random) -> Registrant:
    town = chance.choice(list(TOWNS))
    company = chance.choice(list(COMPANY))
    country, latin_town = TOWNS[town]
    latin_company, party = COMPANY[company]
    name = _name(chance, GIVEN, FAMILIES)
    sentence = f"سجلني أنا {name} في {town} {company}"
    if number % ENGLISH_INTERVAL == 0:
        name = _name(chance, LATIN_NAMES, LATIN_FAMILIES)
        sentence = f"Register me, I am {name} in {latin_town} {latin_company}"
    phone = f"+{FIRST_NUMBER + number}" if number % 2 else ""
    return Registrant(
        chat=FIRST_CHAT + number,
        sentence=sentence,
        name=name,
        country=country,
        party=party,
        phone=phone,
    )


def _name(chance: Random, given: Sequence[str], families: Sequence[str]) -> str:
    given_name = chance.choice(given)
    family = chance.choice(families)
    return f"{given_name} {family}"


# --- at the rate of an hour -----------------------------------------------------------------------


async def _arriving(house: House, people: Sequence[Registrant]) -> tuple[list[float], Outcome]:
    """Let people come at random moments; return the wait of each message, in order of arrival.

    A person's next message comes about ten seconds after the last, as people read and press.
    """
    messages = list(_interleaved(people))
    updates = [person.message(step) for person, step in messages]
    outcome = await house.post(
        updates,
        CONNECTIONS,
        RATE * STEPS,
        retry_seconds=RETRY_SECONDS,
    )
    _check(outcome, len(updates))
    replies = await _replies(house, people, STEPS)
    waits: list[float] = []
    for (person, step), due_at in zip(messages, outcome.sent, strict=True):
        replied_at = replies[person.chat][step]
        waits.append(replied_at - due_at)
    return waits, outcome


def _interleaved(people: Sequence[Registrant]) -> Iterator[tuple[Registrant, int]]:
    """Yield the first, second and third messages of all, as they follow each other in time."""
    lag = round(PAUSE_SECONDS * RATE)  # people who come between two messages of one
    for moment in range(len(people) + lag * (STEPS - 1)):
        for step in range(STEPS):
            number = moment - lag * step
            if 0 <= number < len(people):
                yield people[number], step


def _check(outcome: Outcome, messages: int) -> None:
    if outcome.statuses.get("200") != messages:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")


async def _replies(
    house: House,
    people: Sequence[Registrant],
    each: int,
) -> Mapping[int, list[float]]:
    """Wait until everybody has so many replies; return their moments by chat."""

    def is_everybody_answered(messages: Taken) -> bool:
        counts = Counter(chat for _moment, chat in messages)
        return all(counts[person.chat] >= each for person in people)

    replies: dict[int, list[float]] = {}
    for moment, chat in await house.taken_until(is_everybody_answered, TIMEOUT_SECONDS):
        replies.setdefault(chat, []).append(moment)
    return replies


def _waits(waits: Sequence[float]) -> list[Figure]:
    third = len(waits) // 3
    first = percentile(waits[:third], 95)
    last = percentile(waits[-third:], 95)
    return [
        Figure(
            name=f"p95 of a reply while {RATE:.1f} people register a second",
            measured=percentile(waits, 95),
            unit="s",
            target=REPLY_TARGET_SECONDS,
            is_ceiling=True,
            comparison=f"first third {first:.2f} s, last third {last:.2f} s",
        ),
        Figure(
            name="p50 of a reply",
            measured=percentile(waits, 50),
            unit="s",
        ),
    ]


def _used(seconds: float, arriving: Outcome) -> Figure:
    """Tell what one whole registration costs the web process and the workers."""
    return Figure(
        name="processor time of a registration, web and workers",
        measured=seconds / SAMPLE * 1e3,
        unit="ms",
        comparison=f"of {arriving.seconds:.0f} s, at {loops():.0f} million loops/s",
    )


def _refused(arriving: Outcome) -> Figure:
    return Figure(
        name="webhooks refused for a moment (503), and sent again",
        measured=arriving.statuses.get("503", 0),
        unit="",
        comparison=f"of {len(arriving.sent):,}",
    )


# --- as fast as it goes ---------------------------------------------------------------------------


async def _together(house: House, people: Sequence[Registrant]) -> float:
    """Let everybody register at once, step by step; return the registrations a second."""
    seconds = 0.0
    for step in range(STEPS):
        await house.taken()
        updates = [person.message(step) for person in people]
        outcome = await house.post(updates, CONNECTIONS, retry_seconds=RETRY_SECONDS)
        _check(outcome, len(updates))
        replies = await _replies(house, people, 1)
        seconds += max(moments[-1] for moments in replies.values()) - outcome.began
    return len(people) / seconds


def _fastest(rate: float) -> Figure:
    core_speed = loops()
    return Figure(
        name="whole registrations a second, as fast as they go",
        measured=rate,
        unit="/s",
        target=RATE,
        comparison=f"{rate * 3600:,.0f} an hour; {rate / core_speed:.1f} per million loops",
    )


# --- none lost ------------------------------------------------------------------------------------


async def _kept_figures(house: House, people: Sequence[Registrant]) -> list[Figure]:
    kept = await _kept(house)
    return [
        _lost(people, kept),
        _right(people, kept),
        await _read_by(house),
    ]


async def _kept(house: House) -> Mapping[int, Kept]:
    """Read the registered people of the chats, by chat."""
    address = house.database.replace("postgresql:", "postgresql+asyncpg:", 1)
    database = open_database(address, Keyring.parse(house.keys))
    columns = select(
        Address.address,
        Person.name,
        Person.country,
        Person.party_size,
    )
    registered = columns.join(Person).where(
        Address.channel == Channel.TELEGRAM,
        Person.registered_at.is_not(None),
        Person.consented_at.is_not(None),
    )
    kept: dict[int, Kept] = {}
    async with database.read() as session:
        for chat, name, country, party in await session.execute(registered):
            kept[int(chat)] = Kept(
                name,
                country,
                party,
            )
    await database.close()
    return kept


def _lost(people: Sequence[Registrant], kept: Mapping[int, Kept]) -> Figure:
    """Count those whom the database does not have, registered, with a name and a country."""
    lost = 0
    for person in people:
        record = kept.get(person.chat)
        lost += record is None or not record.name or not record.country
    return Figure(
        name="people lost",
        measured=lost,
        unit="",
        target=0,
        is_ceiling=True,
        comparison=f"of {len(people):,}; every message of theirs was answered",
    )


def _right(people: Sequence[Registrant], kept: Mapping[int, Kept]) -> Figure:
    """Count records that say exactly what the person wrote."""
    right = 0
    for person in people:
        meant = Kept(
            person.name,
            person.country,
            person.party,
        )
        right += kept.get(person.chat) == meant
    return Figure(
        name="records that say just what was written",
        measured=right / len(people) * 100,
        unit="%",
    )


async def _read_by(house: House) -> Figure:
    """Tell who read the sentences: known words, the built-in reader or Rasa."""
    by_rasa = 0
    listed: list[str] = []
    for row in await house.rows(READERS):
        reader, messages = row["reader"], row["messages"]
        listed.append(f"{reader} {messages:,}")
        if reader == "rasa":
            by_rasa = messages
    return Figure(
        name="messages that Rasa read",
        measured=by_rasa,
        unit="",
        comparison=", ".join(listed),
    )
