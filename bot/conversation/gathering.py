"""What arrives in pieces is answered once.

"We did not understand" and "we have it" wait a moment: more may follow. When it does, its answer
takes their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.messages import Heard, Kind, Reply

PATIENCE = timedelta(seconds=2)
RETRY = "utter_retry_"  # a question that was not answered, asked again
# Replies that say nothing which the next reply does not say as well.
PROVISIONAL = frozenset(
    {
        "utter_welcome",
        "utter_cannot_handle",
        "utter_clarify",
        "utter_noted",
        "utter_noted_first",
        "utter_doubt_noted",
    }
)


def may_wait(heard: Heard, replies: Sequence[Reply]) -> bool:
    """Tell whether the replies to a text may give way to those of the next one."""
    if heard.kind is not Kind.TEXT or heard.by == "exact" or not replies:
        return False
    return all(_is_provisional(reply.key) for reply in replies)


def _is_provisional(key: str) -> bool:
    return key in PROVISIONAL or key.startswith(RETRY)
