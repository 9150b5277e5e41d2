"""The list of the people of a crisis as the columns of a file, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from babel import Locale

from bot.consular.crises.roster_entries import Entry
from bot.consular.errors import N_
from bot.consular.reference import places
from bot.messages import Language
from bot.models import EmergencyContact
from bot.text import catalogues

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
NEEDS: Mapping[str, str] = {
    "detained": N_("detained"),
    "alone": N_("under age and alone"),
    "medical": N_("medical care"),
    "pregnant": N_("pregnant"),
    "mobility": N_("moves with difficulty"),
    "infant": N_("baby"),
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
    return [_say(title, language) for title in COLUMNS]


def cells(entry: Entry, language: Language) -> list[str]:
    """Return the cells of a person, as many as there are columns."""
    answered_at = entry.answer.at if entry.answer else None
    called_at = entry.calls[0].at if entry.calls else None
    do_not_call = entry.person.no_calls_at is not None
    return [
        *_about(entry, language),
        _coded(STANDINGS, entry.standing, language),
        _moment(answered_at),
        _heard_from(entry, language),
        _coded(QUESTIONS, entry.roll_call, language),
        str(len(entry.calls) or ""),
        _moment(called_at),
        str(entry.case.id) if entry.case else "",
        _coded(NEXT_STEPS, entry.next_step, language),
        _yes(do_not_call, language),
        _own_name(entry.person.language),
    ]


def _about(entry: Entry, language: Language) -> list[str]:
    person = entry.person
    return [
        str(person.id),
        _yes(person.synthetic, language),
        person.name or "",
        entry.phone or "",
        places.country_name(person.country or "", language),
        _city(entry, language),
        str(person.party_size or ""),
        _yes(entry.is_vulnerable, language),
        needs(entry.needs, language),
        contact(entry.contact, language),
    ]


def needs(codes: Sequence[str], language: Language) -> str:
    """Word needs: "medical care · baby"."""
    return " · ".join(_say(NEEDS[code], language) for code in codes)


def contact(of_person: EmergencyContact | None, language: Language) -> str:
    """Word an emergency contact: the name, what they are to the person, the number."""
    if of_person is None:
        return ""
    relation = _coded(RELATIONS, of_person.relation, language)
    return " · ".join(filter(None, [of_person.name, relation, of_person.phone]))


def _city(entry: Entry, language: Language) -> str:
    """Name the city, and what the person calls a place that no gazetteer knows."""
    person = entry.person
    names: list[str] = []
    if person.city:
        names.append(places.city_name(person.city, language))
    if person.place_words:
        names.append(person.place_words)
    return " · ".join(names)


def _heard_from(entry: Entry, language: Language) -> str:
    """Name who told how the person is, or the channel by which they answered."""
    if entry.told is not None and entry.told.source is not None:
        return _coded(SOURCES, entry.told.source, language)
    if entry.answer is not None:
        return _coded(CHANNELS, entry.answer.via, language)
    return ""


def _own_name(language: str) -> str:
    """Name a language in itself: «العربية»."""
    locale = Locale.parse(language)
    return str(locale.languages[language])


def _moment(at: datetime | None) -> str:
    """Write a time as spreadsheets read it, `2026-11-30 03:10`."""
    if at is None:
        return ""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _yes(holds: bool, language: Language) -> str:
    return _say(N_("yes"), language) if holds else ""


def _coded(labels: Mapping[str, str], code: str | None, language: Language) -> str:
    if code is None:
        return ""
    return _say(labels.get(code, code), language)


def _say(words: str, language: Language) -> str:
    return str(catalogues.console(language).ugettext(words))
