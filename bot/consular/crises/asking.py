"""What a reporter learns of the person they asked about: what that person allows, and no more.

The person is asked once, when an officer confirmed that they are meant. A reporter is told nothing
before a "yes", and then nothing of a place. Silence and "no" look the same from outside.
"""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.crises import cases, checkins
from bot.consular.people import addressing
from bot.consular.people.addressing import first_name
from bot.messages import Button, Content, Language
from bot.models import (
    Address,
    Case,
    CheckInStatus,
    MatchVerdict,
    Person,
    ReportMatch,
)
from bot.text import catalogues, text

PAYLOAD = "may_tell"  # of the buttons: `/may_tell 12 yes`
YES = "yes"
NO = "no"
DAY = "d MMMM"  # of what a reporter is told


async def ask(
    session: AsyncSession,
    report: Case,
    person: Person,
    match: ReportMatch,
    now: datetime,
) -> None:
    """Ask a person whether the reporter may be told that they are safe; nobody is asked twice.

    Whoever said "yes" before an officer took the match back agrees still.
    """
    if match.asked_at is not None:
        await _tell(session, report, person, match, now)
        return
    reporter = await session.get_one(Person, report.person_id)
    address = await addressing.last_used(session, person)
    if address is None or await addressing.last_used(session, reporter) is None:
        return
    language = text.language_of(person.language)
    words = catalogues.say(
        "may_tell_question",
        language,
        address.form,
        asker=_asker(report, reporter, language, address),
    )
    buttons = _buttons(report, language, address)
    await _send(session, person, address, Content(words, buttons, language=language), now)
    match.asked_at = now
    await session.flush()
    await trail.note(session, trail.SYSTEM, "match.asked", f"person:{person.id}", now)


def _asker(
    report: Case,
    reporter: Person,
    language: Language,
    address: Address,
) -> str:
    """Name who asks by the first name, and by what they say the person is to them."""
    name = first_name(reporter.name or "")
    if not name:
        name = catalogues.say("may_tell_somebody", language, address.form)
    if report.relation in (None, cases.UNKNOWN_RELATION):
        return name
    relation = catalogues.say(f"may_tell_{report.relation}", language, address.form)
    return catalogues.say(
        "may_tell_asker",
        language,
        address.form,
        name=name,
        relation=relation,
    )


def _buttons(report: Case, language: Language, address: Address) -> tuple[Button, ...]:
    yes = catalogues.say("may_tell_yes", language, address.form)
    no = catalogues.say("may_tell_no", language, address.form)
    return (
        Button(yes, f"/{PAYLOAD} {report.id} {YES}"),
        Button(no, f"/{PAYLOAD} {report.id} {NO}"),
    )


async def answer(
    session: AsyncSession,
    person: Person,
    case_id: int,
    may_tell: bool,
    now: datetime,
) -> bool:
    """Keep what a person allows; on "yes" the reporter is told. False where nobody asked.

    The last answer counts until the reporter was told.
    """
    match = await session.get(ReportMatch, (case_id, person.id), with_for_update=True)
    if match is None or match.asked_at is None:
        return False
    match.may_tell = may_tell
    match.answered_at = now
    await session.flush()
    subject = f"person:{person.id}"
    action = "match.allowed" if may_tell else "match.refused"
    await trail.note(session, subject, action, subject, now)
    report = await session.get_one(Case, case_id)
    await _tell(session, report, person, match, now)
    return True


async def _tell(
    session: AsyncSession,
    report: Case,
    person: Person,
    match: ReportMatch,
    now: datetime,
) -> None:
    """Tell the reporter once how the person is, where the person allows it and is still meant."""
    if match.may_tell is not True or match.told_at is not None:
        return
    if match.verdict is not MatchVerdict.CONFIRMED:
        return
    if person.forgotten_at or person.erasure_asked_at:
        return
    reporter = await session.get_one(Person, report.person_id)
    address = await addressing.last_used(session, reporter)
    if address is None:
        return
    key, heard_at = await _last_word(session, person, match)
    content = _news(key, heard_at, report, reporter, address)
    await _send(session, reporter, address, content, now)
    match.told_at = now
    await session.flush()
    await trail.note(session, trail.SYSTEM, "match.told", f"case:{report.id}", now)


def _news(
    key: str,
    heard_at: datetime,
    report: Case,
    reporter: Person,
    address: Address,
) -> Content:
    """Word what a reporter is told, by the name that they gave and no other."""
    language = text.language_of(reporter.language)
    name = first_name(report.about_name or "")
    if not name:
        name = catalogues.say("told_somebody", language, address.form)
    words = catalogues.say(
        key,
        language,
        address.form,
        name=name,
        day=format_date(heard_at, DAY, locale=language),
    )
    return Content(words, language=language)


async def _last_word(
    session: AsyncSession,
    person: Person,
    match: ReportMatch,
) -> tuple[str, datetime]:
    """Return the text that says how a person is, and when we heard it: safe, or in contact."""
    check_in = await checkins.latest(session, person)
    if check_in is not None and check_in.answer is CheckInStatus.SAFE:
        return "told_safe", check_in.at
    return "told_in_contact", match.answered_at or match.decided_at


async def _send(
    session: AsyncSession,
    person: Person,
    address: Address,
    content: Content,
    now: datetime,
) -> None:
    await outbox.reply(
        session,
        person=person,
        address=address,
        content=content,
        inbound_id=None,
        now=now,
    )
