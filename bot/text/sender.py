"""The name under which we speak: a setting, for two ministries may claim to speak for one country.

A process sets it once, when it loads its settings, as it does with the borders.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.messages import Language

DEFAULT_NAMES: Mapping[Language, str] = {
    "ar": "وزارة الخارجية الليبية",
    "en": "Libyan foreign ministry",
}
PLACEHOLDER = "sender"  # in every text of the catalogues

_names: dict[Language, str] = dict(DEFAULT_NAMES)


def use(names: Mapping[Language, str | None]) -> None:
    """Speak under these names from now on; without one, under that of the default."""
    for language, default in DEFAULT_NAMES.items():
        _names[language] = names.get(language) or default


def name(language: Language) -> str:
    """Return the name under which we speak, in a language."""
    return _names[language]
