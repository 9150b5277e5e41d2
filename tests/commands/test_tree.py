"""The command line knows its commands without importing them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.commands.tree import COMMANDS

HEAVY = ("sqlalchemy", "alembic", "telegram", "twilio", "lxml", "starlette", "aiohttp")
RUN_AND_LIST_MODULES = """
import sys
from bot.__main__ import main
sys.argv = ["tammen", {argument!r}]
try:
    main()
finally:
    print(*sys.modules, sep="\\n", file=sys.stderr)
"""


def loaded_by(argument: str) -> set[str]:
    """List the modules that a command has imported by its end."""
    program = RUN_AND_LIST_MODULES.format(argument=argument)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("argument", ["--help", "keys"])
def test_a_small_command_imports_nothing_heavy(argument: str) -> None:
    modules = loaded_by(argument)
    assert "typer" in modules
    assert [name for name in HEAVY if name in modules] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_has_help_of_its_own(name: str) -> None:
    command = COMMANDS[name].load(name)
    assert command.name == name
    assert command.help
