"""Everyday words: those that are common in the language, and those of the training texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from wordfreq import top_n_list, zipf_frequency

from nlu.language.examples import read_examples
from nlu.language.folding import fold, is_arabic, words
from nlu.language.lexicon import listed
from nlu.language.skeleton import skeleton
from nlu.sources.folders import TRAINING_DATA

LANGUAGES = ("ar", "en")
MAX_WORDS = 60_000  # of each language, the most frequent first
TRAINING_ZIPF = 4.5  # a word of the training texts counts for at least this common
EVERYDAY_ZIPF = 3.8
MARK = re.compile(r"\[[^]]*\]\([^)]*\)")
LATIN_ARTICLE = re.compile(r"^(al|el|ad|ar|as|ash|at|az|an) ")

Frequencies = dict[str, float]


@lru_cache(maxsize=1)
def written_frequencies() -> Frequencies:
    """Look up how common folded words are, as zipf values (6: once in a thousand words)."""
    frequencies: Frequencies = {}
    for language in LANGUAGES:
        for word in top_n_list(language, MAX_WORDS):
            folded = fold(word)
            zipf = zipf_frequency(word, language)
            _raise_to(zipf, folded, frequencies)
    return frequencies


@lru_cache(maxsize=1)
def spoken_frequencies() -> Frequencies:
    """Look up the same, with the words of the training texts among the common ones."""
    frequencies = dict(written_frequencies())
    for word in training_words():
        _raise_to(TRAINING_ZIPF, word, frequencies)
    return frequencies


def _raise_to(
    zipf: float,
    word: str,
    frequencies: Frequencies,
) -> None:
    """Note that a word is at least this common."""
    known_zipf = frequencies.get(word, 0.0)
    frequencies[word] = max(known_zipf, zipf)


@lru_cache(maxsize=1)
def training_words() -> frozenset[str]:
    """List the words of the training texts.

    Left out is what is marked as an entity, and what follows "in", "from" and the like: many texts
    name places without a mark.
    """
    vocabulary: set[str] = set()
    for example in read_examples(TRAINING_DATA):
        text = MARK.sub(" - ", example.annotated)
        unplaced = _unplaced(text)
        vocabulary.update(unplaced)
    return frozenset(vocabulary)


def _unplaced(text: str) -> Iterator[str]:
    """List the words of a text that do not follow a preposition of place."""
    prepositions = listed("placing") | listed("towards")
    spellings = [word.folded for word in words(text)]
    for before, word in pairwise(["", *spellings]):
        if before not in prepositions:
            yield word


@lru_cache(maxsize=1)
def _everyday_codes() -> frozenset[str]:
    """List the consonant codes of frequent Arabic words, as in Arabizi: marrat, barka, khatra."""
    codes: set[str] = set()
    for word, zipf in spoken_frequencies().items():
        if zipf > EVERYDAY_ZIPF and is_arabic(word):
            code = skeleton(word)
            codes.add(code)
    return frozenset(codes)


def sounds_everyday(spelling: str) -> bool:
    """Tell whether a Latin spelling sounds like an everyday Arabic word."""
    bare = LATIN_ARTICLE.sub("", spelling)
    if " " in bare or not bare.isascii():
        return False
    code = skeleton(bare)
    return code in _everyday_codes()
