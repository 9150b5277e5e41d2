"""Lines that compare what is with what a change would make of it."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """One line of a change: what it is called, what it says now, what it would say."""

    label: str
    before: str
    after: str
