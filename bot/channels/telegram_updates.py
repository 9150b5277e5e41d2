"""Telegram's updates: what a person did, or that somebody wrote to us in a group."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import structlog
from telegram import (
    Chat,
    ChatMember,
    Message,
    MessageEntity,
    MessageOrigin,
    MessageReactionUpdated,
    ReactionTypeEmoji,
    Update,
)
from telegram import (
    Contact as TelegramContact,
)
from telegram.error import TelegramError

from bot.channels import words
from bot.channels.errors import ParseError
from bot.messages import (
    Attachment,
    Channel,
    Contact,
    Form,
    Inbound,
    Kind,
    Language,
    Location,
    MediaKind,
)
from bot.text.text import clean, without_surrogates

# The updates that we receive.
UPDATE_KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
)
GROUPS = frozenset({Chat.GROUP, Chat.SUPERGROUP})
PRESENT = frozenset({ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.RESTRICTED})
MAX_NAME_CHARS = 100  # of a card or an origin
MAX_REACTION_CHARS = 40
QUOTES = frozenset({MessageEntity.BLOCKQUOTE, MessageEntity.EXPANDABLE_BLOCKQUOTE})
# What a message may carry, the special before the general: a GIF is a document as well.
MEDIA = {
    "voice": MediaKind.VOICE,
    "audio": MediaKind.AUDIO,
    "photo": MediaKind.PHOTO,
    "video": MediaKind.VIDEO,
    "video_note": MediaKind.VIDEO_NOTE,
    "animation": MediaKind.ANIMATION,
    "sticker": MediaKind.STICKER,
    "document": MediaKind.DOCUMENT,
}
CARD_TYPES = frozenset({"text/vcard", "text/x-vcard", "text/directory"})

# What the library raises on a kind of update, or of content, that this version of it cannot read.
_UNREADABLE = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    OSError,
    RecursionError,
    TelegramError,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Group:
    """A group that we are in, and the id it had before it grew; nothing of what is said there."""

    chat: str
    earlier: str = ""


def verify(secret: str, header: str | None) -> bool:
    """Tell whether the request carries our secret, in the same time however wrong it is."""
    return hmac.compare_digest(secret.encode(), (header or "").encode("utf-8", "replace"))


def load(body: bytes) -> dict[str, Any]:
    """Read an update as JSON. Raises ParseError when it is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise ParseError("not JSON") from None
    if not isinstance(data, dict) or type(data.get("update_id")) is not int:
        raise ParseError("no update_id")
    return data


def parse(data: dict[str, Any]) -> Inbound | None:
    """Parse a message from a private chat; None for what is not for us. Never raises.

    `data` comes from `load`.
    """
    try:
        return _parse(Update.de_json(_storable(data), None))
    except _UNREADABLE as error:
        log.warning("update_unreadable", why=type(error).__name__)
        return None


def _storable(data: Any) -> Any:
    """Return an update without halves of characters, wherever in it they stand."""
    match data:
        case str():
            return without_surrogates(data)
        case list():
            return [_storable(part) for part in data]
        case dict():
            return {without_surrogates(name): _storable(part) for name, part in data.items()}
        case _:
            return data


def group(data: dict[str, Any]) -> Group | None:
    """Return the group of an update; None where it is of none, or we have left. Never raises.

    Nothing but ids is read of a group.
    """
    try:
        return _group(Update.de_json(data, None))
    except _UNREADABLE:
        return None  # `parse` has noted it


def _parse(update: Update) -> Inbound | None:
    chat, user = update.effective_chat, update.effective_user
    if update.callback_query:
        return _button(update)
    if chat is None or user is None or chat.type != Chat.PRIVATE:
        return None
    if update.my_chat_member:
        status = update.my_chat_member.new_chat_member.status
        kinds = {ChatMember.BANNED: Kind.BLOCKED, ChatMember.MEMBER: Kind.UNBLOCKED}
        return _inbound(update, kinds[status]) if status in kinds else None
    if update.message_reaction:
        return _reaction(update, update.message_reaction)
    if update.edited_message:
        return _edited(update, update.edited_message)
    return _message(update, update.message) if update.message else None


# --- in private -----------------------------------------------------------------------------------


def _edited(update: Update, message: Message) -> Inbound | None:
    text = clean(_own_words(message), words.MAX_TEXT_CHARS)
    if not text:
        return None  # a live location moves all the time
    inbound = _inbound(update, Kind.EDITED, text=text, **_details(message))
    return _written(inbound, message.edit_date or message.date)


def _message(update: Update, message: Message) -> Inbound | None:
    if _is_service(message):
        return None
    details = _details(message)
    written = message.text or message.caption
    if written:
        return _words(update, message, details)
    place = message.venue.location if message.venue else message.location
    if place is not None:
        location = Location(place.latitude, place.longitude)
        inbound = _inbound(update, Kind.LOCATION, location=location, **details)
    elif message.contact:
        inbound = _contact(update, message, message.contact, details)
    else:
        inbound = _inbound(update, Kind.OTHER, **details)
    return _written(inbound, message.date)


def _words(update: Update, message: Message, details: dict[str, Any]) -> Inbound:
    """Read a text. What is forwarded, or but quoted, is a text of somebody else's, no command."""
    own = _own_words(message)
    is_quoted = not own.strip() or words.is_forwarded(clean(own, words.MAX_TEXT_CHARS))
    if details["is_forwarded"] or is_quoted:
        text = clean(message.text or message.caption or "", words.MAX_TEXT_CHARS)
        inbound = _inbound(update, Kind.TEXT, text=text, **{**details, "is_forwarded": True})
    else:
        kind, text, payload = words.read(own)
        inbound = _inbound(update, kind, text=text, payload=payload, **details)
    return _written(inbound, message.date)


