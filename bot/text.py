"""Words for people: catalogues in both languages, direction, digits, SMS parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import phonenumbers
import regex
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from bot.messages import Form, Language
from bot.settings import ROOT

LANGUAGES: tuple[Language, ...] = ("ar", "en")
LOCALES = ROOT / "locales"
SMS_SUFFIX = ".sms"  # a key's variant for screens without buttons
ISOLATE, POP = "\u2068", "\u2069"  # keep a number or a foreign name from turning the sentence around

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def language_of(known: str) -> Language:
    """The language we speak to somebody: Arabic, unless theirs is English."""
    return "en" if known == "en" else "ar"


def direction(language: str) -> Literal["rtl", "ltr"]:
    """Which way the language is written."""
    return "rtl" if language == "ar" else "ltr"


def other(language: Language) -> Language:
    """The other language."""
    return "en" if language == "ar" else "ar"


def ascii_digits(text: str) -> str:
    """١٢٣ → 123."""
    return text.translate(_DIGITS)


class UnknownKeyError(KeyError):
    """A text that neither catalogue has: `tammen flows check` finds these before people do."""


class Catalogue:
    """The texts of one language, from `locales/<language>/LC_MESSAGES/flows.po`, by key.

    A text with a count is a plural entry of the same key and picks its form by the value `n`.
    """

    def __init__(self, language: Language, folder: Path = LOCALES) -> None:
        self.language = language
        source = read_catalog(folder / language / "LC_MESSAGES" / "flows.po", language)
        self.entries: dict[str, Any] = {_key(m.id): m for m in source if m.id}
        self._translations = _translations(source)

    def text(self, key: str, form: Form, values: Mapping[str, Any]) -> str:
        """The text for this form, its placeholders filled. Raises UnknownKeyError."""
        if form is Form.TEXT and key + SMS_SUFFIX in self.entries:
            key += SMS_SUFFIX
        if key not in self.entries:
            raise UnknownKeyError(key)
        return self._template(key, values).format_map(_shown(values, form))

    def _template(self, key: str, values: Mapping[str, Any]) -> str:
        if isinstance(self.entries[key].id, tuple):
            return str(self._translations.ungettext(key, key, int(values["n"])))
        return str(self._translations.ugettext(key))


def read_catalog(path: Path, language: str) -> Catalog:
    """A PO file as Babel's catalogue; a mistake in it raises with its line."""
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=path.stem, abort_invalid=True)


def _translations(source: Catalog) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, source)
    compiled.seek(0)
    return Translations(compiled)


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    return message_id if isinstance(message_id, str) else message_id[0]


def _shown(values: Mapping[str, Any], form: Form) -> dict[str, str]:
    """Values as text; isolated on chat screens, bare on SMS, where old phones show isolates as boxes."""
    if form is Form.TEXT:
        return {name: str(value) for name, value in values.items()}
    return {name: f"{ISOLATE}{value}{POP}" for name, value in values.items()}


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of a language, read once."""
    return Catalogue(language)


def say(key: str, language: Language, form: Form, **values: Any) -> str:
    """The text of a key. Raises UnknownKeyError."""
    return catalogue(language).text(key, form, values)


@cache
def console(language: Language) -> Translations:
    """gettext for the console's pages; English is the source, so it has no catalogue to miss."""
    path = LOCALES / language / "LC_MESSAGES" / "console.po"
    return _translations(read_catalog(path, language))


# SMS parts, by 3GPP TS 23.038: what a message costs.

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


_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\x00")
)
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def for_sms(text: str) -> str:
    """The same words without characters that cost parts or show as boxes."""
    return text.replace("\r\n", "\n").translate(_INVISIBLE).translate(_PLAIN)


def country_of_number(number: str) -> str | None:
    """The country (alpha-2) of a number in E.164; None for one that belongs to none, as on the phone page."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return region if region and len(region) == 2 and region.isalpha() else None


def clean(text: str, limit: int) -> str:
    """What a person wrote, without NULs, direction overrides and invisible marks, cut at `limit` characters."""
    return text[: limit * 2].translate(_INVISIBLE).strip()[:limit]
