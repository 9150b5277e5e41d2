"""The list of the people of a crisis as the columns of a file, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.consular.crises.roster_entries import Entry
from bot.consular.errors import N_
from bot.consular.people import cell_words
from bot.consular.reference import directory, places
from bot.messages import Language
from bot.models import EmergencyContact

COLUMNS = (
    N_("Number of the record"),
    N_("Exercise person"),
    N_("Name"),
    N_("Phone"),
    N_("Country"),
    N_("City"),
    N_("People with them, themselves included"),
    N_("Vulnerable"),
    N_("Needs"),
    N_("Emergency contact"),
    N_("How they are"),
    N_("Answered at (UTC)"),
    N_("Heard from"),
    N_("Question"),
    N_("Calls in vain"),
    N_("Last call (UTC)"),
    N_("Open case"),
    N_("What to do now"),
    N_("Do not call"),
    N_("Language"),
)
STANDINGS: Mapping[str, str] = {
    "safe": N_("safe"),
    "help": N_("needs help"),
    "evacuate": N_("wants evacuation"),
    "staying": N_("stays"),
    "no_answer": N_("has not answered"),
    "not_asked": N_("was not asked yet"),
    "unreachable": N_("cannot be reached"),
}
NEXT_STEPS: Mapping[str, str] = {
    "case": N_("work on the case"),
    "call": N_("call"),
    "write": N_("write, do not call"),
    "ask_again": N_("ask again by message: no number is known to be right"),
    "wait": N_("wait: the question is on its way"),
    "find_number": N_("ask those around them for a number"),
    "none": N_("nothing"),
}
SOURCES: Mapping[str, str] = {
    "person": N_("the person"),
    "relative": N_("a relative"),
    "neighbour": N_("a neighbour"),
    "employer": N_("the employer"),
    "hospital": N_("a hospital"),
    "authority": N_("another authority"),
}
AGES: Mapping[str, str] = {
    "infant": N_("baby"),
    "child": N_("child"),
    "adult": N_("adult"),
    "elderly": N_("elderly"),
}
RELATIONS: Mapping[str, str] = {
    "wife": N_("wife"),
    "husband": N_("husband"),
    "son": N_("son"),
    "daughter": N_("daughter"),
    "child": N_("child"),
    "mother": N_("mother"),
    "father": N_("father"),
    "brother": N_("brother"),
    "sister": N_("sister"),
    "friend": N_("friend"),
    "other": N_("other"),
}
CHANNELS: Mapping[str, str] = {
    "telegram": N_("Telegram"),
    "sms": N_("SMS"),
    "phone": N_("phone page"),
    "link": N_("reply link"),
    "staff": N_("staff"),
    "warden": N_("warden"),
}
QUESTIONS: Mapping[str, str] = {
    "queued": N_("waiting"),
    "sending": N_("waiting"),
    "sent": N_("handed to the network"),
    "delivered": N_("delivered"),
    "read": N_("delivered"),
    "failed": N_("failed"),
    "expired": N_("failed"),
    "dropped": N_("not sent"),
    "no_channel": N_("no way to reach them"),
}


def titles(language: Language) -> list[str]:
    """Return the titles of the columns."""
    return [directory.say(title, language) for title in COLUMNS]


def cells(entry: Entry, language: Language) -> list[str]:
    """Return the cells of a person, as many as there are columns."""
    answered_at = entry.answer.at if entry.answer else None
    called_at = entry.calls[0].at if entry.calls else None
    do_not_call = entry.person.no_calls_at is not None
    return [
        *_about(entry, language),
        _coded(STANDINGS, entry.standing, language),
        cell_words.moment(answered_at),
        _heard_from(entry, language),
        _coded(QUESTIONS, entry.roll_call, language),
        str(len(entry.calls) or ""),
        cell_words.moment(called_at),
        str(entry.case.id) if entry.case else "",
        _coded(NEXT_STEPS, entry.next_step, language),
        cell_words.yes(do_not_call, language),
        cell_words.own_name(entry.person.language),
    ]


def _about(entry: Entry, language: Language) -> list[str]:
    person = entry.person
    return [
        str(person.id),
        cell_words.yes(person.synthetic, language),
        person.name or "",
        entry.phone or "",
        places.country_name(person.country or "", language),
        cell_words.city(person, language),
        str(person.party_size or ""),
        cell_words.yes(entry.is_vulnerable, language),
        cell_words.needs(entry.needs, language),
        contact(entry.contact, language),
    ]


def contact(of_person: EmergencyContact | None, language: Language) -> str:
    """Word an emergency contact: the name, what they are to the person, the number."""
    if of_person is None:
        return ""
    relation = _coded(RELATIONS, of_person.relation, language)
    return " · ".join(filter(None, [of_person.name, relation, of_person.phone]))


def _heard_from(entry: Entry, language: Language) -> str:
    """Name who told how the person is, or the channel by which they answered."""
    if entry.told is not None and entry.told.source is not None:
        return _coded(SOURCES, entry.told.source, language)
    if entry.answer is not None:
        return _coded(CHANNELS, entry.answer.via, language)
    return ""


def _coded(labels: Mapping[str, str], code: str | None, language: Language) -> str:
    if code is None:
        return ""
    return directory.say(labels.get(code, code), language)
