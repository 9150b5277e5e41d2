"""What a change would change, in the reader's words: before and after."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.office import organisation_words, post_words
from bot.console.office.differences import Difference
from bot.consular.changes import kinds
from bot.consular.changes.kinds import (
    Accrediting,
    CrisisName,
    EmergencyNumbers,
    NewAccount,
    NewLink,
    OrganisationEntry,
    OrganisationRemoval,
    PostChange,
    PostClosing,
    PostMove,
    PostOpening,
    PriceChange,
    ReachChange,
    SurveyOpening,
    TransportWords,
)
from bot.consular.reference import country_reach, places, posts, prices, reach_words
from bot.consular.surveys import drafts
from bot.consular.surveys.audiences import countries_of
from bot.messages import Language
from bot.models import Crisis, Post, ReachProperty, Survey, Transport, TransportState
from bot.pages import rendering
from bot.pages.audit_words import CODES
from bot.pages.rendering import N_
from bot.text.text import LANGUAGES, in_language

TOLD = (N_("Where it goes"), N_("Meeting point"), N_("What to bring"))


async def differences(
    session: AsyncSession,
    change: kinds.Change,
    language: Language,
    emails: dict[int, str],
    now: datetime,
) -> list[Difference]:
    """Compare what is with what would be, for the reader of a language.

    `emails` are those of the accounts by their numbers.
    """
    if isinstance(change, PostMove | PostClosing | PostOpening):
        return await post_words.of_act(session, change, language, now)
    if isinstance(change, Accrediting):
        return await post_words.of_accreditation(session, change, language)
    if isinstance(change, EmergencyNumbers):
        return await post_words.of_numbers(session, change, language)
    if isinstance(change, OrganisationEntry):
        return await organisation_words.of_entry(session, change, language)
    if isinstance(change, OrganisationRemoval):
        return await organisation_words.of_removal(session, change, language)
    return await _of_others(session, change, language, emails)


async def _of_others(
    session: AsyncSession,
    change: kinds.SimpleChange,
    language: Language,
    emails: dict[int, str],
) -> list[Difference]:
    match change:
        case PostChange():
            return await _of_post(session, change, language)
        case CrisisName(crisis_id):
            crisis = await session.get_one(Crisis, crisis_id)
            return _of_words(N_("Name"), crisis.public_names, crisis.names, language)
        case PriceChange(country, micros):
            table = await prices.table(session)
            before = _dollars(table.get(country))
            return [Difference(_country(country, language), before, _dollars(micros))]
        case ReachChange():
            return await _of_reach(session, change, language)
        case NewAccount():
            return [_of_account(change, language)]
        case NewLink(staff_id):
            return [Difference(_say(N_("New link"), language), "", emails[staff_id])]
        case TransportWords():
            return await _of_transport(session, change, language)
        case SurveyOpening():
            return await _of_survey(session, change, language)
        case _:
            assert_never(change)


async def _of_post(
    session: AsyncSession,
    change: PostChange,
    language: Language,
) -> list[Difference]:
    post = await session.get_one(Post, change.post_id)
    before = posts.contents(post)
    lines = [Difference(in_language(post.names, language), "", "")]
    for field, text in posts.changed(post, change.fields).items():
        text_before = before[field]
        label = post_words.FIELDS[field]
        if isinstance(text, str) and isinstance(text_before, str):
            lines.append(Difference(_say(label, language), text_before, text))
        elif isinstance(text, dict) and isinstance(text_before, dict):
            lines.extend(_of_words(label, text_before, text, language))
    return lines


async def _of_reach(
    session: AsyncSession,
    change: ReachChange,
    language: Language,
) -> list[Difference]:
    name = ReachProperty(change.property)
    cells = (await country_reach.table(session)).get(change.country.upper(), {})
    before = ""
    source_before = ""
    if name in cells:
        before = reach_words.value_name(name, cells[name].value, language)
        source_before = f"{cells[name].source} · {cells[name].as_of}"
    after = reach_words.value_name(name, change.value, language)
    source = f"{change.source} · {change.as_of}"
    return [
        Difference(_country(change.country.upper(), language), "", ""),
        Difference(reach_words.property_name(name, language), before, after),
        Difference(_say(N_("Source"), language), source_before, source),
    ]


def _of_account(change: NewAccount, language: Language) -> Difference:
    where = _country(change.post_country, language) if change.post_country else ""
    role = _say(CODES["role"][change.role.value], language)
    return Difference(change.email, "", f"{role} {where}".strip())


async def _of_transport(
    session: AsyncSession,
    change: TransportWords,
    language: Language,
) -> list[Difference]:
    """Show all that people would be told; of a draft nobody was told anything yet."""
    transport = await session.get_one(Transport, change.transport_id)
    departs_at = datetime.fromisoformat(change.departs_at)
    lines = [
        Difference(_say(N_("Departs"), language), _utc(transport.departs_at), _utc(departs_at))
    ]
    is_draft = transport.state is TransportState.DRAFT
    before = [transport.destinations, transport.meeting_points, transport.luggage]
    after = [change.destinations, change.meeting_points, change.luggage]
    for label, words_before, words_after in zip(TOLD, before, after, strict=True):
        known: dict[str, str] = {} if is_draft else words_before
        lines.extend(_of_words(label, known, words_after, language))
    return lines


async def _of_survey(
    session: AsyncSession,
    change: SurveyOpening,
    language: Language,
) -> list[Difference]:
    """Show all that people would read, in both languages; nobody was asked anything yet."""
    survey = await session.get_one(Survey, change.survey_id)
    countries = [places.country_name(code, language) for code in countries_of(survey.audience)]
    lines = [
        Difference(_say(N_("Countries"), language), "", " · ".join(countries)),
        Difference(_say(N_("Answers until"), language), "", _utc(survey.ends_at)),
    ]
    for code in LANGUAGES:
        label = _say(N_("What people read"), language)
        named = f"{label} ({rendering.language_name(code, language)})"
        for text in drafts.written(survey, code):
            lines.append(Difference(named, "", text))
    return lines


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _of_words(
    label: str,
    before: dict[str, str],
    after: dict[str, str],
    language: Language,
) -> list[Difference]:
    """Compare words by language; a language whose words stay is left out."""
    lines: list[Difference] = []
    for code, text in after.items():
        text_before = before.get(code, "")
        if text != text_before:
            named = f"{_say(label, language)} ({rendering.language_name(code, language)})"
            lines.append(Difference(named, text_before, text))
    return lines


def _dollars(micros: int | None) -> str:
    if micros is None:
        return "–"
    return f"${micros / prices.MICROS:g}"


def _country(code: str, language: Language) -> str:
    if not code:
        return _say(N_("All other countries"), language)
    return places.country_name(code, language)


def _say(message: str, language: Language) -> str:
    return str(rendering.words(language).ugettext(message))
