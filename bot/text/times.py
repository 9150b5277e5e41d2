"""Times as people read them in a message: «الأحد 29 نوفمبر، 14:30»."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from babel.dates import format_datetime, get_timezone

from bot.messages import Language

# Locale and pattern by language.
_FORMATS: Mapping[Language, tuple[str, str]] = {
    "ar": ("ar_AE", "EEEE d MMMM، HH:mm"),
    "en": ("en_GB", "EEEE d MMMM, HH:mm"),
}


def spoken(at: datetime, zone: str, language: Language) -> str:
    """Word a time in a zone (IANA name)."""
    locale, pattern = _FORMATS[language]
    return format_datetime(
        at,
        pattern,
        tzinfo=get_timezone(zone),
        locale=locale,
    )
