"""Telephone numbers in what somebody wrote: as dialled at home or from abroad, in any digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from bot.text.text import ascii_digits, without_invisible
from nlu.language import people
from nlu.language.folding import fold, words
from nlu.language.lexicon import listed

HOME_REGION = "LY"
MIN_DIGITS = 7
MAX_DIGITS = 15
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


def numbers(text: str, country: str | None, is_asked: bool) -> list[str]:
    """List the numbers of a text in E.164, each once.

    `country` (alpha-2) is where the writer is: a number without its country is of there, or of
    Libya. Where nobody asked for a number (`is_asked`), it stands alone, has a "+" or "00", or a
    word before it says what it is; and that of somebody else («رقمه …») is left out.
    """
    plain = _plain(text)
    is_only_digits = not any(letter.isalpha() for letter in plain)
    e164_numbers: list[str] = []
    for run, start in _runs(plain):
        if not is_asked and _is_of_other(plain[:start]):
            continue
        is_meant = is_asked or is_only_digits or _is_labelled(plain[:start])
        number = _number(run, country)
        if number and (is_meant or _is_international(run)):
            e164_numbers.append(number)
    return list(dict.fromkeys(e164_numbers))


def _plain(text: str) -> str:
    """Write a text with plain digits, dashes, blanks and plus signs."""
    visible = without_invisible(ascii_digits(text)).translate(_PLUS).translate(_DASHES)
    return _SPACES.sub(" ", _TRUNK_ZERO.sub(" ", visible))


def _runs(plain: str) -> Iterator[tuple[str, int]]:
    """Yield what may be a number, and where it begins."""
    for match in _RUN.finditer(plain):
        start = match.start()
        for run in _PREFIXED.split(match[0]):
            yield run, start
            start += len(run) + 1


def _is_international(run: str) -> bool:
    digits = run.strip("( ")
    return digits.startswith(("+", "00")) or digits.endswith("+")


def _is_labelled(before: str) -> bool:
    near = [word.folded for word in words(before)[-NEAR_WORDS:]]
    return any(word in _LABELS for word in near) and not any(word in _PAPERS for word in near)


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
    regions = [country, HOME_REGION] if country else []
    for region in regions:
        number = _valid(digits, region)
        if number:
            return number
    is_national = digits.startswith("0")
    return None if is_national else _valid(f"+{digits}", None)


def _with_country(digits: str) -> str | None:
    """Read a number with its country, which may belong to nobody yet."""
    number = _parsed(f"+{digits}", None)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    return _e164(number)


def _without_trunk_zero(digits: str) -> str | None:
    """Read "+90 0532 …", where nobody dials the zero."""
    for length in (1, 2, 3):
        if digits[length : length + 1] == "0":
            number = _valid(f"+{digits[:length]}{digits[length + 1 :]}", None)
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
