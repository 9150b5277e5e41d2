"""`tammen talk` as a script meets it: output, errors and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.embedded import model
from tests.shell import Shell, tammen

__all__ = ["tammen"]  # fixture
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow


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
