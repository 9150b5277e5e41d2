"""How long somebody who fails to prove who they are waits: a time that doubles, up to an end."""

from __future__ import annotations

FREE_TRIES = 5  # before the first wait of two seconds
MAX_WAIT_SECONDS = 900
WINDOW_SECONDS = 3600  # after which tries are forgotten
MAX_DOUBLINGS = 20


def pause_seconds(tries: int, free_tries: int, most_seconds: int = MAX_WAIT_SECONDS) -> int:
    """Return the pause after so many tries, of which `free_tries` cost none."""
    doublings = tries - free_tries
    if doublings <= 0:
        return 0
    return int(min(2 ** min(doublings, MAX_DOUBLINGS), most_seconds))
