"""Nobody is ever asked how they are in a country by its papers."""

from __future__ import annotations

import re

import pytest

from bot.messages import Language
from bot.runtime.settings import ROOT
from bot.text.catalogues import catalogue
from bot.text.text import LANGUAGES

PAPERS = {
    "en": r"immigra|residence permit|residency|legal status|undocumented|illegal|asylum|overstay",
    "ar": r"إقام|اقامة|هجرة|لجوء|غير شرعي|غير قانوني|بدون أوراق|مهاجر",
}
# The one thing that is said about it: that we do not ask.
PROMISES = {"en": r"never ask", "ar": r"لن نسأل|لا نسأل|ولن نسألك"}
SLOT_WORDS = ("immigration", "residence", "residency", "legal", "visa", "permit", "status_of_stay")


def texts(language: Language) -> list[tuple[str, str]]:
    entries = catalogue(language).entries.items()
    return [(key, str(entry.string)) for key, entry in entries]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_speaks_of_it_but_to_say_that_nobody_asks(language: Language) -> None:
    speaking = [(key, text) for key, text in texts(language) if re.search(PAPERS[language], text)]
    asking = [key for key, text in speaking if not re.search(PROMISES[language], text)]
    assert asking == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["utter_ask_consent", "utter_ask_consent.sms", "utter_privacy"])
def test_consent_promises_it(language: Language, key: str) -> None:
    assert re.search(PROMISES[language], dict(texts(language))[key])


def test_no_flow_has_a_question_or_a_slot_for_it() -> None:
    for path in sorted((ROOT / "flows").glob("*.yml")):
        for line in path.read_text("utf-8").splitlines():
            is_collected = re.match(r"\s*(- )?(collect|id): ", line) or line.startswith("  ")
            name = line.strip().partition(":")[0].removeprefix("- ")
            assert not (is_collected and name in SLOT_WORDS), f"{path.name}: {line}"
            assert not any(f"collect: {word}" in line for word in SLOT_WORDS), line
