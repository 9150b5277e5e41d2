"""The phrases Rasa learns from and is measured by: whole, balanced, apart from each other, in a
shape Rasa reads.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from nlu.language.folding import fold

NLU = Path(__file__).parents[2] / "nlu"
TAB = "\t"
VARIETIES = ("ar", "ar-ly", "ar-Latn", "en", "mixed")
INTENTS = frozenset(
    re.findall(
        r"\w+",
        """affirm deny cancel greet thanks_bye help_menu human_agent change_language stop
        delete_data ask_privacy register update_location checkin_safe need_help need_medical
        need_evacuation report_relative check_status
        ask_advisory ask_embassy_contact ask_passport ask_routes ask_shelter out_of_scope""",
    )
)
LIFE_AND_SAFE = frozenset({"need_help", "need_medical", "need_evacuation", "checkin_safe"})
VALUES = {
    "city": re.compile(r"[A-Z]{2}/\w[\w .'-]+"),
    "country": re.compile(r"[A-Z]{2}"),
    "person_count": re.compile(r"[1-9]\d{0,3}"),
    "relative": re.compile(
        "mother|father|brother|sister|son|daughter|wife|husband|family|friend|other"
    ),
}

_ENTITY = re.compile(r"\[([^\]]+)\](?:\((\w+)\)|(\{[^}]*\}))")
_PUNCTUATION = re.compile(r"[^\w\s]|_")


class Phrase(NamedTuple):
    """One example line: what it means and where it stands."""

    intent: str
    variety: str
    text: str
    file: str

    @property
    def plain(self) -> str:
        """The text as a person would send it, without the marks around entities."""
        return _ENTITY.sub(r"\1", self.text)

    @property
    def folded(self) -> str:
        """The text without what a hurried thumb may add or leave out: case, marks, hamza,
        punctuation, emoji.
        """
        folded = fold(self.plain)
        return " ".join(_PUNCTUATION.sub(" ", folded).split()) or folded

    @property
    def entities(self) -> list[tuple[str, str | None]]:
        """Label and, where it is given, value of every marked entity."""
        return [_labelled(match) for match in _ENTITY.finditer(self.text)]

    def __str__(self) -> str:
        return f"{self.file}: {self.intent}: {self.text}"


# The parser in C reads all files in a second.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _labelled(match: re.Match[str]) -> tuple[str, str | None]:
    if match[2]:
        return match[2], None
    marks = json.loads(match[3])
    return marks["entity"], marks["value"]


def _read(file: Path, variety: str) -> list[Phrase]:
    data = yaml.load(file.read_text(encoding="utf-8"), Loader)
    assert data["version"] == "3.1", file
    return [
        Phrase(
            block["intent"], variety, line.removeprefix("- ").strip(), str(file.relative_to(NLU))
        )
        for block in data["nlu"]
        for line in block["examples"].splitlines()
    ]


TRAINING = [
    phrase
    for name in VARIETIES
    for file in sorted((NLU / "data" / name).glob("*.yml"))
    for phrase in _read(file, name)
]
HELD_OUT = [phrase for name in VARIETIES for phrase in _read(NLU / "test" / f"{name}.yml", name)]
UNSEEN = [
    phrase for file in sorted((NLU / "unseen").glob("*.yml")) for phrase in _read(file, file.stem)
]
BLIND = [
    phrase for file in sorted((NLU / "blind").glob("*.yml")) for phrase in _read(file, file.stem)
]
MEASURING = HELD_OUT + UNSEEN + BLIND
EACH = pytest.mark.parametrize(
    "phrases",
    [TRAINING, HELD_OUT, UNSEEN, BLIND],
    ids=["training", "held out", "unseen", "blind"],
)
CRIES = frozenset({"need_help", "need_medical", "need_evacuation"})


def _listed(phrases: list[Phrase]) -> str:
    return "\n".join(map(str, phrases))


def _counts(phrases: list[Phrase]) -> Counter[str]:
    return Counter(phrase.intent for phrase in phrases)


@EACH
def test_intents_are_those_of_the_interface(phrases: list[Phrase]) -> None:
    assert {phrase.intent for phrase in phrases} == INTENTS


def test_every_intent_has_enough_to_learn_from() -> None:
    counts = _counts(TRAINING)
    short = {i: counts[i] for i in INTENTS if counts[i] < (300 if i in LIFE_AND_SAFE else 150)}
    assert not short


def test_every_intent_is_measured_by_forty_texts_or_more() -> None:
    assert not {intent: count for intent, count in _counts(HELD_OUT).items() if count < 40}


@pytest.mark.parametrize("variety", VARIETIES)
def test_every_variety_teaches_every_intent(variety: str) -> None:
    counts = _counts([phrase for phrase in TRAINING if phrase.variety == variety])
    least = 10 if variety == "mixed" else 25
    assert not {intent: counts[intent] for intent in INTENTS if counts[intent] < least}


@pytest.mark.parametrize("variety", VARIETIES)
def test_every_variety_measures_every_intent(variety: str) -> None:
    counts = _counts([phrase for phrase in HELD_OUT if phrase.variety == variety])
    assert not {intent: counts[intent] for intent in INTENTS if counts[intent] < 4}


@EACH
def test_no_phrase_stands_twice_or_means_two_things(phrases: list[Phrase]) -> None:
    places = defaultdict(list)
    for phrase in phrases:
        places[phrase.folded].append(phrase)
    assert not _listed([phrase for same in places.values() if len(same) > 1 for phrase in same])


def test_nothing_held_out_is_learned() -> None:
    learned = {phrase.folded for phrase in TRAINING}
    assert not _listed([phrase for phrase in MEASURING if phrase.folded in learned])


def test_no_blind_text_stands_in_a_set_that_was_looked_at() -> None:
    looked_at = {phrase.folded for phrase in HELD_OUT + UNSEEN if len(phrase.folded.split()) > 1}
    assert not _listed([phrase for phrase in BLIND if phrase.folded in looked_at])


def test_a_thousand_cries_for_help_are_measured() -> None:
    assert sum(phrase.intent in CRIES for phrase in MEASURING) >= 1000
    assert sum(phrase.intent in CRIES for phrase in BLIND) >= 500


@EACH
def test_every_phrase_has_words(phrases: list[Phrase]) -> None:
    assert not _listed([phrase for phrase in phrases if not re.search(r"\w", phrase.plain)])


@EACH
def test_entity_marks_are_whole(phrases: list[Phrase]) -> None:
    assert not _listed([phrase for phrase in phrases if re.search(r"[\[\]{}]", phrase.plain)])


@EACH
def test_entity_labels_are_known(phrases: list[Phrase]) -> None:
    assert not _listed(
        [phrase for phrase in phrases if any(label not in VALUES for label, _ in phrase.entities)]
    )


def test_every_held_out_entity_has_a_value_of_its_kind() -> None:
    assert not _listed(
        [
            phrase
            for phrase in MEASURING
            if not all(value and VALUES[label].fullmatch(value) for label, value in phrase.entities)
        ]
    )


def test_every_held_out_city_is_in_the_gazetteer() -> None:
    rows = (NLU / "language" / "data" / "cities.tsv").read_text(encoding="utf-8").splitlines()
    known = {f"{row.split(TAB)[0]}/{name}" for row in rows for name in row.split(TAB)[1:3] if name}
    named = {value for phrase in MEASURING for label, value in phrase.entities if label == "city"}
    assert not named - known


def test_latin_letters_keep_out_of_the_arabic_files() -> None:
    strays = [
        phrase
        for phrase in TRAINING
        if phrase.variety in ("ar", "ar-ly") and re.search("[a-zA-Z]", phrase.plain)
    ]
    assert not _listed(strays)


def test_arabic_letters_keep_out_of_the_latin_files() -> None:
    strays = [
        phrase
        for phrase in TRAINING + HELD_OUT + BLIND
        if phrase.variety in ("ar-Latn", "en") and re.search("[\u0621-\u064a]", phrase.plain)
    ]
    assert not _listed(strays)


# Countries where many Libyans live.
NEAR = ["LY", "TN", "EG", "TR", "SD", "LB", "SY", "JO", "DZ", "MA", "IQ", "PS", "SA", "AE"]


def test_arabic_names_of_towns_are_printed_with_their_hamza() -> None:
    bare = re.compile(r"\b(?:ا(?!ل|بن\b)|الا(?!تحاد\b))")
    rows = (NLU / "language" / "data" / "cities.tsv").read_text(encoding="utf-8").splitlines()
    arabic = {}
    for row in rows:
        country, name, _, printed, *_ = row.split(TAB)
        if country in NEAR:
            arabic[f"{country}/{name}"] = printed
    assert not [name for name, printed in arabic.items() if bare.search(printed)]
    assert arabic["TR/Istanbul"] == "إسطنبول"
    assert arabic["TR/Antakya"] == "أنطاكيا"
    assert arabic["SD/Omdurman"] == "أم درمان"
