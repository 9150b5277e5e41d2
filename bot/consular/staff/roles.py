"""Roles and what each may do."""

from __future__ import annotations

from collections.abc import Mapping

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, CountryCode
from bot.models import Role, Staff

_OFFICER = frozenset({"board", "crises", "people", "cases", "posts", "advisories"})


# The first account of an installation is an admin's, so an admin can do all an officer can; but never approve.
PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.ADMIN: _OFFICER | {"accounts", "settings", "audit", "templates"},
    Role.HQ_OFFICER: _OFFICER | {"override", "templates"},
    Role.APPROVER: _OFFICER | {"approve", "override", "templates"},
    Role.POST_OFFICER: _OFFICER | {"override"},
    Role.AUDITOR: frozenset({"board", "audit"}),
}


def may(staff: Staff, permission: str) -> bool:
    """Whether the account holds the permission; a blocked one holds none."""
    return staff.blocked_at is None and permission in PERMISSIONS[staff.role]


def covers(staff: Staff, country: str | None) -> bool:
    """Whether the country is the account's business: a post officer has one, the others have all."""
    return staff.role is not Role.POST_OFFICER or (
        country is not None and country == staff.post_country
    )


def require(staff: Staff, permission: str, *countries: str | None) -> None:
    """Raises ConsularError unless the account holds the permission, for all these countries."""
    if not may(staff, permission):
        raise ConsularError("This account may not do that.")
    if not all(covers(staff, country) for country in countries):
        raise ConsularError(
            "This account looks after {country} only.",
            country=CountryCode(staff.post_country or ""),
        )


def actor(staff: Staff) -> str:
    """The account as the audit trail writes it."""
    return f"staff:{staff.id}"


def _by(staff: Staff | None) -> str:
    return actor(staff) if staff is not None else trail.SYSTEM
