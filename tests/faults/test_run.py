"""`tammen run`: one process, with a Valkey and a Rasa of its own; it leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
from asyncio.subprocess import Process
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.embedded.lock import locked
from bot.embedded.model import FINGERPRINT_DIGITS
from bot.models import CheckIn, InboundMessage, OutboundMessage, OutboundState
from bot.runtime.settings import ROOT
from nlu.language import fallback
from tests.faults.house import House, opened
from tests.faults.processes import Life, descendants, is_alive

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
PEOPLE = 60
COPIED_FOLDERS = ("bot", "flows", "locales", "tools", "nlu/language")
COPIED_FILES = ("config.yml", "nlu/__init__.py", "nlu/train.py", "nlu/requirements.lock")
LOCK_SECONDS = 20.0
# Few, so that learning them takes no time: what they teach is tested elsewhere.
PHRASES = """nlu:
  - intent: ask_passport
    examples: |
      - how can I renew my passport
      - my passport expires next month
      - I need a new passport
  - intent: checkin_safe
    examples: |
      - I am safe at home
      - we are all fine here
      - everybody is well
"""


def _embed(house: House) -> None:
    """Let `tammen run` bring its own Valkey."""
    del house.env["REDIS_URL"]


def _embed_rasa(house: House) -> None:
    """Let `tammen run` bring its own Rasa."""
    del house.env["NLU_URL"]


def _family(house: House) -> set[Life]:
    return descendants(house.processes["run"].pid)


def _has_servers(house: House) -> bool:
    commands = " ".join(life.command for life in _family(house))
    return "valkey-server" in commands and "nlu.serve" in commands


def _end(house: House, end: signal.Signals) -> None:
    """Send the signal; Ctrl-C reaches the whole group, as from a terminal."""
    process = house.processes["run"]
    assert isinstance(process, Process)
    if end is signal.SIGINT:
        os.killpg(process.pid, end)
    else:
        process.send_signal(end)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.name)
async def test_it_leaves_no_process_behind(
    tmp_path: Path, sqlite_url: str, rasa_model: Path, end: signal.Signals
) -> None:
    async with opened(tmp_path, sqlite_url) as house:
        _embed(house)
        _embed_rasa(house)
        shutil.copy(rasa_model, house.folder / "data" / "models")
        process = await house.program("run", "run")
        await house.until(lambda: _has_servers(house))
        await house.until(house.is_live)
        family = _family(house)
        _end(house, end)
        code = await process.wait()
        await house.until(lambda: not any(map(is_alive, family)))
        del house.processes["run"]
        expected_code = -signal.SIGKILL if end is signal.SIGKILL else 0
        assert code == expected_code, house.said()


async def test_killed_in_mid_work_it_handles_everything_once_after_the_next_start(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with opened(tmp_path, sqlite_url) as house:
        _embed(house)
        chats = await house.seeded(PEOPLE)
        await house.program("run", "run")
        await house.until(house.is_live)
        for chat in chats:
            await house.presses(chat, "/safe")
        await house.until(house.telegram.sent)
        await house.kill("run")
        is_sending = OutboundMessage.state == OutboundState.SENDING
        may_repeat = await house.count(is_sending, of=OutboundMessage)
        await house.time_passes()
        await house.program("run", "run")
        await house.until(house.is_settled)
        copies = _copies(house)
        assert await house.count(of=CheckIn) == len(chats)
        assert set(copies) == {str(chat) for chat in chats}
        repeats = copies.total() - len(chats)
        assert repeats <= may_repeat


def _copies(house: House) -> Counter[str]:
    """Count the messages that reached each chat."""
    copies: Counter[str] = Counter()
    for call in house.telegram.delivered:
        if call.name == "sendMessage":
            copies[call.fields["chat_id"]] += 1
    return copies


# --- without a model ------------------------------------------------------------------------------


def _untrained(folder: Path) -> Path:
    """Copy what Tammen runs from, with a few phrases and without any model."""
    left_out = shutil.ignore_patterns("__pycache__")
    for name in COPIED_FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in COPIED_FILES:
        shutil.copy(ROOT / name, folder / name)
    data = folder / "nlu" / "data" / "en"
    data.mkdir(parents=True)
    phrases_file = data / "phrases.yml"
    phrases_file.write_text(PHRASES, "utf-8")
    return folder


def _built_in(project: Path) -> Path:
    """Name the file that the built-in reader of a project will have."""
    digits = fallback.fingerprint(project / "nlu" / "data")[:FINGERPRINT_DIGITS]
    return project / ".cache" / "models" / f"built-in-{digits}.npz"


async def test_the_first_message_is_answered_before_anything_is_trained(
    tmp_path: Path, sqlite_url: str
) -> None:
    project = _untrained(tmp_path / "project")
    built_in = _built_in(project)
    lock = built_in.with_name(f"{built_in.name}.lock")
    no_programs = str(tmp_path / "bare")  # so that no Python for Rasa can be found
    async with opened(tmp_path, sqlite_url, has_built_in=False) as house:
        _embed(house)
        _embed_rasa(house)
        house.env["PYTHONPATH"] = str(project)
        house.env["PATH"] = no_programs
        house.env["HOME"] = no_programs
        [chat] = await house.seeded(1)
        async with locked(lock, LOCK_SECONDS, "nobody else knows this lock"):  # nothing is trained
            await house.program("run", "run")
            await house.until(house.is_live)
            await house.says(chat, "أنا بخير")
            await house.until(house.telegram.sent)
            assert not built_in.exists()
            assert await house.count(InboundMessage.understood_by == "exact") == 1
            assert await _health(house) == {"ready": True, "missing": ["nlu"]}
        await house.until(built_in.exists)
        await house.until(lambda: _is_read_by_the_built_in_reader(house, chat))
        log = tmp_path / "run.log"
        await house.until(lambda: "Rasa is missing" in log.read_text("utf-8"))


async def _is_read_by_the_built_in_reader(house: House, chat: int) -> bool:
    """Write once more, in words not read yet, and see whether the built-in reader has read any."""
    earlier = await house.count(of=InboundMessage)
    await house.says(chat, f"how can I renew my passport before it expires in {earlier} days")
    await house.until(house.is_settled)
    return await house.count(InboundMessage.understood_by == "fallback") > 0


async def _health(house: House) -> Any:
    async with house.http.get(f"{house.url}/health/ready") as answer:
        return await answer.json()
