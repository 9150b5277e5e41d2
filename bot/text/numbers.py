"""Telephone numbers in texts: one word each, drawn from left to right in Arabic as well.

Arabic letters turn the groups of `+90 312 438 11 10` around, and the plus sign of `+903124381110`.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType

from bot.messages import Form
from bot.text.text import ISOLATE, ISOLATE_LEFT_TO_RIGHT, LEFT_TO_RIGHT, POP, ascii_digits

MIN_ENDING_DIGITS = 4  # of a number, by which staff look for it
MIN_LOCAL_DIGITS = 7
MAX_LOCAL_DIGITS = 12
BLOCK_DIGITS = 4  # at the end of a number, in which those of its block differ
NO_COUNTRY = "001"  # phonenumbers' word for the codes of satellites and global services
# Whoever calls or writes to them pays more than for a telephone, and their owner may get a share.
DEAR_TYPES = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)

_SEPARATOR = r"(?:[ \u00a0]?\(|\)[ \u00a0]?|[ \u00a0.-])"
_PREFIX = r"(?:\+|00(?=[ \u00a0]?[1-9١-٩]))[ \u00a0]?"
_COMPACT = rf"{_PREFIX}\d{{8,15}}(?!\d)"
_SPACED = rf"{_PREFIX}\d{{1,7}}(?:{_SEPARATOR}\d+)+"
_LOCAL = r"[0٠]\d{1,4}(?:[ \u00a0-]\d{2,7}){1,4}(?!\d)"
_NUMBER = re.compile(
    rf"(?<![\w/=+])(?P<isolate>[{ISOLATE}{ISOLATE_LEFT_TO_RIGHT}])?{LEFT_TO_RIGHT}?"
    rf"(?P<number>{_COMPACT}|{_SPACED}|{_LOCAL})(?(isolate){POP})"
)
_DATE = re.compile(r"\d{2}[ -]\d{2}[ -]\d{4}")
_LAST_GROUP = re.compile(rf"{_SEPARATOR}+\d+$")
_TRUNK_ZERO = re.compile(r"\(0\)")  # dialled at home only: +44 (0)20 …
_NOT_DIALLED = re.compile(r"[^\d+]")
_NO_DIGIT = re.compile(r"[^0-9]")
_ARABIC_LETTER = re.compile("[\u0621-\u064a]")


def dialled(number: str) -> str:
    """Write a number as a phone dials it: `+90 (312) 438 11 10` as `+903124381110`."""
    without_zero = _TRUNK_ZERO.sub("", ascii_digits(number))
    return _NOT_DIALLED.sub("", without_zero)


def e164(typed: str, country: str) -> str | None:
    """Return a valid number in E.164, as dialled in a country or from abroad; None for none."""
    try:
        parsed = phonenumbers.parse(ascii_digits(typed), country)
    except phonenumbers.NumberParseException:
        return None
    if parsed.extension or not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def endings(number: str) -> set[str]:
    """Return the last digits of a number, four and more, up to all of them."""
    digits = _NO_DIGIT.sub("", ascii_digits(number))
    starts = range(len(digits) - MIN_ENDING_DIGITS + 1)
    return {digits[start:] for start in starts}


def block(number: str) -> str:
    """Return what a number has in common with the 9,999 others of its block."""
    return number[:-BLOCK_DIGITS]


def is_dear(number: str) -> bool:
    """Tell whether a message to a number in E.164 costs more than one to a telephone.

    Premium and shared-cost numbers, satellites and global services. A code that nobody has been
    given is none of them: only made-up people write from there.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    region = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    if region == NO_COUNTRY:
        return True
    return phonenumbers.number_type(parsed) in DEAR_TYPES


def dialable(words: str, form: Form) -> str:
    """Write every number of a text as one word that is drawn in the order of dialling.

    Only a text with Arabic letters needs marks for that, so English ones stay within GSM-7. Old
    phones draw an isolate as a box, so an SMS has the older mark before the number instead.
    """
    is_arabic = _ARABIC_LETTER.search(words) is not None

    def written(match: re.Match[str]) -> str:
        return _written(match, form, is_arabic)

    return _NUMBER.sub(written, words)


def _written(
    match: re.Match[str],
    form: Form,
    is_arabic: bool,
) -> str:
    number = _number_in(match["number"])
    if not number:
        return match[0]
    digits = dialled(number)
    rest = match["number"][len(number) :]
    needs_mark = is_arabic and digits.startswith("+")  # digits alone are never turned around
    if not needs_mark:
        return digits + rest
    if form is Form.TEXT:
        return LEFT_TO_RIGHT + digits + rest
    return ISOLATE_LEFT_TO_RIGHT + digits + POP + rest


def _number_in(candidate: str) -> str:
    """Return the telephone number that a run of digits begins with; empty where there is none."""
    is_local = not candidate.startswith(("+", "00", "٠٠"))
    if is_local:
        return candidate if _is_local(candidate) else ""
    number = candidate
    while not _is_possible(number):
        shorter = _LAST_GROUP.sub("", number)
        if shorter == number:
            return candidate if _is_compact(candidate) else ""
        number = shorter
    return number


def _is_local(candidate: str) -> bool:
    if _DATE.fullmatch(candidate):
        return False
    digit_count = len(dialled(candidate))
    return MIN_LOCAL_DIGITS <= digit_count <= MAX_LOCAL_DIGITS


def _is_possible(number: str) -> bool:
    """Tell whether a number has as many digits as those of its country have."""
    international = re.sub("^00", "+", dialled(number))
    try:
        parsed = phonenumbers.parse(international)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(parsed)


def _is_compact(candidate: str) -> bool:
    """Tell whether nothing separates the digits: a number of no country, as on the phone page."""
    return re.fullmatch(_COMPACT, candidate) is not None
