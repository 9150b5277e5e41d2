"""Messages that all modules share: received, understood, to be sent, and their receipts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

Language = Literal["ar", "en"]


class Channel(StrEnum):
    """The networks a person can be reached on; `phone` is the phone page."""

    TELEGRAM = "telegram"
    SMS = "sms"
    PHONE = "phone"


class Form(StrEnum):
    """What a screen can show: `chat` has buttons and long texts, `text` has neither."""

    CHAT = "chat"
    TEXT = "text"


class Kind(StrEnum):
    """What a person did.

    `other` is anything we answer kindly but cannot read (a GIF, a sticker).
    """

    TEXT = "text"
    BUTTON = "button"
    COMMAND = "command"
    LOCATION = "location"
    CONTACT = "contact"
    EDITED = "edited"
    REACTION = "reaction"  # an emoji put on a message of ours; `text` is the emoji
    BLOCKED = "blocked"  # the person blocked the bot, or told the provider STOP
    UNBLOCKED = "unblocked"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Location:
    """A shared position: WGS 84 degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Contact:
    """A shared card: its number, and the name on it.

    The number is in E.164; on the card of somebody else it may be as it stands there. `own` when
    the sender shared their own card.
    """

    phone: str
    own: bool
    name: str = ""


class MediaKind(StrEnum):
    """What somebody sent that is no text."""

    VOICE = "voice"
    AUDIO = "audio"
    PHOTO = "photo"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    ANIMATION = "animation"
    STICKER = "sticker"
    DOCUMENT = "document"
    CARD = "card"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message: `file` is the provider's id or address to fetch it by."""

    kind: MediaKind
    file: str = ""
    seconds: int = 0  # of a recording


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as a channel parsed it.

    `provider_id` is unique per channel (Telegram update id, Twilio MessageSid). `address` is what
    the channel sends to (chat id, E.164 number, `chat:+999…` or `text:+999…` on the phone page).
    `text` holds the words, of a command the word without its slash, of a button its payload;
    `payload` what follows a command.

    `message_id` is the message's own number in its chat, which its edits carry too; `reply_to` that
    of the message of ours that it answers or reacts to. `origin` names whom a forwarded message is
    from.
    """

    channel: Channel
    provider_id: str
    address: str
    kind: Kind
    form: Form
    text: str = ""
    payload: str = ""
    location: Location | None = None
    contact: Contact | None = None
    language: Language | None = None  # the device's language, when the channel tells
    callback_id: str = ""  # a Telegram button press waits for an answer
    sender: str = ""  # which of our senders it was written to, where there may be several
    phone: str = ""  # E.164 when the address itself is a phone number
    written_at: datetime | None = None  # when the person wrote it, where the channel tells
    message_id: str = ""
    reply_to: str = ""
    is_forwarded: bool = False  # somebody else's words
    origin: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_unreadable: bool = False  # what it said could not be stored: staff are told

    def without_content(self) -> Inbound:
        """Return what is left of a message that cannot be stored: who wrote, and where."""
        return Inbound(
            self.channel,
            self.provider_id,
            self.address,
            Kind.OTHER,
            self.form,
            phone=self.phone,
            sender=self.sender,
            is_unreadable=True,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the parts worth keeping, as JSON."""
        parts = asdict(self)
        if self.written_at is not None:
            parts["written_at"] = self.written_at.isoformat()
        return {name: part for name, part in parts.items() if part}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Inbound:
        """Read the message again, from `to_json`."""
        parts = dict(data)
        parts["channel"] = Channel(parts["channel"])
        parts["kind"] = Kind(parts["kind"])
        parts["form"] = Form(parts["form"])
        location = parts.get("location")
        if location:
            parts["location"] = Location(**location)
        contact = parts.get("contact")
        if contact:
            parts["contact"] = Contact(**contact)
        written_at = parts.get("written_at")
        if written_at:
            parts["written_at"] = datetime.fromisoformat(written_at)
        parts["attachments"] = tuple(map(_attachment, parts.get("attachments", ())))
        return cls(**parts)


