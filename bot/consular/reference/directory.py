"""Posts, and the numbers to call first, as the tables of a file, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import N_
from bot.consular.reference import emergency, places, posts
from bot.messages import Language
from bot.models import EmergencyNumber, Post
from bot.text import catalogues

POST_COLUMNS = (
    N_("Post no."),
    N_("Country"),
    N_("City"),
    N_("State"),
    N_("Name in Arabic"),
    N_("Name in English"),
    N_("Phone"),
    N_("Emergency number"),
    N_("E-mail"),
    N_("Address in Arabic"),
    N_("Address in English"),
    N_("Accredited to"),
    N_("Moved on"),
    N_("Closed on"),
)
EMERGENCY_COLUMNS = (
    N_("Country"),
    N_("One number for everything"),
    N_("Ambulance"),
    N_("Police"),
    N_("Fire brigade"),
    N_("Source"),
    N_("As of"),
)
STATES: Mapping[str, str] = {
    "open": N_("open"),
    "moved": N_("moved"),
    "closed": N_("closed"),
}


def post_titles(language: Language) -> list[str]:
    """Return the titles of the columns of posts."""
    return [say(title, language) for title in POST_COLUMNS]


async def post_rows(
    session: AsyncSession,
    listed: Sequence[Post],
    language: Language,
) -> list[list[str]]:
    """Return the cells of posts, a row for each."""
    looked_after = await posts.countries(session)
    rows: list[list[str]] = []
    for post in listed:
        accredited = looked_after.get(post.id, frozenset()) - {post.country}
        names = [places.country_name(code, language) for code in sorted(accredited)]
        cells = _cells(post, language)
        rows.append(
            [
                *cells,
                " · ".join(names),
                _day(post.moved_at),
                _day(post.closed_at),
            ]
        )
    return rows


def _cells(post: Post, language: Language) -> list[str]:
    """Return what a post says of itself."""
    state = posts.state(post)
    return [
        str(post.id),
        places.country_name(post.country, language),
        places.city_name(post.city, language) if post.city else "",
        say(STATES[state], language),
        post.names.get("ar", ""),
        post.names.get("en", ""),
        post.phone,
        post.emergency_phone,
        post.email,
        post.street_addresses.get("ar", ""),
        post.street_addresses.get("en", ""),
    ]


def emergency_titles(language: Language) -> list[str]:
    """Return the titles of the columns of numbers to call first."""
    return [say(title, language) for title in EMERGENCY_COLUMNS]


def emergency_rows(
    table: Mapping[str, EmergencyNumber],
    countries: Sequence[tuple[str, str]],
) -> list[list[str]]:
    """Return the cells of countries (codes and names): empty where nothing is known."""
    rows: list[list[str]] = []
    for code, name in countries:
        columns = emergency.contents(table.get(code))
        rows.append([name, *columns.values()])
    return rows


def say(words: str, language: Language) -> str:
    """Translate words of the console."""
    return str(catalogues.console(language).ugettext(words))


def _day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""
