"""The bare word "help": a cry, a question about the service, or both."""

from __future__ import annotations

from typing import Any

import pytest

from bot.practice.talk import EXACT
from tests.dialogue.test_engine import Person


@pytest.mark.parametrize("word", ["مساعدة", "help", "HELP"])
@pytest.mark.parametrize("known", [{"in_crisis": True}, {"roll_call": ()}, {}])
async def test_the_bare_word_help_is_never_only_a_menu(word: str, known: dict[str, Any]) -> None:
    person = Person(known=known)

    answers = await person.hear(await EXACT(word, None))

    is_crisis = bool(known.get("in_crisis"))
    assert ("utter_help_recorded" in answers) == is_crisis
    assert ("record_help" if is_crisis else "note_doubt") in person.done
