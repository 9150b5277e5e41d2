"""Finds the words for days and for lengths of time in a text: both languages, dialect, Arabizi.

Texts are folded. What was found is masked, so that "the day after tomorrow" is no "tomorrow".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from nlu.language import numbers
from nlu.language.reading import date_names
from nlu.language.reading.date_names import UNITS
from nlu.language.reading.dates import (
    DAYS_OF_A_WEEK,
    MONTHS_OF_A_YEAR,
    Ahead,
    DayOfMonth,
    DayOfYear,
    Problem,
    Unusable,
    Weekday,
    Words,
)

CENTURY = 2000
HIJRI_YEARS = range(1400, 1500)
MASK = "\0"

Match = re.Match[str]
Read = Callable[[Match], Words | None]
Source = tuple[str, Read, bool]  # a pattern, what reads its matches, and whether they are stretches

# What counts something else than a day: "3rd floor", "the 2nd time", "until 5 pm".
_NO_DAY = (
    r"(?!\w|[.:,]\d|[/%]|\s*(?:floor|street|st\b|avenue|time|person|child|son|daughter|building|"
    r"district|people|persons|days?\b|weeks?\b|months?\b|years?\b|hours?\b|oclock|am\b|pm\b|km\b|"
    r"ايام|يوم\b|شخص|اشخاص|ساع|سن|اسابيع|اشهر|شهور|مسا|صباح|الصبح|الظهر|العصر|دقيق|كيلو|متر|دينار))"
)
_NEXT = r"(?:ال?جاي\w*|القادم\w*|المقبل\w*|اللي جاي\w*|el ?jay\w*|ljay\w*|jay\w*|elli jay\w*)"
_AFTER_NEXT = r"(?:اللي بعد\w*|اللي وراها|elli ba3d\w*)"
_IN = r"(?:in|after|within|بعد|وبعد|خلال|ba3d|b3d|ba3ed)"
_THIS = r"(?:this|هذ\w*|هاد\w*|ها|hadi|hadhi|hal)"
_HIJRI_MONTHS = (
    r"(?:محرم|صفر|ربيع (?:الاول|الثاني|الاخر)|جمادي? (?:الاولي?|الثاني\w*|الاخره?)|رجب|شعبان|رمضان|"
    r"شوال|ذو القعده|ذي القعده|ذو الحجه|ذي الحجه|ramadan|ramadhan|romdan|shawwal|shawal|sha3ban|"
    r"shaaban|rajab|muharram|safar)"
)
# Months are names of men, too: without a number, a word before them says that they are none.
_BESIDE_HIJRI = r"(?:شهر|في|بعد|قبل|حتي|لين|خلال|اول|اخر|on|in|after|before|until|till|for|during)"
_HIJRI_DAYS = rf"(?:{_HIJRI_MONTHS}|(?:ال)?عيد(?: الاضحي| الفطر)?|(?:el )?3id|eid(?: al[- ]?\w+)?)"
# What a Friday stands beside that is no day.
_NOT_OF = "".join(
    rf"(?<!{word} )"
    for word in ("صلاه", "خطبه", "سوق", "جامع", "good", "black", "salat", "souq", "souk", "sou9")
)
_UNTIL = r"(?:until|till|til|to|حتي|لين|لحد|لغايه|لعند|7atta|hatta|lin|l7ad)"


@dataclass(frozen=True, slots=True)
class Mention:
    """Words for a day or a length of time, and where they stand in the folded text."""

    words: Words
    start: int
    end: int
    is_stretch: bool = False  # "for a week", and no day


def find(folded: str) -> list[Mention]:
    """Find the days and lengths of time in a folded text, in its order."""
    mentions: list[Mention] = []
    masked = folded
    for pattern, read, is_stretch in _patterns():
        for match in pattern.finditer(masked):
            words = read(match)
            if words is not None:
                mentions.append(
                    Mention(
                        words,
                        _start(match),
                        match.end(),
                        is_stretch,
                    )
                )
                length = match.end() - match.start()
                masked = masked[: match.start()] + MASK * length + masked[match.end() :]
    return sorted(mentions, key=_position)


def _start(match: Match) -> int:
    """Return where a day stands, without the "until" that makes its number one."""
    if match.groupdict().get("day"):
        return match.start("day")
    return match.start()


def _position(mention: Mention) -> int:
    return mention.start


# --- what each pattern means ----------------------------------------------------------------------


def _numeric(match: Match) -> Words | None:
    """Read 12/12, 5-1-2027, 2026-12-12: the day first, unless only the month can be first."""
    if match["iso"]:
        return _dated(
            int(match["d3"]),
            int(match["m3"]),
            match["y3"],
        )
    day = int(match["d"] or match["d2"])
    month = int(match["m"] or match["m2"])
    return _dated(
        day,
        month,
        match["y"] or match["y2"],
    )


def _dated(day: int, month: int, written_year: str | None) -> Words:
    year = None
    if written_year:
        year = int(written_year)
        if year in HIJRI_YEARS:
            return Unusable(Problem.OTHER_CALENDAR)
        if len(written_year) <= 2:
            year += CENTURY
    if month > MONTHS_OF_A_YEAR >= day > 0:
        day, month = month, day
    return DayOfYear(
        day,
        month,
        year,
    )


def _named_month(match: Match) -> Words | None:
    """Read "20 December", "Dec 20th, 2026", «عشرين ديسمبر»."""
    written_day = match["day"]
    day = _count(written_day)
    month = date_names.number("month", match["month"])
    if day is None or month is None:
        return None
    return (
        _dated(
            day,
            month,
            match["year"],
        )
        if month <= MONTHS_OF_A_YEAR
        else None
    )


def _numbered_month(match: Match) -> Words | None:
    """Read «5 شهر 1», «يوم 5 في 12»."""
    return DayOfYear(int(match[1]), int(match[2]))


def _day_of_month(match: Match) -> Words | None:
    day = _count(match["day"])
    if day is None:
        return None
    if not 1 <= day <= 31:
        return Unusable(Problem.UNREAL)
    return DayOfMonth(day)


def _weekday(match: Match) -> Words | None:
    number = date_names.number("weekday", match["name"])
    if number is None:
        return None
    return Weekday(
        number,
        weeks=1 if match["later"] else 0,
        may_be_today=bool(match["this"]),
    )


def _in_some_time(match: Match) -> Words | None:
    return _length(match["unit"])


def _stretch(match: Match) -> Words | None:
    return _length(match["unit"])


def _single(match: Match) -> Words | None:
    return _length(match["unit"] or match["whole"])


def _length(written: str) -> Words | None:
    """Read «أسبوعين», "ten days", «3 شهور»; None where a number is none."""
    for size, name in ((1, "one"), (2, "two")):
        for unit in UNITS:
            if re.fullmatch(date_names.alternatives(f"{name} {unit}"), written):
                return _of_units(size, unit)
    number, _, unit_name = written.rpartition(" ")
    size_told = _count(number)
    for unit in UNITS:
        if size_told and re.fullmatch(date_names.alternatives(f"many {unit}"), unit_name):
            return _of_units(size_told, unit)
    return None


def _of_units(size: int, unit: str) -> Ahead:
    match unit:
        case "day":
            return Ahead(days=size)
        case "week":
            return Ahead(days=size * DAYS_OF_A_WEEK)
        case _:
            return Ahead(months=size)


def _count(written: str) -> int | None:
    digits = re.match(r"\d+", written)
    if digits:
        return int(digits[0])
    return numbers.value(written.removeprefix("ال")) or numbers.value(written)


def _always(words: Words) -> Read:
    """Return what reads a fixed expression."""

    def read(_match: Match) -> Words:
        return words

    return read


# --- the patterns, in the order in which they are looked for --------------------------------------


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Read, bool], ...]:
    """Compile the patterns, each with what reads it."""
    sources = (*_dates(), *_fixed(), *_lengths(), *_days())
    patterns = []
    for source, read, is_stretch in sources:
        patterns.append((re.compile(source), read, is_stretch))
    return tuple(patterns)


def _dates() -> Iterator[Source]:
    month = date_names.alternatives("month")
    day = r"\d{1,2}(?:st|nd|rd|th)?|[^\W\d_]+"
    year = r"(?:,? (?P<year>(?:20|14)\d\d))?"
    edge = r"(?<![\w/.+-])"
    numeric = (
        rf"{edge}(?:(?P<iso>(?P<y3>20\d\d)-(?P<m3>\d\d?)-(?P<d3>\d\d?))|"
        r"(?P<d>\d{1,2}) ?[/\\] ?(?P<m>\d{1,2})(?: ?[/\\] ?(?P<y>\d{4}|\d\d))?|"
        r"(?P<d2>\d{1,2})[.-](?P<m2>\d{1,2})[.-](?P<y2>\d{4}|\d\d))(?![\w/]|[.-]\d)"
    )
    yield numeric, _numeric, False
    hijri = _always(Unusable(Problem.OTHER_CALENDAR))
    yield rf"(?<!\w)\d{{1,2}}(?:st|nd|rd|th)?(?: of| من)? {_HIJRI_MONTHS}(?!\w)", hijri, False
    yield rf"\b{_BESIDE_HIJRI} (?:شهر |the )?{_HIJRI_DAYS}(?!\w)", hijri, False
    ordered = rf"(?<!\w)(?P<day>{day})(?: of| من)? (?:شهر )?(?P<month>{month}){year}(?!\w)"
    yield ordered, _named_month, False
    american = rf"\b(?P<month>{month})(?: the)? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?{year}(?!\w)"
    yield american, _named_month, False
    yield (
        r"(?<![\w/])(\d{1,2}) (?:من )?(?:شهر|في|shahr|fi) (\d{1,2})(?![\w/])",
        _numbered_month,
        False,
    )


def _fixed() -> Iterator[Source]:
    for kind, meaning, pattern in date_names.fixed():
        yield rf"(?<!\w)(?:{pattern})(?!\w)", _always(_meant(kind, meaning)), False


def _meant(kind: str, meaning: str) -> Words:
    """Return what an expression of the list means."""
    match kind:
        case "ahead":
            return Ahead(days=int(meaning))
        case "next_month":
            return DayOfMonth(int(meaning), ahead=1)
        case "this_month":
            return DayOfMonth(int(meaning))
        case _:
            day, _, month = meaning.partition("/")
            return DayOfYear(int(day), int(month))


def _lengths() -> Iterator[Source]:
    unit = _unit()
    yield rf"\b{_IN} (?P<unit>{unit})(?!\w)", _in_some_time, False
    a_week = r"\b(?:لمده|مده|نقعد|قعده) جمعه\b|\bl?modd?et jom3a\b"
    yield a_week, _always(Ahead(days=DAYS_OF_A_WEEK)), True
    counted = rf"(?:\d{{1,3}}|[^\W\d_]\w*) {date_names.alternatives('many')}"
    yield rf"(?<!\w)ل?(?P<unit>{counted})(?!\w)", _stretch, True
    single = date_names.alternatives("one")
    lead = (
        r"(?:for|لمده|مده|نقعد|نبقي|قعده|كمان|زياده|another|l?i?modd?e?t|mudd?at|li modat|n9o3od)"
    )
    yield rf"\b{lead} (?P<unit>{single})(?!\w)|^(?P<whole>{single})$", _single, True
    yield rf"(?<!\w)ل?(?P<unit>{date_names.alternatives('two')})(?!\w)", _stretch, True


def _unit() -> str:
    single = f"{date_names.alternatives('one')}|{date_names.alternatives('two')}"
    many = date_names.alternatives("many")
    return rf"(?:(?:\d{{1,3}}|[^\W\d_]\w*) {many}|{single})"


def _days() -> Iterator[Source]:
    weekday = date_names.alternatives("weekday")
    not_before = r"(?! (?:prayers?|sermon|market|mosque|salat))"
    named = rf"{_NOT_OF}(?P<name>{weekday})(?!\w){not_before}"
    before = rf"(?:(?P<this>{_THIS}) )?(?:next |coming |the )*"
    behind = rf"(?: (?P<later>after next|{_AFTER_NEXT})| {_NEXT})?"
    yield rf"\b{before}{named}{behind}", _weekday, False
    suffixed = rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th){_NO_DAY}"
    yield suffixed, _day_of_month, False
    yield rf"\b(?:[لبو]?يوم|youm|yom|nhar|نهار) (?P<day>\d{{1,2}}){_NO_DAY}", _day_of_month, False
    until = rf"{_UNTIL}(?: the| يوم| yom| youm)?"
    yield rf"\b{until} (?P<day>\d{{1,2}}){_NO_DAY}", _day_of_month, False
    yield rf"\bon the (?P<day>\d{{1,2}}){_NO_DAY}", _day_of_month, False