def _own_words(message: Message) -> str:
    """Return the text without what it quotes."""
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or ()
    coded = text.encode("utf-16-le", "surrogatepass")
    for entity in sorted(entities, key=lambda entity: entity.offset, reverse=True):
        if entity.type in QUOTES:
            end = entity.offset + entity.length
            coded = coded[: entity.offset * 2] + coded[end * 2 :]
    return coded.decode("utf-16-le", "surrogatepass")


def _contact(
    update: Update,
    message: Message,
    card: TelegramContact,
    details: dict[str, Any],
) -> Inbound:
    """Read a shared card; one's own without a number is OTHER."""
    phone = words.e164(card.phone_number)
    is_own = message.from_user is not None and card.user_id == message.from_user.id
    if is_own and not details["is_forwarded"]:
        if phone is None:
            return _inbound(update, Kind.OTHER, **details)
        return _inbound(update, Kind.CONTACT, contact=Contact(phone, own=True), **details)
    names = [name for name in (card.first_name, card.last_name) if name]
    name = clean(" ".join(names), MAX_NAME_CHARS)
    number = phone or clean(card.phone_number, words.MAX_NUMBER_CHARS)
    contact = Contact(number, own=False, name=name)
    return _inbound(update, Kind.CONTACT, contact=contact, **details)


def _is_service(message: Message) -> bool:
    """Tell whether Telegram itself notes something about the chat, such as a pin: nobody spoke."""
    notes = (
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "chat_background_set",
    )
    return any(getattr(message, note, None) for note in notes)


def _reaction(update: Update, change: MessageReactionUpdated) -> Inbound | None:
    """Read the reactions that were added; one that was taken away changes nothing."""
    added = [mark for mark in change.new_reaction if mark not in change.old_reaction]
    if not added:
        return None
    emoji = [mark.emoji if isinstance(mark, ReactionTypeEmoji) else "?" for mark in added]
    inbound = _inbound(
        update,
        Kind.REACTION,
        text="".join(emoji)[:MAX_REACTION_CHARS],
        reply_to=str(change.message_id),
    )
    return _written(inbound, change.date)


def _button(update: Update) -> Inbound | None:
    press = update.callback_query
    if press is None or (press.message and press.message.chat.type != Chat.PRIVATE):
        return None
    kind = Kind.BUTTON if press.data else Kind.OTHER
    return _inbound(update, kind, text=clean(press.data or "", 64), callback_id=press.id)


# --- parts of a message ---------------------------------------------------------------------------


def _details(message: Message) -> dict[str, Any]:
    """Return what every kind of message may have: its number, what it answers, its files."""
    reply = message.reply_to_message
    return {
        "message_id": str(message.message_id),
        "reply_to": str(reply.message_id) if reply else "",
        "is_forwarded": _is_forwarded(message),
        "origin": _origin(message.forward_origin),
        "attachments": tuple(_attachments(message)),
    }


def _is_forwarded(message: Message) -> bool:
    old_fields = ("forward_from", "forward_from_chat", "forward_sender_name", "forward_date")
    is_old = any(message.api_kwargs.get(name) for name in old_fields)
    return message.forward_origin is not None or is_old


def _origin(origin: MessageOrigin | None) -> str:
    """Name whom a forwarded message is from, where Telegram tells."""
    user = getattr(origin, "sender_user", None)
    chat = getattr(origin, "sender_chat", None) or getattr(origin, "chat", None)
    names = (
        getattr(origin, "sender_user_name", None),
        user.full_name if user else None,
        chat.title if chat else None,
    )
    return clean(next(filter(None, names), ""), MAX_NAME_CHARS)


def _attachments(message: Message) -> list[Attachment]:
    """List the file of a message; what has none, as a dice, is still something."""
    for name, kind in MEDIA.items():
        media = getattr(message, name, None)
        if media:
            file = media[-1] if kind is MediaKind.PHOTO else media  # the largest size
            return [_attachment(kind, file)]
    is_empty = not (message.text or message.location or message.contact or message.venue)
    return [Attachment(MediaKind.OTHER)] if is_empty else []


def _attachment(kind: MediaKind, file: Any) -> Attachment:
    if getattr(file, "mime_type", None) in CARD_TYPES:
        kind = MediaKind.CARD
    # as Telegram wrote it: the library is about to change the type of its own attribute
    seconds = int(file.to_dict().get("duration") or 0)
    return Attachment(kind, file.file_id, seconds)


def _written(inbound: Inbound, at: datetime | None) -> Inbound:
    """Add when the person wrote it."""
    return replace(inbound, written_at=at)


def _inbound(update: Update, kind: Kind, **more: Any) -> Inbound:
    user = update.effective_user
    code = (user.language_code or "")[:2] if user else ""
    language = cast("Language | None", code) if code in ("ar", "en") else None
    chat = update.effective_chat or user  # in a private chat both have the same id
    address = str(chat.id) if chat else ""
    return Inbound(
        Channel.TELEGRAM, str(update.update_id), address, kind, Form.CHAT, language=language, **more
    )


# --- in groups ------------------------------------------------------------------------------------


def _group(update: Update) -> Group | None:
    """Note that we are in a group, or that somebody wrote there."""
    chat, member, message = update.effective_chat, update.my_chat_member, update.message
    if chat is None or chat.type not in GROUPS:
        return None
    if member and member.new_chat_member.status in PRESENT:
        return Group(str(chat.id))
    if message is None:
        return None
    if message.migrate_to_chat_id:
        return Group(str(message.migrate_to_chat_id), str(chat.id))
    return Group(str(chat.id), str(message.migrate_from_chat_id or ""))
