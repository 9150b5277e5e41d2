"""Encrypted text whose length says nothing: few values, each of its own length, would be read."""

from __future__ import annotations

from sqlalchemy.engine import Dialect

from bot.models.binding import BoundText, bound
from bot.models.types import Encrypted

BLOCK_BYTES = 32
FILLING = " "


class EncryptedBlocks(Encrypted):
    """Text under AES-GCM, filled up with spaces to whole blocks."""

    cache_ok = True

    def process_bind_param(self, text: str | None, dialect: Dialect) -> bytes | None:
        """Fill a text up, and encrypt it."""
        if text is None:
            return None
        missing_bytes = -len(text.encode()) % BLOCK_BYTES
        filled = text + FILLING * missing_bytes
        if isinstance(text, BoundText):
            filled = bound(filled, text.row_key)
        return super().process_bind_param(filled, dialect)

    def process_result_value(self, ciphertext: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt a text without what it was filled up with. Raises KeyringError."""
        text = super().process_result_value(ciphertext, dialect)
        if text is None:
            return None
        return text.rstrip(FILLING)
