"""The `-` lines of data/codes.tsv: checksums of everyday words that are like the name of a town."""

from __future__ import annotations

from collections.abc import Collection

from nlu.language.index import checksum
from nlu.language.skeleton import sound
from nlu.language.typos import may_be, one_typo_away, spellings
from nlu.sources.everyday import spoken_frequencies
from nlu.sources.names import Index, Lines


def mistakable_lines(
    index: Index,
    sounds: Collection[str],
) -> Lines:
    """Write a line for each word that is never taken for a town with a typo, or by ear."""
    for word in sorted(spoken_frequencies()):
        if word in index:
            continue
        if any(
            _is_like_a_name(
                spelling,
                index,
                sounds,
            )
            for spelling in spellings(word)
        ):
            yield f"-{checksum(word)}"


def _is_like_a_name(
    word: str,
    index: Index,
    sounds: Collection[str],
) -> bool:
    """Tell whether a word is or sounds like a name, or is one but for one letter."""
    return (
        word in index
        or sound(word) in sounds
        or _is_near_a_name(
            word,
            index,
        )
    )


def _is_near_a_name(
    word: str,
    index: Index,
) -> bool:
    """Tell whether a word is a name but for one letter."""
    if not may_be(word):
        return False
    return any(spelling in index for spelling in one_typo_away(word))
