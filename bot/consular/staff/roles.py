"""Roles of accounts and what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import InstrumentedAttribute

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, CountryCode
from bot.models import Role, Staff

_OFFICER = frozenset(
    {
        "board",
        "crises",
        "people",
        "cases",
        "posts",
        "advisories",
        "changes",
    }
)
_HEADQUARTERS = frozenset({"templates", "misunderstood", "feeds", "holds", "upkeep", "exchange"})


# The first account of an installation is an admin's, so an admin can do all that an officer can;
# but never approve.
PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.ADMIN: _OFFICER | _HEADQUARTERS | {"accounts", "settings", "audit"},
    Role.HQ_OFFICER: _OFFICER | _HEADQUARTERS | {"override"},
    Role.APPROVER: _OFFICER | _HEADQUARTERS | {"approve", "override"},
    Role.POST_OFFICER: _OFFICER | {"override"},
    Role.AUDITOR: frozenset({"board", "audit", "upkeep"}),
}


def may(staff: Staff, permission: str) -> bool:
    """Check whether the account holds a permission; a blocked account holds none."""
    return staff.blocked_at is None and permission in PERMISSIONS[staff.role]


def countries(staff: Staff) -> list[str] | None:
    """Return the countries that the account looks after; None for all.

    A post officer has that of the post, and those that the post is accredited to.
    """
    if staff.role is not Role.POST_OFFICER:
        return None
    own = [staff.post_country] if staff.post_country else []
    return sorted({*own, *(staff.accredited_countries or ())})


def covers(staff: Staff, country: str | None) -> bool:
    """Check whether the account looks after a country."""
    covered = countries(staff)
    return covered is None or country in covered


def is_covered(staff: Staff, country: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Say in SQL whether the account looks after the country in a column; None is nobody's."""
    covered = countries(staff)
    return true() if covered is None else country.in_(covered)


def require(staff: Staff, permission: str, *countries: str | None) -> None:
    """Refuse unless the account holds the permission for all countries. Raises ConsularError."""
    if not may(staff, permission):
        raise ConsularError("This account may not do that.")
    if not all(covers(staff, country) for country in countries):
        country = CountryCode(staff.post_country or "")
        raise ConsularError("This account looks after {country} only.", country=country)


def actor(staff: Staff | None) -> str:
    """Name the account as the audit trail does; the system when a command acts by itself."""
    if staff is None:
        return trail.SYSTEM
    return f"staff:{staff.id}"
