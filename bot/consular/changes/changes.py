"""Propose a change, and decide on it as a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.changes import (
    kinds,
    of_accounts,
    of_organisations,
    of_people,
    of_posts,
    of_reach,
)
from bot.consular.changes.kinds import (
    CrisisName,
    EmergencyNumbers,
    NewAccount,
    NewLink,
    PriceChange,
    ReachChange,
    SurveyOpening,
    TransportWords,
)
from bot.consular.changes.of_accounts import Link
from bot.consular.changes.of_organisations import OfOrganisation
from bot.consular.changes.of_posts import OfPost
from bot.consular.crises import crises, reviews
from bot.consular.errors import ConsularError, check_move
from bot.consular.reference import prices
from bot.consular.staff import roles
from bot.models import Change, ChangeKind, ChangeState, Staff

TRANSITIONS: Mapping[ChangeState, frozenset[ChangeState]] = {
    ChangeState.WAITING: frozenset(
        {ChangeState.APPROVED, ChangeState.REFUSED, ChangeState.WITHDRAWN}
    ),
    ChangeState.APPROVED: frozenset(),
    ChangeState.REFUSED: frozenset(),
    ChangeState.WITHDRAWN: frozenset(),
}
# Who may propose a change of a kind, and who may approve it: permissions.
PROPOSERS: Mapping[ChangeKind, str] = {
    ChangeKind.POST: "posts",
    ChangeKind.POST_MOVE: "posts",
    ChangeKind.POST_CLOSING: "posts",
    ChangeKind.POST_OPENING: "posts",
    ChangeKind.ACCREDITATION: "posts",
    ChangeKind.EMERGENCY_NUMBER: "posts",
    ChangeKind.CRISIS_NAME: "crises",
    ChangeKind.PRICE: "settings",
    ChangeKind.REACH: "posts",
    ChangeKind.NEW_ACCOUNT: "accounts",
    ChangeKind.NEW_LINK: "accounts",
    ChangeKind.TRANSPORT: "cases",
    ChangeKind.ORGANISATION: "posts",
    ChangeKind.ORGANISATION_REMOVAL: "posts",
    ChangeKind.SURVEY: "advisories",
}
APPROVERS: Mapping[ChangeKind, str] = {
    ChangeKind.POST: "approve",
    ChangeKind.POST_MOVE: "approve",
    ChangeKind.POST_CLOSING: "approve",
    ChangeKind.POST_OPENING: "approve",
    ChangeKind.ACCREDITATION: "approve",
    ChangeKind.EMERGENCY_NUMBER: "approve",
    ChangeKind.CRISIS_NAME: "approve",
    ChangeKind.PRICE: "approve",
    ChangeKind.REACH: "approve",
    ChangeKind.NEW_ACCOUNT: "accounts",
    ChangeKind.NEW_LINK: "accounts",
    ChangeKind.TRANSPORT: "approve",
    ChangeKind.ORGANISATION: "approve",
    ChangeKind.ORGANISATION_REMOVAL: "approve",
    ChangeKind.SURVEY: "approve",
}
OF_POSTS = (
    ChangeKind.POST,
    ChangeKind.POST_MOVE,
    ChangeKind.POST_CLOSING,
    ChangeKind.POST_OPENING,
    ChangeKind.ACCREDITATION,
)
OF_ACCOUNTS = (ChangeKind.NEW_ACCOUNT, ChangeKind.NEW_LINK)
TOLD_FOR = timedelta(days=3)  # how long everybody concerned is shown a change of an account


async def propose(
    session: AsyncSession,
    staff: Staff,
    change: kinds.Change,
    now: datetime,
) -> Change:
    """Keep a change until a second person decides on it. Raises ConsularError.

    Whatever would be refused then is refused now.
    """
    kind = kinds.kind_of(change)
    subject, country = await _check(session, staff, change, now)
    roles.require(staff, PROPOSERS[kind])
    await _check_not_waiting(session, kind, subject)
    proposed = Change(
        kind=kind,
        state=ChangeState.WAITING,
        subject=subject,
        country=country,
        proposed=kinds.to_json(change),
        proposed_by=staff.id,
        proposed_at=now,
    )
    session.add(proposed)
    await session.flush()
    if not subject:
        proposed.subject = f"change:{proposed.id}"  # of something that is not there yet
    await _note(session, staff, "change.proposed", proposed, now)
    return proposed


async def _check(
    session: AsyncSession,
    staff: Staff,
    change: kinds.Change,
    now: datetime,
) -> tuple[str, str | None]:
    """Return what a change is about, as in the audit trail, and its country.

    Raises ConsularError unless it can be done.
    """
    if isinstance(change, OfPost):
        return await of_posts.check(session, staff, change, now)
    if isinstance(change, OfOrganisation):
        return await of_organisations.check(session, staff, change, now)
    match change:
        case EmergencyNumbers(country):
            return of_posts.check_numbers(staff, change, now), country
        case CrisisName(crisis_id):
            return await _check_name(session, staff, crisis_id)
        case PriceChange(country):
            return f"price:{country or 'all'}", None
        case ReachChange():
            return await of_reach.check(session, staff, change, now)
        case NewAccount(_, _, post_country):
            await of_accounts.check(session, change)
            return "", post_country
        case NewLink(staff_id):
            return await of_accounts.check_link(session, staff_id), None
        case TransportWords() | SurveyOpening():
            return await of_people.check(session, staff, change, now)
        case _:
            assert_never(change)


async def _check_name(
    session: AsyncSession, staff: Staff, crisis_id: int
) -> tuple[str, str | None]:
    crisis = await crises.get(session, crisis_id)
    covered = crises.countries_of(crisis)
    roles.require(staff, "crises", *covered)
    if crisis.public_names == crisis.names:
        raise ConsularError("People read this name already.")
    return f"crisis:{crisis_id}", covered[0]


async def _check_not_waiting(session: AsyncSession, kind: ChangeKind, subject: str) -> None:
    """Raise ConsularError when a change of the same thing waits already."""
    if await _waiting_of(session, (kind,), subject) is not None:
        raise ConsularError("A change of this waits for a second person already.")


async def approve(
    session: AsyncSession,
    staff: Staff,
    change_id: int,
    now: datetime,
) -> Link | None:
    """Approve a change as a second person: it happens now. Raises ConsularError.

    A change of an account returns the link, to be sent to its owner.
    """
    change = await _lock_to_decide(session, staff, change_id)
    proposed = kinds.from_json(change.kind, change.proposed)
    _decide(change, ChangeState.APPROVED, staff, now)
    link = await _apply(session, staff, proposed, now)
    if link is not None:
        change.subject = roles.actor(link.account)
    await _note(session, staff, "change.approved", change, now)
    return link


async def _apply(
    session: AsyncSession,
    staff: Staff,
    change: kinds.Change,
    now: datetime,
) -> Link | None:
    actor = roles.actor(staff)
    if isinstance(change, OfPost):
        await of_posts.apply(session, staff, change, now)
        return None
    if isinstance(change, OfOrganisation):
        await of_organisations.apply(session, staff, change, now)
        return None
    match change:
        case EmergencyNumbers():
            await of_posts.apply_numbers(session, change, actor, now)
        case CrisisName():
            await _approve_name(session, change)
        case PriceChange(country, micros):
            await prices.set_price(session, country, micros, actor, now)
        case ReachChange():
            await change.enter(session, actor, now)
        case NewAccount():
            return await of_accounts.add(session, staff, change, now)
        case NewLink(staff_id):
            return await of_accounts.make_link(session, staff, staff_id, now)
        case TransportWords() | SurveyOpening():
            await of_people.apply(session, staff, change, now)
        case _:
            assert_never(change)
    return None


async def _approve_name(session: AsyncSession, change: CrisisName) -> None:
    crisis = await crises.get(session, change.crisis_id)
    await reviews.approve_name(session, crisis, change.has_link)


async def refuse(session: AsyncSession, staff: Staff, change_id: int, now: datetime) -> None:
    """Refuse a change as a second person. Raises ConsularError."""
    change = await _lock_to_decide(session, staff, change_id)
    _decide(change, ChangeState.REFUSED, staff, now)
    await _note(session, staff, "change.refused", change, now)


async def withdraw(session: AsyncSession, staff: Staff, change_id: int, now: datetime) -> None:
    """Withdraw a change that the account itself proposed. Raises ConsularError."""
    change = await _lock(session, change_id)
    if staff.id != change.proposed_by:
        raise ConsularError("Only the one who proposed it can withdraw it.")
    _decide(change, ChangeState.WITHDRAWN, staff, now)
    await _note(session, staff, "change.withdrawn", change, now)


def _decide(change: Change, state: ChangeState, staff: Staff, now: datetime) -> None:
    change.state = check_move(TRANSITIONS, change.state, state)
    change.decided_by = staff.id
    change.decided_at = now
    of_organisations.forget_contact(change)


async def waiting(session: AsyncSession, staff: Staff) -> list[Change]:
    """Return the changes that wait and that the account proposed or may decide on, oldest first."""
    query = select(Change).where(Change.state == ChangeState.WAITING, _concerns(staff))
    return list(await session.scalars(query.order_by(Change.id)))


async def to_decide(session: AsyncSession, staff: Staff) -> list[Change]:
    """Return the changes that wait for a decision of this very account, the oldest first."""
    changes = await waiting(session, staff)
    return [change for change in changes if may_decide(staff, change)]


def may_decide(staff: Staff, change: Change) -> bool:
    """Tell whether an account may be the second person of a change."""
    return staff.id != change.proposed_by and roles.may(staff, APPROVERS[change.kind])


async def decided(session: AsyncSession, staff: Staff, limit: int = 50) -> list[Change]:
    """Return the changes decided lately that concern the account, the latest first."""
    query = select(Change).where(Change.state != ChangeState.WAITING, _concerns(staff))
    return list(await session.scalars(query.order_by(Change.decided_at.desc()).limit(limit)))


def _concerns(staff: Staff) -> ColumnElement[bool]:
    """Say in SQL whether a change is one that the account proposed or may decide on."""
    decidable = [kind for kind in ChangeKind if roles.may(staff, APPROVERS[kind])]
    return or_(Change.proposed_by == staff.id, Change.kind.in_(decidable))


async def told(session: AsyncSession, staff: Staff, now: datetime) -> list[Change]:
    """Return the changes of accounts that this account must hear of, the latest first.

    Approvers and admins hear of all of them, everybody else of those of their own account.
    """
    query = select(Change).where(
        Change.kind.in_(OF_ACCOUNTS),
        Change.state == ChangeState.APPROVED,
        Change.decided_at > now - TOLD_FOR,
    )
    if not roles.may(staff, "approve") and not roles.may(staff, "accounts"):
        query = query.where(Change.subject == roles.actor(staff))
    return list(await session.scalars(query.order_by(Change.id.desc())))


async def of_post(session: AsyncSession, post_id: int) -> Change | None:
    """Return the change of a post that waits for a second person."""
    return await _waiting_of(session, OF_POSTS, f"post:{post_id}")


async def of_transport(session: AsyncSession, transport_id: int) -> Change | None:
    """Return the words of a transport that wait for a second person."""
    return await _waiting_of(session, (ChangeKind.TRANSPORT,), f"transport:{transport_id}")


async def of_survey(session: AsyncSession, survey_id: int) -> Change | None:
    """Return the opening of a survey that waits for a second person."""
    return await _waiting_of(session, (ChangeKind.SURVEY,), f"survey:{survey_id}")


async def _waiting_of(
    session: AsyncSession,
    kinds_of_change: Sequence[ChangeKind],
    subject: str,
) -> Change | None:
    query = select(Change).where(
        Change.kind.in_(kinds_of_change),
        Change.subject == subject,
        Change.state == ChangeState.WAITING,
    )
    return await session.scalar(query.order_by(Change.id).limit(1))


async def _lock_to_decide(session: AsyncSession, staff: Staff, change_id: int) -> Change:
    """Lock a change for its second person. Raises ConsularError."""
    change = await _lock(session, change_id)
    roles.require(staff, APPROVERS[change.kind])
    if staff.id == change.proposed_by:
        raise ConsularError("Somebody other than the one who proposed it must decide.")
    return change


async def _lock(session: AsyncSession, change_id: int) -> Change:
    """Lock a change, so that two people never decide on it. Raises ConsularError."""
    query = select(Change).where(Change.id == change_id)
    change = await session.scalar(query.with_for_update())
    if change is None:
        raise ConsularError("There is no such change.")
    return change


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    change: Change,
    now: datetime,
) -> None:
    await trail.note(
        session,
        roles.actor(staff),
        action,
        change.subject,
        now,
        kind=change.kind.value,
        change=change.id,
    )
