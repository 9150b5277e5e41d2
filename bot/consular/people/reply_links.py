"""Reply links: `/r/{token}` lets a person check in without chat. A token is short and signed.

It is base64url of the hours since 2024 when it ends (3 bytes), the person's id (1 to 8 bytes) and
the signature (12 bytes).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.runtime.keys import Keyring

LINK_LIFE = timedelta(days=30)
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_PURPOSE = b"reply"
_HOURS_BYTES = 3
_SIGNATURE_BYTES = 12
# A token, and signs after it that no token has: neither letters nor digits, in any script.
_GLUED = re.compile(r"(?P<token>[A-Za-z0-9_-]+)[\W_]*")


def reply_token(keyring: Keyring, person_id: int, now: datetime) -> str:
    """Make a token that names the person who answers, for 30 days."""
    hours = (now + LINK_LIFE - _EPOCH) // _HOUR
    id_bytes = max(1, (person_id.bit_length() + 7) // 8)
    body = hours.to_bytes(_HOURS_BYTES, "big")
    body += person_id.to_bytes(id_bytes, "big")
    signed = body + keyring.sign(body, _PURPOSE)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class ReplyToken:
    """Who answers by a link, and a moment that is just after the link was made."""

    person_id: int
    made_before: datetime


def read_token(keyring: Keyring, glued_token: str, now: datetime) -> ReplyToken | None:
    """Return what a token says; None when the token is not ours, was altered or has ended.

    Apps take what follows a link for a part of it: a full stop, a bracket, an Arabic comma, a
    direction mark. None of it was in the token.
    """
    glued = _GLUED.fullmatch(glued_token)
    if glued is None:
        return None
    token = glued["token"]
    whole = _read_whole(keyring, token, now)
    if whole is not None:
        return whole
    # a dash may end a token, or stand after it
    shorter_token = token.rstrip("-_")
    return _read_whole(keyring, shorter_token, now)


def _read_whole(keyring: Keyring, token: str, now: datetime) -> ReplyToken | None:
    signed = _decoded(token)
    if signed is None:
        return None
    body = signed[:-_SIGNATURE_BYTES]
    signature = signed[-_SIGNATURE_BYTES:]
    if len(body) <= _HOURS_BYTES:
        return None
    if not keyring.is_signed(body, _PURPOSE, signature):
        return None
    hours = int.from_bytes(body[:_HOURS_BYTES], "big")
    ends_at = _EPOCH + hours * _HOUR
    if now >= ends_at:
        return None
    person_id = int.from_bytes(body[_HOURS_BYTES:], "big")
    return ReplyToken(person_id, ends_at - LINK_LIFE + _HOUR)


def _decoded(token: str) -> bytes | None:
    padding = "=" * (-len(token) % 4)
    try:
        return base64.b64decode(token + padding, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def reply_link(
    keyring: Keyring,
    public_url: str,
    person_id: int,
    now: datetime,
) -> str:
    """Return the address to put into an SMS."""
    token = reply_token(keyring, person_id, now)
    return f"{public_url}/r/{token}"
