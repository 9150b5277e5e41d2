"""Words of those who stay in a crisis: «مش طالعين من هنا», "we are not leaving"."""

from __future__ import annotations

from nlu.language.folding import Words
from nlu.language.reading import phrases

NOT_LEAVING = "not_leaving"  # phrases that have their own "not"
STAYS = "stays"  # phrases that a "not" turns round
STAYING = "staying"  # such as end a clause, or stand in one that ends in "here"
HERE = frozenset(("here", "هنا", "هني", "hna", "hni"))


def is_told(tokens: Words) -> bool:
    """Tell whether a clause says that somebody stays: "staying with my cousin" is but a place."""
    if phrases.has(NOT_LEAVING, tokens):
        return True
    if phrases.has("not", tokens):
        return False
    if phrases.has(STAYS, tokens):
        return True
    if tokens and tokens[-1].folded in HERE:
        return phrases.has(STAYING, tokens)
    ends = [span.end for span in phrases.find(STAYING, tokens)]
    return len(tokens) in ends
