"""The form of an advisory: what its fields mean, what is still missing, and how people will see it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.console.advisories import audience
from bot.consular.advisories import wording
from bot.consular.advisories.wording import KINDS, WORDS, Draft
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError
from bot.messages import Form
from bot.models import Advisory, Category
from bot.pages import zones
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.text import sms
from bot.text import text as text_text
from bot.text.sms import Parts

TIMES = ("valid_from", "valid_until")
TICKS = ("routine", "drill")
_GAP = re.compile(r"gap_(ar|en)_(\w{1,40})")
NAMES = {
    "headline_ar": N_("the Arabic headline"), "headline_en": N_("the English headline"),
    "text_ar": N_("the Arabic text"), "text_en": N_("the English text"),
    "instruction_ar": N_("what to do, in Arabic"), "instruction_en": N_("what to do, in English"),
    "sms_ar": N_("the shorter SMS in Arabic"), "sms_en": N_("the shorter SMS in English"),
}  # fmt: skip

GAPS = {
    "place": N_("the place"), "road": N_("the road"), "time": N_("the time"), "date": N_("the date"),
    "day": N_("the day"), "phone": N_("the telephone number"), "what": N_("what has happened"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """How an SMS will look and what it costs. `letters` are its characters, each with whether it makes it dear."""

    text: str
    parts: Parts
    letters: list[tuple[str, bool]]


def read(visit: Visit) -> dict[str, Any]:
    """The fields as they were typed, gaps filled with what was written for them."""
    values: dict[str, Any] = {
        name: visit.field(name, 2 * wording.LONGEST[name.partition("_")[0]]) for name in WORDS
    }
    values |= _filled(visit, values)
    values |= {name: visit.field(name, 20) for name in (*KINDS, *TIMES)}
    values |= {name: bool(visit.field(name)) for name in TICKS}
    return values | {
        "groups": audience.read(visit),
        "rule": visit.field("rule", 20_000),
        "zone": zones.of(visit),
    }


def _filled(visit: Visit, values: Mapping[str, Any]) -> dict[str, Any]:
    """The words of each language with its own gaps filled."""
    gaps: dict[str, dict[str, str]] = {language: {} for language in text_text.LANGUAGES}
    for name in visit.form:
        if found := _GAP.fullmatch(name):
            gaps[found[1]][found[2]] = visit.field(name, 200)
    return {name: wording.filled({name: values[name]}, gaps[name[-2:]])[name] for name in WORDS}


def shown(visit: Visit, said: Draft | Advisory) -> dict[str, Any]:
    """The fields that make this one."""
    zone = zones.of(visit)
    values: dict[str, Any] = {name: getattr(said, name) for name in (*WORDS, *TICKS)}
    values |= {name: str(getattr(said, name)) for name in KINDS}
    values |= {name: zones.shown(getattr(said, name), zone) for name in TIMES}
    groups, rule = audience.shown(said.audience)
    return values | {"groups": groups, "rule": rule, "zone": zone}


def draft(visit: Visit, values: Mapping[str, Any]) -> Draft:
    """What the fields say. Raises ConsularError where one means nothing."""
    chosen = audience.rule(visit.staff, values["groups"], values["rule"])
    times: dict[str, Any] = {name: zones.read(values[name], values["zone"]) for name in TIMES}
    return Draft(**_said(values), **times, audience=chosen)


def sketch(values: Mapping[str, Any]) -> Draft:
    """The same without the times and the audience: nothing in it can be wrong."""
    return Draft(**_said(values))


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    words = {name: text_text.clean(values[name].replace("\r\n", "\n"), 10_000) for name in WORDS}
    kinds = {name: _kind(kind, values[name]) for name, kind in KINDS.items()}
    return {**words, **kinds, **{name: values[name] for name in TICKS}}


def _kind(kind: type[StrEnum], value: str) -> StrEnum:
    known = [one.value for one in kind]
    return kind(value if value in known else ("Safety" if kind is Category else "Unknown"))


def gaps(said: Mapping[str, Any]) -> dict[str, list[str]]:
    """The placeholders to be filled in, with the languages they stand in."""
    found: dict[str, list[str]] = {}
    for language in text_text.LANGUAGES:
        mine = {name: said.get(name) or "" for name in WORDS if name.endswith(language)}
        for gap in sorted(wording.placeholders(mine)):
            found.setdefault(gap, []).append(language)
    return found


# --- what it looks like -----------------------------------------------------------------------------------------------


def contents(said: Draft | Advisory) -> fan_out.Contents:
    """What people get, a drill's mark included."""
    plain = wording.contents(said)
    return fan_out.marked(plain) if said.drill else plain


def previews(contents: Mapping[str, Any]) -> dict[str, Preview]:
    """The SMS of each language, with its parts and what makes it dear."""
    said = {
        language: forms[Form.TEXT.value].get("text", "") for language, forms in contents.items()
    }
    return {
        language: _preview(words, sms.sms_parts(words), language)
        for language, words in said.items()
    }


def _preview(words: str, parts: Parts, language: str) -> Preview:
    """In Arabic every letter needs UCS-2, so none is to blame."""
    forced = parts.forced_by if language == "en" else ""
    return Preview(words, parts, [(letter, letter in forced) for letter in words])


def missing(visit: Visit, values: Mapping[str, Any], is_chosen: bool) -> list[str]:
    """What must still be done before it can be submitted, in the reader's words."""
    return [
        *_unwritten(visit, values),
        *_unmatched(visit, values),
        *_undone(visit, values, is_chosen),
    ]


def _unwritten(visit: Visit, values: Mapping[str, Any]) -> Iterator[str]:
    for part in ("headline", "text"):
        for language in text_text.LANGUAGES:
            if not values[f"{part}_{language}"]:
                yield visit.say(N_("Write {what}.")).format(
                    what=visit.say(NAMES[f"{part}_{language}"])
                )


def _unmatched(visit: Visit, values: Mapping[str, Any]) -> Iterator[str]:
    for part in ("instruction", "sms"):
        lacks = [language for language in text_text.LANGUAGES if not values[f"{part}_{language}"]]
        if len(lacks) == 1:
            what = visit.say(NAMES[f"{part}_{lacks[0]}"])
            yield visit.say(N_("Write {what}, or leave it out in both languages.")).format(
                what=what
            )


def _undone(visit: Visit, values: Mapping[str, Any], is_chosen: bool) -> Iterator[str]:
    if left := gaps(values):
        yield visit.say(N_("Still to be filled in: {names}.")).format(
            names=visit.say(N_(", ")).join(visit.say(GAPS.get(gap, gap)) for gap in left)
        )
    if not is_chosen and not values["is_correction"]:
        yield visit.say(N_("Choose whom it is for."))
    try:
        begins, ends = (zones.read(values[name], values["zone"]) for name in TIMES)
        if ends is not None and ends <= max(begins or visit.now, visit.now):
            yield visit.say(N_("It would be over before it begins."))
    except ConsularError as error:
        yield visit.explain(error)
    sizes = [len(forms[Form.CHAT.value]["text"]) for forms in contents(sketch(values)).values()]
    if max(sizes) > wording.CHAT_LETTERS:
        words = visit.say(N_("Headline, text and instruction have at most {most} characters."))
        yield words.format(most=wording.CHAT_LETTERS)
