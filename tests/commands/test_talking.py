"""`tammen talk` and `tammen dialogues` as a script meets them: output, errors and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.embedded import model
from tests.shell import Shell, tammen

__all__ = ["tammen"]  # fixture
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow

GOOD = """
- name: a greeting
  channel: telegram
  lang: en
  lines: [hello]
  expect: {status: null, alarm: false, replies_in: en}
"""
WRONG = """
- name: a cry
  channel: sms
  lang: en
  lines: [/needhelp]
  after: {1: {alarm: false}}
  expect: {status: [safe, medical]}
"""


@pytest.fixture
def shell(tammen: Shell, fallback_model: Path) -> Shell:
    """`tammen` with the built-in reader trained."""
    folder = Path(tammen.env["TAMMEN_DATA"]) / model.MODELS
    folder.mkdir(parents=True)
    (folder / fallback_model.name).symlink_to(fallback_model)
    return tammen


async def test_a_conversation_shows_the_facts_after_each_line(shell: Shell) -> None:
    lines = "hello\n!press I need help\n!foo\n"
    options = ("--no-rasa", "--lang", "en", "--json", "--facts")
    played = await shell("talk", *options, given=lines)
    assert played.code == 0, played
    greeting, cry, unknown = map(json.loads, played.out.splitlines())
    assert greeting["understood"][0]["intent"] == "greet"
    assert cry["facts"]["status"] == "help"
    assert unknown["error"].startswith("!foo is none of")
    refused = await shell("talk", "--facts")
    assert (refused.code, refused.err) == (2, "tammen: --facts goes with --json\n")


async def test_conversations_that_hold_and_that_do_not(shell: Shell) -> None:
    good = shell.file("good.yml", GOOD)
    wrong = shell.file("wrong.yml", WRONG)
    held = await shell("dialogues", "--no-rasa", good)
    assert (held.code, held.out) == (0, "1 held, 0 did not\n")
    failed = await shell("dialogues", "--no-rasa", good, wrong)
    assert failed.code == 1
    name, alarm, status, count = failed.out.splitlines()
    assert name == "✗ a cry"
    assert alarm.startswith("    after line 1, alarm: expected no alarm, found status help; ")
    assert status == "    after line 1, status: expected safe or medical, found help"
    assert count == "1 held, 1 did not"
    shown = await shell("dialogues", "--no-rasa", "--json", good, wrong)
    first, second, counted = map(json.loads, shown.out.splitlines())
    assert (first["name"], first["held"], first["mismatches"]) == ("a greeting", True, [])
    assert [mismatch["key"] for mismatch in second["mismatches"]] == ["alarm", "status"]
    assert second["lines"][0]["facts"]["status"] == "help"
    assert counted == {"held": 1, "did_not": 1}


async def test_files_that_cannot_be_played_are_all_named(tammen: Shell) -> None:
    good = tammen.file("good.yml", GOOD)
    bad = tammen.file("bad.yml", GOOD.replace("alarm:", "alarms:"))
    refused = await tammen("dialogues", good, bad, "none.yml")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        f"tammen: {bad}: a greeting: expect.alarms: Extra inputs are not permitted\n"
        "none.yml: No such file or directory\n"
    )
