"""A list of people as the columns of a file, in the reader's words."""

from __future__ import annotations

from bot.consular.errors import N_
from bot.consular.people import cell_words
from bot.consular.people.listing import Entry
from bot.consular.reference import directory, places
from bot.messages import Language

COLUMNS = (
    N_("Number of the record"),
    N_("Name"),
    N_("Phone"),
    N_("Country"),
    N_("City"),
    N_("Place confirmed at (UTC)"),
    N_("Place doubtful: not counted as present"),
    N_("People with them, themselves included"),
    N_("Vulnerable"),
    N_("Needs"),
    N_("Do not call"),
    N_("Language"),
)


def titles(language: Language) -> list[str]:
    """Return the titles of the columns."""
    return [directory.say(title, language) for title in COLUMNS]


def cells(entry: Entry, language: Language) -> list[str]:
    """Return the cells of a person, as many as there are columns."""
    person = entry.person
    do_not_call = person.no_calls_at is not None
    return [
        str(person.id),
        person.name or "",
        entry.phone,
        places.country_name(person.country, language) if person.country else "",
        cell_words.city(person, language),
        cell_words.moment(person.placed_at),
        cell_words.yes(entry.is_doubtful, language),
        str(person.party_size or ""),
        cell_words.yes(entry.is_vulnerable, language),
        cell_words.needs(entry.needs, language),
        cell_words.yes(do_not_call, language),
        cell_words.own_name(person.language),
    ]
