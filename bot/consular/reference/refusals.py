"""Refusals in the reader's language.

Countries by name, our words translated, typed words as they are.
"""

from __future__ import annotations

from typing import assert_never

from bot.consular.errors import ConsularError, CountryCode, Parameter, Quote, Term
from bot.consular.reference import places
from bot.messages import Language
from bot.text import catalogues, text


def explain(error: ConsularError, language: Language) -> str:
    """Say in a language why something was refused."""
    catalogue = catalogues.console(language)
    sentence = str(catalogue.ugettext(error.words))
    parameters: dict[str, str] = {}
    for name, parameter in error.parameters.items():
        parameters[name] = _shown(parameter, language)
    return sentence.format(**parameters)


def _shown(parameter: Parameter, language: Language) -> str:
    match parameter:
        case int():
            return str(parameter)
        case CountryCode(code):
            return places.country_name(code, language)
        case Term(message):
            return str(catalogues.console(language).ugettext(message))
        case Quote(quoted):
            return _isolated(quoted, language)
        case _:
            assert_never(parameter)


def _isolated(quoted: str, language: Language) -> str:
    """Keep foreign letters from turning the order of a sentence that runs from right to left."""
    if text.direction(language) == "rtl":
        return f"{text.ISOLATE}{quoted}{text.POP}"
    return quoted
