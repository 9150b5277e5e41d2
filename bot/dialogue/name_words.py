"""Words that may be a name in a text that introduces somebody, and those that never are."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import names, plain_rest
from nlu.language import exact, gazetteer, numbers
from nlu.language.folding import Word, fold, is_arabic
from nlu.language.gazetteer import Mention
from nlu.language.meanings import meanings
from nlu.language.reading import phrases
from nlu.language.reading.names import is_capital, is_name
from nlu.language.reading.statements import Matter

FULL_NAME_WORDS = 2
MANY_STRANGE = 2  # words that no list of names has
MAX_WORDS = 5  # of a name
PLACES = frozenset({"city", "country"})
# Words that are in no name, whatever comes before them.
GRAVE = (
    "danger",
    "held",
    "hurt",
    "dead",
    "missing",
    "care",
    "cry",
    "want",
    "wanting",
    "not",
)
# Names that mean "safety": "ana aman".
SAFETY = frozenset(fold("aman amaan امان سلامه salama").split())
# Prepositions that are names, too: «أنا خلف الباب».
BESIDE = frozenset(fold("خلف قرب بعد قبل حول امام جنب وسط ورا تحت فوق عند").split())


def first_words(text: str, tokens: Sequence[Word]) -> list[Word]:
    """Take the words up to a comma, a preposition, a number or a relative."""
    mentions = gazetteer.find(text)
    name: list[Word] = []
    for token in tokens[:MAX_WORDS]:
        if name and names.is_cut(text, name[-1], token):
            break
        if ends_name(token, mentions):
            break
        if len(name) >= FULL_NAME_WORDS and is_place(token, mentions):
            break
        name.append(token)
    return name


def ends_name(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is in no name: a preposition, a number, a relative."""
    if token.folded in plain_rest.ENDS or numbers.value(token.folded):
        return True
    if not token.folded.isalpha() and not is_name(token.folded):
        return True
    return _is_other(token, mentions)


def _is_other(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is a relative, a number, or has "and" or "in" written before it."""
    if is_name(token.folded):
        return False
    if _has_and(token.folded):
        return True
    for mention in mentions:
        if not token.start <= mention.start < token.end:
            continue
        if mention.entity not in PLACES or mention.start > token.start:
            return True
    return False


def _has_and(folded: str) -> bool:
    """Tell whether "and" is written before an Arabic word."""
    return is_arabic(folded) and folded.startswith("و") and len(folded) > 1


def may_be_name(
    text: str,
    name: Sequence[Word],
    is_certain: bool,
) -> bool:
    """Tell whether each word is a known name, a place as in "Chad Haddad", or means nothing."""
    mentions = gazetteer.find(text)
    strange = [token for token in name if not is_name(token.folded)]
    has_known = len(strange) < len(name)
    for token in strange:
        if token.folded in names.NO_NAMES:
            return False
        is_harmless = has_known and is_certain and not _is_grave(token)
        if is_harmless or is_place(token, mentions):
            continue
        if meanings([token.folded]):
            return False
    if is_certain:
        return True
    return has_known and _is_written_as_name(text, name, strange)


def _is_written_as_name(
    text: str,
    name: Sequence[Word],
    strange: Sequence[Word],
) -> bool:
    """Tell whether words that nothing says to be a name are one: «أنا خلف الستارة» is none."""
    if any(token.folded in names.NO_NAMES | BESIDE for token in name):
        return False
    if any(map(_is_thing, strange)):
        return False
    return len(strange) < MANY_STRANGE or is_capital(name, text)


def _is_thing(token: Word) -> bool:
    """Tell whether an Arabic word has an article and is no family's name."""
    return token.folded.startswith("ال") and not _is_family(token)


def _is_grave(token: Word) -> bool:
    """Tell whether a word says that something is wrong, wanted or denied."""
    return any(phrases.has(kind, [token]) for kind in GRAVE)


def is_place(token: Word, mentions: Sequence[Mention]) -> bool:
    """Tell whether a word is the first of a place's name."""
    for mention in mentions:
        is_place = mention.entity in PLACES
        if is_place and mention.start == token.start:
            return True
    return False


def has_meaning(token: Word) -> bool:
    """Tell whether a word says how somebody is, or anything else."""
    if phrases.has(Matter.WELL.value, [token]):
        return True
    return bool(meanings([token.folded]))


def is_of_safety(token: Word) -> bool:
    """Tell whether a name says how somebody is, too: «سالم، طرابلس»."""
    if token.folded in SAFETY or exact.match(token.folded):
        return True
    return phrases.has(Matter.WELL.value, [token])


def begins_place(text: str, token: Word) -> bool:
    """Tell whether a word is the name of a place, or "in"."""
    return token.folded in plain_rest.ENDS or is_place(token, gazetteer.find(text))


def is_known(token: Word) -> bool:
    return is_name(token.folded) or _is_family(token)


def _is_family(token: Word) -> bool:
    """Tell whether an Arabic word is written as the name of a family is: «المصراتي»."""
    return token.folded.startswith("ال") and token.folded.endswith("ي")
