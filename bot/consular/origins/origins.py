"""Is this from you? A text that somebody shows us, compared with all that we say to many.

First with the broadcasts, then with what we ask people one by one: surveys, invitations to events,
and whether they are still there. At last with what we wrote to the asker alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import verification
from bot.consular.advisories.verification import Reader, Verdict
from bot.consular.origins import place_texts, survey_texts
from bot.models import TextOutcome
from bot.text.tokens import Token


async def check(
    session: AsyncSession,
    text: str,
    reader: Reader,
    site: str,
    now: datetime,
) -> Verdict:
    """Find out whether a text is ours and still holds. `site` is our own public address."""
    shown = verification.split(text, site)
    if len(shown) < verification.MIN_WORDS:
        return verification.UNKNOWN
    of_broadcasts = await verification.of_broadcasts(session, shown, reader, now)
    if _is_settled(of_broadcasts):
        return of_broadcasts
    of_questions = await _of_questions(session, shown, reader, now)
    if _is_settled(of_questions):
        return of_questions
    of_asker = await verification.of_asker(session, shown, reader)
    if _is_settled(of_asker):
        return of_asker
    for verdict in (of_broadcasts, of_questions):
        if _is_found(verdict):
            return verdict
    return of_asker


async def _of_questions(
    session: AsyncSession,
    shown: Sequence[Token],
    reader: Reader,
    now: datetime,
) -> Verdict:
    of_surveys = await survey_texts.find(session, shown, reader, now)
    if _is_settled(of_surveys):
        return of_surveys
    of_places = place_texts.find(shown)
    return of_places if _is_found(of_places) else of_surveys


def _is_found(verdict: Verdict) -> bool:
    return verdict.outcome is not TextOutcome.UNKNOWN


def _is_settled(verdict: Verdict) -> bool:
    """Tell whether nothing else could be a better answer: what looks changed may be another's."""
    return _is_found(verdict) and verdict.outcome is not TextOutcome.CHANGED
