"""`tammen run`: one process, with a Valkey and a Rasa of its own; it leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.models import CheckIn, InboundMessage, OutboundMessage, OutboundState
from bot.runtime.settings import ROOT
from tests.faults.house import House, opened
from tests.faults.processes import Life, descendants, is_alive

TRAINING_SECONDS = 240.0  # of the built-in reader, on a busy machine


def _embedded(house: House, *, rasa: Path | None = None) -> None:
    """Everything it can bring along, it brings along."""
    del house.env["REDIS_URL"]
    if rasa:
        del house.env["NLU_URL"]
        shutil.copy(rasa, house.folder / "data" / "models")


def _family(house: House) -> set[Life]:
    return descendants(house.processes["run"].pid)


def _has(house: House, *programs: str) -> bool:
    commands = " ".join(life.command for life in _family(house))
    return all(program in commands for program in programs)


@pytest.mark.parametrize(
    "how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name
)
async def test_it_leaves_no_process_behind(
    tmp_path: Path, sqlite_url: str, rasa_model: Path, how: signal.Signals
) -> None:
    async with opened(tmp_path, sqlite_url) as house:
        _embedded(house, rasa=rasa_model)
        await house.start("run", "run")
        await house.until(lambda: _has(house, "valkey-server", "nlu.serve"))
        await house.until(house.is_live)
        family = _family(house)
        if how is signal.SIGINT:
            os.killpg(
                house.processes["run"].pid, how
            )  # as a terminal does: the whole group hears it
        else:
            house.processes["run"].send_signal(how)
        await house.processes["run"].wait()
        await house.until(lambda: not any(is_alive(life) for life in family))
        code = house.processes.pop("run").returncode
        assert code == (-signal.SIGKILL if how is signal.SIGKILL else 0), house.said()


async def test_killed_in_mid_work_it_handles_everything_once_after_the_next_start(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with opened(tmp_path, sqlite_url) as house:
        _embedded(house)
        chats = await house.seeded(60)
        await house.start("run", "run")
        await house.until(house.is_live)
        for chat in chats:
            await house.presses(chat, "/safe")
        await house.until(house.telegram.sent)
        await house.kill("run")
        may_repeat = await house.count(
            OutboundMessage.state == OutboundState.SENDING, of=OutboundMessage
        )
        await house.time_passes()
        await house.start("run", "run")
        await house.until(house.is_settled)
        assert await house.count(of=CheckIn) == len(chats)
        copies = Counter(
            call.fields["chat_id"]
            for call in house.telegram.delivered
            if call.name == "sendMessage"
        )
        assert set(copies) == {str(chat) for chat in chats}
        assert copies.total() - len(chats) <= may_repeat


def _untrained(folder: Path) -> Path:
    """Copy what Tammen runs from, without any model, and with the English phrases alone."""
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("bot", "flows", "locales", "tools", "nlu/language", "nlu/data/en"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("config.yml", "nlu/__init__.py", "nlu/train.py", "nlu/requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.timeout(400)
async def test_the_first_message_is_answered_before_anything_is_trained(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with opened(tmp_path, sqlite_url) as house:
        _embedded(house)
        del house.env["NLU_URL"]
        shutil.rmtree(house.folder / "data" / "models")
        project = _untrained(tmp_path / "project")
        no_programs = str(tmp_path / "bare")  # so that no Python for Rasa can be found
        house.env |= {"PYTHONPATH": str(project), "PATH": no_programs, "HOME": no_programs}
        [chat] = await house.seeded(1)
        await house.start("run", "run")
        await house.until(house.is_live)
        await house.says(chat, "أنا بخير")
        await house.until(house.telegram.sent)
        assert await house.count(InboundMessage.understood_by == "exact") == 1
        cache = project / ".cache" / "models"
        assert list(cache.glob("*.json")) == []
        assert await _health(house) == {"ready": True, "missing": ["nlu"]}

        async def is_read_by_the_built_in_reader() -> bool:
            await house.says(chat, "how can I renew my passport before it expires")
            await house.until(house.is_settled)
            return await house.count(InboundMessage.understood_by == "fallback") > 0

        await house.until(lambda: list(cache.glob("*.json")), TRAINING_SECONDS)
        await house.until(is_read_by_the_built_in_reader)
        assert "Rasa is missing" in (tmp_path / "run.log").read_text("utf-8")


async def _health(house: House) -> Any:
    async with house.http.get(f"{house.url}/health/ready") as answer:
        return await answer.json()
