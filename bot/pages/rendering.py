"""Templates: one environment per language, with that language's words, numbers, dates and country names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.consular.reference import places
from bot.messages import Language
from bot.text import catalogues, text
from bot.text.text import ISOLATE, POP

HERE = Path(__file__).parent
STATIC = HERE / "static"
LOCALES: dict[Language, str] = {
    "ar": "ar_AE",
    "en": "en_GB",
}  # 123 as in Libya, 1,000 without a dot that misleads


def N_(words: str) -> str:  # noqa: N802  # the name gettext's extractors look for
    """Marks words for the catalogue that are translated later, when the reader is known."""
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


def render(template: str, language: Language, values: Mapping[str, Any]) -> str:
    """A page or a part of one."""
    return environment(language).get_template(template).render(values)


@cache
def environment(language: Language) -> Environment:
    """The templates in one language."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.install_gettext_translations(catalogues.console(language), newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(
        language=language,
        direction=text.direction(language),
        other=text.other(language),
        static=static,
    )
    env.filters.update(_filters(language))
    return env


def words(language: Language) -> Translations:
    """The console's catalogue, for words that are chosen in Python."""
    return catalogues.console(language)


def _filters(language: Language) -> dict[str, Any]:
    locale = Locale.parse(LOCALES[language])
    return {
        "number": lambda n: format_decimal(n, locale=locale),
        "percent": lambda share: format_percent(share, locale=locale),
        "when": lambda at: _when(at, locale),
        "country": lambda code: places.country_name(code, language),
        "city": lambda value: places.city_name(value, language),
        "length_of_time": lambda seconds: format_timedelta(seconds, locale=locale, threshold=1.4),
        "isolated": lambda value: f"{ISOLATE}{value}{POP}",
    }


def _when(at: datetime, locale: Locale) -> Markup:
    """A time in UTC that the page's script rewrites in the reader's own zone."""
    shown = format_datetime(at, "d MMM y, HH:mm", locale=locale)
    return Markup('<time datetime="{}">{} UTC</time>').format(
        at.isoformat(timespec="seconds"), escape(shown)
    )


@cache
def countries(language: Language) -> list[tuple[str, str]]:
    """ISO 3166-1 codes and names, in the language's own order."""
    named = [(code, places.country_name(code, language)) for code in places.COUNTRIES]
    return sorted(named, key=lambda pair: _sorting(pair[1]))


def _sorting(name: str) -> str:
    return name.translate(str.maketrans("أإآÅ", "اااA")).removeprefix("ال").casefold()


@cache
def static(name: str) -> str:
    """The address of an asset; its hash is in it, so browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
