"""What an action works with, and what flows can see of a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions import notes
from bot.consular.people import placement
from bot.consular.reference import places
from bot.consular.reference.places import Place
from bot.messages import Form, Heard, Inbound, Language, Location, Option, Reply
from bot.models import Address, CaseKind, Person
from bot.runtime.limits import DEFAULT_BUDGET, DEFAULT_PERIODS, Periods, ReplyBudget
from bot.text.catalogues import say
from bot.text.text import language_of

Slots = Mapping[str, Any]

COMMAS: Mapping[Language, str] = {"ar": "، ", "en": ", "}


@dataclass(slots=True)
class Context:
    """One turn: the transaction, the person, the address and message they wrote, and the time.

    `written_at` and `received_at` are the message's own times; what it tells holds for the first.

    `topics` are the live pages to notify after the commit; `noted` are the notes this turn wrote
    into cases, by kind and words: once is enough. `asides` are replies that no flow knows of; they
    go before those of the flow. `is_cry` says that the message cried for help: its answer leaves
    whatever the budget. `kept_place` is the place that this turn has kept, with the words for it.
    `is_in_need`: its writer has cried for help, and staff see to it.
    `can_text`: SMS can be sent from here.
    `is_in_crisis`: its writer is where an open crisis is, or was asked by a roll call.
    `is_passing`: nothing of the answer stays once it has left. `site` is our public address, "" for
    none. `answerable` is what a typed answer may mean, once that was looked up. `page` is an HTML
    page that goes with the answer as a file of the name `page_name`.
    """

    session: AsyncSession
    person: Person
    address: Address
    inbound: Inbound
    heard: Heard
    now: datetime
    written_at: datetime
    received_at: datetime
    topics: set[str] = field(default_factory=set)
    noted: set[tuple[CaseKind, str]] = field(default_factory=set)
    asides: list[Reply] = field(default_factory=list)
    kept_place: tuple[Place, str | None] | None = None
    is_cry: bool = False
    is_in_need: bool = False
    is_in_crisis: bool = False
    can_text: bool = False
    is_passing: bool = False
    site: str = ""
    answerable: tuple[Option, ...] | None = None
    page: str = ""
    page_name: str = ""
    budget: ReplyBudget = DEFAULT_BUDGET
    periods: Periods = DEFAULT_PERIODS

    @property
    def language(self) -> Language:
        """Return the person's language."""
        return language_of(self.person.language)

    @property
    def words(self) -> str:
        """Tell what the person sent, as staff read it in a case."""
        return notes.words(self.inbound, self.written_at, self.received_at)

    @property
    def late_since(self) -> datetime | None:
        """Return when the message was written, where it reached us much later."""
        delay = self.received_at - self.written_at
        if delay < notes.LATE_AFTER:
            return None
        return self.written_at

    def say(self, key: str, **placeholders: Any) -> str:
        """Word a text in the person's language, for their screen."""
        return say(key, self.language, self.address.form, **placeholders)


Action = Callable[[Context, Slots], Awaitable[Slots]]


def known(person: Person, form: Form) -> dict[str, Any]:
    """Return the slots that a person fills at the beginning of a turn."""
    return {
        **placed(person),
        "name": person.name,
        "is_new": person.dialogue is None,
        "registered": person.registered_at is not None,
        "consented": person.consented_at is not None,
        "party": person.party_size,
        "has_phone": person.phone is not None,
        "can_share": form is Form.CHAT,
        "has_stopped": person.stopped_at is not None,
    }


def placed(person: Person) -> dict[str, Any]:
    """Return the slots that the person's place fills."""
    language = language_of(person.language)
    return {
        "country": person.country,
        "country_name": country_name(person.country, language) or None,
        "place_name": place_name(person, language),
    }


def country_name(country: str | None, language: Language) -> str:
    """Name a country (alpha-2) in a language; "" for none."""
    if country is None:
        return ""
    return places.country_name(country, language)


def place_name(person: Person, language: Language) -> str | None:
    """Name the city or country of a person, and what is known of the place within it.

    «كامبو 5، السودان» in their own words, «السلطان أحمد، إسطنبول، تركيا» by their position.
    """
    if person.country is None:
        return person.place_words
    position = position_of(person)
    if not person.city:
        return place_words(person.country, language, person.place_words)
    if position is None:
        return place_words(person.city, language, person.place_words)
    if places.has_name(person.city, language):
        quarter = places.quarter_name(position, person.city, language)
        return place_words(person.city, language, quarter)
    near = places.named_near(position, person.country, language)
    if near is None:
        return place_words(person.country, language)
    name = place_words(near, language)
    return say("near_place", language, Form.CHAT, place=name)


def position_of(person: Person) -> Location | None:
    """Return the position that a person shared, as exactly as it is kept; None for a named place.

    The position of a named place is that of its middle.
    """
    position = person.location or person.position
    if position is None or _is_of_city(person):
        return None
    latitude, _, longitude = position.partition(",")
    return Location(float(latitude), float(longitude))


def _is_of_city(person: Person) -> bool:
    """Tell whether the position of a person is but that of the middle of their city."""
    if person.location or not person.city:
        return False
    city = places.place_of(person.city)
    return person.position == placement.rounded(city.latitude, city.longitude)


def place_words(
    code: str,
    language: Language,
    within: str | None = None,
) -> str:
    """Name a place (`CC/English name` or `CC`), what lies within it first: «طرابلس، ليبيا»."""
    names = []
    if within:
        names.append(within)
    if "/" in code:
        names.append(places.city_name(code, language))
    names.append(places.country_name(code[:2], language))
    return COMMAS[language].join(names)
