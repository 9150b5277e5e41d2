"""The first and the last day of a trip, as a text tells them on a certain day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from nlu.language.folding import fold
from nlu.language.reading import date_words, dates
from nlu.language.reading.date_names import alternatives
from nlu.language.reading.date_words import Mention
from nlu.language.reading.dates import DayOfMonth, Problem

ADJACENT_CHARS = 2  # between the parts of "Friday, 4 December"
SOME_DAY = date(
    2000,
    1,
    1,
)
MAX_BARE_CHARS = 3  # of "20" as an answer
_ARTICLES = r"(?:\s|the|a|يوم|youm|yom|nhar|نهار|حوالي|about|around)*$"
_UNTIL = re.compile(
    r"(?:\b(?:until|till|til|to|up to|through|thru|حتي|لين|لحد|لغايه|لعند|الي|"
    rf"7atta|hatta|7ata|lin|l7ad|ila)|[-–—])\s*{_ARTICLES}"
)
_RETURN = re.compile(
    r"\b(?:return\w*|back|coming home|come home|و?[نبحاي]?نرجع\w*|و?نرجع\w*|و?راجع\w*|و?ارجع|"
    r"و?ال?رجوع\w*|و?رجعتي|و?ال?عود\w*|و?نروح\w*|و?نولي\w*|wn\w*rj\w*3\w*|[nb]+\w*rj\w*3\w*|"
    rf"w?raje3\w*|w?rj?jo3\w*|w?nraw+a7\w*)(?:\s+[^\s\d]+){{0,3}}\s*{_ARTICLES}"
)
_SINCE_BEFORE = re.compile(
    r"\b(?:since|منذ|من زمان|من قبل|قبل|last|9bal|gabl|men 9bal)\s*" + _ARTICLES
)
_SINCE_BEHIND = re.compile(
    r"\s*(?:ago|الماضي\w*|اللي فات\w*|الفايت\w*|الفائت\w*|elli fat\w*|li fat\w*|el fayt\w*)\b"
)
_PAST = re.compile(
    r"\b(?:arrived|came|reached|got here|was|were|went|visited|travelled|traveled|moved|"
    r"وصلت|وصلنا|جيت|جينا|كنت|كنا|قعدت|سافرت|سافرنا|مشيت|"
    r"wselt|wsolt|wselna|jit|jina|kont|konna|safert)\b"
)
_JOINED_TO = "ل"
# "to", where a first day stands before it; "and", of two days.
_TO = re.compile(r"(?:^|\W)(?:ل|l|la|li|and|و|w|u)\s*" + _ARTICLES)
_TO_WORDS = "to|until|till|and|-|–|الي|حتي|ل|لين|لحد|و|ila|lin|l|7atta"
# "1 to 5 December": the month, named once, is that of both.
_NAMED_MONTH = rf" (?:شهر \d{{1,2}}|{alternatives('month')})(?!\w)"
_NUMBERED_MONTH = r" ?/ ?\d{1,2}(?: ?/ ?\d{2,4})?(?![\w/])"
_RANGE = re.compile(
    rf"(?<![\w/])(\d{{1,2}}) ?({_TO_WORDS}) ?(\d{{1,2}})({_NUMBERED_MONTH}|{_NAMED_MONTH})"
)


class Role(Enum):
    """What a day is to a trip."""

    FIRST = "first"
    LAST = "last"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Itinerary:
    """The days that a text tells of a trip; `problem` is why one of them cannot be taken."""

    begins_on: date | None = None
    until: date | None = None
    problem: Problem | None = None

    @property
    def has_days(self) -> bool:
        """Tell whether the text says anything of days that are to come."""
        return bool(self.begins_on or self.until or self.problem)


def read(text: str, today: date) -> Itinerary:
    """Read the days of a trip that somebody tells on a day."""
    days, stretches = _told(fold(text))
    begins_on: date | Problem | None = None
    until: date | Problem | None = None
    for role, mention in days:
        if role is Role.FIRST and begins_on is None:
            begins_on = dates.resolve(mention.words, today)
    base = begins_on if isinstance(begins_on, date) else today
    for role, mention in days:
        if role is Role.LAST and until is None:
            until = dates.resolve(mention.words, base)
    if until is None and stretches and begins_on is not None:
        until = dates.resolve(stretches[0].words, base)
    return _itinerary(begins_on, until)


def _itinerary(begins_on: date | Problem | None, until: date | Problem | None) -> Itinerary:
    for day in (begins_on, until):
        if isinstance(day, Problem):
            return Itinerary(problem=day)
    assert not isinstance(begins_on, Problem)
    assert not isinstance(until, Problem)
    return Itinerary(begins_on, until)


def has_days(text: str) -> bool:
    """Tell whether a text names a day to come, or a length of time."""
    days, stretches = _told(fold(text))
    return bool(days or stretches)


def has_last_day(text: str) -> bool:
    """Tell whether a text says until when: "until the 30th"."""
    days, _stretches = _told(fold(text))
    return any(role is Role.LAST for role, _mention in days)


def answer(text: str, base: date) -> date | Problem | None:
    """Read the answer to "which day?" or "until when?", counted from a day; None for none."""
    folded = fold(text).strip(" .!؟?")
    if folded.isdigit() and len(folded) < MAX_BARE_CHARS:
        return dates.resolve(DayOfMonth(int(folded)), base)
    days, stretches = _told(folded)
    if days:
        _role, mention = days[-1]
        return dates.resolve(mention.words, base)
    if stretches:
        return dates.resolve(stretches[0].words, base)
    return None


def is_answer(text: str) -> bool:
    """Tell whether a text answers "which day?" or "until when?", whatever day it is."""
    return answer(text, SOME_DAY) is not None


def _told(folded: str) -> tuple[list[tuple[Role, Mention]], list[Mention]]:
    """Return the days of a text that are to come, with their roles; and its lengths of time."""
    folded = _RANGE.sub(r"\1\4 \2 \3\4", folded)
    days: list[tuple[Role, Mention]] = []
    stretches: list[Mention] = []
    behind_last = 0
    for mention in _without_doubles(folded, date_words.find(folded)):
        role = _role(
            folded,
            behind_last,
            mention,
            has_earlier=bool(days),
        )
        behind_last = mention.end
        if role is Role.PAST:
            continue
        if mention.is_stretch:
            stretches.append(mention)
        else:
            days.append((role, mention))
    return days, stretches


def _without_doubles(folded: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Leave out the day of the week beside its date: "Friday, 4 December"."""
    singles: list[Mention] = []
    for mention in mentions:
        last = singles[-1] if singles else None
        if last is None or not _is_beside(
            folded,
            last,
            mention,
        ):
            singles.append(mention)
        elif isinstance(last.words, dates.Weekday):
            singles[-1] = mention
    return singles


def _is_beside(folded: str, first: Mention, second: Mention) -> bool:
    if first.is_stretch or second.is_stretch:
        return False
    between = folded[first.end : second.start]
    are_weekdays = [isinstance(mention.words, dates.Weekday) for mention in (first, second)]
    return (
        any(are_weekdays)
        and not all(are_weekdays)
        and len(between) <= ADJACENT_CHARS
        and not between.strip(" ,،")
    )


def _role(
    folded: str,
    behind_last: int,
    mention: Mention,
    has_earlier: bool,
) -> Role:
    """Tell what a day is to the trip by the words before it, and right behind it."""
    before = folded[behind_last : mention.start]
    if _SINCE_BEFORE.search(before) or _SINCE_BEHIND.match(folded, mention.end):
        return Role.PAST
    if _RETURN.search(before):
        return Role.LAST
    if _PAST.search(before):
        return Role.PAST
    if _UNTIL.search(before):
        return Role.LAST
    is_joined = folded[mention.start] == _JOINED_TO
    if has_earlier and (is_joined or _TO.search(before)):
        return Role.LAST
    return Role.FIRST
