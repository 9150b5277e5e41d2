from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.consular.people import reply_links
from bot.runtime.keys import Keyring

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEYS = Keyring.parse(Keyring.generate())


@pytest.mark.parametrize("person_id", [1, 255, 256, 70_000, 2**31, 2**62])
def test_a_token_says_who_answers_and_stays_short(person_id: int) -> None:
    token = reply_links.reply_token(KEYS, person_id, NOW)
    read = reply_links.read_token(KEYS, token, NOW)
    assert read is not None
    assert (read.person_id, read.made_before - NOW <= timedelta(hours=1)) == (person_id, True)
    assert len(token) <= 31
    assert (
        reply_links.reply_link(KEYS, "https://tammen.example", person_id, NOW)
        == f"https://tammen.example/r/{token}"
    )


def test_a_token_ends_after_thirty_days() -> None:
    token = reply_links.reply_token(KEYS, 7, NOW)
    read = reply_links.read_token(KEYS, token, NOW + timedelta(days=29, hours=23))
    assert read is not None
    assert read.person_id == 7
    assert reply_links.read_token(KEYS, token, NOW + timedelta(days=30)) is None


def test_nobody_else_can_make_or_alter_one() -> None:
    token = reply_links.reply_token(KEYS, 7, NOW)
    assert reply_links.read_token(Keyring.parse(Keyring.generate()), token, NOW) is None
    for at in range(len(token) - 1):
        altered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert reply_links.read_token(KEYS, altered, NOW) is None


@pytest.mark.parametrize(
    "token",
    ["", "A", "====", "../../etc", "أنا بخير", "A" * 5000, "\x00", "AAAAAAAAAAAAAAAAAAAAAAA"],
)
def test_anything_else_is_no_token(token: str) -> None:
    assert reply_links.read_token(KEYS, token, NOW) is None
