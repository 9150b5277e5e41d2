"""How those who get an SMS can answer it, by the country of their number, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from babel.numbers import format_decimal

from bot.consular.reference import country_reach, places
from bot.consular.reference.country_reach import Cells
from bot.messages import Language
from bot.models import SmsWay
from bot.text import catalogues
from bot.text.text import LOCALES


@dataclass(frozen=True, slots=True)
class Answering:
    """People with numbers of a country ("" where it is not known), and how they can answer.

    `is_known`: somebody found out whether an SMS from there arrives.
    """

    country: str
    people: int
    way: SmsWay
    is_known: bool


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent: whether it asks for an answer, and whether a reply link can be made."""

    asks: bool
    has_link: bool


def ways(table: Mapping[str, Cells]) -> dict[str, SmsWay]:
    """Return how people answer an SMS, by country of the table."""
    return {country: country_reach.way_of(cells) for country, cells in table.items()}


def of(numbers: Mapping[str, int], table: Mapping[str, Cells]) -> list[Answering]:
    """Say how people can answer, by the country of their number; most people first."""
    groups: list[Answering] = []
    for country, people in numbers.items():
        cells = table.get(country, {})
        group = Answering(
            country,
            people,
            country_reach.way_of(cells),
            country_reach.is_known(cells),
        )
        groups.append(group)
    groups.sort(key=_most_first)
    return groups


def _most_first(group: Answering) -> tuple[int, str]:
    return -group.people, group.country


def called(groups: Sequence[Answering], has_link: bool) -> int:
    """Count the people from whom no answer to a question by SMS can come: they are called."""
    people = 0
    for group in groups:
        needs_link = group.way is SmsWay.LINK and not has_link
        if needs_link or group.way in (SmsWay.READ, SmsWay.NOTHING):
            people += group.people
    return people


def sentences(
    groups: Sequence[Answering],
    sending: Sending,
    language: Language,
) -> list[str]:
    """Say of each country how its people can answer, in the reader's language."""
    lines: list[str] = []
    for group in groups:
        place = _place(group.country, language)
        words = _question_words(group, sending, language)
        if not sending.asks:
            words = _advisory_words(group, language)
        lines.append(f"{place}: {words}")
    return lines


def _place(country: str, language: Language) -> str:
    if not country:
        return str(catalogues.console(language).ugettext("numbers of an unknown country"))
    return places.country_name(country, language)


def _question_words(group: Answering, sending: Sending, language: Language) -> str:
    """Say how the people of a country can answer a question, and what happens if they cannot."""
    match group.way:
        case SmsWay.ANSWER if not group.is_known:
            return _unknown(group.people, language)
        case SmsWay.ANSWER:
            return _by_sms(group.people, language)
        case SmsWay.PLAIN_ANSWER:
            return _by_plain_sms(group.people, language)
        case SmsWay.LINK if sending.has_link:
            return _by_link(group.people, language)
        case SmsWay.LINK:
            return _without_address(group.people, language)
        case SmsWay.READ:
            return _not_at_all(group.people, language)
        case SmsWay.NOTHING:
            return _nothing(group.people, language)
        case _:
            assert_never(group.way)


def _advisory_words(group: Answering, language: Language) -> str:
    """Say what the people of a country get of an advisory, and whether they can answer it."""
    match group.way:
        case SmsWay.ANSWER if not group.is_known:
            return _perhaps(group.people, language)
        case SmsWay.ANSWER:
            return _by_sms(group.people, language)
        case SmsWay.PLAIN_ANSWER:
            return _read_without_links(group.people, language)
        case SmsWay.LINK:
            return _read(group.people, language)
        case SmsWay.READ:
            return _read_alone_without_links(group.people, language)
        case SmsWay.NOTHING:
            return _not_reached(group.people, language)
        case _:
            assert_never(group.way)


def _number(people: int, language: Language) -> str:
    return format_decimal(people, locale=LOCALES[language])


# --- one sentence a way ---------------------------------------------------------------------------


def _by_sms(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can answer by SMS.",
        "%(people)s can answer by SMS.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _unknown(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s is asked as if answers by SMS came back, which is not known.",
        "%(people)s are asked as if answers by SMS came back, which is not known.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _by_plain_sms(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can answer by SMS; a link would be refused, so the text has none.",
        "%(people)s can answer by SMS; a link would be refused, so their text has none.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _by_link(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s cannot answer by SMS and gets a link to answer by.",
        "%(people)s cannot answer by SMS and get a link to answer by.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _without_address(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can read this and cannot answer; without PUBLIC_URL there is no link: "
        "they go to the call list.",
        "%(people)s can read this and cannot answer; without PUBLIC_URL there is no link: "
        "they go to the call list.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _not_at_all(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can read this and cannot answer; a link would be refused: "
        "they go to the call list.",
        "%(people)s can read this and cannot answer; their link would be refused: "
        "they go to the call list.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _nothing(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s gets nothing, as SMS of ours may not go there: they go to the call list.",
        "%(people)s get nothing, as SMS of ours may not go there: they go to the call list.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _perhaps(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can read this; it is not known whether an answer by SMS comes back.",
        "%(people)s can read this; it is not known whether answers by SMS come back.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _read(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can read this and cannot answer by SMS.",
        "%(people)s can read this and cannot answer by SMS.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _read_without_links(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can read and answer this; links and numbers are left out of the text.",
        "%(people)s can read and answer this; links and numbers are left out of their text.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _read_alone_without_links(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s can read this and cannot answer; links and numbers would be refused: "
        "they are left out.",
        "%(people)s can read this and cannot answer; links and numbers would be refused: "
        "they are left out.",
        people,
    )
    return str(words) % {"people": _number(people, language)}


def _not_reached(people: int, language: Language) -> str:
    words = catalogues.console(language).ungettext(
        "%(people)s gets nothing, as SMS of ours may not go there: they are among those to call.",
        "%(people)s get nothing, as SMS of ours may not go there: they are among those to call.",
        people,
    )
    return str(words) % {"people": _number(people, language)}
