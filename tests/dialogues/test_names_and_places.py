"""Names of people and places, sent alone: nobody is filed safe or in need for one.

`names.txt` and `quarters.txt` are written by hand; cities come from the gazetteer. Each text is
read as in production, by Rasa and by the built-in reader, and taken in three states.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot import actions
from bot.conversation.rasa import Rasa
from bot.conversation.understanding import Understander, understand
from bot.dialogue import checking, hearing, precedence
from bot.dialogue.facts import Danger, Doubt, Safe
from bot.dialogue.flow import DOUBT_FLOW, HELP_FLOW, SAFE_FLOW, Flows
from bot.dialogue.reading import read
from bot.dialogue.situations import Start
from bot.dialogue.state import State
from bot.embedded import rasa
from bot.messages import Heard
from nlu.language import exact, fallback, index
from nlu.language.folding import is_arabic, words

FOLDER = Path(__file__).parent
RASA_SECONDS = 120.0  # a text waits for all before it
REQUESTS = 3  # to Rasa at once
SEED = 7
MIN_NAMES = 2000
MIN_PLACES = 3000
MIN_QUARTERS = 300
PAIRS = 500
# A model trained on another processor is not the same to the last digit: what stands on the edge
# may fall to the other side.
MAX_ON_EDGE = 2
MAX_PLACES_FILED = 3  # of 3,000
MAX_PAIRS_FILED = 10  # whose parts no list has and a reader is certain of
ARABIC_STEP = 16  # every sixteenth city that has an Arabic name
LATIN_STEP = 40

FILING_FLOWS = {SAFE_FLOW, HELP_FLOW, DOUBT_FLOW}
STATES = ("unknown", "roll call")
REGISTERED = {"registered": True, "consented": True, "country": "TR", "name": "علي"}

CRIES = ("الحقوني", "help me", "sos", "نجدة", "غرقنا", "bleeding", "انقذونا", "m7asrin")
SAFE_WORDS = ("bkhair", "بخير", "safe")


Reader = tuple[str, Understander]


@dataclass(frozen=True, slots=True)
class Filing:
    """What somebody would be filed as for a text."""

    text: str
    state: str
    filed: tuple[str, ...]


def names(kind: str) -> list[str]:
    """Read the names of a kind: first, family, or those of an exception."""
    listed: list[str] = []
    for line in (FOLDER / "names.txt").read_text("utf-8").splitlines():
        key, _, row = line.partition(":")
        if key == kind:
            listed += [name.replace("_", " ") for name in row.split()]
    return listed


def people() -> list[str]:
    """List all names of people, each once."""
    return list(dict.fromkeys(names("first") + names("family")))


def pairs() -> list[str]:
    """Draw names of two parts, "first family", of one script."""
    chance = random.Random(SEED)  # a sample, not a secret
    drawn: list[str] = []
    for wants_arabic in (True, False):
        first = beside_another(names("first"), wants_arabic)
        family = beside_another(names("family"), wants_arabic)
        for _ in range(PAIRS // 2):
            drawn.append(f"{chance.choice(first)} {chance.choice(family)}")
    return drawn


def beside_another(listed: Sequence[str], wants_arabic: bool) -> list[str]:
    """Choose the names of a script that say nothing about another name."""
    telling = {*ambiguous(), *names("telling")}
    return [name for name in listed if is_arabic(name) is wants_arabic and name not in telling]


@cache
def ambiguous() -> set[str]:
    """Read the exceptions: what is more than a name (names.txt says why)."""
    return {*names("exact"), *names("need"), *names("ambiguous")}


def quarters() -> list[str]:
    """Read the names of quarters, streets and the like."""
    listed: list[str] = []
    for line in (FOLDER / "quarters.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            listed += [name.strip() for name in line.split("|")]
    return listed


def places() -> list[str]:
    """List quarters, and cities of all countries in both scripts, each name once."""
    rows = (index.DATA / "cities.tsv").read_text("utf-8").splitlines()
    cities = [row.split("\t") for row in rows]
    arabic = [city[3] for city in cities if city[3]][::ARABIC_STEP]
    latin = [city[1] for city in cities][::LATIN_STEP]
    return list(dict.fromkeys(quarters() + arabic + latin))


@cache
def flows() -> Flows:
    return checking.load(actions=actions.ACTIONS)


def state_of(name: str, heard: Heard) -> State:
    """Give a state of a conversation in which nothing waits; a yes or no reaches a roll call."""
    if name == "unknown":
        return State(known={"is_new": True})
    is_answer = heard.intent in {"affirm", "deny"}
    return State(known={**REGISTERED, "roll_call": is_answer}, asked_if_safe=True)


def filed(state: State, heard: Heard) -> tuple[str, ...]:
    """Name what a text is filed as: the flow, and what is kept beside it."""
    press = hearing.pressed(flows(), state, heard)
    resolved = hearing.resolve(flows(), heard, press)
    plan = precedence.decide(flows(), state, resolved, press)
    labels = [aside.action for aside in plan.asides if aside.action == "record_safe"]
    if isinstance(plan.decision, Start) and plan.decision.script.name in FILING_FLOWS:
        labels.append(plan.decision.script.name)
    return tuple(labels)


def facts(heard: Heard) -> tuple[str, ...]:
    """Name the facts of somebody safe or in need; they are the same in all states."""
    told = read(flows(), State(known=REGISTERED), heard).facts
    return tuple(type(fact).__name__ for fact in told if isinstance(fact, Danger | Safe | Doubt))


async def filings(
    reader: Reader,
    texts: Sequence[str],
    states: Sequence[str] = STATES,
) -> list[Filing]:
    """List the texts for which somebody is filed safe or in need."""
    by_text = await asyncio.gather(*(file(reader, text, states) for text in texts))
    return [filing for wrong in by_text for filing in wrong]


async def file(reader: Reader, text: str, states: Sequence[str]) -> list[Filing]:
    """Read a text, and file it in each state."""
    by, understander = reader
    heard = await understand(understander, text)
    assert heard.by in {by, "exact", "none"}
    wrong: list[Filing] = []
    for state in states:
        labels = filed(state_of(state, heard), heard)
        if labels:
            wrong.append(Filing(text, state, labels))
    labels = facts(heard)
    return [*wrong, Filing(text, "facts", labels)] if labels else wrong


def begins_like_an_answer(text: str) -> bool:
    """Tell whether the first word is a yes or no: "La Marsa", «طيب الهوني»."""
    return exact.match(words(text)[0].folded) in {"affirm", "deny"}


@pytest.fixture(scope="module", params=["rasa", "fallback"])
def model(request: pytest.FixtureRequest) -> rasa.Nlu | Path:
    """Give the server or the file of a reader: Rasa as in production, and the built-in one."""
    kind = "nlu" if request.param == "rasa" else "fallback_model"
    made: rasa.Nlu | Path = request.getfixturevalue(kind)
    return made


@pytest_asyncio.fixture
async def reader(model: rasa.Nlu | Path) -> AsyncIterator[Reader]:
    """Give a reader by its name."""
    if isinstance(model, Path):
        yield "fallback", Understander(model=fallback.Model.load(model))
        return
    async with aiohttp.ClientSession() as http:
        at_once = asyncio.Semaphore(REQUESTS)
        server = Rasa(http, model.url, model.token, RASA_SECONDS, places=at_once)
        yield "rasa", Understander(server)


async def test_no_name_of_a_person_is_filed(reader: Reader) -> None:
    texts = [name for name in people() if name not in ambiguous()]
    assert len(texts) >= MIN_NAMES
    filed_names = {filing.text for filing in await filings(reader, texts)}
    assert len(filed_names) <= MAX_ON_EDGE, filed_names


async def test_hardly_a_first_and_family_name_is_filed(reader: Reader) -> None:
    wrong = await filings(reader, pairs())
    assert len({filing.text for filing in wrong}) <= MAX_PAIRS_FILED, wrong


async def test_no_name_of_a_place_is_filed(reader: Reader) -> None:
    texts = [
        name for name in places() if name not in ambiguous() and not begins_like_an_answer(name)
    ]
    assert len(quarters()) >= MIN_QUARTERS
    assert len(texts) >= MIN_PLACES
    filed_places = {filing.text for filing in await filings(reader, texts)}
    assert len(filed_places) <= MAX_PLACES_FILED, filed_places


async def test_a_place_that_begins_like_an_answer_is_filed_nowhere_but_in_a_roll_call(
    reader: Reader,
) -> None:
    texts = [name for name in places() if name not in ambiguous() and begins_like_an_answer(name)]
    assert await filings(reader, texts, ["unknown"]) == []


async def test_exact_words_that_are_names_too_are_heard(reader: Reader) -> None:
    heard = {filing.text for filing in await filings(reader, names("exact"))}
    assert heard == set(names("exact"))


async def test_names_that_cry_by_themselves_are_heard(reader: Reader) -> None:
    heard = {filing.text for filing in await filings(reader, names("need"))}
    unheard = set(names("need")) - heard
    assert len(unheard) <= MAX_ON_EDGE, unheard


@pytest.mark.parametrize("cry", CRIES)
async def test_a_cry_of_one_word_is_heard(cry: str, reader: Reader) -> None:
    wrong = await filings(reader, [cry])
    assert [filing.filed for filing in wrong] == [(HELP_FLOW,), (HELP_FLOW,), ("Danger",)]


@pytest.mark.parametrize("word", SAFE_WORDS)
async def test_safe_in_one_word_is_heard(word: str, reader: Reader) -> None:
    wrong = await filings(reader, [word])
    assert [filing.filed for filing in wrong] == [(SAFE_FLOW,), (SAFE_FLOW,), ("Safe",)]


@pytest.mark.parametrize(
    "cry",
    [
        "علي ينزف",
        "Ahmed bleeding",
        "shooting hamra street",
        "help baker street",
        "باب البيت يحترق",
    ],
)
async def test_a_cry_beside_a_name_is_heard(cry: str, reader: Reader) -> None:
    assert await filings(reader, [cry])
