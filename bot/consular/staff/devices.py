"""Browsers that were inside an account before: strangers cannot slow them down.

The mark of a browser is a random number and a signature that binds it to the account. It opens
nothing: it only says that failures of strangers are none of this browser's.
"""

from __future__ import annotations

import base64
import binascii
import secrets

from bot.consular.staff import emails
from bot.runtime.keys import Keyring

NUMBER_BYTES = 9
_PURPOSE = b"known browser"


def make(keyring: Keyring, email: str) -> str:
    """Make the mark of a browser in which the owner of an address has just signed in."""
    number = secrets.token_bytes(NUMBER_BYTES)
    signed = number + keyring.sign(_bound(number, email), _PURPOSE)
    return base64.urlsafe_b64encode(signed).decode()


def is_known(keyring: Keyring, mark: str, email: str) -> bool:
    """Tell whether the mark was made for the account of this address."""
    try:
        signed = base64.b64decode(mark, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    number, signature = signed[:NUMBER_BYTES], signed[NUMBER_BYTES:]
    return keyring.is_signed(_bound(number, email), _PURPOSE, signature)


def _bound(number: bytes, email: str) -> bytes:
    return number + emails.normalised(email).encode()
