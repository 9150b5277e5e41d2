"""What an advisory says: checked, and as people get it on each kind of screen, in both languages."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.consular.broadcasts import fan_out
from bot.consular.errors import N_, ConsularError, Quote, Term
from bot.messages import Content, Form, Language
from bot.models import Advisory, Category, Certainty, Severity, Urgency
from bot.text import sms, text

HEADLINE_LETTERS = 200
TEXT_LETTERS = 3500  # with its headline within Telegram's 4,096
SMS_LETTERS = 600  # four parts of Arabic and more
INSTRUCTION_LETTERS = 1500
CHAT_LETTERS = 4000  # headline, text and instruction together: one message of Telegram's

LONGEST = {
    "headline": HEADLINE_LETTERS,
    "text": TEXT_LETTERS,
    "instruction": INSTRUCTION_LETTERS,
    "sms": SMS_LETTERS,
}
PARTS = {
    "headline": N_("headline"),
    "text": N_("text"),
    "instruction": N_("instruction"),
    "sms": N_("short text for SMS"),
}
KINDS: Mapping[str, type[StrEnum]] = {
    "severity": Severity, "urgency": Urgency, "certainty": Certainty, "category": Category
}  # fmt: skip
WORDS = tuple(f"{part}_{language}" for part in LONGEST for language in text.LANGUAGES)
_PLACEHOLDER = re.compile(r"\{(\w{1,40})\}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote. `audience` is `{}` while nobody was chosen; times are aware."""

    headline_en: str = ""
    headline_ar: str = ""
    text_en: str = ""
    text_ar: str = ""
    instruction_en: str = ""
    instruction_ar: str = ""
    sms_en: str = ""
    sms_ar: str = ""
    audience: Mapping[str, Any] = field(default_factory=dict)
    category: Category = Category.SAFETY
    severity: Severity = Severity.UNKNOWN
    urgency: Urgency = Urgency.UNKNOWN
    certainty: Certainty = Certainty.UNKNOWN
    routine: bool = False
    drill: bool = False
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @classmethod
    def of(cls, advisory: Advisory) -> Draft:
        """What an advisory says now."""
        return cls(**{one.name: getattr(advisory, one.name) for one in fields(cls)})


def columns(draft: Draft) -> dict[str, Any]:
    """The columns of the advisory, words cleaned. Raises ConsularError where something is too long."""
    values = {one.name: getattr(draft, one.name) for one in fields(draft)}
    for name in WORDS:
        most = LONGEST[name.partition("_")[0]]
        values[name] = text.clean(values[name].replace("\r\n", "\n"), 10 * TEXT_LETTERS)
        if len(values[name]) > most:
            part = Term(PARTS[name.partition("_")[0]])
            raise ConsularError("A {part} has at most {most} characters.", part=part, most=most)
    return values | {"audience": dict(draft.audience)}


def check_whole(advisory: Advisory, now: datetime) -> None:
    """Raises ConsularError while it is not ready for somebody else's eyes: both languages, nothing left to fill in."""
    if not all(
        getattr(advisory, f"{part}_{language}")
        for part in ("headline", "text")
        for language in text.LANGUAGES
    ):
        raise ConsularError("Write a headline and a text in both languages.")
    for part in ("instruction", "sms"):
        if bool(getattr(advisory, f"{part}_en")) != bool(getattr(advisory, f"{part}_ar")):
            raise ConsularError("The {part} is there in one language only.", part=Term(PARTS[part]))
    if left := placeholders(advisory):
        raise ConsularError("Still to be filled in: {names}.", names=Quote(", ".join(sorted(left))))
    for language in text.LANGUAGES:
        if len(_chat(advisory, language).text) > CHAT_LETTERS:
            raise ConsularError(
                "Headline, text and instruction have at most {most} characters.", most=CHAT_LETTERS
            )
    _check_times(advisory, now)


def _check_times(advisory: Advisory, now: datetime) -> None:
    begins, ends = advisory.valid_from, advisory.valid_until
    if ends is not None and ends <= max(begins or now, now):
        raise ConsularError("It would be over before it begins.")


def placeholders(said: Advisory | Draft | Mapping[str, Any]) -> set[str]:
    """The `{names}` that still stand in the words."""
    values = said if isinstance(said, Mapping) else {name: getattr(said, name) for name in WORDS}
    return {found for name in WORDS for found in _PLACEHOLDER.findall(values.get(name) or "")}


def filled(said: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The same words with these placeholders filled in; what is not among the values stays."""
    return {
        name: _PLACEHOLDER.sub(lambda match: values.get(match[1]) or match[0], value)
        if name in WORDS
        else value
        for name, value in said.items()
    }


def contents(said: Advisory | Draft) -> fan_out.Contents:
    """What people get, by language and form."""
    return {
        language: {
            Form.CHAT.value: _chat(said, language).to_json(),
            Form.TEXT.value: _sms(said, language).to_json(),
        }
        for language in text.LANGUAGES
    }


def _chat(said: Advisory | Draft, language: Language) -> Content:
    """The headline stands out where a screen can show it; nothing in the words is taken for formatting."""
    headline = f"📢 {getattr(said, f'headline_{language}')}"
    rest = filter(None, (getattr(said, f"{part}_{language}") for part in ("text", "instruction")))
    return Content("\n\n".join((headline, *rest)), language=language, heading=len(headline))


def _sms(said: Advisory | Draft, language: Language) -> Content:
    short = getattr(said, f"sms_{language}")
    parts = (getattr(said, f"{part}_{language}") for part in ("headline", "text", "instruction"))
    return Content(sms.for_sms(short or "\n".join(filter(None, parts))), language=language)


def version(advisory: Advisory) -> str:
    """A digest of what would be sent, to whom, when and how."""
    said = {name: str(value) for name, value in said_of(advisory).items()}
    frozen = json.dumps([contents(advisory), advisory.audience, said], sort_keys=True)
    return hashlib.sha256(frozen.encode()).hexdigest()[:16]


def said_of(advisory: Advisory) -> dict[str, Any]:
    """All of a draft as JSON: what a version keeps."""
    values = {one.name: getattr(advisory, one.name) for one in fields(Draft)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }
