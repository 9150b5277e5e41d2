"""Clauses that are no sentences: names of places and people alone, and lists of a party."""

from __future__ import annotations

from nlu.language import index
from nlu.language.folding import Word, Words, fold, spell
from nlu.language.gazetteer import Mentions
from nlu.language.lexicon import listed
from nlu.language.reading import names, phrases
from nlu.language.reading.matters import Matter

PLACES = frozenset(("city", "country"))
NOISE = listed("noise")  # "now", "am", "in": words beside a lone name
# Words beside those who are with the writer.
COMPANY_WORDS = frozenset(fold("و w and my our the a مع with plus بس فقط just only bs").split())
SPOKEN = ("known", "i", "we", "third", "not", "asking", "want", "wanting")  # in no name
ASKED = ("known", "asking", "i", "we")  # in no name whose form says that it is one
WITH_WRITER = ("i", "we", "with_me")


def is_bare(tokens: Words, mentions: Mentions) -> bool:
    """Tell whether a clause is but names of people and places, and the small words beside them."""
    places = [mention for mention in mentions if mention.entity in PLACES]
    unnamed: list[Word] = []
    for word in tokens:
        if word.folded in NOISE:
            continue
        if not is_within(word, places):
            unnamed.append(word)
    if not unnamed:
        return bool(places)
    if phrases.has("known", unnamed):
        return False
    return all(map(names.is_name, spell(unnamed)))


def is_written_as_name(
    text: str,
    tokens: Words,
    states_anything: bool,
) -> bool:
    """Tell whether a text is a name of a place or a person by its form: «حي السلام»."""
    cities = index.index().cities  # of more words than are looked for in a text
    if fold(text) in cities:
        return True
    if names.is_of_place(tokens, text):
        return True
    if states_anything or phrases.has_any(ASKED, tokens):
        return False
    return names.is_written_as_person(tokens, text)


def is_like_name(text: str, tokens: Words) -> bool:
    """Tell whether a text that states nothing is likely a name: it has no word of a sentence.

    «كله سالم» is none, though Salem is a name; "Peace Salem" is.
    """
    if names.is_like_place(tokens):
        return True
    if phrases.has_any(SPOKEN, tokens):
        return False
    may_be_well = phrases.has(Matter.WELL.value, tokens)
    if may_be_well and not names.is_capital(tokens, text):
        return False
    return names.is_like_person(tokens, text)


def is_company(tokens: Words, mentions: Mentions) -> bool:
    """Tell whether a clause lists the people with the writer, and says nothing else."""
    people = [mention for mention in mentions if mention.entity not in PLACES]
    entities = [mention.entity for mention in people]
    if "relative" not in entities:
        return False
    if not phrases.has_any(WITH_WRITER, tokens):
        return False
    for word in tokens:
        is_person = is_within(word, people)
        if not is_person and not _is_beside_company(word):
            return False
    return True


def _is_beside_company(word: Word) -> bool:
    """Tell whether a word is "and", "my", "me" or the like."""
    if word.folded in COMPANY_WORDS:
        return True
    return phrases.has_any((*WITH_WRITER, "not"), [word])


def is_within(word: Word, mentions: Mentions) -> bool:
    """Tell whether a word is part of one of these mentions."""
    return any(word.overlaps(mention.start, mention.end) for mention in mentions)
