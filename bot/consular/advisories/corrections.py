"""What was wrong is put right: a correction to exactly those who got it, or a word that it no longer holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle
from bot.consular.advisories.lifecycle import LIVE, OVER
from bot.consular.advisories.wording import KINDS, Draft
from bot.consular.errors import ConsularError
from bot.messages import Form
from bot.models import Advisory, AdvisoryKind, Broadcast, Staff
from bot.text.catalogues import say
from bot.text.text import LANGUAGES


def may_be_corrected(advisory: Advisory) -> bool:
    """Whether it went out, or began to."""
    return advisory.broadcast_id is not None and advisory.state in {*LIVE, *OVER}


async def correction_of(session: AsyncSession, wrong: Advisory) -> Advisory | None:
    """The correction of it that went out or is being written, if there is one."""
    follows = (Advisory.corrects_id == wrong.id, Advisory.kind == AdvisoryKind.UPDATE)
    matters = or_(Advisory.broadcast_id.is_not(None), Advisory.state.not_in(OVER))
    found: Advisory | None = await session.scalar(select(Advisory).where(*follows, matters))
    return found


async def begin(session: AsyncSession, staff: Staff, wrong: Advisory, now: datetime) -> Advisory:
    """A draft with the words of the wrong one, for those who got or may have got it. Raises ConsularError.

    The wrong one stops going out now, so that nobody more gets it while the right words are looked for.
    """
    await lifecycle.lock(session, staff, wrong)
    if not may_be_corrected(wrong):
        raise ConsularError("It has not gone out: change it instead.")
    if await correction_of(session, wrong):
        raise ConsularError("It has a correction already: go on with that one.")
    if wrong.state in LIVE:  # `sent` too: late joiners get it still
        await lifecycle.end(session, staff, wrong, now)
    return await _follow(session, staff, wrong, AdvisoryKind.UPDATE, Draft.of(wrong), now)


async def withdraw(
    session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime, tell: bool = False
) -> Broadcast | None:
    """Cancels it, in one step. With `tell` those who got it are told at once, in fixed words. Raises ConsularError.

    The words are fixed, so one person is enough: waiting for a second one would leave people with advice that is wrong.
    """
    await lifecycle.lock(session, staff, advisory)
    had_begun = may_be_corrected(advisory)
    await lifecycle.end(session, staff, advisory, now)
    if not (tell and had_begun):
        return None
    notice = await _follow(session, staff, advisory, AdvisoryKind.CANCEL, withdrawal(advisory), now)
    return await lifecycle.release(session, staff, notice, now, None, "withdrawal_told")


async def _follow(
    session: AsyncSession,
    staff: Staff,
    wrong: Advisory,
    kind: AdvisoryKind,
    said: Draft,
    now: datetime,
) -> Advisory:
    """A draft that is about another one, and goes to whoever got that."""
    whom = await _whoever_got(session, wrong)
    return await lifecycle.add(
        session, staff, said, now, audience=whom, kind=kind, corrects_id=wrong.id
    )


async def _whoever_got(session: AsyncSession, wrong: Advisory) -> dict[str, Any]:
    """The audience of those who got it or, where it is a correction that did not reach them, what it corrected."""
    got = [{"received": one.id} for one in (wrong, *await lifecycle.corrected(session, wrong))]
    return got[0] if len(got) == 1 else {"any": got}


def withdrawal(advisory: Advisory) -> Draft:
    """“This no longer holds”, naming what."""
    words: dict[str, Any] = {}
    for language in LANGUAGES:
        headline = getattr(advisory, f"headline_{language}")
        words[f"headline_{language}"] = say("withdrawn_headline", language, Form.TEXT)
        words[f"text_{language}"] = say("withdrawn_text", language, Form.TEXT, headline=headline)
    return Draft(**words, **{name: getattr(advisory, name) for name in (*KINDS, "drill")})


async def history(session: AsyncSession, advisory: Advisory) -> list[Advisory]:
    """The advisory with all it corrects and all that correct it, the first one first."""
    first = [advisory, *await lifecycle.corrected(session, advisory)][-1]
    found, known = [first], {first.id}
    while more := list(
        await session.scalars(select(Advisory).where(Advisory.corrects_id.in_(known)))
    ):
        found += more
        known = {one.id for one in more}
    return sorted(found, key=lambda one: one.id)
