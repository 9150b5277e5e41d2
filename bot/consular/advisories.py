"""Advisories: what staff tell people, once two of them agree. On approval the texts are frozen into a broadcast."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox, text
from bot.consular import audience as audiences
from bot.consular import audit, broadcasts
from bot.consular import staff as accounts
from bot.consular.errors import ConsularError, check_move
from bot.messages import Content, Form, Language
from bot.models import (
    Advisory,
    AdvisoryState,
    Broadcast,
    BroadcastKind,
    Lane,
    OutboundMessage,
    OutboundState,
    Staff,
)

TRANSITIONS: Mapping[AdvisoryState, frozenset[AdvisoryState]] = {
    AdvisoryState.DRAFT: frozenset({AdvisoryState.DRAFT, AdvisoryState.SUBMITTED, AdvisoryState.CANCELLED}),
    AdvisoryState.SUBMITTED: frozenset({AdvisoryState.DRAFT, AdvisoryState.SENDING, AdvisoryState.CANCELLED}),
    AdvisoryState.SENDING: frozenset({AdvisoryState.SENT, AdvisoryState.CANCELLED}),
    AdvisoryState.SENT: frozenset(),
    AdvisoryState.CANCELLED: frozenset(),
}
HEADLINE_LETTERS = 200
TEXT_LETTERS = 3500  # with its headline within Telegram's 4,096


async def draft(
    session: AsyncSession,
    staff: Staff,
    headline_en: str,
    headline_ar: str,
    text_en: str,
    text_ar: str,
    audience: Mapping[str, Any],
    now: datetime,
) -> Advisory:
    """A new draft. Raises ConsularError (AudienceError for the audience)."""
    words = _checked_words(headline_en, headline_ar, text_en, text_ar)
    _check_audience(staff, audience)
    advisory = Advisory(
        state=AdvisoryState.DRAFT, audience=dict(audience), created_at=now, created_by=staff.id, **words
    )
    session.add(advisory)
    await session.flush()
    await _note(session, staff, "drafted", advisory, now)
    return advisory


async def edit(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    headline_en: str,
    headline_ar: str,
    text_en: str,
    text_ar: str,
    audience: Mapping[str, Any],
    now: datetime,
) -> None:
    """New words and audience; what was submitted becomes a draft again. Raises ConsularError."""
    words = _checked_words(headline_en, headline_ar, text_en, text_ar)
    _check_audience(staff, audience)
    await _lock(session, staff, advisory)
    advisory.state = check_move(TRANSITIONS, advisory.state, AdvisoryState.DRAFT)
    for field, value in words.items():
        setattr(advisory, field, value)
    advisory.audience, advisory.submitted_at, advisory.submitted_by = dict(audience), None, None
    await session.flush()
    await _note(session, staff, "edited", advisory, now)


def _checked_words(headline_en: str, headline_ar: str, text_en: str, text_ar: str) -> dict[str, str]:
    given = {"headline_en": headline_en, "headline_ar": headline_ar, "text_en": text_en, "text_ar": text_ar}
    words = {field: text.clean(value.replace("\r\n", "\n"), 10 * TEXT_LETTERS) for field, value in given.items()}
    if not all(words.values()):
        raise ConsularError("Write a headline and a text in both languages.")
    for field, value in words.items():
        most = HEADLINE_LETTERS if field.startswith("headline") else TEXT_LETTERS
        if len(value) > most:
            raise ConsularError("A {part} has at most {most} characters.", part=field.partition("_")[0], most=most)
    return words


def _check_audience(staff: Staff, audience: Mapping[str, Any]) -> None:
    audiences.check(audience)
    accounts.require(staff, "advisories", *sorted(audiences.countries_of(audience)))


async def submit(session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime) -> None:
    """Ready for somebody else to approve. Raises ConsularError."""
    await _lock(session, staff, advisory)
    advisory.state = check_move(TRANSITIONS, advisory.state, AdvisoryState.SUBMITTED)
    advisory.submitted_at, advisory.submitted_by = now, staff.id
    await session.flush()
    await _note(session, staff, "submitted", advisory, now)


async def approve(
    session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime, seen: str | None = None
) -> Broadcast:
    """Freezes the texts and begins sending; never by who submitted it. Raises ConsularError.

    `seen` is the `version` the approver was shown: anything else is refused.
    """
    await _lock(session, staff, advisory, "approve")
    check_move(TRANSITIONS, advisory.state, AdvisoryState.SENDING)
    if staff.id == advisory.submitted_by:
        raise ConsularError("Somebody other than the submitter must approve.")
    if seen is not None and seen != version(advisory):
        raise ConsularError("It was changed while you were reading. Read it again.")
    broadcast = await broadcasts.create(
        session, BroadcastKind.ADVISORY, Lane.ADVISORY, contents(advisory), advisory.audience, drill=False, now=now
    )
    advisory.state, advisory.broadcast_id = AdvisoryState.SENDING, broadcast.id
    advisory.approved_at, advisory.approved_by = now, staff.id
    await session.flush()
    await _note(session, staff, "approved", advisory, now, version=version(advisory))
    return broadcast


async def cancel(session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime) -> None:
    """Withdraws it; while sending, the fan-out ends and what is queued is dropped. Raises ConsularError."""
    await _lock(session, staff, advisory)
    advisory.state = check_move(TRANSITIONS, advisory.state, AdvisoryState.CANCELLED)
    advisory.cancelled_at, advisory.cancelled_by = now, staff.id
    if advisory.broadcast_id is not None:
        await broadcasts.cancel(session, advisory.broadcast_id, now)
    await session.flush()
    await _note(session, staff, "cancelled", advisory, now)


async def settle(session: AsyncSession, now: datetime) -> list[int]:
    """The advisories (ids) that are sent now: fanned out whole, and nobody queued or on the way any more."""
    waiting = select(OutboundMessage.id).where(
        OutboundMessage.broadcast_id == Broadcast.id,
        OutboundMessage.state.in_((OutboundState.QUEUED, OutboundState.SENDING)),
    )
    query = (
        select(Advisory)
        .join(Broadcast, Broadcast.id == Advisory.broadcast_id)
        .where(Advisory.state == AdvisoryState.SENDING, Broadcast.fanned_out_at.is_not(None), ~waiting.exists())
        .with_for_update(of=Advisory, skip_locked=True)
    )
    done = list(await session.scalars(query))
    for advisory in done:
        advisory.state = check_move(TRANSITIONS, advisory.state, AdvisoryState.SENT)
        advisory.sent_at = now
        await audit.note(session, audit.SYSTEM, "advisory.sent", f"advisory:{advisory.id}", now)
    await session.flush()
    return [advisory.id for advisory in done]


def contents(advisory: Advisory) -> broadcasts.Contents:
    """What people get, by language and form."""
    words: dict[Language, tuple[str, str]] = {
        "ar": (advisory.headline_ar, advisory.text_ar),
        "en": (advisory.headline_en, advisory.text_en),
    }
    return {
        language: {form.value: _content(language, form, *said).to_json() for form in Form}
        for language, said in words.items()
    }


def _content(language: Language, form: Form, headline: str, body: str) -> Content:
    if form is Form.CHAT:
        return Content(f"📢 {headline}\n\n{body}", language=language)
    return Content(text.for_sms(f"{headline}\n{body}"), language=language)


def version(advisory: Advisory) -> str:
    """A digest of what would be sent, and to whom."""
    frozen = json.dumps([contents(advisory), advisory.audience], sort_keys=True)
    return hashlib.sha256(frozen.encode()).hexdigest()[:16]


async def counts(session: AsyncSession, advisory: Advisory) -> dict[str, int]:
    """Recipients by state of their message; every state is there, and they add up to the recipients."""
    if advisory.broadcast_id is None:
        return {state.value: 0 for state in OutboundState}
    return await outbox.counts(session, advisory.broadcast_id)


async def get(session: AsyncSession, advisory_id: int) -> Advisory:
    """The advisory. Raises ConsularError."""
    advisory = await session.get(Advisory, advisory_id)
    if advisory is None:
        raise ConsularError("There is no such advisory.")
    return advisory


async def recent(session: AsyncSession, limit: int = 50) -> list[Advisory]:
    """Advisories, the latest first."""
    return list(await session.scalars(select(Advisory).order_by(Advisory.id.desc()).limit(limit)))


async def for_country(session: AsyncSession, country: str, limit: int) -> list[Advisory]:
    """The latest approved advisories for a country, the latest first."""
    approved = (AdvisoryState.SENDING, AdvisoryState.SENT)
    query = select(Advisory).where(Advisory.state.in_(approved)).order_by(Advisory.approved_at.desc()).limit(200)
    found = [row for row in await session.scalars(query) if country in audiences.countries_of(row.audience)]
    return found[:limit]


async def _lock(session: AsyncSession, staff: Staff, advisory: Advisory, permission: str = "advisories") -> None:
    """Reads the row anew and keeps it: whoever comes second sees what the first did."""
    await session.refresh(advisory, with_for_update=True)
    accounts.require(staff, permission, *sorted(audiences.countries_of(advisory.audience)))


async def _note(
    session: AsyncSession, staff: Staff, event: str, advisory: Advisory, now: datetime, **detail: str
) -> None:
    await audit.note(session, accounts.actor(staff), f"advisory.{event}", f"advisory:{advisory.id}", now, **detail)
