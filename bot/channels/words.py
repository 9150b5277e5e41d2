"""Words in every channel: commands, phone numbers, long texts, choices without buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator

import regex
from phonenumbers import (
    NumberParseException,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

from bot.messages import Content, Kind
from bot.text import sms, text

MAX_TEXT_CHARS = 4000  # kept of what a person wrote
MAX_NUMBER_CHARS = 40

_COMMAND = re.compile(r"/(?P<word>[^\s@/]{1,40})(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
# What phones and people write before a text that they pass on.
_FORWARDED = re.compile(
    r"\W{0,12}(?:fwd?|forwarded(?:\s+(?:message|sms|many\s+times))?|"
    r"(?:رسال[ةه]\s+)?(?:محو[ّ]?ل[ةه]|مُحوَّلة|معاد\s+توجيهها)|"
    r"منقول[ةه]?|إعادة\s+توجيه)\s*[:\-–—|>\n]",
    re.IGNORECASE,
)
# A line copied out of a chat: "[29/11/2026, 10:02] Omar: …", "12:30, 11/29/2026 - Omar: …".
_PASTED = re.compile(r"\[?\d{1,4}[/.:]\d{1,2}[^\n\]]{0,30}(?:\]|\s-)\s*[^:\n]{1,60}:\s*\S")
# The best places to break a text first: between paragraphs, lines, words.
_BREAKS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"\s"))
_GRAPHEME = regex.compile(r"\X")


def read(written: str) -> tuple[Kind, str, str]:
    """Return kind, text and payload of what a person wrote: `/start abc`, `/مساعدة`, or words.

    Empty words are OTHER.
    """
    cleaned = text.clean(written, MAX_TEXT_CHARS)
    command = _COMMAND.fullmatch(cleaned)
    if command:
        payload = command["rest"] or ""
        return Kind.COMMAND, command["word"].lower(), payload.strip()
    kind = Kind.TEXT if cleaned else Kind.OTHER
    return kind, cleaned, ""


def is_forwarded(written: str) -> bool:
    """Tell whether a text says of itself that it is somebody else's: "Fwd: …", «منقول: …»."""
    return _FORWARDED.match(written) is not None or _PASTED.match(written) is not None


def e164(number: str) -> str | None:
    """Write a phone number with its country code as `+218910000001`; None when it is not one."""
    cleaned = text.clean(number, MAX_NUMBER_CHARS)
    digits = text.ascii_digits(cleaned).removeprefix("+")
    try:
        parsed = parse(f"+{digits}")
    except NumberParseException:
        return None
    if not is_possible_number(parsed):
        return None
    return format_number(parsed, PhoneNumberFormat.E164)


def as_text(content: Content) -> str:
    """Write a content for a screen without buttons.

    The choices become a numbered list, and costly characters plain ones.
    """
    lines = [content.text] if content.text else []
    for number, button in enumerate(content.buttons, 1):
        lines.append(f"{number}. {button.label}")
    return sms.for_sms("\n".join(lines))


def pieces(
    long_text: str,
    limit: int,
) -> Iterator[str]:
    """Yield pieces of a long text of at most `limit` UTF-16 units each.

    It is broken between paragraphs, lines or words if possible; never inside a grapheme, unless a
    single one is longer than the limit.
    """
    rest = long_text.strip()
    while _units(rest) > limit:
        head = _head(rest, limit)
        yield head.rstrip()
        rest = rest[len(head) :].lstrip()
    if rest:
        yield rest


def _units(long_text: str) -> int:
    return len(long_text.encode("utf-16-be", "surrogatepass")) // 2


def _head(
    long_text: str,
    limit: int,
) -> str:
    """Cut the first piece at the best break in its second half."""
    whole = _whole_graphemes(long_text, limit)
    half = len(whole) // 2
    for pattern in _BREAKS:
        breaks = list(pattern.finditer(whole, half))
        if breaks:
            return whole[: breaks[-1].end()]
    return whole


def _whole_graphemes(
    long_text: str,
    limit: int,
) -> str:
    """Cut as many whole graphemes as fit."""
    used = 0
    end = 0
    for grapheme in _GRAPHEME.findall(long_text[: limit + 1]):
        used += _units(grapheme)
        if used > limit:
            break
        end += len(grapheme)
    return long_text[: end or limit // 2]
