"""Conditions of flows."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogue.conditions import ConditionError, holds, slots_of


@pytest.mark.parametrize(
    ("condition", "slots", "expected"),
    [
        ("slots.name", {"name": "محمد"}, True),
        ("slots.name", {}, False),
        ("not slots.name", {}, True),
        ("slots.name is null", {}, True),
        ("slots.name is not null", {"name": ""}, True),
        ("slots.party > 1", {"party": 2}, True),
        ("slots.party > 1", {}, False),
        ('slots.payload in ["ar", "en"]', {"payload": "ar"}, True),
        ('slots.status == "medical" and not slots.name', {"status": "medical"}, True),
        ("slots.a or (slots.b and slots.c)", {"b": 1, "c": 0}, False),
        ("slots.agreed == true", {"agreed": True}, True),
    ],
)
def test_conditions_mean_what_they_say(
    condition: str, slots: dict[str, Any], expected: bool
) -> None:
    assert holds(condition, slots) is expected


@pytest.mark.parametrize(
    "condition", ["", "slots.", "slots.name =", "__import__('os')", "name", "slots.a.b", "1 + 1"]
)
def test_anything_else_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError):
        holds(condition, {})


def test_the_slots_of_a_condition_are_known() -> None:
    assert slots_of("slots.a and slots.b > 2") == {"a", "b"}
