"""SMS: what a text costs in parts (3GPP TS 23.038), and characters that old phones can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from bot.messages import Form
from bot.text.numbers import dialable
from bot.text.text import without_invisible

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_EXTENDED = frozenset("\f^{}\\[~]|€")  # each takes two septets
LINK = "{link}"  # where the reply link of each person will stand
LONGEST_LINK = "x" * 72
GRAPHEME = regex.compile(r"\X")

# Units of a text that fits into one part, and of each part of a longer one.
SEPTETS_ALONE = 160
SEPTETS_IN_PART = 153
CODE_UNITS_ALONE = 70
CODE_UNITS_IN_PART = 67

_PLAIN = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
    }
)


@dataclass(frozen=True, slots=True)
class Parts:
    """The cost of an SMS.

    `units` are septets or UTF-16 code units; `forced_by` the characters outside GSM-7.
    """

    count: int
    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    forced_by: str

    @property
    def capacity(self) -> int:
        """Return the units that this many parts hold."""
        if self.encoding == "GSM-7":
            alone, in_part = SEPTETS_ALONE, SEPTETS_IN_PART
        else:
            alone, in_part = CODE_UNITS_ALONE, CODE_UNITS_IN_PART
        if self.count == 1:
            return alone
        return in_part * self.count


def sms_parts(text: str) -> Parts:
    """Count the parts of an SMS; an empty text is one part.

    Neither an escape nor a surrogate pair nor a grapheme is split.
    """
    forced_by = _outside_gsm(text)
    if forced_by:
        sizes = [_code_units(grapheme) for grapheme in GRAPHEME.findall(text)]
        count = _count(sizes, CODE_UNITS_ALONE, CODE_UNITS_IN_PART)
        return Parts(count, "UCS-2", sum(sizes), forced_by)
    sizes = [_septets(character) for character in text]
    count = _count(sizes, SEPTETS_ALONE, SEPTETS_IN_PART)
    return Parts(count, "GSM-7", sum(sizes), "")


def _outside_gsm(text: str) -> str:
    """Return the characters that GSM-7 lacks, each once, in their order."""
    outside = ""
    for character in text:
        is_inside = character in GSM_7 or character in GSM_7_EXTENDED
        if not is_inside and character not in outside:
            outside += character
    return outside


def _code_units(grapheme: str) -> int:
    return len(grapheme.encode("utf-16-be")) // 2


def _septets(character: str) -> int:
    return 2 if character in GSM_7_EXTENDED else 1


def _count(
    sizes: Sequence[int],
    alone: int,
    in_part: int,
) -> int:
    """Fill parts with units that must stay together."""
    if sum(sizes) <= alone:
        return 1
    parts = 1
    used = 0
    for size in sizes:
        if used + size > in_part:
            parts += 1
            used = 0
        used += size
        while used > in_part:  # a grapheme longer than a part has to be split after all
            parts += 1
            used -= in_part
    return parts


def for_sms(text: str) -> str:
    """Return the same words without characters that cost parts or show as boxes.

    Telephone numbers in Arabic get back the one mark that they need.
    """
    lines = text.replace("\r\n", "\n")
    plain = without_invisible(lines).translate(_PLAIN)
    return dialable(plain, Form.TEXT)


def signed(body: str, sender: str) -> str:
    """Sign an SMS with the name of its sender on a line of its own, where that costs no part.

    A reply link takes the place of `{link}` later: it counts as long as it may become.
    """
    signature = f"\n{sender}"
    unsigned = body.replace(LINK, LONGEST_LINK)
    if sms_parts(unsigned + signature).count > sms_parts(unsigned).count:
        return body
    return body + signature
