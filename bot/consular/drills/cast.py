"""The cast of a scenario: who plays what, and what they write at which second.

The same scenario, number of people and seed give the same cast, so nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TypeVar

from ruamel.yaml import YAML

from bot.consular.drills.scenarios import WHOLE, Behaviour, Inject, Scenario, Tongue
from bot.messages import Form

LINES = Path(__file__).parent / "data" / "lines.yml"
MINUTE_SECONDS = 60
# When the first line of a behaviour comes: minutes after the opening.
FIRST_LINE_MINUTES: Mapping[str, tuple[float, float]] = {
    "safe_early": (0.5, 9),
    "safe_late": (9, 27),
    "staying": (2, 20),
    "rude": (1, 15),
}
USUAL_MINUTES = (1.0, 14.0)
# Between two lines of one person.
PAUSE_SECONDS = (40, 150)
CHANGE_SECONDS = (300, 600)  # before somebody takes an answer back

Key = TypeVar("Key", bound=str)
Conversation = Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What one person of the cast plays. `inject` is the one that they write in, if any."""

    place: int
    behaviour: Behaviour
    town: str
    screen: Form
    tongue: Tongue
    inject: Inject | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the person at a place of the cast, so many seconds after the opening."""

    second: float
    place: int
    number: int
    text: str


def parts(scenario: Scenario, number: int, seed: int) -> list[Part]:
    """Cast so many people: each share of the file is met exactly, in an order of chance."""
    random = Random(f"{seed} parts")  # noqa: S311  # repeatable on purpose
    people = scenario.people
    writers = scenario.writers
    others = number - len(writers)
    behaviours = _shuffled(random, scenario.behaviour, others)
    towns = _shuffled(random, people.cities, number)
    screens = _shuffled(random, people.screens, number)
    tongues = _shuffled(random, people.languages, number)
    cast: list[Part] = []
    for place, inject in enumerate(writers):
        part = _writer(place, towns[place], inject)
        cast.append(part)
    for behaviour in behaviours:
        place = len(cast)
        part = Part(
            place,
            behaviour,
            towns[place],
            screens[place],
            tongues[place],
        )
        cast.append(part)
    return cast


def _writer(place: int, town: str, inject: Inject) -> Part:
    """Cast somebody who is silent but for the message of an inject."""
    message = inject.writes
    if message is None:
        raise ValueError("an inject without a message has no writer")
    return Part(
        place,
        "silent",
        town,
        message.screen,
        message.language,
        inject,
    )


def _shuffled(random: Random, shares: Mapping[Key, int], number: int) -> list[Key]:
    """Return so many keys in an order of chance, each as often as its share (percent) says."""
    counts = _counts(shares, number)
    keys: list[Key] = []
    for key, count in counts.items():
        keys.extend([key] * count)
    random.shuffle(keys)
    return keys


def _counts(shares: Mapping[Key, int], number: int) -> dict[Key, int]:
    """Divide a number by shares; the largest remainders get what is left over."""
    counts: dict[Key, int] = {}
    remainders: list[tuple[int, Key]] = []
    for key, share in shares.items():
        count, remainder = divmod(number * share, WHOLE)
        counts[key] = count
        remainders.append((-remainder, key))
    remainders.sort()
    divided = sum(counts.values())
    left_over = number - divided
    for _remainder, key in remainders[:left_over]:
        counts[key] += 1
    return counts


def lines(scenario: Scenario, number: int, seed: int) -> list[Line]:
    """Write what the whole cast says, in the order of time."""
    spoken: list[Line] = []
    for part in parts(scenario, number, seed):
        name = f"{seed} {part.place}"
        random = Random(name)  # noqa: S311  # repeatable on purpose
        own_lines = _lines_of(part, random)
        spoken.extend(own_lines)
    spoken.sort(key=_when)
    return spoken


def _when(line: Line) -> tuple[float, int, int]:
    return line.second, line.place, line.number


def _lines_of(part: Part, random: Random) -> list[Line]:
    conversation = _conversation(part, random)
    second = _first_second(part, random)
    spoken: list[Line] = []
    for number, text in enumerate(conversation):
        line = Line(
            second,
            part.place,
            number,
            text,
        )
        spoken.append(line)
        pause = CHANGE_SECONDS if part.behaviour == "changes" else PAUSE_SECONDS
        second += random.uniform(*pause)
    return spoken


def _first_second(part: Part, random: Random) -> float:
    if part.inject is not None:
        return part.inject.minute * MINUTE_SECONDS
    minutes = FIRST_LINE_MINUTES.get(part.behaviour, USUAL_MINUTES)
    return random.uniform(*minutes) * MINUTE_SECONDS


def _conversation(part: Part, random: Random) -> Conversation:
    inject = part.inject
    if inject is not None and inject.writes is not None:
        return inject.writes.texts
    behaviour = part.behaviour.removesuffix("_early")
    behaviour = behaviour.removesuffix("_late")
    by_tongue = _conversations()[behaviour]
    conversations = by_tongue[part.tongue]
    return random.choice(conversations)


@cache
def _conversations() -> dict[str, dict[str, list[Conversation]]]:
    """Load what is said, by behaviour and language."""
    reader = YAML(typ="safe", pure=True)
    text = LINES.read_text("utf-8")
    conversations: dict[str, dict[str, list[Conversation]]] = reader.load(text)
    return conversations
