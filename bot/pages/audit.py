"""The audit trail in the reader's words: who acted, what they did, to whom, and the details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists
from bot.consular.reference import places
from bot.messages import Language
from bot.models import AuditNote, Staff
from bot.pages import rendering
from bot.pages.audit_words import ACTIONS, CODES, DETAILS, SUBJECTS
from bot.pages.rendering import N_

# Details with what was and what is.
CHANGED_DETAILS = frozenset({"names", "street_addresses", "phone", "emergency_phone", "email"})
COUNTRY_DETAILS = frozenset({"countries", "country", "post"})
ACCOUNT_DETAILS = frozenset({"account", "to"})  # `staff:1`
# Details for programs: whom a list held is counted for its people, and read by nobody.
HIDDEN_DETAILS = frozenset({lists.GAPS})


@dataclass(frozen=True)
class Line:
    """One note as a page shows it. `is_code`: nobody has named the action yet."""

    at: datetime
    actor: str
    action: str
    is_code: bool
    subject: str
    details: list[tuple[str, str]]


async def lines(
    session: AsyncSession,
    notes: list[AuditNote],
    language: Language,
) -> list[Line]:
    """Put notes into the reader's words, in the order they came."""
    emails = await _emails(session, notes)
    return [_line(note, emails, language) for note in notes]


def _line(
    note: AuditNote,
    emails: Mapping[str, str],
    language: Language,
) -> Line:
    label = ACTIONS.get(note.action)
    action = note.action if label is None else _in_words(label, language)
    return Line(
        at=note.at,
        actor=_actor(note.actor, emails, language),
        action=action,
        is_code=label is None,
        subject=_subject(note.subject, emails, language),
        details=_details(_with_emails(note.detail, emails), language),
    )


async def _emails(session: AsyncSession, notes: list[AuditNote]) -> dict[str, str]:
    """Return the e-mail addresses of the accounts in these notes, by `staff:1`."""
    numbers: set[int] = set()
    for note in notes:
        named = [note.detail[name] for name in ACCOUNT_DETAILS if name in note.detail]
        for name in (note.actor, note.subject, *named):
            kind, _, number = name.partition(":")
            if kind == "staff" and number.isdecimal():
                numbers.add(int(number))
    accounts = await session.scalars(select(Staff).where(Staff.id.in_(numbers)))
    return {f"staff:{account.id}": account.email for account in accounts}


def _actor(
    actor: str,
    emails: Mapping[str, str],
    language: Language,
) -> str:
    """Name an account by its e-mail address, and everyone else by a word."""
    if actor in emails:
        return emails[actor]
    if actor.startswith("person:"):
        return _in_words(N_("the person"), language)
    if actor == "system":
        return _in_words(N_("Tammen"), language)
    return actor


def _subject(
    subject: str,
    emails: Mapping[str, str],
    language: Language,
) -> str:
    if subject in emails:
        return emails[subject]
    kind, _, number = subject.partition(":")
    if kind == "people":
        return _in_words(N_("people"), language)
    if kind == "cases":
        return _in_words(N_("cases"), language)
    if kind == "price":
        return _priced_country(number, language)
    if kind == "reach":
        country, _, _name = number.partition(":")
        return places.country_name(country, language)
    if kind in SUBJECTS:
        return _in_words(SUBJECTS[kind], language) % {"id": number}
    return subject


def _priced_country(code: str, language: Language) -> str:
    if code in places.COUNTRIES:
        return places.country_name(code, language)
    return _in_words(N_("All other countries"), language)


def _with_emails(detail: Mapping[str, Any], emails: Mapping[str, str]) -> dict[str, Any]:
    """Name accounts in the details by their e-mail addresses."""
    named = dict(detail)
    for name in ACCOUNT_DETAILS.intersection(detail):
        named[name] = emails.get(detail[name], detail[name])
    return named


def _details(detail: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    details: list[tuple[str, str]] = []
    for name, content in detail.items():
        if content is None or name in HIDDEN_DETAILS:
            continue
        label = _in_words(DETAILS[name], language) if name in DETAILS else name
        details.append((label, _content(name, content, language)))
    return details


def _content(
    name: str,
    content: Any,
    language: Language,
) -> str:
    """Show one detail: countries and codes by name, a list with commas, a yes or a no."""
    if isinstance(content, bool):
        return _in_words(N_("yes") if content else N_("no"), language)
    if name in CHANGED_DETAILS:
        before, after = content
        return _in_words(N_("%(after)s (before: %(before)s)"), language) % {
            "after": after,
            "before": before or "–",
        }
    parts = content if isinstance(content, list) else [content]
    shown: list[str] = []
    for part in parts:
        code = str(part)
        if name in COUNTRY_DETAILS and code in places.COUNTRIES:
            shown.append(places.country_name(code, language))
        elif code in CODES.get(name, {}):
            shown.append(_in_words(CODES[name][code], language))
        else:
            shown.append(code)
    return _in_words(N_(", "), language).join(shown)


def _in_words(words: str, language: Language) -> str:
    return rendering.words(language).gettext(words)
