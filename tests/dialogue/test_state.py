"""The state of a conversation as it is stored, now and in version 1."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.dialogue.state import Frame, State
from bot.dialogue.whereabouts import Description, NamedPlace
from bot.messages import Location, Option, TextKey, Verbatim


@pytest.mark.parametrize(
    "content",
    [
        Location(32.9, 13.2),
        NamedPlace(("LY/Tripoli", "LB/Tripoli")),
        Description("@1,2"),
        Description("~في القبو"),
        "=نعم",
        "TR|SD",
        4,
        True,
        None,
        (Option(Verbatim("طرابلس، ليبيا"), "/slot chosen_place LY/Tripoli"),),
    ],
)
def test_a_slot_keeps_what_it_holds(content: Any) -> None:
    state = State((Frame("register", "ask", {"content": content}, 2),))

    stored = json.loads(json.dumps(state.to_json()))

    assert State.from_json(stored, {}) == state


def test_the_options_offered_are_kept() -> None:
    options = (Option(TextKey("label_safe"), "/safe"), Option(Verbatim("=x"), "/help"))

    stored = json.loads(json.dumps(State(offered=options).to_json()))

    assert State.from_json(stored, {}).offered == options


@pytest.mark.parametrize(
    ("slot", "stored", "content"),
    [
        ("place", "@32.900000,13.200000", Location(32.9, 13.2)),
        ("place", "LY/Tripoli|LB/Tripoli", NamedPlace(("LY/Tripoli", "LB/Tripoli"))),
        ("chosen_place", "LY", NamedPlace(("LY",))),
        ("whereabouts", "~في القبو", Description("في القبو")),
        ("noted", "~في القبو", Description("في القبو")),
        ("still_there", "yes", "yes"),
        ("still_there", "~عند خالتي", Description("عند خالتي")),
        ("place", "@x", None),
        ("place", None, None),
        ("name", "~x", "~x"),
        (
            "options",
            [["=طرابلس، ليبيا", "LY/Tripoli"], ["label_safe", "/checkin_safe"]],
            (
                Option(Verbatim("طرابلس، ليبيا"), "/slot chosen_place LY/Tripoli"),
                Option(TextKey("label_safe"), "/checkin_safe"),
            ),
        ),
    ],
)
def test_a_state_of_version_1_is_understood(slot: str, stored: Any, content: Any) -> None:
    data = {"stack": [["tell_place", "ask", {slot: stored}, 1]], "offered": [["=نعم", "/safe"]]}

    state = State.from_json(data, {})

    assert state.stack == (Frame("tell_place", "ask", {slot: content}, 1),)
    assert state.offered == (Option(Verbatim("نعم"), "/safe"),)
