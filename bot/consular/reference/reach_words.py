"""How somebody in a country can answer us, in words for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from bot.consular.errors import N_
from bot.consular.reference import country_reach
from bot.consular.reference.country_reach import NONE, UNKNOWN, YES, Cells
from bot.messages import Language
from bot.models import ReachProperty, SmsWay
from bot.text import catalogues

PROPERTIES: Mapping[ReachProperty, str] = {
    ReachProperty.SMS_TWO_WAY: N_("Answers by SMS come back"),
    ReachProperty.SMS_LINK_OK: N_("Links are let through"),
    ReachProperty.SMS_GOVERNMENT_OK: N_("Texts of governments are let through"),
    ReachProperty.SMS_SENDER_REGISTERED: N_("The sender must be registered"),
    ReachProperty.SMS_NOTE: N_("Note"),
    ReachProperty.WHATSAPP: N_("WhatsApp works"),
}
VALUES: Mapping[str, str] = {
    YES: N_("yes"),
    country_reach.NO: N_("no"),
    NONE: N_("nothing arrives"),
    UNKNOWN: N_("not known"),
}


def ways_to_answer(
    cells: Cells,
    has_link: bool,
    language: Language,
) -> list[str]:
    """Say how somebody with a number of a country can answer us; Telegram always comes first."""
    lines = [N_("By Telegram.")]
    lines += _by_sms(cells, has_link)
    translations = catalogues.console(language)
    return [str(translations.ugettext(line)) for line in lines]


def _by_sms(
    cells: Cells,
    has_link: bool,
) -> list[str]:
    way = country_reach.way_of(cells)
    match way:
        case SmsWay.ANSWER:
            return [_own_answer(cells), _link(has_link)]
        case SmsWay.PLAIN_ANSWER:
            return [_own_answer(cells)]
        case SmsWay.LINK:
            return [_link(has_link), N_("An answer by SMS does not come back.")]
        case SmsWay.READ:
            return [
                N_("When an officer calls: our SMS can be read and not answered, without a link.")
            ]
        case SmsWay.NOTHING:
            return [N_("When an officer calls: no SMS of ours goes there.")]
        case _:
            assert_never(way)


def _own_answer(cells: Cells) -> str:
    if country_reach.is_known(cells):
        return N_("By SMS, to the number that wrote.")
    return N_("By SMS, perhaps: it is not known whether answers come back.")


def _link(has_link: bool) -> str:
    if has_link:
        return N_("By the link in our SMS.")
    return N_("By a link, once PUBLIC_URL is set: until then an officer calls.")


def property_name(
    name: ReachProperty,
    language: Language,
) -> str:
    """Name what is known of a country."""
    return str(catalogues.console(language).ugettext(PROPERTIES[name]))


def value_name(
    name: ReachProperty,
    value: str,
    language: Language,
) -> str:
    """Say what a cell says; a note is in its writer's words."""
    if name is ReachProperty.SMS_NOTE or value not in VALUES:
        return value
    return str(catalogues.console(language).ugettext(VALUES[value]))


def answers(language: Language) -> dict[str, str]:
    """Return the code of each answer that a cell may hold, by what the reader calls it."""
    translations = catalogues.console(language)
    codes: dict[str, str] = {}
    for code, words in VALUES.items():
        name = str(translations.ugettext(words))
        codes[name] = code
    return codes


def code_of(typed: str, language: Language) -> str:
    """Return the code of an answer in the reader's words; anything else as it was typed."""
    return answers(language).get(typed.strip(), typed)
