"""Changes of the directory of organisations: checked when proposed, done when approved."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import kinds
from bot.consular.changes.kinds import OrganisationEntry, OrganisationRemoval
from bot.consular.errors import ConsularError
from bot.consular.reference import organisation_entries, organisations
from bot.consular.reference.organisation_entries import Entry
from bot.consular.staff import roles
from bot.models import Change, ChangeKind, ChangeState, Staff
from bot.text.text import clean

MAX_REASON_CHARS = 300
KINDS = (ChangeKind.ORGANISATION, ChangeKind.ORGANISATION_REMOVAL)

OfOrganisation = OrganisationEntry | OrganisationRemoval


def entering(
    entry: Entry,
    organisation_id: int | None,
    today: date,
) -> OrganisationEntry:
    """Make the change that keeps an entry, in the form of the directory. Raises ConsularError."""
    checked = organisation_entries.checked(entry, today)
    return OrganisationEntry(organisation_id, checked)


async def check(
    session: AsyncSession,
    staff: Staff,
    change: OfOrganisation,
    now: datetime,
) -> tuple[str, str]:
    """Return what a change is about, as in the audit trail, and its country.

    "" for an organisation that is not there yet. Raises ConsularError unless it can be done.
    """
    if isinstance(change, OrganisationRemoval):
        organisation = await organisations.own(session, staff, change.organisation_id)
        if not clean(change.reason, MAX_REASON_CHARS):
            raise ConsularError("Write why it is removed.")
        await _check_not_waiting(session, organisation.id)
        return organisations.subject(organisation), organisation.country
    number = change.organisation_id
    await organisations.check_entry(session, staff, change.entry, number, now.date())
    if await is_proposed(session, change.entry):
        raise ConsularError("A change of this waits for a second person already.")
    if number is None:
        return "", change.entry.country
    await _check_not_waiting(session, number)
    return f"organisation:{number}", change.entry.country


async def _check_not_waiting(session: AsyncSession, organisation_id: int) -> None:
    """Raise ConsularError when a change of an organisation waits already."""
    if await waiting(session, organisation_id) is not None:
        raise ConsularError("A change of this waits for a second person already.")


async def is_proposed(session: AsyncSession, entry: Entry) -> bool:
    """Tell whether an organisation of this name waits for a second person already."""
    keys = organisations.name_keys(entry.names)
    for change in await session.scalars(_waiting()):
        other = kinds.from_json(change.kind, change.proposed)
        if not isinstance(other, OrganisationEntry) or other.entry.country != entry.country:
            continue
        if keys & organisations.name_keys(other.entry.names):
            return True
    return False


async def waiting(session: AsyncSession, organisation_id: int) -> Change | None:
    """Return the change of an organisation that waits for a second person."""
    of_one = _waiting().where(Change.subject == f"organisation:{organisation_id}")
    return await session.scalar(of_one.limit(1))


def _waiting() -> Select[Change]:
    query = select(Change).where(
        Change.kind.in_(KINDS),
        Change.state == ChangeState.WAITING,
    )
    return query.order_by(Change.id)


async def apply(
    session: AsyncSession,
    staff: Staff,
    change: OfOrganisation,
    now: datetime,
) -> None:
    """Do what a second person approved. Raises ConsularError."""
    actor = roles.actor(staff)
    if isinstance(change, OrganisationRemoval):
        await organisations.remove(session, change.organisation_id, actor, now)
        return
    await organisations.save(session, change.entry, change.organisation_id, actor, now)


def forget_contact(change: Change) -> None:
    """Forget the person responsible in a decided change: only the directory names them."""
    written: dict[str, Any] | None = change.proposed.get("entry")
    if written is None:
        return
    entry = organisation_entries.without_contact(Entry(**written))
    change.proposed = {**change.proposed, "entry": asdict(entry)}
