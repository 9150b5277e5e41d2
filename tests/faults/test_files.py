"""Files of a running Tammen are for its own account alone, even where every file is for all."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

from bot.embedded import child
from bot.runtime.settings import ROOT
from tests.faults.house import House, opened

CHAT = 218_910_000_009


def open_to_others(folder: Path) -> dict[str, str]:
    """The modes of files and folders that another account can do something with."""
    modes = {}
    for path in (folder, *folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_IMODE(mode) & 0o077 and not stat.S_ISLNK(mode):
            modes[str(path.relative_to(folder))] = oct(stat.S_IMODE(mode))
    return modes


async def _run_with_every_right(house: House) -> None:
    command = [sys.executable, "-m", "bot", "run"]
    before = os.umask(0)
    try:
        with (house.folder / "run.log").open("ab") as log:
            house.processes["run"] = await child.start(
                command, env=house.env, cwd=ROOT, output=log, end_with=signal.SIGKILL
            )
    finally:
        os.umask(before)


async def test_the_files_of_an_embedded_tammen_are_private(tmp_path: Path) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'tammen.db'}"
    async with opened(tmp_path, database) as house:
        for name in ("DATABASE_URL", "TAMMEN_KEYS", "REDIS_URL"):
            del house.env[name]
        await _run_with_every_right(house)
        await house.until(house.is_live)
        assert await house.says(CHAT, "/start") == 200
        data = house.folder / "data"
        await house.until((data / "tammen.db-wal").exists)
        assert {"keys", "tammen.db", "tammen.db-wal"} <= {path.name for path in data.iterdir()}
        assert open_to_others(data) == {}
