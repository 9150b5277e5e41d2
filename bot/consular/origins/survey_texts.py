"""Texts of surveys and events: ours while they take answers, and ours but over for a while after.

They are worded anew from what two people agreed on: no copy of what anybody got is read. A process
words each survey once.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import verification
from bot.consular.advisories.verification import Reader, Verdict
from bot.consular.broadcasts import passages
from bot.consular.surveys import answers, drafts, wording
from bot.messages import Content, Form, Language, Reply
from bot.models import Survey, SurveyKind, SurveyState, TextOutcome
from bot.text import likeness, rendering, sms, tokens
from bot.text.likeness import Likeness
from bot.text.text import LANGUAGES
from bot.text.tokens import Token

KNOWN_FOR = timedelta(days=90)  # after the end
MOST_SURVEYS = 100  # that are known, the latest ones
MOST_COMPARED = 5  # texts that are looked at closely


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of a survey for a language and a screen. `number` is that of its question, from 0.

    What asks nothing by itself has none: a link to the survey, a place that became free.
    """

    number: int | None
    content: Content
    form: Form
    split: Sequence[Token]
    shingles: frozenset[int]
    choices: frozenset[Sequence[Token]]


@dataclass(frozen=True, slots=True)
class _Edition:
    """A survey by what it says: two that say the same have the same texts."""

    survey: Survey = field(compare=False)
    wording: str


@dataclass(frozen=True, slots=True)
class _Match:
    """A survey of which a text is a copy, and which of its texts that is."""

    survey: Survey
    text: _Text
    likeness: Likeness


async def find(
    session: AsyncSession,
    shown: Sequence[Token],
    reader: Reader,
    now: datetime,
) -> Verdict:
    """Find out whether a text is of a survey or an event, and whether that still takes answers."""
    surveys = await _recent(session, now)
    match = _best(shown, surveys)
    if match is None:
        return verification.UNKNOWN
    outcome = TextOutcome.EXPIRED
    right = None
    if answers.is_open(match.survey, now):
        outcome = TextOutcome.CURRENT
        right = _right(match, reader)
    return verification.judged(
        shown,
        match.likeness,
        outcome,
        match.survey.opened_at,
        right,
    )


async def _recent(session: AsyncSession, now: datetime) -> Sequence[Survey]:
    """List the surveys that were opened and did not end long ago, the latest first."""
    is_recent = or_(
        Survey.closed_at.is_(None),
        Survey.closed_at > now - KNOWN_FOR,
    )
    query = select(Survey).where(
        Survey.state.in_([SurveyState.OPEN, SurveyState.CLOSED]),
        is_recent,
    )
    latest = query.order_by(Survey.id.desc()).limit(MOST_SURVEYS)
    surveys = await session.scalars(latest)
    return surveys.all()


def _best(
    shown: Sequence[Token],
    surveys: Sequence[Survey],
) -> _Match | None:
    """Choose the text that a shown one is likest; that of the latest survey of those alike."""
    best: _Match | None = None
    for survey, text in _likeliest(shown, surveys):
        alike = likeness.compare(shown, text.split)
        if alike is not None and (best is None or alike.score > best.likeness.score):
            best = _Match(survey, text, alike)
    return best


def _likeliest(
    shown: Sequence[Token],
    surveys: Sequence[Survey],
) -> list[tuple[Survey, _Text]]:
    """List the texts that share most with a shown one; an answer that somebody types is none."""
    hashes = tokens.shingles(shown)
    answer = tuple(shown)
    sharing: list[tuple[int, Survey, _Text]] = []
    for survey in surveys:
        for text in _texts(_edition(survey)):
            shared = len(text.shingles & hashes)
            if shared and answer not in text.choices:
                candidate = (
                    shared,
                    survey,
                    text,
                )
                sharing.append(candidate)
    most = heapq.nlargest(
        MOST_COMPARED,
        sharing,
        key=_shared,
    )
    return [(survey, text) for _, survey, text in most]


def _shared(sharing: tuple[int, Survey, _Text]) -> int:
    return sharing[0]


def _right(
    match: _Match,
    reader: Reader,
) -> Content | None:
    """Return the question in the reader's language, for their screen."""
    number = match.text.number or 0
    for text in _texts(_edition(match.survey)):
        is_for_reader = text.content.language == reader.language and text.form is reader.form
        if is_for_reader and text.number == number:
            return text.content
    return None


# --- the texts ------------------------------------------------------------------------------------


def _edition(survey: Survey) -> _Edition:
    written = [
        survey.id,
        survey.kind,
        survey.titles,
        survey.venues,
        survey.questions,
        survey.audience,
        str(survey.starts_at),
        str(survey.ends_at),
    ]
    return _Edition(
        survey,
        json.dumps(written),
    )


@lru_cache(maxsize=2 * MOST_SURVEYS)
def _texts(edition: _Edition) -> Sequence[_Text]:
    """Word all that a survey says to people, in both languages and for both screens."""
    texts: list[_Text] = []
    for language in LANGUAGES:
        for form in Form:
            questions = drafts.asked_by(edition.survey, language, form)
            for number, question in enumerate(questions):
                text = _text(question, language, form, number)
                texts.append(text)
            for notice in _beside(edition.survey, language, form):
                text = _text(notice, language, form)
                texts.append(text)
    return tuple(texts)


def _beside(
    survey: Survey,
    language: Language,
    form: Form,
) -> Iterator[Reply]:
    """Yield what a survey says unasked, and which is no question."""
    yield wording.with_link(
        survey,
        passages.LINK_GAP,
        language,
        form,
    )
    if survey.kind is SurveyKind.EVENT:
        yield wording.moved_up(
            survey,
            language,
            form,
        )


def _text(
    reply: Reply,
    language: Language,
    form: Form,
    number: int | None = None,
) -> _Text:
    content = rendering.render(reply, language, form)
    if form is Form.TEXT:
        content = replace(content, text=sms.for_sms(content.text))
    split = tuple(tokens.tokens(passages.text_of(content)))
    choices: list[Sequence[Token]] = []
    for button in content.buttons:
        label = tokens.tokens(button.label)
        choices.append(tuple(label))
    return _Text(
        number,
        content,
        form,
        split,
        frozenset(tokens.shingles(split)),
        frozenset(choices),
    )
