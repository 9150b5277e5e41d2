"""What one process remembers by itself while Redis is away: the latest keys only."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeVar

MAX_KEYS = 10_000

V = TypeVar("V")


class LatestKeys(OrderedDict[str, V]):
    """Entries by key; beyond ten thousand keys the one that was set longest ago is forgotten."""

    def remember(self, key: str, entry: V) -> None:
        """Set the entry of a key and make it the latest."""
        self[key] = entry
        self.move_to_end(key)
        if len(self) > MAX_KEYS:
            self.popitem(last=False)
