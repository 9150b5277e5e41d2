"""What an action works with, and what flows can see of a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import places
from bot.messages import Form, Heard, Inbound, Kind, Language
from bot.models import Address, Person
from bot.text.catalogues import say
from bot.text.text import language_of

Slots = Mapping[str, Any]


@dataclass(slots=True)
class Context:
    """A turn: the transaction, who wrote from where, what, and when. `topics` are the open pages to tell afterwards."""

    session: AsyncSession
    person: Person
    address: Address
    inbound: Inbound
    heard: Heard
    now: datetime
    topics: set[str] = field(default_factory=set)
    noted: set[tuple[str, str]] = field(
        default_factory=set
    )  # (case, words) written in this turn: once is enough

    @property
    def language(self) -> Language:
        """The person's language."""
        return language_of(self.person.language)

    @property
    def words(self) -> str:
        """What the person wrote, or which button they pressed."""
        location = self.inbound.location
        if location:
            return f"📍 {location.latitude:.5f}, {location.longitude:.5f}"
        return (
            self.inbound.text
            if self.inbound.kind in {Kind.TEXT, Kind.EDITED}
            else f"[{self.inbound.text}]"
        )

    def say(self, key: str, **values: Any) -> str:
        """A text in the person's language, for their screen."""
        return say(key, self.language, self.address.form, **values)


Action = Callable[[Context, Slots], Awaitable[Slots]]


def known(person: Person, form: Form) -> dict[str, Any]:
    """What flows can see of a person at the beginning of a turn."""
    return {
        **placed(person),
        "name": person.name,
        "is_new": person.dialogue is None,
        "registered": person.registered_at is not None,
        "consented": person.consented_at is not None,
        "party": person.party_size,
        "has_phone": person.phone is not None,
        "can_share": form is Form.CHAT,
    }


def placed(person: Person) -> dict[str, Any]:
    language = language_of(person.language)
    country = places.country_name(person.country, language) if person.country else None
    return {
        "country": person.country,
        "country_name": country,
        "place_name": place_name(person, language),
    }


def place_name(person: Person, language: Language) -> str | None:
    if person.country is None:
        return None
    return place_words(person.city or person.country, language)


def place_words(value: str, language: Language) -> str:
    """A place in words: «طرابلس، ليبيا»."""
    country = places.country_name(value[:2], language)
    if "/" not in value:
        return country
    return f"{places.city_name(value, language)}{'، ' if language == 'ar' else ', '}{country}"
