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
from bot.text import sender
from bot.text.numbers import dialable
from bot.text.text import ISOLATE, POP

LOCALES = ROOT / "locales"
SMS_SUFFIX = ".sms"  # a key's variant for screens without buttons


class UnknownKeyError(KeyError):
    """A text that neither catalogue has: `tammen flows check` finds these before people do."""


class Catalogue:
    """The texts of one language, from `locales/<language>/LC_MESSAGES/flows.po`, by key.

    A text with a count is a plural entry of the same key and picks its form by the number `n`.
    """

    def __init__(self, language: Language, folder: Path = LOCALES) -> None:
        self.language = language
        path = folder / language / "LC_MESSAGES" / "flows.po"
        source = read_catalog(path, language)
        self.entries: dict[str, Any] = {}
        for message in source:
            if message.id:
                self.entries[_key(message.id)] = message
        self._translations = _translations(source)

    def text(
        self,
        key: str,
        form: Form,
        details: Mapping[str, Any],
    ) -> str:
        """Return the text for this form, its placeholders filled and its numbers dialable.

        Raises UnknownKeyError.
        """
        if form is Form.TEXT and key + SMS_SUFFIX in self.entries:
            key += SMS_SUFFIX
        if key not in self.entries:
            raise UnknownKeyError(key)
        template = self._template(key, details)
        shown = _shown(details, form)
        shown[sender.PLACEHOLDER] = sender.name(self.language)
        filled = template.format_map(shown)
        return dialable(filled, form)

    def _template(self, key: str, details: Mapping[str, Any]) -> str:
        is_plural = isinstance(self.entries[key].id, tuple)
        if is_plural:
            number = int(details["n"])
            return str(self._translations.ungettext(key, key, number))
        return str(self._translations.ugettext(key))


def read_catalog(path: Path, language: str) -> Catalog:
    """Read a PO file as Babel's catalogue; a mistake in it raises with its line."""
    with path.open("rb") as file:
        return read_po(
            file,
            locale=language,
            domain=path.stem,
            abort_invalid=True,
        )


def _translations(source: Catalog) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, source)
    compiled.seek(0)
    return Translations(compiled)


def _key(message_id: str | tuple[str, ...] | list[str]) -> str:
    """Return the key of an entry; a plural entry has it twice."""
    if isinstance(message_id, str):
        return message_id
    return message_id[0]


def _shown(details: Mapping[str, Any], form: Form) -> dict[str, str]:
    """Isolate each detail on chat screens; old phones show isolates as boxes, so not in SMS."""
    shown = {}
    for name, detail in details.items():
        shown[name] = str(detail)
        if form is not Form.TEXT:
            shown[name] = f"{ISOLATE}{detail}{POP}"
    return shown


@cache
def catalogue(language: Language) -> Catalogue:
    """Return the catalogue of a language, read once."""
    return Catalogue(language)


def say(
    key: str,
    language: Language,
    form: Form,
    **details: Any,
) -> str:
    """Return the text of a key in a language. Raises UnknownKeyError."""
    return catalogue(language).text(key, form, details)


@cache
def console(language: Language) -> Translations:
    """Return gettext for the console's pages; English is the source and misses nothing."""
    path = LOCALES / language / "LC_MESSAGES" / "console.po"
    return _translations(read_catalog(path, language))
