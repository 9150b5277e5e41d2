"""When somebody was heard of last, in the writer's words: «من يومين», "since Monday", "mn ams"."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from nlu.language.folding import Words, words

DATA = Path(__file__).with_name("moments.txt")
NUMBER = (
    r"(?:\d{1,3}|two|three|four|five|six|seven|ten|few|several|كم|كذا|تلات|تلاته|ثلاث|ثلاثه|اربع|"
    r"اربعه|خمس|خمسه|ست|سته|سبع|سبعه|عشر|عشره|tlat|tlata|arba3|arb3a|5ams|5amsa)"
)
DAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|السبت|الاحد|الاثنين|الاتنين|التلاتاء|الثلاثاء|"
    r"الاربعاء|الخميس|الجمعه)"
)
_N = re.compile(r"\bN\b")
_D = re.compile(r"\bD\b")


def find(text: str) -> str | None:
    """Return the words of a text that say since when or how long ago; None where there are none."""
    tokens = words(text)
    spoken = " ".join(word.folded for word in tokens)
    matches: list[re.Match[str]] = []
    for pattern in _patterns():
        match = pattern.search(spoken)
        if match is not None:
            matches.append(match)
    if not matches:
        return None
    longest = max(matches, key=_length)
    return _excerpt(text, tokens, longest)


def _length(match: re.Match[str]) -> int:
    return len(match[0])


def _excerpt(
    text: str,
    tokens: Words,
    match: re.Match[str],
) -> str:
    """Return what was written where a match stands among the folded words."""
    before = match.string[: match.start()]
    first = before.count(" ")
    last = first + match[0].count(" ")
    start = tokens[first].start
    end = tokens[last].end
    return text[start:end]


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Read the patterns; N stands for a number, and D for a day."""
    patterns: list[re.Pattern[str]] = []
    for line in DATA.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        numbered = _N.sub(lambda _: NUMBER, line)
        written = _D.sub(lambda _: DAY, numbered)
        pattern = re.compile(rf"(?<!\S)(?:{written})(?!\S)")
        patterns.append(pattern)
    return tuple(patterns)
