"""The keyring, which encrypts columns, makes blind indexes and signs links.

`TAMMEN_KEYS` is `id:base64key[,id:base64key…]` with 32-byte keys and one-digit-or-letter ids. The
first key encrypts, signs and makes indexes; all of them decrypt, verify and find. `tammen keys
rotate` brings what is stored under the first one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12  # as NIST SP 800-38D asks of GCM
KEY_BYTES = 32
KEY_ID_BYTES = 1
INDEX_BYTES = 16
LOCK_BYTES = 8
BOUND = b"\x01"  # before a value that is bound to its row: no key has this id
ROW_KEY_BYTES = 16
ROW_KEY_MARK = b"\x02"  # before the key of a row that comes with a value
NO_ROW_KEY = bytes(ROW_KEY_BYTES)
SIGNATURE_BYTES = 12


class KeyringError(ValueError):
    """The keyring cannot be read, or a value was not made with it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a ring, and what is derived from it."""

    id: bytes
    secret: bytes
    cipher: AESGCM
    sign_key: bytes
    earlier_index_key: bytes
    index_keys: dict[bytes, bytes] = field(default_factory=dict)

    def index(self, plain: bytes, purpose: bytes) -> bytes:
        """Make a digest that names its key. Each purpose has a key of its own."""
        index_key = self.index_keys.get(purpose)
        if index_key is None:
            index_key = _derive(self.secret, b"blind index " + purpose)
            self.index_keys[purpose] = index_key
        digest = hmac.digest(index_key, plain, hashlib.sha256)
        return self.id + digest[:INDEX_BYTES]

    def earlier_index(self, plain: bytes, purpose: bytes) -> bytes:
        """Make a digest as it was before digests named their keys."""
        digest = _digest(self.earlier_index_key, plain, purpose)
        return digest[:INDEX_BYTES]


class Keyring:
    """Keys by id, the current one first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys: dict[bytes, Key] = {}
        for key_id, secret in keys.items():
            key = Key(
                id=key_id.encode(),
                secret=secret,
                cipher=AESGCM(secret),
                sign_key=_derive(secret, b"signed link"),
                earlier_index_key=_derive(secret, b"blind index"),
            )
            self._keys[key.id] = key
        self._current = next(iter(self._keys.values()))

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
    def generate(cls, key_id: str = "1") -> str:
        """Write the text of a new keyring with one key. Raises KeyringError for another id."""
        _check_id(key_id, {})
        key = secrets.token_bytes(KEY_BYTES)
        encoded = base64.b64encode(key).decode()
        return f"{key_id}:{encoded}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys, the current one first."""
        return tuple(key_id.decode() for key_id in self._keys)

    @property
    def current_id(self) -> str:
        """The id of the key that encrypts, signs and makes indexes."""
        return self._current.id.decode()

    def header(self, is_bound: bool) -> bytes:
        """Return what every value begins with that is encrypted now."""
        return BOUND + self._current.id if is_bound else self._current.id

    def encrypt(
        self,
        plain: bytes,
        purpose: bytes,
        row_key: bytes | None = None,
    ) -> bytes:
        """Encrypt to key id, nonce and ciphertext; with a row key, a mark comes first.

        `purpose` and `row_key` must be the same when decrypting.
        """
        nonce = os.urandom(NONCE_BYTES)
        associated = _associated(purpose, row_key)
        ciphertext = self._current.cipher.encrypt(nonce, plain, associated)
        return self.header(row_key is not None) + nonce + ciphertext

    def decrypt(
        self,
        sealed: bytes,
        purpose: bytes,
        row_key: bytes | None = None,
    ) -> bytes:
        """Return the value again. Raises KeyringError when no key fits or the value was changed.

        Values of before they were bound to rows open with any row key.
        """
        if sealed.startswith(BOUND):
            sealed = sealed.removeprefix(BOUND)
            associated = _associated(purpose, row_key or NO_ROW_KEY)
        else:
            associated = purpose
        key_id = sealed[:KEY_ID_BYTES]
        key = self._keys.get(key_id)
        if key is None:
            raise KeyringError(
                f"a value was encrypted with key {key_id!r}, which TAMMEN_KEYS does not hold"
            )
        nonce_end = KEY_ID_BYTES + NONCE_BYTES
        nonce, ciphertext = sealed[KEY_ID_BYTES:nonce_end], sealed[nonce_end:]
        try:
            return key.cipher.decrypt(nonce, ciphertext, associated)
        except InvalidTag as error:
            raise KeyringError(
                "a value was not encrypted with this keyring, or not for this row and column"
            ) from error

    def index(self, plain: str, purpose: bytes) -> bytes:
        """Make a keyed digest that finds an encrypted value without reading it.

        It is the key's id and 16 bytes.
        """
        return self._current.index(plain.encode(), purpose)

    def indexes(self, plain: str, purpose: bytes) -> list[bytes]:
        """Make every digest that may be stored for a value: under each key, in both forms."""
        digests: list[bytes] = []
        for key in self._keys.values():
            digests.append(key.index(plain.encode(), purpose))
            digests.append(key.earlier_index(plain.encode(), purpose))
        return digests

    def lock_number(self, plain: str, purpose: bytes) -> int:
        """Number a value for a lock: the same in every process, whichever key it has in front."""
        key = self._keys[min(self._keys)]
        digest = key.index(plain.encode(), b"lock of " + purpose)
        return int.from_bytes(digest[-LOCK_BYTES:], "big", signed=True)

    def sign(self, plain: bytes, purpose: bytes) -> bytes:
        """Make a signature (12 bytes) for short links."""
        return self.signatures(plain, purpose)[0]

    def signatures(self, plain: bytes, purpose: bytes) -> list[bytes]:
        """Make the signatures of all keys, the current one's first."""
        signatures: list[bytes] = []
        for key in self._keys.values():
            digest = _digest(key.sign_key, plain, purpose)
            signatures.append(digest[:SIGNATURE_BYTES])
        return signatures

    def is_signed(
        self,
        plain: bytes,
        purpose: bytes,
        signature: bytes,
    ) -> bool:
        """Tell whether one of the keys made a signature."""
        fits = False
        for own in self.signatures(plain, purpose):
            fits |= hmac.compare_digest(own, signature)
        return fits

    def seal(self, plain: bytes, purpose: bytes) -> bytes:
        """Make a keyed digest (32 bytes) that nobody can make without the keyring."""
        return _digest(self._current.sign_key, plain, purpose)

    def sealer(
        self,
        plain: bytes,
        purpose: bytes,
        digest: bytes,
    ) -> str | None:
        """Return the id of the key that made a digest of `seal`; None where none of them did."""
        for key in self._keys.values():
            own = _digest(key.sign_key, plain, purpose)
            if hmac.compare_digest(own, digest):
                return key.id.decode()
        return None


def _digest(
    key: bytes,
    plain: bytes,
    purpose: bytes,
) -> bytes:
    return hmac.digest(key, purpose + b"\0" + plain, hashlib.sha256)


def _associated(purpose: bytes, row_key: bytes | None) -> bytes:
    """Write what is authenticated with a value."""
    if row_key is None:
        return purpose
    return purpose + b"\0" + row_key


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
