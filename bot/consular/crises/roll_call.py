"""The roll call: what everybody in a crisis is asked, in each language and on each screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import sms as sms_channel
from bot.consular.broadcasts import fan_out, variants
from bot.consular.crises import naming
from bot.messages import Button, Content, Form, Language
from bot.models import Crisis, OutboundMessage, OutboundState, Outreach, OutreachKind, SmsWay
from bot.text import catalogues, sender, sms, text

# The first question, the later ones to the silent, and the last to those who stay.
QuestionKey = Literal["roll_call", "roll_call_again", "roll_call_last"]

# What people read who cannot answer at all: an officer calls them.
_CALL_KEYS: Mapping[QuestionKey, str] = {
    "roll_call": "roll_call_read",
    "roll_call_again": "roll_call_read",
    "roll_call_last": "roll_call_last_read",
}

# What it offers: payload of the button, key of its label.
ANSWERS = (
    ("/safe", "roll_call_safe"),
    ("/needhelp", "roll_call_help"),
    ("/evacuate", "roll_call_evacuate"),
    ("/staying", "roll_call_staying"),
)


def preview(
    names: Mapping[str, str],
    countries: Sequence[str],
    drill: bool,
    has_link: bool,
) -> fan_out.Contents:
    """Write what everyone would be asked, as a broadcast's contents: to show it and its cost."""
    written = contents(naming.public_names(names, countries), has_link)
    if drill:
        return fan_out.marked(written)
    return written


def contents(
    public_names: Mapping[str, str],
    has_link: bool,
    key: QuestionKey = "roll_call",
) -> fan_out.Contents:
    """Write a question as the contents of a broadcast, by language and form."""
    written: fan_out.Contents = {}
    for language in text.LANGUAGES:
        written[language] = _question(
            key,
            language,
            public_names[language],
            has_link,
        )
    return written


def _question(
    key: QuestionKey,
    language: Language,
    name: str,
    has_link: bool,
) -> dict[str, object]:
    """Write a question in one language, by form, and by how people can answer an SMS.

    In an SMS `{link}` stands for the person's own reply link.
    """
    contents: dict[str, object] = {}
    for form in Form:
        question = catalogues.say(key, language, form, name=name)
        buttons = _buttons(language, form)
        contents[form.value] = Content(question, buttons, language=language).to_json()
    for form_key, content in _text_messages(key, language, name, has_link).items():
        contents[form_key] = _signed(content, language).to_json()
    return contents


def _text_messages(
    key: QuestionKey,
    language: Language,
    name: str,
    has_link: bool,
) -> dict[str, Content]:
    """Write the SMS, and its variants for countries where answers or links do not arrive."""
    question = sms.for_sms(catalogues.say(key, language, Form.TEXT, name=name))
    call = sms.for_sms(catalogues.say(_CALL_KEYS[key], language, Form.TEXT, name=name))
    buttons = _buttons(language, Form.TEXT)
    read_only = Content(variants.without_links(call, language), language=language)
    with_both = Content(question, buttons, language=language)
    by_link = read_only
    if has_link:
        with_both = replace(with_both, text=question + _line("roll_call_link", language))
        by_link = Content(question + _line("sms_answer_here", language), language=language)
    plain = variants.without_links(question, language)
    return {
        Form.TEXT.value: with_both,
        SmsWay.PLAIN_ANSWER.variant: Content(plain, buttons, language=language),
        SmsWay.LINK.variant: by_link,
        SmsWay.READ.variant: read_only,
    }


def _signed(content: Content, language: Language) -> Content:
    """Add the name of the sender to an SMS, where question, answers and link cost no part more."""
    signed_text = f"{content.text}\n{sender.name(language)}"
    signed = replace(content, text=signed_text)
    if _longest_parts(signed) > _longest_parts(content):
        return content
    return signed


def _longest_parts(content: Content) -> int:
    """Count the parts of an SMS with the longest link that it may get."""
    text_with_link = content.text.replace(sms.LINK, sms.LONGEST_LINK)
    return sms_channel.parts(replace(content, text=text_with_link))


def _line(key: str, language: Language) -> str:
    return "\n" + catalogues.say(key, language, Form.TEXT, link=variants.LINK)


def _buttons(language: Language, form: Form) -> tuple[Button, ...]:
    buttons: list[Button] = []
    for payload, key in ANSWERS:
        label = catalogues.say(key, language, form)
        buttons.append(Button(label, payload))
    return tuple(buttons)


async def end_asked_again(session: AsyncSession, crisis: Crisis, now: datetime) -> None:
    """Drop the questions that wait to be sent again: the crisis is closed."""
    asked_again = select(Outreach.message_id).where(
        Outreach.crisis_id == crisis.id,
        Outreach.kind == OutreachKind.ASKED_AGAIN,
    )
    ending = update(OutboundMessage).where(
        OutboundMessage.id.in_(asked_again),
        OutboundMessage.state == OutboundState.QUEUED,
    )
    ending = ending.values(state=OutboundState.DROPPED, reason="cancelled", finished_at=now)
    await session.execute(ending.execution_options(synchronize_session=False))
