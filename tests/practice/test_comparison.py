"""What is expected of a conversation, compared with the facts: every rule, held and not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.messages import Content
from bot.models import CaseKind, CheckInStatus
from bot.practice.comparison import check, compare, script_of
from bot.practice.exchanges import Exchange
from bot.practice.facts import CaseFacts, Facts
from bot.practice.scripts import Expectation, Script
from bot.text.text import ISOLATE, POP

BROTHER = CaseFacts(
    kind=CaseKind.RELATIVE,
    about=None,
    is_open=True,
    notes="خوي مفقود في الخرطوم\nاسمه عبدالرؤوف عمره ٢٤",
)
CLOSED = CaseFacts(kind=CaseKind.LIFE, about=None, is_open=False, notes="under Rubble, ८ hours")


def exchange(*texts: str, error: str | None = None, **columns: Any) -> Exchange:
    """Make a line after which the person has these facts."""
    replies = tuple(Content(text) for text in texts)
    return Exchange("…", replies, (), Facts(**columns), error)


def keys(expected: dict[str, Any], *exchanges: Exchange) -> list[str]:
    """Name what does not hold after these lines."""
    mismatches = check(Expectation.model_validate(expected), exchanges)
    return [mismatch.key for mismatch in mismatches]


SAFE = exchange(
    "الحمد لله على سلامتك",
    status=CheckInStatus.SAFE,
    place="TR/Istanbul",
    party=4,
    name="أحمد الورفلي",
    is_registered=True,
    has_consented=True,
    cases=(CLOSED,),
)
HELP = exchange("Help is on its way.", status=CheckInStatus.HELP, place="SD", cases=(BROTHER,))
NOBODY = exchange()


@pytest.mark.parametrize(
    ("expected", "last"),
    [
        ({}, NOBODY),
        ({"status": "safe"}, SAFE),
        ({"status": ["help", "medical"]}, HELP),
        ({"status": None}, NOBODY),
        ({"status": ["safe", None]}, NOBODY),
        ({"place": "TR/Istanbul"}, SAFE),
        ({"place": "TR"}, SAFE),
        ({"place": ["EG", "SD"]}, HELP),
        ({"place": None}, NOBODY),
        ({"party": [3, 4]}, SAFE),
        ({"party": None}, HELP),
        ({"name": "احمد الورفلى"}, SAFE),
        ({"name": None}, HELP),
        ({"registered": True, "consented": True, "stopped": False, "forgotten": False}, SAFE),
        ({"alarm": False}, SAFE),  # its case is closed
        ({"alarm": True}, HELP),
        ({"alarm": True}, exchange(cases=(BROTHER,))),
        ({"alarm": True}, exchange(status=CheckInStatus.EVACUATE)),
        ({"cases": [{"kind": ["relative", "life"], "has": ["إسمه عبدالر", "24"]}]}, HELP),
        ({"cases": [{"kind": "life", "has": ["rubble", "8 hours", 8]}]}, SAFE),
        ({"no_cases": ["life"]}, SAFE),
        ({"no_cases": ["life", "medical"]}, HELP),
        ({"replies_in": "ar"}, SAFE),
        ({"replies_in": "en"}, HELP),
    ],
)  # fmt: skip
def test_what_is_as_expected_holds(expected: dict[str, Any], last: Exchange) -> None:
    assert keys(expected, last) == []


@pytest.mark.parametrize(
    ("expected", "last"),
    [
        ({"status": "safe"}, HELP),
        ({"status": None}, SAFE),
        ({"status": ["safe", "help"]}, NOBODY),
        ({"place": "TR/Ankara"}, SAFE),
        ({"place": "SD/Khartoum"}, HELP),
        ({"place": "TR"}, NOBODY),
        ({"place": None}, SAFE),
        ({"party": 3}, SAFE),
        ({"party": 1}, NOBODY),
        ({"name": "أحمد"}, SAFE),
        ({"name": "أحمد"}, NOBODY),
        ({"name": None}, SAFE),
        ({"registered": True}, HELP),
        ({"consented": False}, SAFE),
        ({"stopped": True}, SAFE),
        ({"forgotten": True}, SAFE),
        ({"alarm": True}, SAFE),
        ({"alarm": False}, HELP),
        ({"alarm": False}, exchange(cases=(BROTHER,))),
        ({"cases": [{"kind": "medical"}]}, HELP),
        ({"cases": [{"kind": "relative", "has": ["عبدالرؤوف", "25"]}]}, HELP),
        ({"no_cases": "relative"}, HELP),
        ({"replies_in": "en"}, SAFE),
        ({"replies_in": "en"}, NOBODY),
    ],
)
def test_what_is_not_as_expected_is_named(expected: dict[str, Any], last: Exchange) -> None:
    assert keys(expected, last) == list(expected)


def test_what_must_never_be_is_looked_for_after_every_line() -> None:
    expected = {"never_status": ["safe", "medical"], "never_place": ["TR", "EG/Cairo"]}
    first_line, _ = mismatches = check(Expectation.model_validate(expected), [NOBODY, SAFE, HELP])
    assert [mismatch.line for mismatch in mismatches] == [2, 2]
    assert str(first_line) == (
        "after line 2, never_status: expected never safe or medical, found safe"
    )
    assert keys(expected, NOBODY, HELP) == []
    assert keys({"never_status": "help"}, HELP, SAFE) == ["never_status"]


def test_replies_speak_the_language_of_the_last_line_that_was_answered() -> None:
    assert keys({"replies_in": "en"}, SAFE, HELP, NOBODY) == []
    assert keys({"replies_in": "en"}, HELP, SAFE, NOBODY) == ["replies_in"]


def test_a_name_that_a_reply_sets_apart_is_not_its_language() -> None:
    assert script_of(f"Thank you, {ISOLATE}عبدالرؤوف الورفلي بن عمران{POP}.") == "en"
    assert script_of("123 …") is None


def test_facts_are_compared_after_the_lines_that_are_named() -> None:
    script = Script.model_validate(
        {
            "name": "danger, then safe",
            "channel": "sms",
            "lang": "en",
            "lines": ["help", "now we are safe"],
            "after": {1: {"status": "help"}, 2: {"status": "help"}},
            "expect": {"status": "safe"},
        }
    )
    mismatches = compare(script, [HELP, SAFE])
    assert [(mismatch.line, mismatch.key) for mismatch in mismatches] == [(2, "status")]


def test_a_line_that_could_not_be_played_is_a_mismatch() -> None:
    script = Script(name="a press", channel="telegram", lang="en", lines=["!press Yes"])
    (mismatch,) = compare(script, [exchange(error="there is no button 'Yes'")])
    assert (mismatch.line, mismatch.actual) == (1, "there is no button 'Yes'")
