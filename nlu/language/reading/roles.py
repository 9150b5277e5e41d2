"""What a place has to do with the subject of its clause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nlu.language import clitics
from nlu.language.folding import Word, Words, fold, spell
from nlu.language.gazetteer import Mention
from nlu.language.reading import excerpts, phrases

NEAR_WORDS = 3  # before a place, that say what it is
CALLING_WORDS = 4  # before a place, that say that the writer calls from there
TOWARDS = frozenset(
    (
        *("to", "towards", "toward", "for"),
        *("ل", "الي", "لعند", "نحو", "باتجاه"),
        *("la", "li", "lel", "l", "ila", "il", "lil"),
    )
)
INSIDE = frozenset(
    (
        *("in", "at", "inside", "near"),
        *("في", "ف", "ب", "داخل", "قرب"),
        *("fi", "fe", "f", "fel", "fil", "b", "bi"),
    )
)
JOINED_INSIDE = "ب"
JOINED_TOWARDS = ("ل", "ول", "فل")
JOINED_AND = "و"
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


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the words of its clause, and the words before it."""

    tokens: Words
    mention: Mention
    before: Words

    @classmethod
    def of(cls, tokens: Words, mention: Mention) -> _Place:
        return cls(
            tokens=tokens,
            mention=mention,
            before=excerpts.before(tokens, mention.start),
        )

    def is_after(self, name: str, reach: int = NEAR_WORDS) -> bool:
        """Tell whether a phrase of a list stands right before the place."""
        near = self.before[-reach:]
        spans = phrases.find(name, near)
        return any(span.end == len(near) for span in spans)

    def has(self, name: str) -> bool:
        """Tell whether the clause holds a phrase of a list."""
        return phrases.has(name, self.tokens)


def role(tokens: Words, mention: Mention) -> Role:
    """Tell the role of a place that a clause mentions."""
    place = _Place.of(tokens, mention)
    named = _role_by_name(place)
    if named:
        return named
    preposition = _preposition(place)
    if preposition == "from":
        is_whole = len(place.before) == 1  # «من نيامي»: that is where they write from
        return Role.HERE if is_whole else Role.FROM
    if place.is_after("leaving") or _is_past(place):
        return Role.FROM
    if preposition == "to":
        return Role.HERE if _is_reached(place) else Role.TO
    if _is_later(place):
        return Role.TO
    if preposition != "in" and place.has("going"):
        return Role.TO
    return Role.HERE


def _role_by_name(place: _Place) -> Role | None:
    """Tell the role that the words right beside a place give it."""
    if _is_joined_inside(place):
        return None  # «في مستشفى بتونس»: that is in Tunis
    if _is_part(place):
        return Role.PART
    if place.is_after("born") or phrases.has("born", place.before):
        return Role.BORN
    if place.is_after("not_in"):
        return Role.NOT
    if place.is_after("calling_from", CALLING_WORDS):
        return Role.HERE
    return None


def _is_part(place: _Place) -> bool:
    """Tell whether a place is part of another name: of a street, a hospital."""
    if place.is_after("named_after"):
        return True
    if place.is_after("beside_place"):
        return True
    return _is_followed_by("named_after", place)


def _is_reached(place: _Place) -> bool:
    """Tell whether the subject has come to a place: "we reached it", but not "tomorrow"."""
    if _is_later(place):
        return False
    return place.has("reached")


def _is_past(place: _Place) -> bool:
    if place.has("former"):
        return True
    if place.has("arrived"):
        return False
    return place.has("past")


def _is_later(place: _Place) -> bool:
    return place.has("later")


def _is_joined_inside(place: _Place) -> bool:
    """Tell whether "in" is written together with a place."""
    word = _word_around(place.tokens, place.mention.start)
    if word is None:
        return False
    return word.folded.startswith(JOINED_INSIDE)


def _word_around(tokens: Words, position: int) -> Word | None:
    """Return the word within which a position of the text lies."""
    for word in tokens:
        if word.start < position < word.end:
            return word
    return None


def is_inside(tokens: Words, mention: Mention) -> bool:
    """Tell whether "in" stands before a place."""
    place = _Place.of(tokens, mention)
    return _preposition(place) == "in"


def _preposition(place: _Place) -> str | None:
    """Name the preposition of a place, joined to it or not: to, from, in."""
    mention = place.mention
    ended = _word_around(place.tokens, mention.end)
    if ended:
        ending = _ending(ended, mention)
        return clitics.ending_role(ending)
    joined = _word_around(place.tokens, mention.start)
    if joined is None:
        return _preposition_before(place.before)
    if joined.folded.startswith(JOINED_TOWARDS):
        return "to"
    return "in"


def _preposition_before(before: Words) -> str | None:
    """Name the preposition that the words before a place end with."""
    near = spell(before[-2:])
    if len(near) > 1 and near[-1] in BETWEEN:
        near.pop()
    if not near:
        return None
    last = near[-1]
    if last in TOWARDS:
        return "to"
    unjoined = last.removeprefix(JOINED_AND)
    if last in FROM or unjoined in FROM:
        return "from"
    if last in INSIDE:
        return "in"
    return None


def _ending(word: Word, mention: Mention) -> str:
    """Return what is written behind a place in its word: "istanbul'da"."""
    name = fold(mention.text)
    _, _, last_word = name.rpartition(" ")
    return word.folded.removeprefix(last_word)


def _is_followed_by(name: str, place: _Place) -> bool:
    """Tell whether the next word is of a list, in English: "Baghdad Street"."""
    behind = excerpts.behind(place.tokens, place.mention.end)
    if not behind:
        return False
    following = behind[0]
    if not following.folded.isascii():
        return False
    return phrases.has(name, [following])
