"""Commands as a person or a script meets them: real processes on a data folder of their own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from bot.consular.crises import cases
from bot.consular.staff import accounts, codes
from bot.models import CaseKind, Person
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT, Settings
from tests import builders, closing
from tests.servers import forks, session

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
        with TemporaryFile() as keyboard, TemporaryFile() as out, TemporaryFile() as err:
            keyboard.write(given.encode())
            keyboard.seek(0)
            process = await forks.start(
                words, env=self.env | env, cwd=self.folder, streams=(keyboard, out, err)
            )
            code = await asyncio.wait_for(process.wait(), 100)
            out.seek(0)
            err.seek(0)
            return Said(code, out.read().decode(), err.read().decode())

    async def code(self, email: str) -> tuple[str, str]:
        """The option with a code that an account took on its own page, for `approve`."""
        settings = Settings(TAMMEN_DATA=self.folder / "var", TAMMEN_KEYS=self.env["TAMMEN_KEYS"])
        database = open_database(settings.database, settings.keyring())
        async with database.begin() as session:
            account = await accounts.by_email(session, email)
            assert account is not None
            digits = await codes.make(session, account, SYSTEM_CLOCK())
        await database.close()
        return ("--code", digits)

    async def case(self) -> str:
        """The number of a closed case, which person 2 had."""
        settings = Settings(TAMMEN_DATA=self.folder / "var", TAMMEN_KEYS=self.env["TAMMEN_KEYS"])
        database = open_database(settings.database, settings.keyring())
        now = SYSTEM_CLOCK()
        async with database.begin() as session:
            person = await session.get_one(Person, 2)
            officer = await accounts.by_email(session, "officer@mofa.example")
            assert officer is not None
            case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
            await closing.close_case(session, officer, case, now)
        await database.close()
        return str(case.id)

    def file(self, name: str, text: str | bytes) -> str:
        """A file to give to a command."""
        path = self.folder / f"{len(list(self.folder.iterdir()))}-{name}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


@pytest.fixture
def tammen(tmp_path: Path) -> Shell:
    """`tammen` on an empty data folder and SQLite."""
    return _shell(tmp_path, Keyring.generate())


@pytest.fixture
async def staffed(tmp_path: Path) -> Shell:
    """With an officer, an approver and a post officer for Turkey, and 30 people in Turkey and
    Sudan: a copy of a data folder that the commands filled once.
    """
    filled = await asyncio.to_thread(session.once, "staffed", _filled)
    shutil.copytree(Path(filled["folder"]) / "var", tmp_path / "var")
    return _shell(tmp_path, filled["keys"])


def _shell(folder: Path, keys: str) -> Shell:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Shell(folder, kept | {"TAMMEN_DATA": str(folder / "var"), "TAMMEN_KEYS": keys})


def _filled(folder: Path) -> dict[str, str]:
    keys = Keyring.generate()
    asyncio.run(_fill(_shell(folder, keys)))
    return {"folder": str(folder), "keys": keys}


async def _fill(shell: Shell) -> None:
    for email, *more in (
        ("officer", "hq_officer"),
        ("approver", "approver"),
        ("post", "post_officer", "--post", "TR"),
    ):
        made = await shell("staff", "add", f"{email}@mofa.example", "--role", *more)
        assert made.code == 0, made
    made = await shell("seed", "--people", "30", "--country", "tr", "--country", "SD")
    assert (made.code, made.out) == (0, "people: 30\n"), made


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
