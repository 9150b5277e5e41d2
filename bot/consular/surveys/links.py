"""Links to a page that takes the answer to a survey, for numbers whose own answers never come back.

A token is base64url of the hours since 2024 when it ends (3 bytes), the number of the survey (4),
that of the person (1 to 8) and the signature (12). It is signed for surveys alone: no reply link
of a crisis is one.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.runtime.keys import Keyring

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_GRACE = timedelta(days=7)  # after the end the page says that it is over
_PURPOSE = b"survey"
_HOURS_BYTES = 3
_SURVEY_BYTES = 4
_SIGNATURE_BYTES = 12
# A token, and signs that apps take for a part of the link.
_GLUED = re.compile(r"(?P<token>[A-Za-z0-9_-]+)[\W_]*")


@dataclass(frozen=True, slots=True)
class SurveyToken:
    """Who answers which survey by a link."""

    survey_id: int
    person_id: int


def link(
    keyring: Keyring,
    public_url: str,
    survey_id: int,
    person_id: int,
    ends_at: datetime,
) -> str:
    """Return the address to put into an SMS."""
    written = token(
        keyring,
        survey_id,
        person_id,
        ends_at,
    )
    return f"{public_url}/s/{written}"


def token(
    keyring: Keyring,
    survey_id: int,
    person_id: int,
    ends_at: datetime,
) -> str:
    """Make a token that holds a week longer than the survey."""
    hours = (ends_at + _GRACE - _EPOCH) // _HOUR
    id_bytes = max(1, (person_id.bit_length() + 7) // 8)
    body = hours.to_bytes(_HOURS_BYTES, "big")
    body += survey_id.to_bytes(_SURVEY_BYTES, "big")
    body += person_id.to_bytes(id_bytes, "big")
    signed = body + keyring.sign(body, _PURPOSE)
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def read(
    keyring: Keyring,
    written: str,
    now: datetime,
) -> SurveyToken | None:
    """Return what a token says; None when it is not ours, was altered or has ended."""
    glued = _GLUED.fullmatch(written)
    signed = _decoded(glued["token"]) if glued else None
    if signed is None or len(signed) <= _HOURS_BYTES + _SURVEY_BYTES + _SIGNATURE_BYTES:
        return None
    body = signed[:-_SIGNATURE_BYTES]
    if not keyring.is_signed(body, _PURPOSE, signed[-_SIGNATURE_BYTES:]):
        return None
    hours = int.from_bytes(body[:_HOURS_BYTES], "big")
    if now >= _EPOCH + hours * _HOUR:
        return None
    ids = body[_HOURS_BYTES:]
    return SurveyToken(
        int.from_bytes(ids[:_SURVEY_BYTES], "big"),
        int.from_bytes(ids[_SURVEY_BYTES:], "big"),
    )


def _decoded(written: str) -> bytes | None:
    padding = "=" * (-len(written) % 4)
    try:
        return base64.b64decode(written + padding, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
