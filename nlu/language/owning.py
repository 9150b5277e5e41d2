"""Whether a word for a relative means the writer's own: not one addressed ("thanks, bro"),
anybody's, or a paper.
"""

from __future__ import annotations

from nlu.language.folding import Word
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


def is_own(said: list[Word], at: int, length: int, name: str) -> bool:
    """Whether the relative of `length` words at `at`, read as `name`, is one the writer speaks of
    as theirs.
    """
    before = said[at - 1].folded if at else ""
    after = said[at + length].folded if at + length < len(said) else ""
    if before in _NOBODYS or (name == "ahli" and before in ("el", "al")):
        return False
    if (
        name in _NEED_OWNER
        and before not in _OWNERS
        and after not in _OWNERS
        and not _is_the(name, before)
    ):
        return False
    if name in _HOUSEHOLDS and before in _OF_PAPERS:
        return False
    if name == "family" and (
        after in _PAPERS or before == "the" or (after == "of" and before not in _OWNERS)
    ):
        return False
    if name == "boy" and before in _NOT_BOYS:
        return False
    return name not in _ADDRESSING or not _is_addressed(said, at, before, after)


def _is_the(name: str, before: str) -> bool:
    """Whether "the children" are meant as ours."""
    return before in ("the", "ال") and name == "children"


def _is_addressed(said: list[Word], at: int, before: str, after: str) -> bool:
    """Whether a text greets, thanks or answers somebody by this word."""
    if before in _ANSWERS and (not after or after in _ANSWERS):
        return True
    return not after and any(word.folded in _GREETINGS for word in said[:at])
