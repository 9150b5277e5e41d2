"""The wording of an advisory: its limits, what it lacks, and how it looks on each screen."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from babel import Locale

from bot.consular.broadcasts import fan_out, variants
from bot.consular.errors import N_, ConsularError, Quote, Term
from bot.messages import Content, Form, Language
from bot.models import (
    Advisory,
    AdvisoryText,
    Category,
    Certainty,
    Severity,
    Texts,
    Urgency,
    texts_from_json,
    texts_to_json,
)
from bot.text import numbers, sender, sms
from bot.text.text import LANGUAGES, clean

PART_LETTERS = {
    "headline": 200,
    "text": 3500,  # fits with its headline into one message of Telegram's, which holds 4,096
    "instruction": 1500,
    "sms": 600,  # nine parts of Arabic
}
PART_NAMES = {
    "headline": N_("headline"),
    "text": N_("text"),
    "instruction": N_("instruction"),
    "sms": N_("shorter SMS"),
}
REQUIRED_PARTS = ("headline", "text")
OPTIONAL_PARTS = ("instruction", "sms")  # in every language, or in none
CHAT_LETTERS = 4000  # headline, text and instruction together, for one message of Telegram's
TYPED_LETTERS = (
    10 * PART_LETTERS["text"]
)  # nobody types more; a longer text is cut before it is measured
KINDS: Mapping[str, type[StrEnum]] = {
    "severity": Severity,
    "urgency": Urgency,
    "certainty": Certainty,
    "category": Category,
}
_PLACEHOLDER = re.compile(r"\{(\w{1,40})\}")
_ENGLISH = Locale.parse("en")


def english_name(language: Language) -> str:
    """Name a language in English: `Arabic`."""
    return str(_ENGLISH.languages[language])


def blank_texts() -> Texts:
    """Return an empty text for each language."""
    return texts_from_json({})


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote. `audience` is `{}` while nobody is chosen; times are aware."""

    texts: Texts = field(default_factory=blank_texts)
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
        """Copy what an advisory says now."""
        return cls(**{column.name: getattr(advisory, column.name) for column in fields(cls)})


def columns(draft: Draft) -> dict[str, Any]:
    """Return the columns of an advisory, its texts cleaned.

    Raises ConsularError for a part that is too long.
    """
    texts: dict[Language, AdvisoryText] = {}
    for language in LANGUAGES:
        texts[language] = tidy(draft.texts[language])
        _check_lengths(texts[language])
    columns = {column.name: getattr(draft, column.name) for column in fields(draft)}
    return columns | {"texts": texts, "audience": dict(draft.audience)}


def tidy(text: AdvisoryText) -> AdvisoryText:
    """Clean every part as it was typed: line ends, invisible marks and surrounding blanks."""
    parts: dict[str, str] = {}
    for part, typed in asdict(text).items():
        parts[part] = clean(typed.replace("\r\n", "\n"), TYPED_LETTERS)
    return AdvisoryText(**parts)


def _check_lengths(text: AdvisoryText) -> None:
    for part, limit in PART_LETTERS.items():
        if len(getattr(text, part)) > limit:
            name = PART_NAMES[part]
            raise ConsularError(
                "The {part} has at most {most} characters.", part=Term(name), most=limit
            )


def check_whole(advisory: Advisory, now: datetime) -> None:
    """Check that every language is written and nothing is left to fill in. Raises ConsularError."""
    for part in REQUIRED_PARTS:
        if languages_without(advisory.texts, part):
            raise ConsularError("Write a headline and a text in both languages.")
    for part in OPTIONAL_PARTS:
        _check_optional(advisory.texts, part)
    gaps = sorted(placeholders(advisory.texts.values()))
    if gaps:
        raise ConsularError("Still to be filled in: {names}.", names=Quote(", ".join(gaps)))
    for text in advisory.texts.values():
        if chat_letters(text) > CHAT_LETTERS:
            raise ConsularError(
                "Headline, text and instruction have at most {most} characters.", most=CHAT_LETTERS
            )
    _check_times(advisory, now)


def languages_without(texts: Texts, part: str) -> list[Language]:
    """Return the languages that a part is not written in."""
    return [language for language in LANGUAGES if not getattr(texts[language], part)]


def _check_optional(texts: Texts, part: str) -> None:
    missing = languages_without(texts, part)
    if missing and len(missing) < len(LANGUAGES):
        raise ConsularError(
            "The {part} is missing in {language}: write it, or leave it out of every language.",
            part=Term(PART_NAMES[part]),
            language=Term(english_name(missing[0])),
        )


def _check_times(advisory: Advisory, now: datetime) -> None:
    begins = advisory.valid_from or now
    ends = advisory.valid_until
    if ends is not None and ends <= max(begins, now):
        raise ConsularError("It would be over before it begins.")


def placeholders(texts: Iterable[AdvisoryText]) -> set[str]:
    """Return the `{names}` that still stand in these texts."""
    names: set[str] = set()
    for text in texts:
        for sentence in asdict(text).values():
            names.update(_PLACEHOLDER.findall(sentence))
    return names


def fill(text: AdvisoryText, answers: Mapping[str, str]) -> AdvisoryText:
    """Fill the placeholders that have an answer; the others stay."""
    replace = partial(_answer, answers)
    parts: dict[str, str] = {}
    for part, sentence in asdict(text).items():
        parts[part] = _PLACEHOLDER.sub(replace, sentence)
    return AdvisoryText(**parts)


def _answer(answers: Mapping[str, str], placeholder: re.Match[str]) -> str:
    return answers.get(placeholder[1]) or placeholder[0]


def contents(advisory: Advisory | Draft) -> fan_out.Contents:
    """Return what people get, by language and form, with the variants of the SMS."""
    by_language: fan_out.Contents = {}
    for language in LANGUAGES:
        text = advisory.texts[language]
        by_language[language] = {
            Form.CHAT.value: _chat(text, language).to_json(),
            Form.TEXT.value: _sms(text, language).to_json(),
        }
    return variants.complete(by_language)


def _chat(text: AdvisoryText, language: Language) -> Content:
    """Let the headline stand out where a screen can show it; no part is read as formatting."""
    headline = numbers.dialable(f"📢 {text.headline}", Form.CHAT)
    paragraphs = filter(None, (headline, text.text, text.instruction))
    message = numbers.dialable("\n\n".join(paragraphs), Form.CHAT)
    return Content(message, language=language, heading=len(headline))


def chat_letters(text: AdvisoryText) -> int:
    """Count the characters of the text on a chat screen."""
    return len(_chat(text, LANGUAGES[0]).text)


def _sms(text: AdvisoryText, language: Language) -> Content:
    lines = filter(None, (text.headline, text.text, text.instruction))
    body = sms.for_sms(text.sms or "\n".join(lines))
    return Content(sms.signed(body, sender.name(language)), language=language)


def version(advisory: Advisory) -> str:
    """Digest what would be sent, to whom, when and how."""
    frozen = json.dumps([contents(advisory), snapshot(advisory)], sort_keys=True)
    return hashlib.sha256(frozen.encode()).hexdigest()[:16]


def snapshot(advisory: Advisory) -> dict[str, Any]:
    """Return all of a draft as JSON, for `advisory_versions.content`."""
    content: dict[str, Any] = {}
    for column in fields(Draft):
        setting = getattr(advisory, column.name)
        content[column.name] = setting.isoformat() if isinstance(setting, datetime) else setting
    content["texts"] = texts_to_json(advisory.texts)
    return content
