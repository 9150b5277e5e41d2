"""Posts as people name them: by number, country, or city in either language."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import places, posts
from bot.consular.staff import roles
from bot.models import Post, Staff
from bot.text.text import LANGUAGES, ascii_digits, row_number
from nlu.language.folding import fold

MAX_CHOICES = 8  # shown where a name means several
MAX_NAME_CHARS = 60
MAX_CITIES = 1000  # whose names begin alike


async def visible(
    session: AsyncSession,
    staff: Staff,
) -> list[Post]:
    """Return the posts that an account looks after, the closed ones too."""
    roles.require(
        staff,
        "posts",
    )
    seen: list[Post] = []
    for post in await posts.everything(session):
        if roles.covers(
            staff,
            post.country,
        ):
            seen.append(post)
    return seen


async def chosen(
    session: AsyncSession,
    name: str,
    staff: Staff | None = None,
    closed_too: bool = False,
) -> Post:
    """Return the one post that a name means, among those of the account. Raises ConsularError.

    A number means a closed post as well, a name only with `closed_too`.
    """
    among = (
        await posts.everything(session)
        if staff is None
        else await visible(
            session,
            staff,
        )
    )
    post_id = row_number(ascii_digits(name.strip()))
    if post_id is not None:
        choices = [post for post in among if post.id == post_id]
    else:
        open_ones = [post for post in among if closed_too or post.closed_at is None]
        choices = _named(
            open_ones,
            name,
        )
    if not choices:
        raise ConsularError(
            "No post is called {name}: write its number, its city or its country.",
            name=Quote(name[:MAX_NAME_CHARS]),
        )
    if len(choices) > 1:
        raise ConsularError(
            "{name} may be several posts: {choices}. Write the number.",
            name=Quote(name[:MAX_NAME_CHARS]),
            choices=Quote(_listed(choices)),
        )
    return choices[0]


def _named(
    among: Sequence[Post],
    name: str,
) -> list[Post]:
    """Return the posts of a country's code, else those of a city, else those whose name has it."""
    of_country = [post for post in among if post.country == name.strip().upper()]
    if of_country:
        return of_country
    words = fold(name).split()
    if not words:
        return []
    in_city = [
        post
        for post in among
        if _is_city(
            post,
            words,
        )
    ]
    if in_city:
        return in_city
    return [
        post
        for post in among
        if _has_words(
            post,
            words,
        )
    ]


def _is_city(
    post: Post,
    words: list[str],
) -> bool:
    """Tell whether words are the name of a post's city, or how its own name ends."""
    if post.city and _is_called(
        post.city,
        words,
    ):
        return True
    for language in LANGUAGES:
        own = fold(
            _last_part(
                post.names.get(
                    language,
                    "",
                )
            )
        ).split()
        if own == words:
            return True
    return False


def _last_part(name: str) -> str:
    """Return what follows the kind of the post in its name: its city, as a rule."""
    for separator in (", ", " - "):
        if separator in name:
            return name.partition(separator)[2]
    return name


def _has_words(
    post: Post,
    words: list[str],
) -> bool:
    """Tell whether words stand in the name of a post or of its country, one after the other."""
    wanted = f" {' '.join(words)} "
    for language in LANGUAGES:
        country = places.country_name(
            post.country,
            language,
        )
        for text in (
            post.names.get(
                language,
                "",
            ),
            country,
        ):
            folded = f" {' '.join(fold(text.replace('-', ' ')).split())} "
            if wanted in folded:
                return True
    return False


def city(
    name: str,
    country: str,
) -> str:
    """Return the value of a city that somebody typed, looked for in a country first.

    Raises ConsularError.
    """
    if places.is_city(name):
        return name
    named: list[str] = []
    for candidate in places.cities_like(
        name,
        limit=MAX_CITIES,
    ):
        if _is_called(
            candidate,
            fold(name).split(),
        ):
            named.append(candidate)
    at_home = [candidate for candidate in named if candidate.startswith(f"{country}/")]
    choices = at_home or named
    if not choices:
        raise ConsularError(
            "Not a city: {code}.",
            code=Quote(name[:MAX_NAME_CHARS]),
        )
    return choices[0]


def _is_called(
    candidate: str,
    words: list[str],
) -> bool:
    """Tell whether words are the whole name of a city in a language."""
    for language in LANGUAGES:
        own_name = places.city_name(
            candidate,
            language,
        )
        if fold(own_name).split() == words:
            return True
    return False


def _listed(choices: Sequence[Post]) -> str:
    names = [f"{post.id} {post.names.get('en', '')}" for post in choices[:MAX_CHOICES]]
    more = len(choices) - MAX_CHOICES
    if more > 0:
        names.append(f"… {more}")
    return "; ".join(names)
