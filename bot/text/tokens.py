"""Texts as they are compared: words in one spelling, numbers as digits, links as addresses.

What copying changes is gone: letter forms, stretched letters, invisible marks, emoji, line breaks,
digits of three scripts, blanks within a telephone number.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bot.text.text import without_invisible
from nlu.language import folding

SHINGLE_WORDS = 3  # words that stand together and are looked up as one
HASH_BYTES = 8
LARGEST_HASH = 2**63 - 1  # of a BIGINT

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>«»\"]+"
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|@[A-Za-z]\w{3,}"
    r"|(?<![\w@])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s<>«»\"]*)?",
    re.IGNORECASE,
)
# Digits with what people write between them; not across lines, or two numbers become one.
_NUMBER = re.compile(r"\+?\d(?:[ \u00a0\-./:,()٫٬]{0,2}\d)*")
_LINK_END = ".,;:!?؟،)»"
# What carriers, phones and people add around a text that they pass on.
_PASTED_HEAD = re.compile(r"^\[?\d{1,4}[/.:]\d{1,2}[^\n\]]{0,30}(?:\]|\s-)\s*[^:\n]{1,60}:\s?")
_PART_COUNT = re.compile(
    r"^\s*[(\[]?([1-9])\s*/\s*([1-9])[)\]]?[ :\-]*|[(\[]([1-9])/([1-9])[)\]]\s*$"
)
_PASSED_ON = re.compile(
    r"^\W{0,12}(?:fwd?|forwarded(?:\s+(?:from|message|sms|many\s+times))?[^\n:]{0,40}|"
    r"as\s+received|copied|(?:رسال[ةه]\s+)?(?:محو[ّ]?ل[ةه]|مُحوَّلة|معاد\s+توجيهها)[^\n:]{0,40}|"
    r"منقول[ةه]?|كما\s+(?:وصلني|وصلتني)|إعادة\s+توجيه)\s*[:\-–—|>.]*\s*$",
    re.IGNORECASE,
)
_PASSED_ON_WORD = re.compile(
    r"^\W{0,12}(?:fwd?|forwarded(?:\s+message)?|محو[ّ]?ل[ةه]|منقول[ةه]?)\s*[:\-–—|>]\s*",
    re.IGNORECASE,
)


class Sort(StrEnum):
    """What a token is: a word, the digits of a number, or an address to open or to write to."""

    WORD = "word"
    NUMBER = "number"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a link in its one spelling."""

    text: str
    sort: Sort = Sort.WORD


def tokens(text: str) -> list[Token]:
    """Split a text into what it says."""
    visible = without_invisible(text)
    plain = unicodedata.normalize("NFKC", visible)
    plain = folding.digits(plain)
    return list(_tokens(plain))


@lru_cache(maxsize=512)
def of_original(text: str) -> tuple[Token, ...]:
    """Split a text of ours, which is compared again and again; never one that somebody shows us."""
    return tuple(tokens(text))


def _tokens(plain: str) -> Iterator[Token]:
    position = 0
    for link in _LINK.finditer(plain):
        yield from _words_and_numbers(plain[position : link.start()])
        address = _address(link[0])
        yield Token(address, Sort.LINK)
        position = link.end()
    yield from _words_and_numbers(plain[position:])


def _address(link: str) -> str:
    """Write a link as it is compared: without what apps add and leave out."""
    address = link.rstrip(_LINK_END).casefold()
    address = re.sub(r"^https?://", "", address)
    return address.removeprefix("www.").rstrip("/")


def _words_and_numbers(plain: str) -> Iterator[Token]:
    position = 0
    for number in _NUMBER.finditer(plain):
        yield from _words(plain[position : number.start()])
        digits = re.sub(r"\D", "", number[0])
        yield Token(digits, Sort.NUMBER)
        position = number.end()
    yield from _words(plain[position:])


def _words(plain: str) -> Iterator[Token]:
    for word in folding.words(plain):
        yield Token(word.folded)


def without_wrapping(text: str) -> str:
    """Leave out the lines and marks that carriers, phones and people put around a copied text."""
    lines = []
    for line in without_invisible(text).splitlines():
        bare = _PASTED_HEAD.sub("", line)
        bare = _PASSED_ON_WORD.sub("", bare)
        bare = _PART_COUNT.sub(_without_count, bare)
        if not _PASSED_ON.match(bare):
            lines.append(bare)
    return "\n".join(lines)


def _without_count(count: re.Match[str]) -> str:
    """Leave out "2/3" at the edge of a part; what counts nothing stays."""
    figures = filter(None, count.groups())
    number, total = map(int, figures)
    if total == 1:
        return count[0]
    if number > total:
        return count[0]
    return ""


def shingles(split: Sequence[Token]) -> set[int]:
    """Return the hashes of every three tokens in a row; of all of them, where there are fewer."""
    if not split:
        return set()
    texts = [token.text for token in split]
    last = max(1, len(texts) - SHINGLE_WORDS + 1)
    hashes: set[int] = set()
    for start in range(last):
        phrase = " ".join(texts[start : start + SHINGLE_WORDS])
        hashes.add(_hash(phrase))
    return hashes


def _hash(phrase: str) -> int:
    written = phrase.encode("utf-8", "replace")
    digest = hashlib.blake2b(written, digest_size=HASH_BYTES).digest()
    return int.from_bytes(digest, "big") & LARGEST_HASH
