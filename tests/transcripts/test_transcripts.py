"""Whole conversations, as people have them: `tests/transcripts/*.yml`.

`pytest --update` writes down what is said now.

In a transcript `you` is what a person types or presses (see `bot.practice.talk`), `guess` what a
model would make of it, `kind` a message that is no text, `staff` what officers do meanwhile (see
`act` of `tests.evacuating`, `tests.wardening`, `tests.organising`, `tests.surveying`); `tammen` is
the answer, and `record` what is kept at the end. `advisories` go out before it begins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from bot.messages import Content, Kind
from bot.practice import talk
from bot.text.sms import sms_parts
from bot.text.text import ISOLATE, POP
from tests import evacuating, organising, surveying, wardening
from tests.dialogue.talking import Scripted, advised, record, talking

FOLDER = Path(__file__).parent
MOST_PARTS = 5  # of an SMS, whatever is said

yaml = YAML()
yaml.width = 4096
yaml.indent(mapping=2, sequence=4, offset=2)


@cache
def read(path: Path) -> Any:
    """Read the transcripts of a file, once for all of them."""
    return yaml.load(path.read_text("utf-8"))


def transcripts() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yml")):
        for number, each in enumerate(read(path)):
            yield pytest.param(
                path,
                number,
                id=f"{path.stem}: {each['name']} ({each['language']}, {each['screen']})",
            )


@pytest.mark.parametrize(("path", "number"), list(transcripts()))
async def test_a_conversation_goes_as_written(
    path: Path, number: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    script = read(path)[number]
    said, kept = await _played(script, tmp_path)
    if request.config.getoption("update"):
        _write(path, number, said, kept)
        return
    for turn, answers in zip(script["turns"], said, strict=True):
        assert answers == list(turn.get("tammen", [])), (
            f"after {turn.get('you', turn.get('kind', turn.get('staff')))!r}"
        )
    assert kept == script.get("record", {})


async def _played(script: Any, folder: Path) -> tuple[list[list[str]], dict[str, Any]]:
    understand, said = Scripted(), []
    async with talking(folder, script["language"], script["screen"], understand) as person:
        await advised(person.runtime, script.get("advisories", []))
        for turn in script["turns"]:
            understand.guess = turn.get("guess", {})
            got = await _sent(person, turn)
            said.append([_shown(content, script["screen"]) for content in got])
        return said, await record(person.runtime)


async def _sent(person: talk.Talk, turn: Any) -> list[Content]:
    if "staff" in turn:
        await _acting(turn["staff"])(person.runtime, turn["staff"])
        return await person.receive()
    if "kind" in turn:
        return await person.send(person.inbound(Kind(turn["kind"]), turn.get("you", "")))
    return await person.say(turn["you"])


def _acting(name: str) -> Callable[..., Awaitable[object]]:
    """Return what does such an act of staff."""
    if name in surveying.ACTS:
        return surveying.act
    if name in organising.ACTS:
        return organising.act
    return wardening.act if name in wardening.ACTS else evacuating.act


def _shown(content: Content, screen: talk.Screen) -> str:
    shown = talk.plain(content, screen)
    if screen == "sms":
        parts = sms_parts(shown)
        assert parts.count <= MOST_PARTS, f"{parts.count} parts: {shown}"
        if content.language == "en":
            assert not parts.forced_by, (
                f"{parts.forced_by!r} makes this English text cost twice: {shown}"
            )
    return shown.replace(ISOLATE, "").replace(POP, "")


def _write(path: Path, number: int, said: list[list[str]], kept: dict[str, Any]) -> None:
    scripts = yaml.load(path.read_text("utf-8"))
    for turn, answers in zip(scripts[number]["turns"], said, strict=True):
        turn["tammen"] = [_literal(answer) for answer in answers]
    scripts[number]["record"] = kept
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(scripts, file)


def _literal(text: str) -> str:
    return LiteralScalarString(text) if "\n" in text else text
