"""The form of an advisory: its fields, what is still missing, and how people will see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.console.advisories import audience
from bot.console.advisories.audience_fields import Group
from bot.consular.advisories import wording
from bot.consular.advisories.wording import KINDS, OPTIONAL_PARTS, REQUIRED_PARTS, Draft
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError
from bot.messages import Form, Language
from bot.models import Advisory, AdvisoryText, Category, Texts
from bot.pages import rendering, zones
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.text import sms
from bot.text.sms import Parts
from bot.text.text import LANGUAGES

MAX_RULE_CHARS = 20_000
MAX_ANSWER_CHARS = 200
MAX_OPTION_CHARS = 20
PART_NAMES = {
    "headline": N_("the headline in {language}"),
    "text": N_("the text in {language}"),
    "instruction": N_("what to do, in {language}"),
    "sms": N_("the shorter SMS in {language}"),
}
GAP_NAMES = {
    "place": N_("the place"),
    "road": N_("the road"),
    "time": N_("the time"),
    "date": N_("the date"),
    "day": N_("the day"),
    "phone": N_("the telephone number"),
    "what": N_("what has happened"),
}
_GAP_FIELD = re.compile(rf"gap_({'|'.join(LANGUAGES)})_(\w{{1,40}})")


def text_field(part: str, language: str) -> str:
    """Name the field that a part of a text is written in: `headline_ar`."""
    return f"{part}_{language}"


@dataclass(frozen=True, slots=True)
class Fields:
    """What stands in the fields. Times are as they were typed, by the clock of `zone`."""

    texts: Texts
    kinds: Mapping[str, str]
    routine: bool
    drill: bool
    valid_from: str
    valid_until: str
    groups: list[Group]
    rule: str  # JSON, by those who know how
    zone: str
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """How an SMS looks and what it costs; each of its letters with whether it makes it dear."""

    text: str
    parts: Parts
    letters: list[tuple[str, bool]]
    dear_letters: str


def read(visit: Visit) -> Fields:
    """Read the fields as they were typed, and put the answers into the gaps."""
    texts: dict[Language, AdvisoryText] = {}
    for language in LANGUAGES:
        typed = _typed(visit, language)
        answers = _answers(visit, language)
        texts[language] = wording.fill(typed, answers)
    kinds: dict[str, str] = {}
    for name in KINDS:
        kinds[name] = visit.field(name, MAX_OPTION_CHARS)
    is_routine = visit.field("routine") != ""
    is_drill = visit.field("drill") != ""
    return Fields(
        texts=texts,
        kinds=kinds,
        routine=is_routine,
        drill=is_drill,
        valid_from=visit.field("valid_from", MAX_OPTION_CHARS),
        valid_until=visit.field("valid_until", MAX_OPTION_CHARS),
        groups=audience.read(visit),
        rule=visit.field("rule", MAX_RULE_CHARS),
        zone=zones.of(visit),
    )


def _typed(visit: Visit, language: Language) -> AdvisoryText:
    """Read the text of a language; a part that is too long is refused later, when it is saved."""
    parts: dict[str, str] = {}
    for part, limit in wording.PART_LETTERS.items():
        name = text_field(part, language)
        parts[part] = visit.field(name, 2 * limit)
    return AdvisoryText(**parts)


def _answers(visit: Visit, language: Language) -> dict[str, str]:
    """Read what was written for the gaps of a language."""
    answers: dict[str, str] = {}
    for name in visit.form:
        gap = _GAP_FIELD.fullmatch(name)
        if gap and gap[1] == language:
            answers[gap[2]] = visit.field(name, MAX_ANSWER_CHARS)
    return answers


def shown(visit: Visit, advisory: Draft | Advisory) -> Fields:
    """Return the fields that make an advisory."""
    zone = zones.of(visit)
    groups, rule = audience.shown(advisory.audience)
    kinds: dict[str, str] = {}
    for name in KINDS:
        option = getattr(advisory, name)
        kinds[name] = str(option)
    is_correction = isinstance(advisory, Advisory) and advisory.corrects_id is not None
    return Fields(
        texts=advisory.texts,
        kinds=kinds,
        routine=advisory.routine,
        drill=advisory.drill,
        valid_from=zones.shown(advisory.valid_from, zone),
        valid_until=zones.shown(advisory.valid_until, zone),
        groups=groups,
        rule=rule,
        zone=zone,
        is_correction=is_correction,
    )


def draft(visit: Visit, fields: Fields) -> Draft:
    """Return the draft that the fields make. Raises ConsularError for one that cannot be read."""
    return Draft(
        texts=_tidy(fields.texts),
        audience=audience.rule(visit.staff, fields.groups, fields.rule),
        routine=fields.routine,
        drill=fields.drill,
        valid_from=zones.read(fields.valid_from, fields.zone),
        valid_until=zones.read(fields.valid_until, fields.zone),
        **_kinds(fields),
    )


def sketch(fields: Fields) -> Draft:
    """Return the draft without its times and its audience: nothing in it can be refused."""
    return Draft(
        texts=_tidy(fields.texts),
        routine=fields.routine,
        drill=fields.drill,
        **_kinds(fields),
    )


def _tidy(texts: Texts) -> Texts:
    return {language: wording.tidy(text) for language, text in texts.items()}


def _kinds(fields: Fields) -> dict[str, Any]:
    options: dict[str, StrEnum] = {}
    for name, kind in KINDS.items():
        typed = fields.kinds[name]
        options[name] = _option(kind, typed)
    return options


def _option(kind: type[StrEnum], typed: str) -> StrEnum:
    """Read an option; one that the form does not offer counts as not chosen."""
    options = {option.value for option in kind}
    if typed in options:
        return kind(typed)
    if kind is Category:
        return Category.SAFETY
    return kind("Unknown")


def gaps(texts: Texts) -> dict[str, list[Language]]:
    """Return the placeholders to be filled in, with the languages that have them."""
    languages_by_gap: dict[str, list[Language]] = {}
    for language in LANGUAGES:
        placeholders = wording.placeholders([texts[language]])
        for gap in sorted(placeholders):
            languages = languages_by_gap.setdefault(gap, [])
            languages.append(language)
    return languages_by_gap


# --- what it looks like ---------------------------------------------------------------------------


def contents(advisory: Draft | Advisory) -> fan_out.Contents:
    """Return what people get, with the mark of a drill."""
    unmarked = wording.contents(advisory)
    if not advisory.drill:
        return unmarked
    return fan_out.marked(unmarked)


def previews(contents: Mapping[str, Any]) -> dict[str, Preview]:
    """Return the SMS of each language, with its parts and what makes it dear."""
    previews: dict[str, Preview] = {}
    for language, forms in contents.items():
        content = forms[Form.TEXT.value]
        text = content.get("text", "")
        previews[language] = _preview(text)
    return previews


def _preview(text: str) -> Preview:
    """Blame the characters that need UCS-2 only where they are few: in Arabic every letter does."""
    parts = sms.sms_parts(text)
    dear_count = sum(letter in parts.forced_by for letter in text)
    are_few = 2 * dear_count < len(text)
    dear_letters = ""
    if are_few:
        dear_letters = parts.forced_by
    letters: list[tuple[str, bool]] = []
    for letter in text:
        is_dear = letter in dear_letters
        letters.append((letter, is_dear))
    return Preview(
        text,
        parts,
        letters,
        dear_letters,
    )


# --- what is missing ------------------------------------------------------------------------------


def missing(
    visit: Visit,
    fields: Fields,
    is_chosen: bool,
) -> list[str]:
    """Say in the reader's language what must be done before it can be submitted."""
    return [
        *_unwritten(visit, fields.texts),
        *_untranslated(visit, fields.texts),
        *_unfilled(visit, fields.texts),
        *_unaddressed(visit, fields, is_chosen),
        *_untimely(visit, fields),
        *_too_long(visit, fields),
    ]


