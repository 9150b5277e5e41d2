"""The keyring, which encrypts columns, makes blind indexes and signs links.

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

NONCE_BYTES = 12  # as NIST SP 800-38D asks of GCM
KEY_BYTES = 32
KEY_ID_BYTES = 1
INDEX_BYTES = 16
SIGNATURE_BYTES = 12


class KeyringError(ValueError):
    """The keyring cannot be read, or a value was not made with it."""


class Keyring:
    """Keys by id, the current one first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers: dict[bytes, AESGCM] = {}
        for key_id, key in keys.items():
            self._ciphers[key_id.encode()] = AESGCM(key)
        key_ids = list(keys)
        self._current_id = key_ids[0].encode()
        oldest = keys[key_ids[-1]]
        self._index_key = _derive(oldest, b"blind index")
        self._sign_key = _derive(oldest, b"signed link")

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """Read a keyring from `TAMMEN_KEYS`. Raises KeyringError."""
        keys: dict[str, bytes] = {}
        for part in text.split(","):
            entry = part.strip()
            if not entry:
                continue
            key_id, _, encoded = entry.partition(":")
            _check_id(key_id, keys)
            keys[key_id] = _decode(encoded)
        if not keys:
            raise KeyringError("no key in it")
        return cls(keys)

    @classmethod
    def generate(cls) -> str:
        """Write the text of a new keyring with one key."""
        key = secrets.token_bytes(KEY_BYTES)
        encoded = base64.b64encode(key).decode()
        return f"1:{encoded}"

    def encrypt(self, plain: bytes, purpose: bytes) -> bytes:
        """Encrypt to key id, nonce and ciphertext. `purpose` must be the same when decrypting."""
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._ciphers[self._current_id]
        ciphertext = cipher.encrypt(nonce, plain, purpose)
        return self._current_id + nonce + ciphertext

    def decrypt(self, sealed: bytes, purpose: bytes) -> bytes:
        """Return the value again. Raises KeyringError when no key fits or the value was changed."""
        key_id = sealed[:KEY_ID_BYTES]
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise KeyringError(
                f"a value was encrypted with key {key_id!r}, which TAMMEN_KEYS does not hold"
            )
        nonce_end = KEY_ID_BYTES + NONCE_BYTES
        nonce, ciphertext = sealed[KEY_ID_BYTES:nonce_end], sealed[nonce_end:]
        try:
            return cipher.decrypt(nonce, ciphertext, purpose)
        except InvalidTag as error:
            raise KeyringError("a value was not encrypted with this keyring") from error

    def index(self, plain: str, purpose: bytes) -> bytes:
        """Make a keyed digest (16 bytes) that finds an encrypted value without reading it."""
        digest = _digest(self._index_key, plain.encode(), purpose)
        return digest[:INDEX_BYTES]

    def sign(self, plain: bytes, purpose: bytes) -> bytes:
        """Make a signature (12 bytes) for short links."""
        digest = _digest(self._sign_key, plain, purpose)
        return digest[:SIGNATURE_BYTES]

    def seal(self, plain: bytes, purpose: bytes) -> bytes:
        """Make a keyed digest (32 bytes) that nobody can make without the keyring."""
        return _digest(self._sign_key, plain, purpose)


def _digest(
    key: bytes,
    plain: bytes,
    purpose: bytes,
) -> bytes:
    return hmac.digest(key, purpose + b"\0" + plain, hashlib.sha256)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"tammen " + purpose, hashlib.sha256)


def _check_id(key_id: str, earlier_keys: Mapping[str, bytes]) -> None:
    """Raise KeyringError for an id that is not one letter or digit, or is there already."""
    is_letter_or_digit = key_id.isalnum() and key_id.isascii()
    if len(key_id) != 1 or not is_letter_or_digit:
        raise KeyringError("each key is written id:base64, the id one letter or digit")
    if key_id in earlier_keys:
        raise KeyringError(f"key id {key_id} is there twice")


def _decode(encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise KeyringError("a key is not base64") from error
    if len(key) != KEY_BYTES:
        raise KeyringError(f"a key must be {KEY_BYTES} bytes")
    return key


def load_or_create(path: Path) -> Keyring:
    """Load the keyring of an embedded installation; make it on first use, for its owner alone."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        return Keyring.parse(path.read_text(encoding="ascii"))
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(Keyring.generate())
        file.flush()
        os.fsync(file.fileno())
    return Keyring.parse(path.read_text(encoding="ascii"))
