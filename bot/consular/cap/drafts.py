"""Other people's alerts become drafts for staff, once each: translated by people, approved by two,
like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle, wording
from bot.consular.advisories.wording import Draft
from bot.consular.cap.reading import Alert, Info, MessageKind
from bot.messages import Language
from bot.models import Advisory, AdvisoryText, Severity, Staff
from bot.text.text import LANGUAGES

# Like the placeholders of a template, these stop an advisory from being submitted until somebody
# has dealt with them.
MARKS: dict[MessageKind, dict[Language, str]] = {
    MessageKind.UPDATE: {"en": "{UPDATE}", "ar": "{تحديث}"},
    MessageKind.CANCEL: {"en": "{CANCEL}", "ar": "{إلغاء}"},
}
CUT: dict[Language, str] = {"en": "{CUT}", "ar": "{مقطوع}"}
MOST_NAMES = 30  # of places that staff are told of
_WORST = list(Severity)


async def take(
    session: AsyncSession, staff: Staff | None, alert: Alert, now: datetime
) -> Advisory | None:
    """A draft of an alert; None when there is one already.

    `staff` is None for a polled feed. Raises ConsularError.
    """
    if await _known(session, [alert.name]):
        return None
    said = draft(alert, await _known(session, alert.references), now)
    try:
        async with session.begin_nested():
            return await lifecycle.draft(
                session, staff, said, now, imported_from=alert.name, import_notes=notes(alert)
            )
    except IntegrityError:  # another worker was quicker
        return None


def notes(alert: Alert) -> dict[str, Any]:
    """What staff have to know of it that the draft cannot say: who signed it, which places they
    draw themselves.
    """
    unread = list(dict.fromkeys(name for info in alert.infos for name in info.unread))
    wider = list(dict.fromkeys(name for info in alert.infos for name in info.wider))
    signed = {"signed": alert.signature.by.value, "by": alert.signature.name}
    return signed | {"unread": unread[:MOST_NAMES], "wider": wider[:MOST_NAMES]}


async def _known(session: AsyncSession, names: Sequence[str]) -> dict[str, int]:
    """The advisories that were made of these alerts, by their names."""
    query = select(Advisory.imported_from, Advisory.id).where(Advisory.imported_from.in_(names))
    return {str(row.imported_from): row.id for row in await session.execute(query)}


def draft(alert: Alert, known: dict[str, int], now: datetime) -> Draft:
    """What it says, in those of our languages it says it in; the others stay empty, so that it
    waits for a translator.

    In neither of them, the original stands in the English text, without a headline.
    """
    by_language = {language: _pick(alert.infos, language) for language in LANGUAGES}
    ours = [info for info in by_language.values() if info is not None]
    first = by_language["en"] or next(iter(ours), None) or next(iter(alert.infos), None)
    texts: dict[Language, AdvisoryText] = {}
    for language, info in by_language.items():
        texts[language] = _text(alert, info, language, known)
    if first is not None and first not in ours:
        texts["en"] = replace(texts["en"], text=_with_original(texts["en"].text, first))
    facts = _facts(first, now) if first else {}
    return Draft(texts=texts, drill=alert.is_exercise, **facts)


def _with_original(text: str, info: Info) -> str:
    original = "\n\n".join(filter(None, (info.headline, info.description, info.instruction)))
    return _fit("\n".join(filter(None, (text, original))), "text", "en")


def _pick(infos: Sequence[Info], language: Language) -> Info | None:
    """The block of a language; of several, the worst."""
    fitting = [info for info in infos if info.language.replace("_", "-").split("-")[0] == language]
    return min(fitting, key=lambda info: _WORST.index(info.severity), default=None)


def _facts(info: Info, now: datetime) -> dict[str, Any]:
    starts = info.effective if info.effective and info.effective > now else None
    return {name: getattr(info, name) for name in (*wording.KINDS, "audience")} | {
        "valid_from": starts,
        "valid_until": info.expires,
    }


def _text(
    alert: Alert, info: Info | None, language: Language, known: dict[str, int]
) -> AdvisoryText:
    """Headline, text and instruction; of an update or a cancel with a mark, and
    what it is about.
    """
    mark = MARKS.get(alert.kind, {}).get(language, "")
    about = " ".join([mark, *(_name(one, known) for one in alert.references)]) if mark else ""
    if info is None:
        return AdvisoryText(text=_fit(about, "text", language))
    headline = " ".join(filter(None, (mark, info.headline)))
    text = "\n\n".join(filter(None, (about, info.description)))
    return AdvisoryText(
        headline=_fit(headline, "headline", language),
        text=_fit(text, "text", language),
        instruction=_fit(info.instruction, "instruction", language),
    )


def _name(reference: str, known: dict[str, int]) -> str:
    """Our number of what it refers to, else the other side's name for it."""
    return f"#{known[reference]}" if reference in known else reference.split(",")[1][:80]


def _fit(words: str, part: str, language: Language) -> str:
    """Within what an advisory holds; what was cut says so, and has to be looked at."""
    most = wording.PART_LETTERS[part]
    return words if len(words) <= most else f"{words[: most - 12].rstrip()} {CUT[language]}"
