"""How trips and residences are said back, and how the days of a trip are written in slots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel.dates import format_date

from bot.actions.context import Context, place_words
from bot.consular.people import trips
from bot.consular.reference import places
from bot.consular.reference.places import Place
from bot.messages import Language
from bot.models import Residence, Trip
from nlu.language.reading.dates import Problem

DAY_OF_THIS_YEAR = "EEEE d MMMM"
DAY_OF_ANOTHER_YEAR = "EEEE d MMMM y"
LOCALES: Mapping[Language, str] = {"ar": "ar_LY", "en": "en"}


def trip(ctx: Context, told: Trip) -> str:
    """Word a trip: where to, and its days."""
    key = "trip_away"
    place = ""
    if told.country is not None:
        key = "trip_to"
        place = place_words(told.city or told.country, ctx.language)
    begins = spell(ctx, told.begins_on)
    if told.until is None:
        return ctx.say(f"{key}_from", place=place, begins=begins)
    until = spell(ctx, told.until)
    return ctx.say(
        f"{key}_until",
        place=place,
        begins=begins,
        until=until,
    )


def home(ctx: Context, residence: Residence) -> str:
    """Name where the person lives."""
    return place_words(residence.city or residence.country, ctx.language)


def spell(ctx: Context, day: date) -> str:
    """Write a day in the person's language: "Friday 4 December"."""
    pattern = DAY_OF_ANOTHER_YEAR
    if day.year == today(ctx).year:
        pattern = DAY_OF_THIS_YEAR
    return format_date(day, pattern, locale=LOCALES[ctx.language])


def problem(ctx: Context, reason: Problem) -> str:
    """Say why words for a day name none that we can take."""
    return ctx.say(f"trip_{reason.value}")


def today(ctx: Context) -> date:
    """Return the day on which the message was written, where the person is."""
    return trips.today(ctx.person, ctx.written_at)


def place_of(code: str | None) -> Place | None:
    """Return the place of a code in a slot."""
    if code is None:
        return None
    return places.place_of(code)


def iso(day: date | Problem | None) -> str | None:
    """Write a day as slots hold it: 2026-12-31."""
    if not isinstance(day, date):
        return None
    return day.isoformat()


def day_of(written: str | None) -> date | None:
    """Read a day from a slot."""
    if written is None:
        return None
    return date.fromisoformat(written)
