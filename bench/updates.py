"""Updates as Telegram posts them."""

from __future__ import annotations

from itertools import count
from typing import Any

_numbers = count(1)
NOW = 1_767_225_600  # in seconds; Tammen does not read it

Update = dict[str, Any]


def said(chat: int, text: str) -> Update:
    """Return the update for a message that a person wrote."""
    number = next(_numbers)
    message = {
        "message_id": number,
        "date": NOW,
        "chat": _chat(chat),
        "from": _user(chat),
        "text": text,
    }
    return {"update_id": number, "message": message}


def pressed(chat: int, payload: str) -> Update:
    """Return the update for a button that a person pressed below an earlier message."""
    number = next(_numbers)
    below = {"message_id": number, "date": NOW, "chat": _chat(chat), "text": "هل أنت بخير؟"}
    press = {
        "id": str(number),
        "from": _user(chat),
        "message": below,
        "chat_instance": "1",
        "data": payload,
    }
    return {"update_id": number, "callback_query": press}


def _chat(chat: int) -> Update:
    return {"id": chat, "type": "private", "first_name": "ليلى"}


def _user(chat: int) -> Update:
    return {"id": chat, "is_bot": False, "first_name": "ليلى", "language_code": "ar"}
