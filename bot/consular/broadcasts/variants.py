"""The words of an SMS by how its country lets people answer: a small closed set, frozen together.

`text` is for numbers that can answer and take links. A variant has a key of its own beside it
(`SmsWay.variant`); where one is missing, its country gets `text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never

from bot.messages import Content, Form, Language
from bot.models import Broadcast, SmsWay
from bot.text import catalogues, links, sms, text

LINK = "{link}"
LEFT_OUT = "…"  # where the words for a link would cost a part more
VARIED_WAYS = (SmsWay.PLAIN_ANSWER, SmsWay.LINK, SmsWay.READ)


def complete(contents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Add the variants that contents lack, for the ways that need other words."""
    completed: dict[str, dict[str, Any]] = {}
    for language, forms in contents.items():
        completed[language] = _completed(forms, text.language_of(language))
    return completed


def _completed(
    forms: Mapping[str, Any],
    language: Language,
) -> dict[str, Any]:
    completed = dict(forms)
    if not forms.get(Form.TEXT.value, {}).get("text"):
        return completed  # a draft may have nothing yet
    content = Content.from_json(forms[Form.TEXT.value])
    for way in VARIED_WAYS:
        variant = fit(content, language, way)
        if variant != content:
            completed.setdefault(way.variant, variant.to_json())
    return completed


def fit(
    content: Content,
    language: Language,
    way: SmsWay,
    answer_link: str = "",
) -> Content:
    """Return what a number gets of the words of an SMS.

    Where no answer returns, nothing asks for one: choices are left out, and an `answer_link` stands
    in their place where links arrive.
    """
    match way:
        case SmsWay.ANSWER | SmsWay.NOTHING:
            return content
        case SmsWay.PLAIN_ANSWER:
            message = without_links(content.text, language)
            return replace(content, text=message)
        case SmsWay.READ:
            message = without_links(content.text, language)
            return replace(
                content,
                text=message,
                buttons=(),
            )
        case SmsWay.LINK:
            message = _with_link(content.text, language, answer_link)
            return replace(
                content,
                text=message,
                buttons=(),
            )
        case _:
            assert_never(way)


def _with_link(
    message: str,
    language: Language,
    answer_link: str,
) -> str:
    if not answer_link or answer_link in message:
        return message
    line = catalogues.say(
        "sms_answer_here",
        language,
        Form.TEXT,
        link=answer_link,
    )
    return f"{message}\n{line}"


def without_links(message: str, language: Language) -> str:
    """Return words in which others say where links and numbers are; never in more parts."""
    without_own = message.replace(LINK, "").strip()
    link_words = catalogues.say("sms_link_left_out", language, Form.TEXT)
    number_words = catalogues.say("sms_number_left_out", language, Form.TEXT)
    plain = links.without(
        without_own,
        link_words,
        number_words,
    )
    most_parts = sms.sms_parts(message).count
    if sms.sms_parts(plain).count <= most_parts:
        return plain
    return links.without(without_own, LEFT_OUT, LEFT_OUT)


def chosen(
    forms: Mapping[str, Any],
    form: Form,
    way: SmsWay,
) -> Any:
    """Return the content of a screen, as JSON; on SMS the variant for a way, where there is one."""
    if form is Form.TEXT and way.variant in forms:
        return forms[way.variant]
    return forms[form.value]


def ways(broadcast: Broadcast) -> Mapping[str, str]:
    """Return how people answer an SMS of a broadcast, by country; of an old one nothing is kept."""
    return broadcast.sms_ways or {}
