"""What a reporter tells of somebody who is sought: asked for one by one, taken as it comes."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.actions.context import Context, Slots
from bot.consular.crises import cases, reports
from bot.consular.crises.reports import Description
from bot.dialogue import moments, names, names_of_others, phones
from bot.dialogue.answers import MAX_NOTE_CHARS
from bot.messages import Entity, Heard
from bot.models import Case, SoughtPerson
from bot.text.text import ascii_digits

QUESTIONS = ("sought_name", "last_place", "last_contact", "sought_phone")
MIN_DIGITS = 4  # of a number that is not written whole
_DIGITS = re.compile(r"[+(]*\d(?:[ ()./\-]?\d)*")


async def keep_sought(ctx: Context, slots: Slots) -> Slots:
    """Keep what the message tells of the person who is sought; it is not asked for again.

    What was told before gives way to the answer of a question alone. Everything stays in the words
    of the case as well.
    """
    report = await _report(ctx, slots)
    if report is None:
        return {}
    question = _asked(ctx.heard, slots)
    home = ctx.person.country or phones.HOME_REGION
    description = _told(ctx.heard, home, question)
    if not description.name:
        name = slots.get("other_name") or ""
        description = replace(description, name=str(name))
    sought = await reports.of(ctx.session, report)
    earlier_answers = _known(report, sought)
    description = _news(description, earlier_answers, question)
    sought = await reports.describe(ctx.session, report, description)
    return _known(report, sought)


async def share_report(ctx: Context, slots: Slots) -> Slots:
    """Note that other organisations may read the report, where the reporter agrees."""
    report = await _report(ctx, slots)
    if report is not None and slots.get("may_share") is True:
        await reports.share(ctx.session, report, ctx.person, ctx.now)
    return {}


async def _report(ctx: Context, slots: Slots) -> Case | None:
    """Find the report that the conversation is about."""
    relation = slots.get("relation") or cases.UNKNOWN_RELATION
    return await cases.about(ctx.session, ctx.person, str(relation))


def _asked(heard: Heard, slots: Slots) -> str:
    """Name the question that a message answers; "" for none."""
    words = heard.text[:MAX_NOTE_CHARS]
    if heard.contact is not None:
        words = f"{heard.contact.name} {heard.contact.phone}".strip()
    for question in QUESTIONS:
        if words and slots.get(question) == words:
            return question
    return ""


def _told(
    heard: Heard,
    home: str,
    question: str,
) -> Description:
    """Read what a message tells; the answer of a question is its words, where no more is read."""
    if heard.contact is not None:
        return Description(name=heard.contact.name, phone=heard.contact.phone)
    words = heard.text[:MAX_NOTE_CHARS]
    description = Description(
        name=names_of_others.find(heard.text, heard.entities, ()) or "",
        last_place=_place(heard.entities),
        last_contact=moments.find(heard.text) or "",
        phone=_phone(heard.text, home, question == "sought_phone"),
    )
    if question == "sought_name" and not description.name:
        return replace(description, name=names.plain(words, heard.entities) or "")
    if question == "last_place" and not description.last_place:
        return replace(description, last_place=words)
    if question == "last_contact" and not description.last_contact:
        return replace(description, last_contact=words)
    return description


def _place(entities: tuple[Entity, ...]) -> str:
    """Return the words of the last city that is named, else of the last country."""
    place = ""
    for kind in ("country", "city"):
        for entity in entities:
            if entity.entity == kind:
                place = entity.text
    return place


def _phone(
    text: str,
    home: str,
    is_asked: bool,
) -> str:
    """Return the number of whoever is sought, in E.164, or the digits that answer the question.

    A number that nobody asked for, and that is the writer's own, is left out.
    """
    all_numbers = phones.numbers(text, home, is_asked=True)
    if is_asked:
        return next(iter(all_numbers), "") or _digits(text)
    own_numbers = phones.numbers(text, home, is_asked=False)
    for number in all_numbers:
        if number not in own_numbers:
            return number
    return ""


def _digits(text: str) -> str:
    """Return the digits of a number that is not written whole."""
    for match in _DIGITS.finditer(ascii_digits(text)):
        if sum(map(str.isdigit, match[0])) >= MIN_DIGITS:
            return match[0]
    return ""


def _news(
    description: Description,
    earlier_answers: Slots,
    question: str,
) -> Description:
    """Leave out what is known already, unless it was asked for."""
    return Description(
        name=_new("sought_name", description.name, earlier_answers, question),
        last_place=_new("last_place", description.last_place, earlier_answers, question),
        last_contact=_new("last_contact", description.last_contact, earlier_answers, question),
        phone=_new("sought_phone", description.phone, earlier_answers, question),
    )


def _new(
    field: str,
    answer: str,
    earlier_answers: Slots,
    question: str,
) -> str:
    if field in earlier_answers and field != question:
        return ""
    return answer


def _known(report: Case, sought: SoughtPerson | None) -> Slots:
    """Return the questions that need not be asked any more, with their answers."""
    answers = {"sought_name": report.about_name}
    if sought is not None:
        answers["last_place"] = sought.last_place
        answers["last_contact"] = sought.last_contact
        answers["sought_phone"] = sought.phone
    return {name: answer for name, answer in answers.items() if answer}