def _attachment(data: dict[str, Any]) -> Attachment:
    return Attachment(MediaKind(data["kind"]), data["file"], data["seconds"])


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in a text.

    `value` is canonical (see INTERFACE: `TR/Istanbul`, `TR`, 5, `mother`).
    """

    entity: str
    value: str | int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ClauseGuess:
    """What a reader made of a clause: `text[start:end]`, and its intents, likeliest first."""

    start: int
    end: int
    ranking: tuple[tuple[str, float], ...] = ()
    is_exact: bool = False

    @property
    def best(self) -> tuple[str | None, float]:
        """Return the likeliest intent and its confidence."""
        return self.ranking[0] if self.ranking else (None, 0.0)


@dataclass(frozen=True, slots=True)
class TextKey:
    """A label to look up in the catalogues."""

    key: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A label to show as it is: a place or a name, in the language of the reader already."""

    text: str


Label = TextKey | Verbatim


@dataclass(frozen=True, slots=True)
class Option:
    """A button before it has words; `payload` (see `dialogue.presses`) comes back when pressed."""

    label: Label
    payload: str


@dataclass(frozen=True, slots=True)
class Question:
    """The question of ours that a message answers by pointing at it.

    `slot` is what it asked for, "" for nothing; `is_if_safe`: it asked whether they are safe, and
    `is_answered`: they have told us since.
    """

    slot: str = ""
    is_if_safe: bool = False
    is_answered: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Original:
    """What an edited message said first, and what was understood of it."""

    text: str
    intent: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a message came into the conversation.

    `is_belated`: it was written before the question that waits was asked, and answers none.
    `is_overtaken`: we heard something that was written later. `question` is the one it points at.
    `original` is what an edited message said first, where that is known.
    """

    message_id: str = ""
    is_forwarded: bool = False
    is_belated: bool = False
    is_overtaken: bool = False
    question: Question | None = None
    original: Original | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the engine works with: the message and what was understood of it.

    `ranking` holds the best intents with their confidence, best first. `by` says who understood.
    """

    kind: Kind
    text: str = ""
    payload: str = ""
    intent: str | None = None
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    by: Literal["exact", "rasa", "fallback", "none"] = "none"
    clauses: tuple[ClauseGuess, ...] = ()  # where a text has more than one
    language: Literal["ar", "ar-Latn", "en"] | None = None
    location: Location | None = None
    contact: Contact | None = None
    arrival: Arrival = Arrival()


@dataclass(frozen=True, slots=True)
class Button:
    """A choice. `label` is shown; `payload` comes back (at most 64 bytes, never personal)."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the engine wants said: a key of the catalogues, its values, and the options."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    buttons: tuple[Option, ...] = ()
    ask_location: bool = False
    ask_contact: bool = False
    asks: str = ""


ASKS_IF_SAFE = "safe"  # what a text asks that asks no slot: whether the person is safe


@dataclass(frozen=True, slots=True)
class Content:
    """A text ready to send in one language and form; its first `heading` characters stand out where
    they can.

    `asks` is the slot that it asks for, or ASKS_IF_SAFE: an answer may point at it much later.
    `ends_keyboard`: the keyboard for sharing that an earlier message showed goes away. `page` is an
    HTML page that comes as a file of the name `page_name`, where a channel carries files.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    ask_location: bool = False
    ask_contact: bool = False
    language: Language = "ar"
    heading: int = 0
    asks: str = ""
    ends_keyboard: bool = False
    page: str = ""
    page_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the content as JSON, empty parts left out."""
        return {name: part for name, part in asdict(self).items() if part}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Content:
        """Read the content again, from `to_json`."""
        parts = dict(data)
        buttons = [Button(**button) for button in parts.get("buttons", ())]
        parts["buttons"] = tuple(buttons)
        return cls(**parts)


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message for a channel to send.

    `id` is our row; a provider that can carry it, echoes it in receipts.
    """

    id: int
    address: str
    form: Form
    content: Content
    replaces: tuple[str, ...] = ()  # the provider's ids of earlier messages that this one corrects


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider said when it took the message. `parts` are SMS parts, 1 elsewhere."""

    provider_id: str
    parts: int = 1
    delivered: bool = False  # the channel itself is the receipt (the phone page)
    sender: str = ""  # which of our senders it left from, where there are several


@dataclass(frozen=True, slots=True)
class Status:
    """A receipt from a provider; `reason` is one of ours (`channels.errors`), `row_id` our own id
    where it is echoed.
    """

    channel: Channel
    provider_id: str
    state: Literal["sent", "delivered", "read", "failed"]
    at: datetime
    reason: str = ""
    stop: bool = False  # never write to this address again
    row_id: int | None = None
    retry: float | None = None  # it did not arrive: send it again, after so many seconds or more
