"""Links and telephone numbers in a text, for networks that refuse a message that has one."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.text.text import ascii_digits

MIN_NUMBER_DIGITS = 7  # 112 and 998 stay: they are short, and save lives
MAX_NUMBER_DIGITS = 15
# What a phone makes a link of without `https://`, beside the codes of countries (two letters).
_DOMAINS = r"(?:com|org|net|gov|edu|int|info|app|page|site|online|link|[a-z]{2})"
_HOST = rf"(?:[A-Za-z0-9_-]+\.)+{_DOMAINS}(?![A-Za-z0-9])"
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s]+"
    r"|[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,255}\.[A-Za-z]{2,}"
    rf"|(?<![\w@./-]){_HOST}(?::\d+)?(?:[/?#][^\s]*)?"
)
_TAIL = ".,;:!?)]}»”'\"،؛؟"  # of the sentence around a link
_DIGIT = "[0-9٠-٩۰-۹]"
_NUMBER = re.compile(
    rf"[\u200e\u2066\u2068]*(?<![\w/])[+＋(]{{0,2}}{_DIGIT}"
    rf"(?:[ \u00a0().\-–/]{{0,2}}{_DIGIT})+[\u2069]*(?!\w)"
)
_DAY = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?!\d)")
_BLANKS = re.compile(r"[^\S\n]{2,}")


def has_any(text: str) -> bool:
    """Tell whether a text has a link, an e-mail address or a telephone number."""
    return without(text, "", "") != text


def without(text: str, link_words: str, number_words: str) -> str:
    """Return a text with other words in the place of its links and telephone numbers."""
    plain = _LINK.sub(_without_tail(link_words), text)
    plain = _NUMBER.sub(_number(number_words), plain)
    if plain == text:
        return text
    return _BLANKS.sub(" ", plain).strip()


def _without_tail(link_words: str) -> Callable[[re.Match[str]], str]:
    """Return what writes the words for a link, and keeps the sentence's own marks after it."""

    def written(match: re.Match[str]) -> str:
        link = match[0]
        end = len(link.rstrip(_TAIL))
        return link_words + link[end:]

    return written


def _number(number_words: str) -> Callable[[re.Match[str]], str]:
    def written(match: re.Match[str]) -> str:
        if _is_number(match[0]):
            return number_words
        return match[0]

    return written


def _is_number(candidate: str) -> bool:
    """Tell whether digits, beside a day, are as many as those of a telephone number."""
    plain = ascii_digits(candidate)
    without_day = _DAY.sub("", plain)
    digits = [character for character in without_day if character.isdigit()]
    return MIN_NUMBER_DIGITS <= len(digits) <= MAX_NUMBER_DIGITS
