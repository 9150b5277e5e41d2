"""What channels have in common about words: commands, phone numbers, long texts, choices without buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
import regex

from bot.messages import Button, Content, Kind
from bot.text import sms, text

LONGEST = 4000  # characters kept of what a person wrote

_COMMAND = re.compile(r"/(?P<word>[^\s@/]{1,40})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
_BREAKS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"\s"),
)  # the best places to break a text first
_GRAPHEME = regex.compile(r"\X")


def read(said: str) -> tuple[Kind, str, str]:
    """Kind, text and payload of what was written: `/start abc`, `/مساعدة`, or words. Empty words are OTHER."""
    said = text.clean(said, LONGEST)
    if command := _COMMAND.fullmatch(said):
        return Kind.COMMAND, command["word"].lower(), (command["rest"] or "").strip()
    return (Kind.TEXT if said else Kind.OTHER), said, ""


def e164(number: str) -> str | None:
    """A phone number with its country code as `+218910000001`; None when it is not one."""
    digits = text.ascii_digits(text.clean(number, 40))
    try:
        parsed = phonenumbers.parse(digits if digits.startswith("+") else f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def as_text(content: Content) -> str:
    """A content on a screen without buttons: the choices become a numbered list, costly characters plain ones."""
    choices = "\n".join(_choice(number, button) for number, button in enumerate(content.buttons, 1))
    return sms.for_sms("\n".join(filter(None, (content.text, choices))))


def _choice(number: int, button: Button) -> str:
    return f"{number}. {button.label}"


def pieces(words: str, limit: int) -> Iterator[str]:
    """A long text in pieces of at most `limit` UTF-16 units, broken between paragraphs, lines or words if possible.

    Never inside a grapheme, unless a single one is longer than the limit.
    """
    words = words.strip()
    while _units(words) > limit:
        head = _head(words, limit)
        yield head.rstrip()
        words = words[len(head) :].lstrip()
    if words:
        yield words


def _units(words: str) -> int:
    return len(words.encode("utf-16-be", "surrogatepass")) // 2


def _head(words: str, limit: int) -> str:
    whole = _whole_graphemes(words, limit)
    for pattern in _BREAKS:
        ends = [
            found.end() for found in pattern.finditer(whole) if found.start() >= len(whole) // 2
        ]
        if ends:
            return whole[: ends[-1]]
    return whole


def _whole_graphemes(words: str, limit: int) -> str:
    """As many whole graphemes as fit."""
    used = end = 0
    for grapheme in _GRAPHEME.findall(words[: limit + 1]):
        used += _units(grapheme)
        if used > limit:
            break
        end += len(grapheme)
    return words[: end or limit // 2]
