"""Reply links: `/r/{token}` lets a person check in without chat. A token is short, signed and ends by itself.

It is base64url of: hours since 2024 when it ends (3 bytes), the person's id (1 to 8 bytes), the signature (12 bytes).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta

from bot.runtime.keys import Keyring

LIFE = timedelta(days=30)
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_PURPOSE = b"reply"
_SIGNATURE = 12  # bytes


def reply_token(keyring: Keyring, person_id: int, now: datetime) -> str:
    """A token that says who answers, for 30 days."""
    ends = (now + LIFE - _EPOCH) // _HOUR
    body = ends.to_bytes(3, "big") + person_id.to_bytes(
        (person_id.bit_length() + 7) // 8 or 1, "big"
    )
    return base64.urlsafe_b64encode(body + keyring.sign(body, _PURPOSE)).decode().rstrip("=")


def read_token(keyring: Keyring, token: str, now: datetime) -> int | None:
    """The person's id, or None when the token is not ours, was altered or has ended."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    body, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if len(body) < 4 or not hmac.compare_digest(keyring.sign(body, _PURPOSE), signature):
        return None
    ends = _EPOCH + int.from_bytes(body[:3], "big") * _HOUR
    return int.from_bytes(body[3:], "big") if now < ends else None


def reply_link(keyring: Keyring, public_url: str, person_id: int, now: datetime) -> str:
    """The address to put into an SMS."""
    return f"{public_url}/r/{reply_token(keyring, person_id, now)}"
