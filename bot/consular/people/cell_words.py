"""What stands in the cells of a list of people, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from babel import Locale

from bot.consular.errors import N_
from bot.consular.reference import directory, places
from bot.messages import Language
from bot.models import Person

NEEDS: Mapping[str, str] = {
    "detained": N_("detained"),
    "alone": N_("under age and alone"),
    "medical": N_("medical care"),
    "pregnant": N_("pregnant"),
    "mobility": N_("moves with difficulty"),
    "infant": N_("baby"),
}


def needs(codes: Sequence[str], language: Language) -> str:
    """Word needs: "medical care · baby"."""
    return " · ".join(directory.say(NEEDS[code], language) for code in codes)


def city(person: Person, language: Language) -> str:
    """Name the city, and what the person calls a place that no gazetteer knows."""
    names: list[str] = []
    if person.city:
        names.append(places.city_name(person.city, language))
    if person.place_words:
        names.append(person.place_words)
    return " · ".join(names)


def own_name(language: str) -> str:
    """Name a language in itself: «العربية»."""
    locale = Locale.parse(language)
    return str(locale.languages[language])


def moment(at: datetime | None) -> str:
    """Write a time as spreadsheets read it, `2026-11-30 03:10`."""
    if at is None:
        return ""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def yes(holds: bool, language: Language) -> str:
    """Say yes; a cell of what does not hold is empty."""
    return directory.say(N_("yes"), language) if holds else ""
