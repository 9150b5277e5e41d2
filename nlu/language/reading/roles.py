"""What a place has to do with the subject of its clause."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from nlu.language import clitics
from nlu.language.folding import Word, fold
from nlu.language.gazetteer import Mention
from nlu.language.reading import phrases

NEAR_WORDS = 3  # before a place, that say what it is
TOWARDS = frozenset(("to", "towards", "toward", "for", "ل", "الي", "لعند", "نحو", "باتجاه"))
TOWARDS_LATIN = frozenset(("la", "li", "lel", "l", "ila", "il", "lil"))
INSIDE = frozenset(("في", "ف", "ب", "داخل", "قرب", "in", "at", "inside", "near"))
INSIDE_LATIN = frozenset(("fi", "fe", "f", "fel", "fil", "b", "bi"))
# Words between a preposition and the name of a place.
BETWEEN = frozenset(("the", "city", "مدينه", "مطار", "ميناء", "محطه", "madinat", "mdinet", "matar"))
FROM = frozenset(("من", "from", "men", "min", "mn", "mel", "mil"))


class Role(StrEnum):
    """What a place is: where the subject is, goes, comes from, was born, or is not."""

    HERE = "here"
    TO = "to"
    FROM = "from"
    BORN = "born"
    NOT = "not"
    PART = "part"  # of another name: Baghdad Street, the Riyadh quarter


def role(tokens: Sequence[Word], mention: Mention) -> Role:
    """Tell the role of a place that a clause mentions."""
    before = [word for word in tokens if word.end <= mention.start]
    named = _role_by_name(tokens, mention, before)
    if named:
        return named
    preposition = _preposition(tokens, mention, before)
    if preposition == "from" and len(before) == 1:
        return Role.HERE  # «من نيامي»: that is where they write from
    if _ends_with("leaving", before[-NEAR_WORDS:]) or preposition == "from" or _is_past(tokens):
        return Role.FROM
    if preposition == "to":
        has_arrived = phrases.has("reached", tokens) and not _is_later(tokens)
        return Role.HERE if has_arrived else Role.TO
    is_going = phrases.has("going", tokens) and preposition != "in"
    return Role.TO if is_going or _is_later(tokens) else Role.HERE


def _role_by_name(
    tokens: Sequence[Word],
    mention: Mention,
    before: Sequence[Word],
) -> Role | None:
    """Tell the role that the words right beside a place give it."""
    if _is_joined_inside(tokens, mention):
        return None  # «في مستشفى بتونس»: that is in Tunis
    near = before[-NEAR_WORDS:]
    is_part = _ends_with("named_after", near) or _is_followed_by("named_after", tokens, mention)
    if is_part or _ends_with("beside_place", near):
        return Role.PART
    if _ends_with("born", near) or phrases.has("born", before):
        return Role.BORN
    if _ends_with("not_in", near):
        return Role.NOT
    return Role.HERE if _ends_with("calling_from", before[-4:]) else None


def _is_past(tokens: Sequence[Word]) -> bool:
    if phrases.has("former", tokens):
        return True
    return phrases.has("past", tokens) and not phrases.has("arrived", tokens)


def _is_joined_inside(tokens: Sequence[Word], mention: Mention) -> bool:
    own = [word for word in tokens if word.start < mention.start < word.end]
    return bool(own) and own[0].folded[0] == "ب"


def is_inside(tokens: Sequence[Word], mention: Mention) -> bool:
    """Tell whether "in" stands before a place."""
    before = [word for word in tokens if word.end <= mention.start]
    return _preposition(tokens, mention, before) == "in"


def _preposition(
    tokens: Sequence[Word],
    mention: Mention,
    before: Sequence[Word],
) -> str | None:
    """Name the preposition of a place, joined to it or not: to, from, in."""
    own = [word for word in tokens if word.start <= mention.start < word.end]
    ended = [word for word in tokens if word.start < mention.end < word.end]
    if ended:
        return clitics.ending_role(_ending(ended[0], mention))
    if own and own[0].start < mention.start:
        joined = own[0].folded
        if joined.startswith(("ل", "ول", "فل")):
            return "to"
        return "in"
    last = before[-1].folded if before else ""
    if last in BETWEEN and len(before) > 1:
        last = before[-2].folded
    if last in TOWARDS | TOWARDS_LATIN:
        return "to"
    if last in FROM or last.removeprefix("و") in FROM:
        return "from"
    return "in" if last in INSIDE | INSIDE_LATIN else None


def _ending(word: Word, mention: Mention) -> str:
    """Return what is written behind a place in its word: "istanbul'da"."""
    last_word = fold(mention.text).rpartition(" ")[2]
    return word.folded.removeprefix(last_word)


def _is_later(tokens: Sequence[Word]) -> bool:
    return phrases.has("later", tokens)


def _is_followed_by(name: str, tokens: Sequence[Word], mention: Mention) -> bool:
    """Tell whether the next word is of a list, in English: "Baghdad Street"."""
    after = [word for word in tokens if word.start >= mention.end][:1]
    return bool(after) and after[0].folded.isascii() and phrases.has(name, after)


def _ends_with(name: str, near: Sequence[Word]) -> bool:
    """Tell whether the last words are a phrase of a list."""
    return any(span.end == len(near) for span in phrases.find(name, near))
