"""What the dialogue makes of texts and conversations, with Rasa: a part of the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import aiohttp

from bench.scores import LIFE_SAVING, OUT_OF_SCOPE, SAFE
from bench.understanding import texts
from bot.conversation.look import Understand
from bot.conversation.rasa import Rasa
from bot.conversation.understanding import Understander, understand
from bot.dialogue import checking
from bot.dialogue.facts import GOOD, Danger, Doubt, Report
from bot.dialogue.facts import Safe as SaysSafe
from bot.dialogue.flow import Flows
from bot.dialogue.reading import read
from bot.dialogue.state import State
from bot.embedded.rasa import Nlu
from bot.messages import Heard
from bot.practice import dialogues, scripts, talk
from bot.runtime.settings import ROOT

RASA_SECONDS = 30.0  # nobody waits for an answer here
DATA = Path(__file__).with_name("data")
DIALOGUES = ROOT / "tests" / "dialogues"
HEARD = ("danger", "report", "doubt", "safe", "none")  # what a text is heard as
GRAVE_NEEDS = frozenset({"medical_help", "medical_products", "search_and_rescue"})
NOBODY = State(known={})
GROUPS_BY_INTENT = {
    SAFE: "safe",
    OUT_OF_SCOPE: "out of scope",
    "report_relative": "about somebody else",
}

Groups = dict[str, list[str]]  # texts by what they are
Counts = Mapping[str, Counter[str]]  # how often each group is heard as what


async def report(nlu: Nlu) -> list[str]:
    """Return the lines of the report: texts by what is heard in them, conversations that hold."""
    async with aiohttp.ClientSession() as http:
        understander = Understander(Rasa(http, nlu.url, nlu.token, RASA_SECONDS))
        hear = partial(understand, understander)
        counts = await _count(hear)
        shares = await _conversations(hear)
    lines = ["", "## What is heard", ""]
    lines.extend(_table(counts))
    lines += ["", "## Conversations that hold", ""]
    return lines + shares


# --- texts ----------------------------------------------------------------------------------------


def groups() -> Groups:
    """Gather texts by what they are: cries, calm ones, real requests and real chatter."""
    gathered: Groups = {}
    for name in ("blind", "unseen", "test"):
        folder = ROOT / "nlu" / name
        for example in texts(folder):
            group = _group_of(example.intent)
            members = gathered.setdefault(f"{name}: {group}", [])
            members.append(example.text)
    gathered["real comments"] = _lines("libyan_comments.txt")
    for line in _lines("crisis_sms.jsonl"):
        message = json.loads(line)
        kind = _kind_of_message(message)
        if kind:
            members = gathered.setdefault(f"real messages: {kind}", [])
            members.append(message["text"])
    return gathered


def _lines(name: str) -> list[str]:
    """Read the lines of a file of real texts."""
    file = DATA / name
    content = file.read_text("utf-8")
    return content.splitlines()


def _group_of(intent: str) -> str:
    if intent in LIFE_SAVING:
        return "cries for help"
    return GROUPS_BY_INTENT.get(intent, "everything else")


def _kind_of_message(message: Mapping[str, object]) -> str | None:
    """Name a message that asks for something, gravely or not, or is unrelated."""
    needs = message["needs"]
    assert isinstance(needs, list)
    if message["request"]:
        return "grave requests" if GRAVE_NEEDS & set(needs) else "other requests"
    return None if message["related"] else "unrelated"


async def _count(hear: Understand) -> Counts:
    flows = checking.load()
    counts: dict[str, Counter[str]] = {}
    for group, members in groups().items():
        counted = counts.setdefault(group, Counter())
        for text in members:
            heard = await hear(text, None)
            kind = heard_as(flows, heard)
            counted[kind] += 1
    return counts


def heard_as(flows: Flows, heard: Heard) -> str:
    """Name what a text is heard as, the gravest first."""
    reading = read(flows, NOBODY, heard)
    reports = [report for report in reading.every(Report) if report.matter not in GOOD]
    if reading.first(Danger):
        return "danger"
    if reports:
        return "report"
    if reading.first(Doubt):
        return "doubt"
    return "safe" if reading.first(SaysSafe) else "none"


def _table(counts: Counts) -> Iterator[str]:
    yield _row(["", "texts", *HEARD])
    yield _row(["---"] * (len(HEARD) + 2))
    for group, counted in counts.items():
        total = counted.total()
        cells = [group, f"{total:,}"]
        for kind in HEARD:
            share = counted[kind] / total
            cells.append(f"{share:.3f}")
        yield _row(cells)


def _row(cells: Sequence[str]) -> str:
    joined = " | ".join(cells)
    return f"| {joined} |"


# --- conversations --------------------------------------------------------------------------------


async def _conversations(hear: Understand) -> list[str]:
    """Play every conversation; a line for each file says how many hold."""
    lines: list[str] = []
    written = sorted(DIALOGUES.glob("*.yml"))
    unseen = sorted(DIALOGUES.glob("unseen/*.yml"))
    async with talk.stage() as stage:
        for file in [*written, *unseen]:
            played = scripts.load(file)
            held = 0
            for script in played:
                verdict = await dialogues.judge(script, stage, hear)
                held += verdict.holds
            name = file.relative_to(DIALOGUES)
            lines.append(f"- {name}: {held} of {len(played)}")
    return lines
