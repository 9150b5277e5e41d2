"""Whether a word for a relative means the writer's own: not one addressed ("thanks, bro"),
anybody's, or a paper.
"""

from __future__ import annotations

from dataclasses import dataclass

from nlu.language.folding import Words
from nlu.language.lexicon import listed

_NOBODYS = listed("nobodys")
_NEED_OWNER = listed("need_owner")
_OWNERS = listed("owners")
_ADDRESSING = listed("addressing")
_GREETINGS = listed("greetings")
_ANSWERS = listed("answers")
_OF_PAPERS = listed("of_papers")
_PAPERS = listed("papers")
_NOT_BOYS = listed("not_boys")
_HOUSEHOLDS = frozenset(("العيله", "العايله", "الاسره", "el 3ayla", "عيله", "عايله", "اسره"))
_CLUB = "ahli"  # el-Ahli plays football
_CLUB_ARTICLES = ("el", "al")
_ARTICLES = ("the", "ال")


@dataclass(frozen=True, slots=True)
class _Named:
    """A word for a relative, and the words right before and behind it, empty at a border."""

    name: str
    before: str
    after: str


def is_own(
    said: Words,
    at: int,
    length: int,
    name: str,
) -> bool:
    """Tell whether the relative of `length` words at `at`, read as `name`, is one the writer speaks
    of as theirs.
    """
    relative = _Named(
        name=name,
        before=_folded_at(said, at - 1),
        after=_folded_at(said, at + length),
    )
    if _is_of_others(relative) or _is_without_owner(relative):
        return False
    if _is_of_papers(relative):
        return False
    if name not in _ADDRESSING:
        return True
    return not _is_addressed(relative, said[:at])


def _folded_at(tokens: Words, at: int) -> str:
    if 0 <= at < len(tokens):
        return tokens[at].folded
    return ""


def _is_of_others(relative: _Named) -> bool:
    """Tell whether the word before makes a relative nobody's: "any brother", "good boy"."""
    before = relative.before
    if before in _NOBODYS:
        return True
    if relative.name == _CLUB:
        return before in _CLUB_ARTICLES
    if relative.name == "boy":
        return before in _NOT_BOYS
    return False


def _is_without_owner(relative: _Named) -> bool:
    """Tell whether a word that anybody's relatives have, too, lacks its "my" or "our"."""
    if relative.name not in _NEED_OWNER:
        return False
    if relative.before in _OWNERS or relative.after in _OWNERS:
        return False
    is_ours = relative.name == "children" and relative.before in _ARTICLES
    return not is_ours


def _is_of_papers(relative: _Named) -> bool:
    """Tell whether a household is but that of a paper: "family book", «كتيب العيلة»."""
    before = relative.before
    after = relative.after
    if relative.name in _HOUSEHOLDS:
        return before in _OF_PAPERS
    if relative.name != "family":
        return False
    if after in _PAPERS or before == "the":
        return True
    return after == "of" and before not in _OWNERS


def _is_addressed(relative: _Named, before: Words) -> bool:
    """Tell whether a text greets, thanks or answers somebody by this word."""
    is_last = not relative.after
    is_answering = relative.before in _ANSWERS
    if is_answering and (is_last or relative.after in _ANSWERS):
        return True
    if not is_last:
        return False
    return any(word.folded in _GREETINGS for word in before)
