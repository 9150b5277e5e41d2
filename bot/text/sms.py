"""SMS: what a text costs in parts (3GPP TS 23.038), and characters that old phones can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import regex

from bot.text.text import _INVISIBLE

_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


_GSM_EXTENDED = set("\f^{}\\[~]|€")


_GRAPHEME = regex.compile(r"\X")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an SMS costs. `units` are septets or UTF-16 code units; `forced_by` the characters outside GSM-7."""

    count: int
    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    forced_by: str


def sms_parts(text: str) -> Parts:
    """Parts of an SMS; an empty text is one part. Escapes, surrogate pairs and graphemes are never split."""
    forced = "".join(dict.fromkeys(c for c in text if c not in _GSM and c not in _GSM_EXTENDED))
    if forced:
        sizes = [len(g.encode("utf-16-be")) // 2 for g in _GRAPHEME.findall(text)]
        return Parts(_count(sizes, 70, 67), "UCS-2", sum(sizes), forced)
    sizes = [2 if c in _GSM_EXTENDED else 1 for c in text]
    return Parts(_count(sizes, 160, 153), "GSM-7", sum(sizes), "")


def _count(sizes: list[int], single: int, each: int) -> int:
    if sum(sizes) <= single:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
        while used > each:  # a grapheme longer than a part has to be split after all
            parts, used = parts + 1, used - each
    return parts


_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)


def for_sms(text: str) -> str:
    """The same words without characters that cost parts or show as boxes."""
    return text.replace("\r\n", "\n").translate(_INVISIBLE).translate(_PLAIN)
