"""Catalogues of both languages: texts of flows by key, and gettext for the console."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from bot.messages import Form, Language
from bot.runtime.settings import ROOT
from bot.text.text import ISOLATE, POP

LOCALES = ROOT / "locales"


SMS_SUFFIX = ".sms"  # a key's variant for screens without buttons


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
