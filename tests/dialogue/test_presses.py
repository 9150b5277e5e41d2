"""What buttons do, and the payloads that are on people's phones already."""

from __future__ import annotations

import pytest

from bot.dialogue import presses
from bot.dialogue.presses import Command, Decline, Pick, Press


@pytest.mark.parametrize(
    ("payload", "press"),
    [
        ("/safe", Command("safe")),
        ("/language other", Command("language", "other")),
        ("/slot consent true", Pick("consent", "true")),
        ("/slot chosen_place LY/Al Khums", Pick("chosen_place", "LY/Al Khums")),
        ("/slot name skip", Decline("name")),
    ],
)
def test_a_payload_says_what_a_button_does(payload: str, press: Press) -> None:
    assert presses.read(payload) == press
    assert presses.write(press) == payload


@pytest.mark.parametrize("text", ["/slot", "/slot place", "/slot place @x", "/slot name skip"])
def test_typed_text_never_answers_a_question(text: str) -> None:
    assert isinstance(presses.typed(text), Command)
