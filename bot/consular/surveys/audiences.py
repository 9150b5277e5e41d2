"""Whom a survey asks: the people of countries, or of cities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.consular.audiences import rules
from bot.consular.audiences.kinds import Cities, Countries
from bot.consular.errors import ConsularError


def check(audience: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audience that somebody chose. Raises ConsularError."""
    if not audience:
        raise ConsularError("Choose countries or cities.")
    rule = rules.parse(audience)
    if not isinstance(rule, Countries | Cities):
        raise ConsularError("Choose countries or cities.")
    return rules.to_json(rule)


def countries_of(audience: Mapping[str, Any]) -> list[str]:
    """Return the countries of an audience, in the order of their codes."""
    return sorted(rules.countries_of(audience) or ())
