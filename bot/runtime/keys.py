"""The keyring: encrypts columns, makes blind indexes, signs links.

`TAMMEN_KEYS` is `id:base64key[,id:base64key…]` with 32-byte keys and one-digit-or-letter ids. The
first key encrypts; all of them decrypt; the last one, the oldest, makes the indexes, so that adding
a key in front breaks no look-up.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes, as NIST SP 800-38D asks of GCM


class KeyringError(ValueError):
    """The keyring cannot be read, or a value was not made with it."""


class Keyring:
    """Keys by id, the current one first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id.encode(): AESGCM(key) for key_id, key in keys.items()}
        self._current = next(iter(self._ciphers))
        oldest = list(keys.values())[-1]
        self._index_key = _derive(oldest, b"blind index")
        self._sign_key = _derive(oldest, b"signed link")

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """A keyring from `TAMMEN_KEYS`. Raises KeyringError."""
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = entry.partition(":")
            checked = _checked_id(key_id, keys)
            keys[checked] = _decode(encoded)
        if not keys:
            raise KeyringError("no key in it")
        return cls(keys)

    @classmethod
    def generate(cls) -> str:
        """The text of a new keyring with one key."""
        return "1:" + base64.b64encode(secrets.token_bytes(32)).decode()

    def encrypt(self, value: bytes, purpose: bytes) -> bytes:
        """Ciphertext: key id, nonce, sealed value. `purpose` must be the same when decrypting."""
        nonce = os.urandom(NONCE)
        return self._current + nonce + self._ciphers[self._current].encrypt(nonce, value, purpose)

    def decrypt(self, sealed: bytes, purpose: bytes) -> bytes:
        """The value again.

        Raises KeyringError when the key is missing or the value was tampered with.
        """
        cipher = self._ciphers.get(sealed[:1])
        if cipher is None:
            raise KeyringError(
                f"a value was encrypted with key {sealed[:1]!r}, which TAMMEN_KEYS does not hold"
            )
        try:
            return cipher.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], purpose)
        except InvalidTag as error:
            raise KeyringError("a value was not encrypted with this keyring") from error

    def index(self, value: str, purpose: bytes) -> bytes:
        """A keyed digest (16 bytes) by which an encrypted value is found without being read."""
        return hmac.digest(self._index_key, purpose + b"\0" + value.encode(), hashlib.sha256)[:16]

    def sign(self, value: bytes, purpose: bytes) -> bytes:
        """A signature (12 bytes) for short links."""
        return hmac.digest(self._sign_key, purpose + b"\0" + value, hashlib.sha256)[:12]


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"tammen " + purpose, hashlib.sha256)


def _checked_id(key_id: str, seen: Mapping[str, bytes]) -> str:
    if len(key_id) != 1 or not key_id.isalnum() or not key_id.isascii():
        raise KeyringError("each key is written id:base64, the id one letter or digit")
    if key_id in seen:
        raise KeyringError(f"key id {key_id} is there twice")
    return key_id


def _decode(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise KeyringError("a key is not base64") from error
    if len(key) != 32:
        raise KeyringError("a key must be 32 bytes")
    return key


def load_or_create(path: Path) -> Keyring:
    """The keyring of an embedded installation, made on first use, readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Keyring.parse(path.read_text(encoding="ascii"))
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(Keyring.generate())
        file.flush()
        os.fsync(file.fileno())
    return Keyring.parse(path.read_text(encoding="ascii"))
