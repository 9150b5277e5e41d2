"""The console's words: everything is translated, nothing is left over; what is vendored is what it
says.
"""

from __future__ import annotations

import hashlib
import json
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from bot.messages import Language
from bot.pages.rendering import STATIC
from bot.runtime.settings import ROOT
from bot.text import catalogues
from bot.text.catalogues import LOCALES
from bot.text.text import LANGUAGES

KEYWORDS = ["N_", "ConsularError", "AudienceError"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All words in code and templates, by the command in docs."""
    target = tmp_path_factory.mktemp("words") / "console.pot"
    keywords = [part for word in KEYWORDS for part in ("-k", word)]
    command = [
        "pybabel",
        "-q",
        "extract",
        "-F",
        str(ROOT / "babel.toml"),
        *keywords,
        "-o",
        str(target),
        str(ROOT),
    ]
    CommandLineInterface().run(command)  # type: ignore[no-untyped-call]
    with target.open("rb") as file:
        return read_po(file)


def catalogue(language: Language) -> Catalog:
    return catalogues.read_catalog(LOCALES / language / "LC_MESSAGES" / "console.po", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_the_words_of_the_pages_and_no_others(
    source: Catalog, language: Language
) -> None:
    wanted, had = (
        {str(m.id) for m in source if m.id},
        {str(m.id) for m in catalogue(language) if m.id},
    )
    assert had - wanted == set(), "left over"
    assert wanted - had == set(), "missing"


def test_everything_is_said_in_arabic() -> None:
    for message in catalogue("ar"):
        words = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        assert all(words), message.id
        assert len(words) == (6 if message.pluralizable else 1), message.id


def test_both_languages_fill_the_same_gaps() -> None:
    for message in catalogue("ar"):
        if message.id and not message.pluralizable and "{" in str(message.id):
            assert gaps(str(message.string)) == gaps(str(message.id))


def gaps(words: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "لم نجد أحدًا"),
        (1, "وجدنا شخصًا واحدًا"),
        (2, "وجدنا شخصين"),
        (3, "وجدنا 3 أشخاص"),
        (11, "وجدنا 11 شخصًا"),
        (100, "وجدنا 100 شخص"),
    ],
)
def test_arabic_counts_as_arabic_does(n: int, words: str) -> None:
    found = catalogues.console("ar").ungettext("%(n)s person found", "%(n)s people found", n)
    assert found % {"n": n} == words


@pytest.mark.parametrize(
    "manifest",
    [
        STATIC / "vendor" / "MANIFEST.json",
        ROOT / "bot" / "documents" / "fonts" / "MANIFEST.json",
        ROOT / "tests" / "browser" / "MANIFEST.json",
    ],
)
def test_what_is_vendored_is_what_the_manifest_says(manifest: Path) -> None:
    listed = json.loads(manifest.read_text(encoding="utf-8"))
    for name, entry in listed.items():
        assert (
            hashlib.sha256((manifest.parent / name).read_bytes()).hexdigest() == entry["sha256"]
        ), name
    if manifest.parent.name in {"vendor", "fonts"}:
        assert {path.name for path in manifest.parent.iterdir()} == {*listed, "MANIFEST.json"}
