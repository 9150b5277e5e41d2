"""Telegram: updates in, python-telegram-bot's `Bot` on our HTTP session out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp
import structlog
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import RequestData

from bot.channels import errors, words
from bot.channels.bot_requests import SessionRequest, TextFields, TooFastError
from bot.channels.errors import SendError
from bot.channels.telegram_updates import UPDATE_KINDS, group, load, parse, verify
from bot.messages import (
    Button,
    Content,
    Form,
    Language,
    Outbound,
    Sent,
)
from bot.text.catalogues import say

__all__ = [
    "UPDATE_KINDS",
    "Credentials",
    "answer",
    "bot",
    "count",
    "group",
    "load",
    "parse",
    "send",
    "set_menu",
    "updates",
    "verify",
]

MAX_MESSAGE_UNITS = 4096  # UTF-16 units
MAX_CAPTION_UNITS = 1024
# Telegram's list of commands, with the words that explain each.
MENU = {
    "safe": "label_safe",
    "needhelp": "label_help",
    "evacuate": "label_evacuate",
    "staying": "label_staying",
    "place": "label_place",
    "register": "label_register",
    "advice": "label_advice",
    "verify": "label_verify",
    "mydata": "label_mydata",
    "whosaw": "label_who_saw",
    "correct": "label_correct",
    "language": "label_language",
    "link": "label_link",
    "help": "label_menu",
    "stop": "menu_stop",
    "start": "label_start",
    "forget": "label_forget_me",
}
Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_NO_PREVIEW_JSON = _NO_PREVIEW.to_json()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A bot's token and the address of the Bot API."""

    token: str
    api: str


# Sending.


def count(content: Content) -> int:
    """Count the messages that a content becomes."""
    closing = 1 if _needs_closing(content) else 0
    if len(content.text) <= MAX_MESSAGE_UNITS // 2:
        return 1 + closing
    return len(list(words.pieces(content.text, MAX_MESSAGE_UNITS))) + closing


def _needs_closing(content: Content) -> bool:
    """Tell whether a message of its own takes a keyboard away: one with buttons cannot."""
    return content.ends_keyboard and bool(content.buttons)


async def send(http: aiohttp.ClientSession, credentials: Credentials, outbound: Outbound) -> Sent:
    """Send a message, a long one in several. Raises SendError.

    After "unclear" it may have been delivered.
    """
    if outbound.content.page:
        return await _send_page(bot(http, credentials), outbound)
    texts = list(words.pieces(outbound.content.text, MAX_MESSAGE_UNITS)) or ["…"]
    for wrong in outbound.replaces:
        await _edit(bot(http, credentials), outbound, wrong, texts[0])
    try:
        if _needs_closing(outbound.content):
            await _end_keyboard(bot(http, credentials), outbound)
        for number, text in enumerate(texts, 1):
            keyboard = _keyboard(outbound.content) if number == len(texts) else None
            bold = _bold(outbound.content) if number == 1 else None
            sent = await _send(bot(http, credentials), outbound.address, text, keyboard, bold)
    except TelegramError as error:
        raise _error(error) from None
    return Sent(str(sent["message_id"]))


async def _send_page(sender: Bot, outbound: Outbound) -> Sent:
    """Send the page of a content as a file, its text below it. Raises SendError.

    A text that is too long for that goes first.
    """
    content = outbound.content
    *first, last = list(words.pieces(content.text, MAX_CAPTION_UNITS)) or [""]
    page = InputFile(content.page.encode(), filename=content.page_name)
    try:
        for text in first:
            await _send(sender, outbound.address, text, None, None)
        sent = await sender.send_document(
            outbound.address,
            page,
            caption=last,
            reply_markup=_keyboard(content),
        )
    except TelegramError as error:
        raise _error(error) from None
    return Sent(str(sent.message_id))


async def _end_keyboard(sender: Bot, outbound: Outbound) -> None:
    """Take the keyboard away that an earlier message showed. Raises TelegramError."""
    text = say("keyboard_closed", outbound.content.language, Form.CHAT)
    await _send(sender, outbound.address, text, ReplyKeyboardRemove(), None)


async def _send(
    sender: Bot,
    chat: str,
    text: str,
    keyboard: Keyboard | None,
    bold: list[MessageEntity] | None,
) -> dict[str, Any]:
    """Send as `Bot.send_message` does, without what costs more than the request.

    Its checks do, and the objects that it makes of Telegram's answer.
    """
    fields = {"chat_id": chat, "text": text, "link_preview_options": _NO_PREVIEW_JSON}
    if keyboard:
        fields["reply_markup"] = keyboard.to_json()
    if bold:
        fields["entities"] = json.dumps([mark.to_dict() for mark in bold])
    sent: Any = await sender.request.post(
        f"{sender.base_url}/sendMessage", cast("RequestData", TextFields(fields))
    )
    if not isinstance(sent, dict):
        raise TimedOut("an answer that tells no message")
    return sent


