"""The audit trail in the reader's words: who acted, what they did, to whom, and the details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import places
from bot.messages import Language
from bot.models import AuditNote, Staff
from bot.pages import rendering
from bot.pages.rendering import N_

# What an actor did, by the action that the code notes. A test lists every action of the code.
ACTIONS: Mapping[str, str] = {
    "advisory.approved": N_("approved an advisory"),
    "advisory.cancelled": N_("cancelled an advisory"),
    "advisory.drafted": N_("wrote the draft of an advisory"),
    "advisory.edited": N_("changed an advisory"),
    "advisory.expired": N_("ended an advisory when its time was over"),
    "advisory.overridden": N_("sent an advisory alone, in an emergency"),
    "advisory.override_seen": N_("confirmed having seen an emergency advisory"),
    "advisory.returned": N_("returned an advisory to its author"),
    "advisory.scheduled": N_("scheduled an advisory"),
    "advisory.sending": N_("began to send an advisory"),
    "advisory.sent": N_("finished sending an advisory"),
    "advisory.submitted": N_("submitted an advisory for approval"),
    "advisory.withdrawal_told": N_("told people that an advisory was withdrawn"),
    "audit.expired": N_("removed notes of the audit trail that were too old"),
    "case.close_undone": N_("took back that a case was closed"),
    "case.closed": N_("closed a case"),
    "case.file_read": N_("opened a file of a case"),
    "case.handed": N_("handed a case to a colleague"),
    "case.handed_back": N_("let the bot answer the person of a case again"),
    "case.held": N_("put a case on hold"),
    "case.kind_changed": N_("changed the kind of a case"),
    "case.merged": N_("joined a case into an older one"),
    "case.noted": N_("wrote a note on a case"),
    "case.opened": N_("opened a case"),
    "case.put_back": N_("put a case of a blocked account back"),
    "case.released": N_("lifted the hold on a case"),
    "case.reopened": N_("opened a closed case again"),
    "case.seen": N_("saw a case first"),
    "case.taken": N_("took a case"),
    "case.took_over": N_("joined a newer case into this one"),
    "case.written": N_("wrote to the person of a case"),
    "cases.viewed": N_("opened a page of the list of cases"),
    "change.approved": N_("approved a change as the second person"),
    "change.proposed": N_("proposed a change"),
    "change.refused": N_("refused a change as the second person"),
    "change.withdrawn": N_("withdrew a change"),
    "audit.key_renewed": N_("began to seal the audit trail with a new key"),
    "crisis.closed": N_("closed a crisis"),
    "crisis.opened": N_("opened a crisis"),
    "crisis.reported": N_("made a situation report"),
    "crisis.scheduled": N_("set how often a crisis reports"),
    "crisis.reviewed": N_("confirmed having seen a new crisis"),
    "drill.started": N_("started an exercise with invented people"),
    "drill.stopped": N_("stopped an exercise"),
    "drill.wiped": N_("wiped everything that was invented for exercises"),
    "feed.added": N_("began to follow a feed"),
    "feed.removed": N_("stopped following a feed"),
    "match.allowed": N_("allowed us to tell whoever asked about them"),
    "match.asked": N_("asked a person what we may tell of them"),
    "match.confirmed": N_("confirmed whom a report is about"),
    "match.refused": N_("wants nothing told to whoever asked about them"),
    "match.rejected": N_("said that a report is not about a person"),
    "match.told": N_("told a reporter how the person is"),
    "match.undone": N_("took back whom a report is about"),
    "matches.viewed": N_("looked at people whom a report may be about"),
    "crisis_people.downloaded": N_("downloaded the list of people of a crisis"),
    "crisis_people.printed": N_("opened the list of people of a crisis for paper"),
    "crisis_people.viewed": N_("opened a page of the people of a crisis"),
    "outreach.asked_again": N_("had the question sent to a person again"),
    "outreach.called": N_("called a person in vain"),
    "outreach.told": N_("marked what was told of a person"),
    "outreach.undone": N_("took back what was marked of a person"),
    "people.searched": N_("searched for people"),
    "person.calls_forbidden": N_("asked not to be called"),
    "call.handed": N_("handed a call to a colleague"),
    "calls.viewed": N_("opened a call list"),
    "crisis.entry": N_("wrote into the timeline of a crisis"),
    "crisis.grown": N_("let a crisis cover more"),
    "crisis.last_way_out": N_("set the last way out"),
    "crisis.phase": N_("moved a crisis to another phase"),
    "person.checked_in": N_("answered how they are"),
    "person.consented": N_("agreed that we keep their details"),
    "person.erased": N_("deleted everything about a person"),
    "person.erasure_asked": N_("asked to be forgotten once their case is closed"),
    "person.exported": N_("made a copy of a person’s data"),
    "person.join_asked": N_("asked to join an older record"),
    "person.merged": N_("joined two records of one person"),
    "person.bound": N_("said where they are on their way to"),
    "person.placed": N_("told where they are"),
    "person.registered": N_("registered"),
    "person.started": N_("asked for messages again"),
    "person.stopped": N_("asked for no more messages"),
    "person.tagged": N_("put a tag on a person"),
    "person.untagged": N_("took a tag from a person"),
    "person.viewed": N_("opened a person’s record"),
    "post.ground_entered": N_("entered a meeting point or a route of a post"),
    "post.ground_removed": N_("removed a meeting point or a route of a post"),
    "post.saved": N_("changed the details of a post"),
    "price.set": N_("changed the price of an SMS"),
    "manifest.downloaded": N_("took a copy of a manifest"),
    "manifest.viewed": N_("opened the manifest of a transport"),
    "seat.arrived": N_("wrote down that a household arrived"),
    "seat.asked": N_("put a household on the evacuation list"),
    "seat.boarded": N_("wrote down that a household is on board"),
    "seat.confirmed": N_("confirmed a seat"),
    "seat.declined": N_("gave a seat back"),
    "seat.described": N_("changed what is known of a household"),
    "seat.invited": N_("gave a household seats on a transport"),
    "seat.missed": N_("wrote down that a household missed the transport"),
    "seat.waiting": N_("put a household back on the list"),
    "seat.withdrawn": N_("took a household off the list"),
    "reply.retired": N_("retired a ready reply"),
    "reply.saved": N_("saved a ready reply"),
    "report.shared": N_("let other organisations read a report"),
    "reports.exported": N_("wrote reports for other organisations"),
    "reports.imported": N_("took reports of other organisations"),
    "staff.added": N_("added an account"),
    "staff.blocked": N_("blocked an account"),
    "staff.code_made": N_("took a code for the command line"),
    "staff.code_used": N_("used a code at the command line"),
    "staff.code_wrong": N_("typed a wrong code at the command line"),
    "staff.factor_added": N_("added a second factor"),
    "staff.factor_removed": N_("removed a second factor"),
    "staff.factors_reset": N_("removed all second factors of an account"),
    "staff.link_made": N_("made a one-time link"),
    "staff.password_changed": N_("changed the password"),
    "staff.password_set": N_("chose a password"),
    "staff.recovery_code_used": N_("used a recovery code"),
    "staff.recovery_codes_made": N_("made new recovery codes"),
    "staff.signed_in": N_("signed in"),
    "template.deleted": N_("deleted a template"),
    "template.saved": N_("saved a template"),
    "transport.announced": N_("announced a transport"),
    "transport.arrived": N_("wrote down that a transport arrived"),
    "transport.boarding": N_("began the boarding of a transport"),
    "transport.cancelled": N_("cancelled a transport"),
    "transport.departed": N_("wrote down that a transport departed"),
    "transport.drafted": N_("wrote down a transport"),
    "transport.resized": N_("changed the number of seats of a transport"),
    "unreached.downloaded": N_("downloaded the list of people not reached"),
    "unreached.viewed": N_("opened the list of people not reached"),
}
SUBJECTS: Mapping[str, str] = {
    "advisory": N_("advisory %(id)s"),
    "audit": N_("notes up to %(id)s"),
    "case": N_("case %(id)s"),
    "change": N_("change %(id)s"),
    "crisis": N_("crisis %(id)s"),
    "feed": N_("feed %(id)s"),
    "person": N_("person %(id)s"),
    "post": N_("post %(id)s"),
    "seat": N_("seat %(id)s"),
    "reply": N_("ready reply %(id)s"),
    "staff": N_("account %(id)s"),
    "template": N_("template %(id)s"),
    "transport": N_("transport %(id)s"),
}
DETAILS: Mapping[str, str] = {
    "account": N_("account"),
    "case": N_("case"),
    "change": N_("change"),
    "countries": N_("countries"),
    "country": N_("country"),
    "crisis": N_("crisis"),
    "drill": N_("drill"),
    "drills": N_("exercises"),
    "file": N_("file"),
    "found": N_("found"),
    "host": N_("server"),
    "hours": N_("every so many hours"),
    "kind": N_("kind"),
    "kind_before": N_("kind before"),
    "emergency_phone": N_("emergency number"),
    "email": N_("e-mail"),
    "micros": N_("millionths of a dollar"),
    "micros_before": N_("millionths of a dollar before"),
    "names": N_("names"),
    "notes": N_("notes"),
    "former_phase": N_("phase before"),
    "phase": N_("phase"),
    "number": N_("report no."),
    "phone": N_("number"),
    "street_addresses": N_("addresses"),
    "other": N_("the other record"),
    "outcome": N_("how it ended"),
    "people": N_("people"),
    "person": N_("person"),
    "post": N_("post"),
    "real_people": N_("asks real people"),
    "role": N_("role"),
    "shell": N_("at the command line, as"),
    "status": N_("answer"),
    "sum": N_("sum of all notes before"),
    "to": N_("to"),
    "version": N_("version"),
}
_CASE_KINDS: Mapping[str, str] = {
    "life": N_("life at risk"),
    "medical": N_("medical"),
    "detained": N_("held or kidnapped"),
    "evacuation": N_("evacuation"),
    "unclear": N_("unclear, perhaps a cry for help"),
    "relative": N_("about a relative"),
    "human": N_("asks for a person"),
    "fault": N_("the bot failed"),
}
# Codes in the details; the other values are names and numbers already.
CODES: Mapping[str, Mapping[str, str]] = {
    "kind": {
        **_CASE_KINDS,
        "post": N_("Details of a post"),
        "crisis_name": N_("What people read of a crisis"),
        "price": N_("Price of an SMS"),
        "new_account": N_("New account"),
        "new_link": N_("New link for an account"),
        "transport": N_("What people are told of a transport"),
        "app": N_("authenticator app"),
        "passkey": N_("passkey"),
    },
    "kind_before": _CASE_KINDS,
    "outcome": {
        "reached_safety": N_("reached safety"),
        "treated": N_("treated"),
        "found": N_("found"),
        "released": N_("released"),
        "evacuated": N_("evacuated"),
        "advised": N_("given advice"),
        "handed_over": N_("handed to another authority"),
        "unreachable": N_("could not be reached"),
        "mistake": N_("a mistake"),
        "died": N_("died"),
    },
    "role": {
        "admin": N_("administrator"),
        "hq_officer": N_("officer at headquarters"),
        "approver": N_("approver"),
        "post_officer": N_("officer of a post"),
        "auditor": N_("auditor"),
    },
    "status": {
        "safe": N_("safe"),
        "help": N_("needs help"),
        "medical": N_("needs a doctor"),
        "evacuate": N_("wants evacuation"),
        "staying": N_("stays"),
    },
}
# Details with what was and what is.
CHANGED_DETAILS = frozenset({"names", "street_addresses", "phone", "emergency_phone", "email"})
COUNTRY_DETAILS = frozenset({"countries", "country", "post"})
ACCOUNT_DETAILS = frozenset({"account", "to"})  # `staff:1`


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
        if content is None:
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
