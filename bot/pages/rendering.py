"""Templates: one environment a language, with its words, numbers, dates and country names."""

from __future__ import annotations

import email.utils
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.consular.audiences import answering
from bot.consular.audiences.answering import Answering, Sending
from bot.consular.reference import places
from bot.messages import Language
from bot.runtime import characters
from bot.text import catalogues, numbers, sender, text
from bot.text.text import ISOLATE, POP

HERE = Path(__file__).parent
STATIC = HERE / "static"
LOCALES = text.LOCALES
WHOLE_DAYS = 1_000_000  # so many days are no years yet, in Babel's words
RELATIVE_TIME_THRESHOLD = 1.4  # 90 minutes are "2 hours", 80 minutes are "1 hour"

_BARE_LETTERS = str.maketrans("أإآÅ", "اااA")


def N_(words: str) -> str:  # noqa: N802  # the name gettext's extractors look for
    """Mark words for the catalogue; they are translated when the reader is known."""
    return words


# States that a refusal names ("It is sent and cannot become cancelled.").
STATES = (
    N_("draft"),
    N_("submitted"),
    N_("sending"),
    N_("sent"),
    N_("cancelled"),
    N_("open"),
    N_("taken"),
    N_("closed"),
)


def render(
    template: str,
    language: Language,
    values: Mapping[str, Any],
) -> str:
    """Render a page or a part of one. What acts on a screen is left out, whoever typed it."""
    page = environment(language).get_template(template).render(values)
    return characters.removed(page)


@cache
def environment(language: Language) -> Environment:
    """Return the templates in one language."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations = catalogues.console(language)
    env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        language=language,
        direction=text.direction(language),
        other=text.other(language),
        static=static,
        languages=text.LANGUAGES,
        sender=partial(sender.name, language),
    )
    env.filters.update(_filters(language))
    return env


def words(language: Language) -> Translations:
    """Return the console's catalogue, for words that Python code chooses."""
    return catalogues.console(language)


def _filters(language: Language) -> dict[str, Any]:
    locale = Locale.parse(LOCALES[language])
    return {
        "number": partial(format_decimal, locale=locale),
        "percent": partial(format_percent, locale=locale),
        "when": partial(_when, locale=locale),
        "day": partial(format_date, format="d MMM y", locale=locale),
        "weekday": partial(format_date, format="EEE d MMM y", locale=locale),
        "country": partial(places.country_name, language=language),
        "city": partial(places.city_name, language=language),
        "how_they_answer": partial(_how_they_answer, language=language),
        "length_of_time": partial(
            format_timedelta, locale=locale, threshold=RELATIVE_TIME_THRESHOLD
        ),
        "days": partial(format_timedelta, locale=locale, granularity="day", threshold=WHOLE_DAYS),
        "isolated": _isolated,
        "dialled": numbers.dialled,
        "language_name": partial(language_name, reader=language),
        "direction": text.direction,
        "in_language": partial(text.in_language, language=language),
        "own_name": own_name,
        "iso": _iso,
        "rfc_822": _rfc_822,
    }


def _how_they_answer(
    groups: Sequence[Answering],
    asks: bool,
    public_url: str | None,
    language: Language,
) -> list[str]:
    """Say of each country how those who get an SMS can answer it."""
    sending = Sending(asks, has_link=public_url is not None)
    return answering.sentences(groups, sending, language)


def _isolated(content: object) -> str:
    """Keep a foreign name or a number from turning the sentence around."""
    return f"{ISOLATE}{content}{POP}"


def _iso(at: datetime) -> str:
    """Show a time as Atom wants it, in UTC (RFC 3339)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc_822(at: datetime) -> str:
    """Show a time as RSS wants it."""
    return email.utils.format_datetime(at.astimezone(UTC))


def _when(at: datetime, locale: Locale) -> Markup:
    """Show a time in UTC; the page's script rewrites it in the reader's own zone."""
    moment = at.isoformat(timespec="seconds")
    in_utc = escape(format_datetime(at, "d MMM y, HH:mm", locale=locale))
    return Markup('<time datetime="{}">{} UTC</time>').format(moment, in_utc)


def language_name(language: str, reader: Language) -> str:
    """Name a language in the reader's language: «الإنجليزية»."""
    return str(Locale.parse(LOCALES[reader]).languages[language])


def own_name(language: str) -> str:
    """Name a language in itself: «العربية»."""
    return str(Locale.parse(language).languages[language])


@cache
def countries(language: Language) -> list[tuple[str, str]]:
    """Return ISO 3166-1 codes and names, in the language's own order."""
    named = [(code, places.country_name(code, language)) for code in places.COUNTRIES]
    return sorted(named, key=_alphabetically)


def _alphabetically(country: tuple[str, str]) -> str:
    _code, name = country
    return name.translate(_BARE_LETTERS).removeprefix("ال").casefold()


@cache
def static(name: str) -> str:
    """Return the address of an asset; its hash is in it, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