async def _edit(sender: Bot, outbound: Outbound, wrong: str, text: str) -> None:
    """Make the wrong message show the right words as well. Raises SendError when we are too fast.

    Whatever else stops it (too old, deleted, shown already), the new message goes out all the same.
    """
    keyboard = _keyboard(outbound.content)
    try:
        await sender.edit_message_text(
            text,
            outbound.address,
            int(wrong),
            entities=_bold(outbound.content),
            reply_markup=keyboard if isinstance(keyboard, InlineKeyboardMarkup) else None,
            link_preview_options=_NO_PREVIEW,
        )
    except TooFastError as error:
        raise _error(error) from None
    except TelegramError as error:
        log.info("not_edited", row=outbound.id, why=type(error).__name__)


def _bold(content: Content) -> list[MessageEntity] | None:
    """Mark the heading by its length (UTF-16 units), so nothing in the words can be formatting."""
    length = len(content.text[: content.heading].encode("utf-16-be", "surrogatepass")) // 2
    return [MessageEntity(MessageEntity.BOLD, 0, length)] if length else None


async def answer(http: aiohttp.ClientSession, credentials: Credentials, callback_id: str) -> bool:
    """End the waiting sign on a pressed button; return whether Telegram took it.

    It never matters to the conversation.
    """
    try:
        return await bot(http, credentials).answer_callback_query(callback_id)
    except TelegramError:
        return False  # too old by now, or Telegram is away


async def updates(
    http: aiohttp.ClientSession, credentials: Credentials, after: int, wait: int
) -> list[dict[str, Any]]:
    """Fetch the updates from `after` on, waiting up to `wait` seconds; this confirms earlier ones.

    They are as Telegram sent them, so that one this library cannot read does not hide the others.
    Raises TelegramError.
    """
    query = urlencode(
        {"offset": after, "timeout": wait, "allowed_updates": json.dumps(UPDATE_KINDS)}
    )
    url = f"{bot(http, credentials).base_url}/getUpdates?{query}"
    answer = await SessionRequest(http).post(url, read_timeout=wait)
    return answer if isinstance(answer, list) else []


def _keyboard(content: Content) -> Keyboard | None:
    share = _share_buttons(content)
    if share:  # Telegram shows one kind of keyboard a message: here the choices come as words
        rows = [[button] for button in share] + [
            [KeyboardButton(button.label)] for button in content.buttons
        ]
        return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)
    if content.buttons:
        return InlineKeyboardMarkup([[_inline(button)] for button in content.buttons])
    return ReplyKeyboardRemove() if content.ends_keyboard else None


def _share_buttons(content: Content) -> list[KeyboardButton]:
    buttons = []
    if content.ask_location:
        buttons.append(
            KeyboardButton(
                say("share_location", content.language, Form.CHAT), request_location=True
            )
        )
    if content.ask_contact:
        buttons.append(
            KeyboardButton(say("share_contact", content.language, Form.CHAT), request_contact=True)
        )
    return buttons


def _inline(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(button.label, callback_data=button.payload)


def _error(error: TelegramError) -> SendError:
    """Say what an error of the library means for us."""
    match error:
        case TooFastError():
            return SendError("flood", retry=error.seconds)
        case InvalidToken():
            meaning = errors.CREDENTIALS
        case TimedOut():
            meaning = errors.UNCLEAR
        case Forbidden():
            meaning = errors.of_telegram(error.message)
        case BadRequest():
            meaning = errors.of_telegram(error.message)
        case NetworkError():
            meaning = errors.AWAY
        case _:
            meaning = errors.GONE  # the chat became a group
    return SendError(meaning.reason, retry=meaning.retry, stop=meaning.stop)


async def set_menu(http: aiohttp.ClientSession, credentials: Credentials) -> None:
    """Set the list of commands beside the text field. Raises TelegramError.

    It is Arabic, and English on devices in English.
    """
    for language, device in (("ar", None), ("ar", "ar"), ("en", "en")):
        tongue = cast("Language", language)
        menu = [BotCommand(command, say(key, tongue, Form.CHAT)) for command, key in MENU.items()]
        await bot(http, credentials).set_my_commands(menu, language_code=device)


@lru_cache(maxsize=4)
def bot(http: aiohttp.ClientSession, credentials: Credentials) -> Bot:
    """Open the library's bot on our HTTP session, once for a token."""
    ours = SessionRequest(http)
    return Bot(
        credentials.token, base_url=f"{credentials.api}/bot", request=ours, get_updates_request=ours
    )
