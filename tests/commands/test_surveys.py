"""Surveys from the terminal: two people, the numbers before, and the results."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")
SECOND = ("--by", "approver@mofa.example")


def written(**changes: Any) -> dict[str, Any]:
    """Return a survey as a file has it."""
    ends_at = datetime.now(UTC) + timedelta(days=3)
    document = {
        "kind": "survey",
        "titles": {"ar": "مدرسة ليبية", "en": "A Libyan school"},
        "audience": {"countries": ["TR"]},
        "ends_at": ends_at.isoformat(),
        "questions": [
            {
                "words": {"ar": "هل تريدون مدرسة هنا؟", "en": "Do you want a school here?"},
                "answers": [{"ar": "نعم", "en": "Yes"}, {"ar": "لا", "en": "No"}],
            }
        ],
    }
    return document | changes


async def draft(shell: Shell, **changes: Any) -> Any:
    path = shell.folder / "survey.json"
    path.write_text(json.dumps(written(**changes), ensure_ascii=False), encoding="utf-8")
    return await shell("surveys", "draft", str(path), *BY)


async def test_a_survey_goes_its_way_by_two_people(staffed: Shell) -> None:
    number = (await draft(staffed)).id
    preview = (await staffed("surveys", "preview", number, *BY, "--json")).json
    assert preview["people"]["asked"] == 0
    assert preview["sms"]["en"] == [
        "A Libyan school: Do you want a school here?\n1. Yes\n2. No",
    ]
    refused = await staffed("surveys", "approve", number, *SECOND, *await code(staffed))
    assert refused.code == 1
    assert "No survey of this number waits" in refused.err
    assert (await staffed("surveys", "submit", number, *BY, "--json")).json["change"] == 1
    own = await staffed("surveys", "approve", number, *BY, "--code", "123456")
    assert own.code == 1
    opened = await staffed("surveys", "approve", number, *SECOND, *await code(staffed))
    assert "state: open" in opened.out
    listed = (await staffed("surveys", "list", *BY, "--json")).json
    assert [(line["id"], line["state"]) for line in listed] == [(int(number), "open")]
    assert "مدرسة ليبية" in (await staffed("surveys", "list", *BY)).out
    assert "هل تريدون مدرسة هنا؟" in (await staffed("surveys", "show", number, *BY)).out
    assert "state: closed" in (await staffed("surveys", "close", number, *BY)).out
    results = (await staffed("surveys", "results", number, *BY, "--json")).json
    assert results["counts"] == {"asked": 0, "unreachable": 0}
    assert results["figures"] == []
    assert (await staffed("surveys", "names", number, *BY, "--json")).json == []


async def code(shell: Shell) -> tuple[str, str]:
    return await shell.code("approver@mofa.example")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ends_at": "2020-01-01T10:00"}, "Answers must end later than now"),
        ({"ends_at": "soon"}, "it is no survey as JSON"),
        ({"kind": "poll"}, "it is no survey as JSON"),
        ({"questions": []}, "A survey has 1 to 3 questions."),
        ({"questions": [{}]}, "it is no survey as JSON"),
        ({"seats": "many"}, "seats is a number"),
    ],
)
async def test_a_wrong_file_says_why(staffed: Shell, changes: dict[str, Any], reason: str) -> None:
    refused = await draft(staffed, **changes)
    assert refused.code != 0
    assert reason in refused.err
    assert (await staffed("surveys", "list", *BY, "--json")).json == []


async def test_a_draft_is_given_up(staffed: Shell) -> None:
    number = (await draft(staffed)).id
    assert "state: cancelled" in (await staffed("surveys", "cancel", number, *BY)).out
    assert (await staffed("surveys", "close", number, *BY)).code == 1
