"""Child processes: none is left behind, whatever happens in between."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.embedded import child
from tests.waiting import lives, until


async def sleeper(folder: Path, script: str = "exec sleep 600") -> asyncio.subprocess.Process:
    env = child.plain_environment()
    return await child.start(
        ["sh", "-c", script], env=env, cwd=folder, output=asyncio.subprocess.DEVNULL
    )


async def test_a_child_that_is_left_at_once_is_stopped(tmp_path: Path) -> None:
    first = await sleeper(tmp_path)
    async with child.kept_running("sleeper", first, lambda: sleeper(tmp_path), grace=5):
        pass  # the keeper has not even begun
    assert not lives(first.pid)


async def test_a_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    script = f"trap '' TERM; touch {tmp_path}/deaf; while :; do sleep 600; done"
    process = await sleeper(tmp_path, script)
    await until((tmp_path / "deaf").exists)
    await child.stop(process, grace=0.1)
    assert not lives(process.pid)


async def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    process = await sleeper(
        tmp_path, f"sleep 600 & echo $! > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; wait"
    )
    await until((tmp_path / "pid").exists)
    await child.stop(process, grace=5)
    grandchild = int((tmp_path / "pid").read_text(encoding="ascii"))
    await until(lambda: not lives(grandchild))


async def test_a_child_sees_none_of_our_secrets(tmp_path: Path) -> None:
    seen = child.plain_environment(NLU_PORT="5005")
    assert set(seen) <= {
        "PATH",
        "HOME",
        "TMPDIR",
        "TZ",
        "SSL_CERT_FILE",
        "LD_LIBRARY_PATH",
        "LANG",
        "PYTHONUTF8",
        "PYTHONUNBUFFERED",
        "NLU_PORT",
    }
