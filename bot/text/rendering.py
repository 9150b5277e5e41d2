"""Replies in words: a key of the catalogues, its details and its options, for a screen."""

from __future__ import annotations

from typing import assert_never

from bot.messages import Button, Content, Form, Label, Language, Reply, TextKey, Verbatim
from bot.text.catalogues import say


def render(
    reply: Reply,
    language: Language,
    form: Form,
) -> Content:
    """Put a reply into words, for a language and a screen."""
    buttons = []
    for option in reply.buttons:
        label = _words(option.label, language, form)
        buttons.append(Button(label, option.payload))
    text = say(reply.key, language, form, **reply.values)
    return Content(
        text,
        tuple(buttons),
        reply.ask_location,
        reply.ask_contact,
        language,
        asks=reply.asks,
    )


def _words(
    label: Label,
    language: Language,
    form: Form,
) -> str:
    match label:
        case TextKey(key):
            return say(key, language, form)
        case Verbatim(text):
            return text
        case _:
            assert_never(label)