def _unwritten(visit: Visit, texts: Texts) -> Iterator[str]:
    request = visit.say(N_("Write {what}."))
    for part in REQUIRED_PARTS:
        for language in wording.languages_without(texts, part):
            name = _part_name(visit, part, language)
            yield request.format(what=name)


def _untranslated(visit: Visit, texts: Texts) -> Iterator[str]:
    """Ask for a part that stands in some languages only."""
    request = visit.say(N_("Write {what}, or leave it out in both languages."))
    for part in OPTIONAL_PARTS:
        languages = wording.languages_without(texts, part)
        if len(languages) == len(LANGUAGES):
            continue
        for language in languages:
            name = _part_name(visit, part, language)
            yield request.format(what=name)


def _part_name(
    visit: Visit,
    part: str,
    language: Language,
) -> str:
    name = visit.say(PART_NAMES[part])
    language_name = rendering.language_name(language, visit.language)
    return name.format(language=language_name)


def _unfilled(visit: Visit, texts: Texts) -> Iterator[str]:
    names: list[str] = []
    for gap in gaps(texts):
        name = GAP_NAMES.get(gap, gap)
        names.append(visit.say(name))
    if names:
        comma = visit.say(N_(", "))
        request = visit.say(N_("Still to be filled in: {names}."))
        yield request.format(names=comma.join(names))


def _unaddressed(
    visit: Visit,
    fields: Fields,
    is_chosen: bool,
) -> Iterator[str]:
    if not is_chosen and not fields.is_correction:
        yield visit.say(N_("Choose whom it is for."))


def _untimely(visit: Visit, fields: Fields) -> Iterator[str]:
    try:
        begins = zones.read(fields.valid_from, fields.zone) or visit.now
        ends = zones.read(fields.valid_until, fields.zone)
    except ConsularError as error:
        yield visit.explain(error)
        return
    if ends is not None and ends <= max(begins, visit.now):
        yield visit.say(N_("It would be over before it begins."))


def _too_long(visit: Visit, fields: Fields) -> Iterator[str]:
    written = contents(sketch(fields))
    lengths: list[int] = []
    for forms in written.values():
        chat = forms[Form.CHAT.value]
        lengths.append(len(chat["text"]))
    if max(lengths) > wording.CHAT_LETTERS:
        complaint = visit.say(N_("Headline, text and instruction have at most {most} characters."))
        yield complaint.format(most=wording.CHAT_LETTERS)
