from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.runtime import log


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, from `info` on; afterwards logging is as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    log.configure("info", stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_off_a_terminal_lines_are_json(written: io.StringIO) -> None:
    structlog.get_logger("bot.test").info("rows_requeued", rows=3)
    logging.getLogger("bot.other").warning("%s waited", 5)
    ours, theirs = lines(written)
    assert (ours["event"], ours["rows"], ours["level"], ours["logger"]) == (
        "rows_requeued",
        3,
        "info",
        "bot.test",
    )
    assert ours["timestamp"].endswith("Z")
    assert theirs["event"] == "5 waited"


ACTING = "\x1b]0;gotcha\x07\x1b[2J\x9b31m\u202etxt\u061c\x7f\x00"


def test_what_acts_on_a_terminal_is_spelled_out(written: io.StringIO) -> None:
    structlog.get_logger("bot.test").warning(
        "odd", reason=ACTING, parts=[ACTING], deep={"a": ACTING}
    )
    logging.getLogger("bot.other").warning("%s", ACTING)
    try:
        raise ValueError(ACTING)
    except ValueError:
        structlog.get_logger("bot.test").exception("failed")
    assert not set(written.getvalue()) & set(ACTING.replace("txt", "").replace("gotcha", "")) - set(
        "]0;[2J31m"
    )
    assert "\\u202e" in lines(written)[0]["reason"]


def test_debug_lines_and_chatty_libraries_stay_quiet(written: io.StringIO) -> None:
    structlog.get_logger("bot.test").debug("noise")
    for name in ("telegram", "httpx", "uvicorn.access", "sqlalchemy.engine"):
        logging.getLogger(name).info("GET https://api.telegram.org/bot1:abc/getMe")
    assert written.getvalue() == ""


PRIVATE = [
    {"phone": "+218911234567"}, {"text": "أنا بخير"}, {"name": "محمد سالم"},
    {"chat_id": 1001}, {"token": "abc"},
    {"why": "cannot send to +218911234567"}, {"why": "mail ali@mofa.example bounced"},
    {"rows": ["+218911234567"]},
    {"at": "https://api.telegram.org/bot123:AA-bb_cc/sendMessage"},
    {"detail": {"phone": "123", "rows": 1}},
    {"error": ValueError("no such number +218911234567")}, {"why": "boom [parameters: ('سر',)]"},
]  # fmt: skip


@pytest.mark.parametrize("values", PRIVATE)
def test_personal_data_and_secrets_are_redacted(
    written: io.StringIO, values: dict[str, Any]
) -> None:
    structlog.get_logger("bot.test").warning("something", **values)
    (line,) = lines(written)
    assert log.REDACTED in json.dumps(line)
    for secret in (
        "218911234567",
        "أنا بخير",
        "محمد",
        "1001",
        "mofa.example",
        "AA-bb_cc",
        "سر",
        '"123"',
        '"abc"',
    ):
        assert secret not in json.dumps(line, ensure_ascii=False).replace(line["timestamp"], "")


def test_numbers_of_ours_stay_readable(written: io.StringIO) -> None:
    values = {
        "person": 7,
        "broadcast": 12345678901,
        "seconds": 1.5,
        "channel": "sms",
        "why": "21610",
        "ok": True,
    }
    structlog.get_logger("bot.test").info("sent", **values)
    (line,) = lines(written)
    assert {key: line[key] for key in values} == values


def test_a_traceback_shows_no_values_and_no_numbers(written: io.StringIO) -> None:
    def fail(secret: str) -> None:
        raise RuntimeError("cannot reach +218911234567")

    try:
        fail("أنا في خطر")
    except RuntimeError:
        structlog.get_logger("bot.test").exception("broken")
    (line,) = lines(written)
    assert "RuntimeError" in line["exception"]
    assert "أنا في خطر" not in line["exception"].replace('fail("أنا في خطر")', "")
    assert "218911234567" not in line["exception"].replace('RuntimeError("cannot reach', "")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_lines_are_for_people() -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = _Terminal()
    log.configure("info", stream)
    structlog.get_logger("bot.test").info("worker_started", name="ali", rows=3)
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    structlog.reset_defaults()
    said = stream.getvalue()
    assert "worker_started" in said
    assert "ali" not in said
    assert not said.startswith("{")
