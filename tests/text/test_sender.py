"""The name under which we speak is a setting, and stands wherever people ask who we are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels import sms as sms_channel
from bot.commands import ground
from bot.consular.cap.documents import Publisher
from bot.consular.crises import roll_call
from bot.messages import Content, Form, Language
from bot.pages import rendering
from bot.public import feeds
from bot.reports.voice import Voice
from bot.runtime.settings import MAX_SENDER_CHARS, ROOT, SettingsError, load
from bot.text import sender, sms
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

NAMES: dict[Language, str | None] = {
    "ar": "الحكومة الليبية: الخارجية",
    "en": "Libyan MFA, Benghazi",
}
# By SMS these have no room for it.
SHORT = ("utter_welcome", "utter_ask_consent", "utter_registered")
# A name of the ministry, in words: the setting alone has one.
LITERAL = re.compile(
    r"وزارة الخارجية|الخارجية الليبية|الشؤون القنصلية الليبية|والوزارة|موقع الوزارة|للوزارة"
    r"|[Ff]oreign [Mm]inistry|[Mm]inistry of [Ff]oreign|Libyan consular affairs"
)


@pytest.fixture
def renamed() -> Iterator[None]:
    """Speak under other names for a while."""
    sender.use(NAMES)
    yield
    sender.use({})


@pytest.mark.usefixtures("renamed")
@pytest.mark.parametrize(
    "key",
    ["utter_welcome", "utter_who_are_you", "utter_ask_consent", "utter_privacy",
     "utter_registered", "utter_officer_writes"],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", [Form.CHAT, Form.TEXT])
def test_texts_name_the_sender(key: str, language: Language, form: Form) -> None:
    details = {"message_life": "90", "place_name": "صفاقس", "party": "4"}
    text = say(key, language, form, **details)
    is_short = key in SHORT and form is Form.TEXT
    assert (str(NAMES[language]) in text) is not is_short


@pytest.mark.usefixtures("renamed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_feeds_and_reports_name_it(language: Language) -> None:
    gone = rendering.render("public/reply_gone.html", language, {})
    assert str(NAMES[language]) in gone
    assert Voice(language).sender == NAMES[language]
    publisher = Publisher("advisories@mofa.example", "https://tammen.example")
    assert feeds._feed([], publisher, language, feeds.ATOM_FILE).author == NAMES[language]


@pytest.mark.parametrize("name", ["زلزال هاتاي", "اشتباكات", "فيضانات درنة والجبل الأخضر والمرج"])
@pytest.mark.parametrize("has_link", [True, False])
def test_a_roll_call_is_signed_where_that_costs_no_part(has_link: bool, name: str) -> None:
    contents = roll_call.contents({"ar": name, "en": "Earthquake in Hatay"}, has_link)
    for language in LANGUAGES:
        content = Content.from_json(contents[language]["text"])
        text = content.text.replace(sms.LINK, sms.LONGEST_LINK)
        unsigned = text.removesuffix(f"\n{sender.name(language)}")
        parts = [sms_channel.parts(replace(content, text=body)) for body in (text, unsigned)]
        assert parts[0] == parts[1]


@pytest.mark.parametrize(("letters", "is_signed"), [(10, True), (45, True), (60, False)])
def test_a_signature_never_costs_a_part(letters: int, is_signed: bool) -> None:
    signed = sms.signed("ا" * letters, "وزارة الخارجية الليبية")
    assert signed.endswith("الليبية") is is_signed
    assert sms.sms_parts(signed).count == 1


def test_no_text_names_a_ministry_by_itself() -> None:
    folders = ("locales", "bot/pages/templates", "bot/documents/templates", "flows")
    named = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".po", ".html", ".typ", ".yml", ".atom", ".rss"}:
                named += [f"{path.name}: {match[0]}" for match in LITERAL.finditer(_text(path))]
    assert named == []


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["أ" * (MAX_SENDER_CHARS + 1), "two\nlines", "a {b}", "<b>", "  "])
@pytest.mark.parametrize("setting", ["SENDER_NAME_AR", "SENDER_NAME_EN"])
def test_a_name_that_fits_on_no_screen_stops_the_start(setting: str, name: str) -> None:
    with pytest.raises(SettingsError, match=setting):
        load(**{setting: name})


def test_a_process_speaks_under_the_names_of_its_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SENDER_NAME_AR", "الخارجية – بنغازي")
    monkeypatch.setenv("TAMMEN_DATA", str(tmp_path / "var"))
    ground.load()
    assert sender.name("ar") == "الخارجية – بنغازي"
    assert sender.name("en") == sender.DEFAULT_NAMES["en"]
    sender.use({})
