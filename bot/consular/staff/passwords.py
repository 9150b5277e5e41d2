"""Passwords: long ones in any script, and none that guessers try first.

Length is what helps; no rule asks for digits or signs (NIST SP 800-63B, 5.1.1).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from bot.consular.errors import N_

MIN_PASSWORD_CHARS = 12
MAX_NEW_PASSWORD_CHARS = 128  # older ones may be longer, as far as they are hashed
MIN_DISTINCT_CHARS = 5
MIN_UNUSUAL_CHARS = 4  # beside common words, rows of keys, years and signs
MIN_EMAIL_PART_CHARS = 4
MIN_RUN_CHARS = 3

COMMON_LIST = Path(__file__).parent / "data" / "common_passwords.txt"
# Words that people put into passwords of this product, and those that they put into all; folded.
COMMON_WORDS = Path(__file__).parent / "data" / "common_words.txt"
KEYBOARD_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qwertzuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
    "abcdefghijklmnopqrstuvwxyz",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "ضصثقفغعهخحجد",
    "شسيبلاتنمكط",
    "ئءؤرلاىةوزظ",
)
_LOOK_ALIKES = str.maketrans("@4301!$5789أإآىة", "aaeoiisstbgااايه")
_SPACES = re.compile(r"\s+")
_REPEATED = re.compile(r"(.{1,8}?)\1+.{0,3}")


def fault(password: str, again: str, email: str) -> str:
    """Say what is wrong with a new password of an account; empty when nothing is."""
    if len(_SPACES.sub(" ", password)) < MIN_PASSWORD_CHARS:
        return N_("The password is too short: 12 letters or more, a sentence is best.")
    if len(password) > MAX_NEW_PASSWORD_CHARS:
        return N_("The password is too long.")
    if is_easy_to_guess(password, email):
        return N_("This password is easy to guess. A sentence that only you would write is best.")
    if password != again:
        return N_("The two passwords are not the same.")
    return ""


def is_easy_to_guess(password: str, email: str = "") -> bool:
    """Tell whether guessers try the password early: common ones, rows of keys, own names."""
    folded = _folded(password)
    if folded in _common_passwords() or len(set(folded)) < MIN_DISTINCT_CHARS:
        return True
    if _REPEATED.fullmatch(folded):
        return True
    unusual = _without_common_parts(folded, email)
    if unusual == folded:
        return False
    letters = [letter for letter in unusual if letter.isalpha()]
    return len(letters) < MIN_UNUSUAL_CHARS


def _folded(text: str) -> str:
    """Write a text without capitals, marks and wide letters, all digits as 0 to 9."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters: list[str] = []
    for letter in decomposed:
        if unicodedata.combining(letter):
            continue
        digit = unicodedata.decimal(letter, None)
        letters.append(letter if digit is None else str(digit))
    return "".join(letters)


@cache
def _common_passwords() -> frozenset[str]:
    lines = COMMON_LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(_folded(line) for line in lines)


@cache
def _common_words() -> tuple[str, ...]:
    return tuple(COMMON_WORDS.read_text(encoding="utf-8").split())


def _without_common_parts(folded: str, email: str) -> str:
    """Take out rows of keys, common words (also with look-alikes: p4ssw0rd) and the own address."""
    text = _without_runs(folded)
    words = [*_common_words(), *_parts_of(email)]
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
        plain = text.translate(_LOOK_ALIKES)
        start = plain.find(word)
        while start >= 0:
            text = text[:start] + " " + text[start + len(word) :]
            plain = text.translate(_LOOK_ALIKES)
            start = plain.find(word)
    return text


def _parts_of(email: str) -> list[str]:
    parts = re.split(r"[^\w]+|_|\d+", _folded(email))
    return [part for part in parts if len(part) >= MIN_EMAIL_PART_CHARS]


def _without_runs(text: str) -> str:
    """Take out neighbours on the keyboard or in the alphabet, in either direction."""
    start = 0
    while start + MIN_RUN_CHARS <= len(text):
        length = _run_length(text, start)
        if length >= MIN_RUN_CHARS:
            text = text[:start] + " " + text[start + length :]
        start += 1
    return text


def _run_length(text: str, start: int) -> int:
    longest = 0
    for row in _rows():
        length = MIN_RUN_CHARS
        while text[start : start + length] in row and start + length <= len(text):
            longest = max(longest, length)
            length += 1
    return longest


@cache
def _rows() -> tuple[str, ...]:
    backwards = tuple(row[::-1] for row in KEYBOARD_ROWS)
    return KEYBOARD_ROWS + backwards
