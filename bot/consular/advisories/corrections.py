"""Corrections for exactly those who got the wrong advisory, and withdrawals of an advisory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle, ownership
from bot.consular.advisories.lifecycle import LIVE, OVER
from bot.consular.advisories.wording import Draft
from bot.consular.errors import ConsularError
from bot.messages import Form, Language
from bot.models import Advisory, AdvisoryKind, AdvisoryText, Broadcast, Staff
from bot.text.catalogues import say
from bot.text.text import LANGUAGES


def may_be_corrected(advisory: Advisory) -> bool:
    """Tell whether it went out, or began to."""
    return advisory.broadcast_id is not None and advisory.state in {*LIVE, *OVER}


async def correction_of(session: AsyncSession, wrong: Advisory) -> Advisory | None:
    """Return the correction of an advisory that went out or is being written, if there is one."""
    corrects_it = (Advisory.corrects_id == wrong.id, Advisory.kind == AdvisoryKind.UPDATE)
    is_alive = or_(Advisory.broadcast_id.is_not(None), Advisory.state.not_in(OVER))
    correction: Advisory | None = await session.scalar(
        select(Advisory).where(*corrects_it, is_alive)
    )
    return correction


async def begin(
    session: AsyncSession,
    staff: Staff,
    wrong: Advisory,
    now: datetime,
) -> Advisory:
    """Draft a correction with the texts of the wrong advisory, for those who got it.

    The wrong one stops going out now, so that nobody else gets it while the right text is written.
    Raises ConsularError.
    """
    await lifecycle.lock(session, staff, wrong)
    if not may_be_corrected(wrong):
        raise ConsularError("It has not gone out: change it instead.")
    if await correction_of(session, wrong):
        raise ConsularError("It has a correction already: go on with that one.")
    if wrong.state in LIVE:  # `sent` as well: those who join the audience later still get it
        await lifecycle.end(session, staff, wrong, now)
    return await _follow(
        session,
        staff,
        wrong,
        AdvisoryKind.UPDATE,
        Draft.of(wrong),
        now,
    )


async def withdraw(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
    tell: bool = False,
) -> Broadcast | None:
    """Cancel an advisory; with `tell`, notify those who got it at once, in a fixed text.

    The text is fixed, so one person is enough: waiting for a second would leave people with wrong
    advice. Raises ConsularError.
    """
    await lifecycle.lock(session, staff, advisory)
    had_begun = may_be_corrected(advisory)
    await lifecycle.end(session, staff, advisory, now)
    if not (tell and had_begun):
        return None
    draft = withdrawal(advisory)
    notice = await _follow(
        session,
        staff,
        advisory,
        AdvisoryKind.CANCEL,
        draft,
        now,
    )
    return await lifecycle.release(
        session,
        staff,
        notice,
        now,
        None,
        "withdrawal_told",
    )


async def _follow(
    session: AsyncSession,
    staff: Staff,
    wrong: Advisory,
    kind: AdvisoryKind,
    draft: Draft,
    now: datetime,
) -> Advisory:
    """Add a draft about another advisory, for whoever got that."""
    audience = await _recipients_of(session, wrong)
    return await lifecycle.add(
        session,
        staff,
        draft,
        now,
        audience=audience,
        kind=kind,
        corrects_id=wrong.id,
    )


async def _recipients_of(session: AsyncSession, wrong: Advisory) -> dict[str, Any]:
    """Return the audience rule for those who got an advisory or one that it corrects.

    A correction may not have reached everybody who got the first text.
    """
    chain = [wrong, *await ownership.corrected(session, wrong)]
    rules = [{"received": advisory.id} for advisory in chain]
    if len(rules) == 1:
        return rules[0]
    return {"any": rules}


def withdrawal(advisory: Advisory) -> Draft:
    """Write that an advisory no longer holds, naming its headline."""
    texts: dict[Language, AdvisoryText] = {}
    for language in LANGUAGES:
        headline = advisory.texts[language].headline
        texts[language] = AdvisoryText(
            headline=say("withdrawn_headline", language, Form.TEXT),
            text=say("withdrawn_text", language, Form.TEXT, headline=headline),
        )
    return Draft(
        texts=texts,
        category=advisory.category,
        severity=advisory.severity,
        urgency=advisory.urgency,
        certainty=advisory.certainty,
        drill=advisory.drill,
    )


async def history(session: AsyncSession, advisory: Advisory) -> list[Advisory]:
    """List an advisory with all it corrects and all that correct it, the first one first."""
    chain = [advisory, *await ownership.corrected(session, advisory)]
    history = [chain[-1]]
    corrections = await _corrections_of(session, history)
    while corrections:
        history += corrections
        corrections = await _corrections_of(session, corrections)
    return sorted(history, key=lambda version: version.id)


async def _corrections_of(session: AsyncSession, advisories: list[Advisory]) -> list[Advisory]:
    ids = [advisory.id for advisory in advisories]
    return list(await session.scalars(select(Advisory).where(Advisory.corrects_id.in_(ids))))
