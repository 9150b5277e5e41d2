"""Is this from you? A text that somebody shows us, compared with all that was broadcast.

`bot.consular.origins` asks here first, and then among what we ask people one by one.

Nothing is kept of who asks: `count` counts by day, outcome and broadcast alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import ownership
from bot.consular.advisories.lifecycle import LIVE, OVER
from bot.consular.audiences import areas
from bot.consular.broadcasts import fan_out, passages
from bot.messages import Content, Form, Language
from bot.models import (
    NO_BROADCAST,
    Advisory,
    AdvisoryKind,
    AdvisoryState,
    Broadcast,
    OutboundMessage,
    TextOutcome,
    Verification,
)
from bot.models.upserts import insert_into
from bot.text import likeness, tokens
from bot.text.likeness import Likeness
from bot.text.tokens import Sort, Token

MAX_TEXT_CHARS = 10_000
OWN_PATHS = ("/r/", "/s/")  # of links that belong to one person
MIN_WORDS = 3  # of a text that can be told from others
CLOSE = 0.75  # of the most words that an original shares with a text
MAX_GLUED = 3  # messages of ours in one text
MAX_OWN_MESSAGES = 30  # of what we wrote to the asker alone
MAX_CORRECTIONS = 20  # of corrections of one advisory
# What is worst for whoever believes the text comes first.
GRAVITY = (
    TextOutcome.CHANGED,
    TextOutcome.CANCELLED,
    TextOutcome.CORRECTED,
    TextOutcome.EXPIRED,
    TextOutcome.CURRENT,
    TextOutcome.UNKNOWN,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: their language and screen, and their number where they are on record."""

    language: Language
    form: Form
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text is. `right` is what holds, in the reader's language; None where nothing does.

    `is_altered`: some words differ, and nothing grave. `is_personal`: we wrote it to the asker
    alone. `is_place_question`: it asks whether somebody is still where we know them.
    `words_around` are those of the text that are not ours.
    """

    outcome: TextOutcome
    broadcast_id: int = NO_BROADCAST
    sent_at: datetime | None = None
    right: Content | None = None
    is_altered: bool = False
    is_drill: bool = False
    is_personal: bool = False
    is_place_question: bool = False
    words_around: int = 0


UNKNOWN = Verdict(TextOutcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Original:
    """A text of a broadcast as it is compared, and its headline."""

    broadcast: Broadcast
    text: Sequence[Token]
    heading: Sequence[Token]


@dataclass(frozen=True, slots=True)
class _Match:
    """A broadcast of which a text is a copy."""

    broadcast: Broadcast
    likeness: Likeness


async def of_broadcasts(
    session: AsyncSession,
    shown: Sequence[Token],
    reader: Reader,
    now: datetime,
) -> Verdict:
    """Find out whether a text is one of our broadcasts, and whether that still holds."""
    broadcasts = await passages.candidates(session, shown, now)
    matches, rest = _matches(shown, broadcasts)
    if not matches:
        return UNKNOWN
    verdicts = [await _verdict(session, match, reader, now) for match in matches]
    worst = min(verdicts, key=_gravity)
    if likeness.is_added_grave(rest):
        worst = replace(worst, outcome=TextOutcome.CHANGED)
    return replace(worst, words_around=len(rest))


def _gravity(verdict: Verdict) -> int:
    return GRAVITY.index(verdict.outcome)


def split(text: str, site: str) -> list[Token]:
    """Split a text, without what was put around it and without links that belong to one person.

    `site` is our own public address.
    """
    own_links = tuple(_own_link(site, path) for path in OWN_PATHS) if site else ()
    bare = tokens.without_wrapping(text[:MAX_TEXT_CHARS])
    shown: list[Token] = []
    for token in tokens.tokens(bare):
        is_own_link = token.sort is Sort.LINK and token.text.startswith(own_links)
        if not is_own_link:
            shown.append(token)
    return shown


def _own_link(site: str, path: str) -> str:
    """Write how a link of ours to one person begins."""
    return tokens.tokens(f"{site}{path}x")[0].text.removesuffix("x")


# --- which message --------------------------------------------------------------------------------


def _matches(
    shown: Sequence[Token],
    broadcasts: Sequence[Broadcast],
) -> tuple[list[_Match], list[Token]]:
    """Return the broadcasts that a text is made of, and the words that are of none."""
    matches: list[_Match] = []
    passages_shown: list[Sequence[Token]] = []
    rest = list(shown)
    while len(matches) < MAX_GLUED:
        best = _best(rest, broadcasts)
        if best is None:
            break
        matches.append(best)
        alike = best.likeness
        passages_shown.append(rest[alike.start : alike.end])
        rest = [*rest[: alike.start], *rest[alike.end :]]
    if len(matches) > 1:
        # What stood beside a passage was another message, and no change of it.
        matches = [_best(passage, broadcasts) or matches[0] for passage in passages_shown]
    return matches, rest


def _best(shown: Sequence[Token], broadcasts: Sequence[Broadcast]) -> _Match | None:
    """Choose the broadcast that a text is likest; the latest of those that are alike."""
    best: _Match | None = None
    for original in _likeliest(shown, broadcasts):
        alike = likeness.compare(shown, original.text, original.heading)
        if alike is not None and (best is None or alike.score > best.likeness.score):
            best = _Match(original.broadcast, alike)
    return best


def _likeliest(shown: Sequence[Token], broadcasts: Sequence[Broadcast]) -> list[_Original]:
    """List the originals that share most with a text: only they are looked at closely."""
    overlaps: list[tuple[int, _Original]] = []
    for broadcast in broadcasts:
        for text in passages.texts_of(broadcast):
            heading, _, _ = text.strip().partition("\n")
            original = _Original(broadcast, tokens.of_original(text), tokens.of_original(heading))
            overlaps.append((likeness.overlap(shown, original.text), original))
    most = max((words for words, _ in overlaps), default=0)
    return [original for words, original in overlaps if words and words >= CLOSE * most]


async def of_asker(session: AsyncSession, shown: Sequence[Token], reader: Reader) -> Verdict:
    """Look among what we wrote to the asker alone: replies, letters."""
    if reader.person_id is None:
        return UNKNOWN
    own_messages = (
        select(OutboundMessage.content, OutboundMessage.created_at)
        .where(OutboundMessage.person_id == reader.person_id)
        .where(OutboundMessage.broadcast_id.is_(None), OutboundMessage.is_passing.is_(False))
        .order_by(OutboundMessage.id.desc())
        .limit(MAX_OWN_MESSAGES)
    )
    for stored, created_at in await session.execute(own_messages):
        content = Content.from_json(stored or {"text": ""})
        verdict = _of_message(shown, content, created_at)
        if verdict is not None:
            return verdict
    return UNKNOWN


def _of_message(
    shown: Sequence[Token],
    content: Content,
    sent_at: datetime,
) -> Verdict | None:
    """Compare a text with a message of ours to the asker; None where it is no copy."""
    original = tokens.tokens(passages.text_of(content))
    alike = likeness.compare(shown, original)
    if alike is None:
        return None
    verdict = judged(shown, alike, TextOutcome.CURRENT, sent_at, content)
    return replace(verdict, is_personal=True)


def judged(
    shown: Sequence[Token],
    alike: Likeness,
    outcome: TextOutcome,
    sent_at: datetime | None = None,
    right: Content | None = None,
) -> Verdict:
    """Say what a copy of a text of ours is; `outcome` is what an honest copy of it would be."""
    rest = [*shown[: alike.start], *shown[alike.end :]]
    is_changed = alike.is_tampered or likeness.is_added_grave(rest)
    return Verdict(
        TextOutcome.CHANGED if is_changed else outcome,
        sent_at=sent_at,
        right=right,
        is_altered=alike.is_altered,
        words_around=len(rest),
    )


# --- does it hold ---------------------------------------------------------------------------------


async def _verdict(
    session: AsyncSession,
    match: _Match,
    reader: Reader,
    now: datetime,
) -> Verdict:
    """Say whether a message that a text is a copy of still holds, and what holds instead."""
    broadcast = match.broadcast
    outcome, holding = await _standing(session, broadcast, now)
    if match.likeness.is_tampered:
        outcome = TextOutcome.CHANGED
    right = None
    if holding is not None and await _may_read(session, holding, reader):
        right = fan_out.content(holding, reader.language, reader.form)
    return Verdict(
        outcome,
        broadcast.id,
        broadcast.starts_at,
        right,
        is_altered=match.likeness.is_altered,
        is_drill=broadcast.drill,
    )


async def _standing(
    session: AsyncSession,
    broadcast: Broadcast,
    now: datetime,
) -> tuple[TextOutcome, Broadcast | None]:
    """Return whether a message holds, and the broadcast that does."""
    advisory = await session.scalar(select(Advisory).where(Advisory.broadcast_id == broadcast.id))
    if advisory is None:
        is_over = broadcast.expires_at is not None and broadcast.expires_at <= now
        if is_over or broadcast.cancelled_at is not None:
            return TextOutcome.EXPIRED, None
        return TextOutcome.CURRENT, broadcast
    latest = await _latest_correction(session, advisory, now)
    outcome = _outcome(latest, now)
    if outcome is not TextOutcome.CURRENT:
        return outcome, None
    if latest is advisory:
        return outcome, broadcast
    return TextOutcome.CORRECTED, await session.get_one(Broadcast, latest.broadcast_id)


async def _latest_correction(
    session: AsyncSession,
    advisory: Advisory,
    now: datetime,
) -> Advisory:
    """Follow the corrections that have begun to go out to the last one; the advisory for none."""
    latest = advisory
    for _ in range(MAX_CORRECTIONS):
        correction = await session.scalar(
            select(Advisory)
            .join(Broadcast, Broadcast.id == Advisory.broadcast_id)
            .where(Advisory.corrects_id == latest.id, Advisory.kind == AdvisoryKind.UPDATE)
            .where(Broadcast.starts_at <= now)
            .order_by(Advisory.id.desc())
            .limit(1)
        )
        if correction is None:
            break
        latest = correction
    return latest


def _outcome(advisory: Advisory, now: datetime) -> TextOutcome:
    if advisory.state is AdvisoryState.CANCELLED:
        return TextOutcome.CANCELLED
    is_over = advisory.valid_until is not None and advisory.valid_until <= now
    if is_over or advisory.state in OVER or advisory.state not in LIVE:
        return TextOutcome.EXPIRED
    return TextOutcome.CURRENT


async def _may_read(session: AsyncSession, broadcast: Broadcast, reader: Reader) -> bool:
    """Tell whether somebody may read a whole message: it is for all at a place, or they got it."""
    if not await _is_narrow(session, broadcast):
        return True
    if reader.person_id is None:
        return False
    got_it = exists().where(
        OutboundMessage.broadcast_id == broadcast.id,
        OutboundMessage.person_id == reader.person_id,
    )
    return await session.scalar(select(got_it)) or False


async def _is_narrow(session: AsyncSession, broadcast: Broadcast) -> bool:
    """Tell whether a message, or what it corrects, is for people chosen one by one."""
    advisory = await session.scalar(select(Advisory).where(Advisory.broadcast_id == broadcast.id))
    if advisory is None:
        return areas.is_narrow(broadcast.audience)
    chain = [advisory, *await ownership.corrected(session, advisory)]
    return any(areas.is_narrow(link.audience) for link in chain)


# --- what is counted ------------------------------------------------------------------------------


async def count(session: AsyncSession, verdict: Verdict, now: datetime) -> None:
    """Count one question by its day and answer: not who asked, and not the text."""
    adding = insert_into(session, Verification).values(
        day=now.astimezone(UTC).date(),
        outcome=verdict.outcome,
        broadcast_id=verdict.broadcast_id,
        asked=1,
    )
    counting = adding.on_conflict_do_update(
        index_elements=["day", "outcome", "broadcast_id"],
        set_={"asked": Verification.asked + 1},
    )
    await session.execute(counting)


async def asked_by_day(session: AsyncSession, since: date) -> dict[date, dict[str, int]]:
    """Return how often was asked, by day and outcome, the latest day first."""
    query = (
        select(Verification.day, Verification.outcome, func.sum(Verification.asked))
        .where(Verification.day >= since)
        .group_by(Verification.day, Verification.outcome)
        .order_by(Verification.day.desc())
    )
    days: dict[date, dict[str, int]] = {}
    for day, outcome, asked in await session.execute(query):
        counts = days.setdefault(day, dict.fromkeys(TextOutcome, 0))
        counts[outcome] = int(asked)
    return days


async def asked_about(session: AsyncSession, broadcast_id: int | None) -> dict[str, int]:
    """Return how often was asked about a broadcast, by outcome; those that occur alone."""
    if broadcast_id is None:
        return {}
    query = (
        select(Verification.outcome, func.sum(Verification.asked))
        .where(Verification.broadcast_id == broadcast_id)
        .group_by(Verification.outcome)
    )
    return {outcome: int(asked) for outcome, asked in await session.execute(query)}
