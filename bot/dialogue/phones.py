"""Telephone numbers in what somebody wrote: as dialled at home or from abroad, in any digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

from bot.text.text import ascii_digits, without_invisible
from nlu.language import people
from nlu.language.folding import fold, words
from nlu.language.lexicon import listed

HOME_REGION = "LY"
MIN_DIGITS = 7
MAX_DIGITS = 15
COUNTRY_CODE_LENGTHS = (1, 2, 3)
NEAR_WORDS = 3  # before a number, that say it is one
NEAR_OWNERS = 5  # words before a number, that say whose it is
OWN = listed("own_number")
OF_OTHERS = listed("number_of_other")

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−ـ"), "-")
_SPACES = re.compile(r"\s+")
_PLUS = str.maketrans({"＋": "+", "﹢": "+"})
_TRUNK_ZERO = re.compile(r"\(0\)")  # dialled at home only: +44 (0)20 …
_RUN = re.compile(r"(?<![\w.,])(?:\+ )?[+(]*\d(?:[ ().\-]{0,3}\d)*(?: ?\+(?! ?\d))?(?!\w)")
# Where the next number begins: "0066" may also be the end of one.
_PREFIXED = re.compile(r"(?<=\d) (?=\+|00[1-9](?:[ ().\-]{0,3}\d){7})")
_NO_DIGIT = re.compile(r"\D")
_LABELS = frozenset(
    fold(
        "رقمي ورقمي رقم الرقم هاتفي هاتف الهاتف تليفوني تلفوني تليفون تلفون نمرتي نمره جوالي جوال "
        "موبايلي موبايل واتساب واتس الواتساب اتصلوا اتصل كلموني number phone mobile tel telephone "
        "cell whatsapp call ra9mi rakmi ragmi raqmi ra9m tilifoni telifoni namrti nemrti"
    ).split()
)
# What has a number, too, that nobody can call.
_PAPERS = frozenset(
    fold(
        "جواز الجواز جوازي جوازه رحله الرحله رحلتي وطني الوطني الهويه هويه قيد القيد ملف الملف "
        "تاشيره التاشيره حجز الحجز passport flight id visa file booking case national jawaz"
    ).split()
)


class Run(NamedTuple):
    """Digits that may be a number, and where they begin."""

    digits: str
    start: int


def numbers(
    text: str,
    country: str | None,
    is_asked: bool,
) -> list[str]:
    """List the numbers of a text in E.164, each once.

    `country` (alpha-2) is where the writer is: a number without its country is of there, or of
    Libya. Where nobody asked for a number (`is_asked`), it stands alone, has a "+" or "00", or a
    word before it says what it is; and that of somebody else («رقمه …») is left out.
    """
    plain = _plain(text)
    e164_numbers = []
    for run in _runs(plain):
        if not is_asked and not _is_own(plain, run):
            continue
        number = _number(run.digits, country)
        if number:
            e164_numbers.append(number)
    return list(dict.fromkeys(e164_numbers))


def _is_own(plain: str, run: Run) -> bool:
    """Tell whether a number that nobody asked for is a telephone number, and the writer's."""
    before = plain[: run.start]
    if _is_of_other(before):
        return False
    if _is_international(run.digits) or _is_labelled(before):
        return True
    return not any(map(str.isalpha, plain))


def _plain(text: str) -> str:
    """Write a text with plain digits, dashes, blanks and plus signs."""
    visible = without_invisible(ascii_digits(text))
    plain = visible.translate(_PLUS).translate(_DASHES)
    return _SPACES.sub(" ", _TRUNK_ZERO.sub(" ", plain))


def _runs(plain: str) -> Iterator[Run]:
    """Yield what may be a number."""
    for match in _RUN.finditer(plain):
        start = match.start()
        for digits in _PREFIXED.split(match[0]):
            yield Run(digits, start)
            start += len(digits) + 1


def _is_international(run: str) -> bool:
    digits = run.strip("( ")
    return digits.startswith(("+", "00")) or digits.endswith("+")


def _is_labelled(before: str) -> bool:
    """Tell whether a word close before a number says that it is one, and of no passport."""
    near = {word.folded for word in words(before)[-NEAR_WORDS:]}
    return bool(near & _LABELS) and not near & _PAPERS


def _is_of_other(before: str) -> bool:
    """Tell whether the nearest word that says whose a number is names somebody else."""
    for word in reversed(words(before)[-NEAR_OWNERS:]):
        if word.folded in OWN:
            return False
        if word.folded in OF_OTHERS or people.relative(word.folded):
            return True
    return False


def _number(run: str, country: str | None) -> str | None:
    """Read one number: with its country, or as it is dialled where the writer is, or in Libya."""
    digits = _NO_DIGIT.sub("", run)
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS + 2:
        return None
    if _is_international(run):
        international = digits.removeprefix("00")
        return _with_country(international) or _without_trunk_zero(international)
    if country:
        number = _valid(digits, country) or _valid(digits, HOME_REGION)
        if number:
            return number
    if digits.startswith("0"):
        return None
    return _valid(f"+{digits}", None)


def _with_country(digits: str) -> str | None:
    """Read a number with its country, which may belong to nobody yet."""
    number = _parsed(f"+{digits}", None)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return _e164(number)


def _without_trunk_zero(digits: str) -> str | None:
    """Read "+90 0532 …", where nobody dials the zero."""
    for length in COUNTRY_CODE_LENGTHS:
        country_code = digits[:length]
        national = digits[length:]
        if not national.startswith("0"):
            continue
        number = _valid(f"+{country_code}{national[1:]}", None)
        if number:
            return number
    return None


def _valid(digits: str, region: str | None) -> str | None:
    """Read a number that may be somebody's."""
    number = _parsed(digits, region)
    if number is None or not phonenumbers.is_valid_number(number):
        return None
    return _e164(number)


def _parsed(digits: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
