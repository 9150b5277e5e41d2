"""Drafts of advisories from other people's alerts, one for each alert.

Staff translate and approve them like any other draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle, wording
from bot.consular.advisories.wording import Draft
from bot.consular.cap.reading import Alert, Info, MessageKind
from bot.consular.errors import ConsularError
from bot.messages import Language
from bot.models import Advisory, AdvisoryState, AdvisoryText, Severity, Staff
from bot.text.text import LANGUAGES

# Like the placeholders of a template, a mark stops an advisory from being submitted until somebody
# has dealt with it.
MARKS: dict[MessageKind, dict[Language, str]] = {
    MessageKind.UPDATE: {"en": "{UPDATE}", "ar": "{تحديث}"},
    MessageKind.CANCEL: {"en": "{CANCEL}", "ar": "{إلغاء}"},
}
CUT_MARKS: dict[Language, str] = {"en": "{CUT}", "ar": "{مقطوع}"}
CUT_MARK_LETTERS = 12  # room for a blank and the mark
MAX_WAITING_DRAFTS = 100  # from feeds, that nobody has dealt with
MAX_PLACES = 30  # that the notes for staff list
MAX_REFERENCE_LETTERS = 80
_WORST_FIRST = list(Severity)

AdvisoryIds = dict[str, int]
"""The numbers of our advisories by the names of the alerts they were made from."""


async def take(
    session: AsyncSession,
    staff: Staff | None,
    alert: Alert,
    now: datetime,
) -> Advisory | None:
    """Make a draft of an alert; return None when there is one already.

    `staff` is None for a polled feed. Raises ConsularError.
    """
    if await _advisory_ids(session, [alert.name]):
        return None
    earlier_advisories = await _advisory_ids(session, alert.references)
    content = draft(alert, earlier_advisories, now)
    import_notes = notes(alert)
    try:
        async with session.begin_nested():
            return await lifecycle.draft(
                session,
                staff,
                content,
                now,
                imported_from=alert.name,
                import_notes=import_notes,
            )
    except IntegrityError:  # another worker was quicker
        return None


async def check_room(session: AsyncSession) -> None:
    """Raise ConsularError while too many drafts from feeds wait: they would bury the others."""
    waiting = select(func.count()).where(
        Advisory.state == AdvisoryState.DRAFT,
        Advisory.imported_from.is_not(None),
        Advisory.created_by.is_(None),
    )
    if (await session.scalar(waiting) or 0) >= MAX_WAITING_DRAFTS:
        raise ConsularError(
            "{most} drafts from feeds wait already. Deal with some, then this feed goes on.",
            most=MAX_WAITING_DRAFTS,
        )


async def _advisory_ids(session: AsyncSession, names: Sequence[str]) -> AdvisoryIds:
    """Find the advisories that were made from alerts of these names."""
    query = select(Advisory.imported_from, Advisory.id).where(Advisory.imported_from.in_(names))
    ids: AdvisoryIds = {}
    for name, advisory_id in await session.execute(query):
        ids[str(name)] = advisory_id
    return ids


def notes(alert: Alert) -> dict[str, Any]:
    """Collect what the draft cannot say: who signed the alert, and which areas staff must draw."""
    unread: list[str] = []
    wider: list[str] = []
    for info in alert.infos:
        unread.extend(info.unread)
        wider.extend(info.wider)
    return {
        "signed": alert.signature.by.value,
        "by": alert.signature.name,
        "unread": _without_repeats(unread)[:MAX_PLACES],
        "wider": _without_repeats(wider)[:MAX_PLACES],
    }


def _without_repeats(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def draft(
    alert: Alert,
    advisory_ids: AdvisoryIds,
    now: datetime,
) -> Draft:
    """Put an alert into those of our languages that it has; the others wait for a translator.

    An alert in neither of our languages stands as it is in the English text, without a headline.
    """
    info_by_language = {language: _worst(alert.infos, language) for language in LANGUAGES}
    texts: dict[Language, AdvisoryText] = {}
    for language, info in info_by_language.items():
        texts[language] = _text(alert, info, language, advisory_ids)
    main_info = _main_info(alert, info_by_language)
    if main_info is None:
        return Draft(texts=texts, drill=alert.is_exercise)
    if main_info not in info_by_language.values():
        english = texts["en"]
        texts["en"] = replace(english, text=_with_original(english.text, main_info))
    return Draft(
        texts=texts,
        drill=alert.is_exercise,
        audience=main_info.audience,
        category=main_info.category,
        severity=main_info.severity,
        urgency=main_info.urgency,
        certainty=main_info.certainty,
        valid_from=_later_start(main_info, now),
        valid_until=main_info.expires,
    )


def _worst(infos: Sequence[Info], language: Language) -> Info | None:
    """Return the block of a language; of several, the one of the worst severity."""
    fitting: list[Info] = []
    for info in infos:
        main_subtag = info.language.replace("_", "-").split("-")[0]
        if main_subtag == language:
            fitting.append(info)
    return min(fitting, key=_severity_rank, default=None)


def _severity_rank(info: Info) -> int:
    return _WORST_FIRST.index(info.severity)


def _main_info(alert: Alert, info_by_language: dict[Language, Info | None]) -> Info | None:
    """Return the block whose area and times the draft takes: English, else ours, else the first."""
    english = info_by_language["en"]
    if english is not None:
        return english
    for info in [*info_by_language.values(), *alert.infos]:
        if info is not None:
            return info
    return None


def _later_start(info: Info, now: datetime) -> datetime | None:
    """Return when an alert begins to hold; None where it holds already."""
    if info.effective is not None and info.effective > now:
        return info.effective
    return None


def _with_original(text: str, info: Info) -> str:
    original = _joined("\n\n", info.headline, info.description, info.instruction)
    return _fit(_joined("\n", text, original), "text", "en")


def _text(
    alert: Alert,
    info: Info | None,
    language: Language,
    advisory_ids: AdvisoryIds,
) -> AdvisoryText:
    """Write headline, text and instruction, those of an update or a cancel with a mark."""
    mark = MARKS.get(alert.kind, {}).get(language, "")
    subject = ""
    if mark:
        references = [_reference(name, advisory_ids) for name in alert.references]
        subject = " ".join([mark, *references])
    if info is None:
        return AdvisoryText(text=_fit(subject, "text", language))
    headline = _joined(" ", mark, info.headline)
    text = _joined("\n\n", subject, info.description)
    return AdvisoryText(
        headline=_fit(headline, "headline", language),
        text=_fit(text, "text", language),
        instruction=_fit(info.instruction, "instruction", language),
    )


def _joined(separator: str, *texts: str) -> str:
    """Join the texts that are not empty."""
    return separator.join(filter(None, texts))


def _reference(name: str, advisory_ids: AdvisoryIds) -> str:
    """Return our number of an earlier alert (`#12`), else the sender's identifier of it."""
    if name in advisory_ids:
        return f"#{advisory_ids[name]}"
    identifier = name.split(",")[1]
    return identifier[:MAX_REFERENCE_LETTERS]


def _fit(
    text: str,
    part: str,
    language: Language,
) -> str:
    """Cut a text to what an advisory holds, with a mark that somebody has to look at."""
    max_letters = wording.PART_LETTERS[part]
    if len(text) <= max_letters:
        return text
    beginning = text[: max_letters - CUT_MARK_LETTERS].rstrip()
    return f"{beginning} {CUT_MARKS[language]}"
