"""Commands as a person or a script meets them: real processes on a data folder of their own."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT
from tests import builders

TAMMEN = ROOT / ".venv" / "bin" / "tammen"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def id(self) -> str:
        """The number of an `id: …` line."""
        found = re.search(r"^id: (\d+)$", self.out, re.MULTILINE)
        assert found, self
        return found[1]

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `tammen` on a data folder of its own."""

    folder: Path
    env: dict[str, str]

    async def __call__(self, *words: str, given: str = "", **env: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            TAMMEN, *words, cwd=self.folder, env=self.env | env, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(given.encode()), 100)
        return Said(process.returncode or 0, out.decode(), err.decode())

    def file(self, name: str, text: str | bytes) -> str:
        """A file to give to a command."""
        path = self.folder / f"{len(list(self.folder.iterdir()))}-{name}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


@pytest.fixture
def tammen(tmp_path: Path) -> Shell:
    """`tammen` on an empty data folder and SQLite."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Shell(
        tmp_path, kept | {"TAMMEN_DATA": str(tmp_path / "var"), "TAMMEN_KEYS": Keyring.generate()}
    )


@pytest.fixture
async def staffed(tammen: Shell) -> Shell:
    """With an officer, an approver and a post officer for Turkey, and 30 people in Turkey and
    Sudan.
    """
    for email, *more in (
        ("officer", "hq_officer"),
        ("approver", "approver"),
        ("post", "post_officer", "--post", "TR"),
    ):
        made = await tammen("staff", "add", f"{email}@mofa.example", "--role", *more)
        assert made.code == 0, made
    made = await tammen("seed", "--people", "30", "--country", "tr", "--country", "SD")
    assert (made.code, made.out) == (0, "people: 30\n"), made
    return tammen


def draft(
    shell: Shell, by: str = "officer@mofa.example", files: Mapping[str, str | bytes] | None = None
) -> list[str]:
    """The words of a draft command; `files` are written instead of good ones."""
    texts: dict[str, str | bytes] = {
        "en": f"{builders.ADVISORY['headline_en']}\n\n{builders.ADVISORY['text_en']}\n",
        "ar": f"\ufeff{builders.ADVISORY['headline_ar']}\r\n\r\n{builders.ADVISORY['text_ar']}\r\n",
        "audience": '{"countries": ["TR"]}',
    }
    options = [
        word
        for name, text in (texts | dict(files or {})).items()
        for word in (f"--{name}", shell.file(name, text))
    ]
    return ["advisories", "draft", *options, "--by", by]
