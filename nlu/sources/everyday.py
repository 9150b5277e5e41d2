"""Everyday words: those that are common in the language, and those of the training texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from wordfreq import top_n_list, zipf_frequency

from nlu.language.examples import read_examples
from nlu.language.folding import fold, is_arabic, words
from nlu.language.lexicon import listed
from nlu.language.skeleton import skeleton

TRAINING_DATA = Path(__file__).parents[1] / "data"
FREQUENT_WORDS = 60_000  # of each language
TRAINING_ZIPF = 4.5  # a word of the training texts counts for at least this common
EVERYDAY_ZIPF = 3.8
MARK = re.compile(r"\[[^]]*\]\([^)]*\)")
LATIN_ARTICLE = re.compile(r"^(al|el|ad|ar|as|ash|at|az|an) ")


@lru_cache(maxsize=1)
def frequent() -> dict[str, float]:
    """Say how common folded words are, as zipf values (6: once in a thousand words)."""
    common: dict[str, float] = {}
    for language in ("ar", "en"):
        for word in top_n_list(language, FREQUENT_WORDS):
            folded = fold(word)
            zipf = zipf_frequency(word, language)
            common[folded] = max(common.get(folded, 0.0), zipf)
    return common


@lru_cache(maxsize=1)
def spoken() -> dict[str, float]:
    """Say the same, with the words of the training texts among the common ones."""
    common = dict(frequent())
    for word in said():
        common[word] = max(common.get(word, 0.0), TRAINING_ZIPF)
    return common


@lru_cache(maxsize=1)
def said() -> frozenset[str]:
    """List the words of the training texts.

    Left out is what is marked as an entity, and what follows "in", "from" and the like: many texts
    name places without a mark.
    """
    vocabulary: set[str] = set()
    for example in read_examples(TRAINING_DATA):
        text = MARK.sub(" - ", example.annotated)
        vocabulary.update(_unplaced(text))
    return frozenset(vocabulary)


def _unplaced(text: str) -> Iterator[str]:
    """List the words of a text that do not follow a preposition of place."""
    placing = listed("placing") | listed("towards")
    folded = [word.folded for word in words(text)]
    for before, word in pairwise(["", *folded]):
        if before not in placing:
            yield word


@lru_cache(maxsize=1)
def _everyday_codes() -> frozenset[str]:
    """List the consonant codes of frequent Arabic words, as in Arabizi: marrat, barka, khatra."""
    codes: set[str] = set()
    for word, zipf in spoken().items():
        if zipf > EVERYDAY_ZIPF and is_arabic(word):
            codes.add(skeleton(word))
    return frozenset(codes)


def sounds_everyday(spelled: str) -> bool:
    """Tell whether a Latin spelling sounds like an everyday Arabic word."""
    bare = LATIN_ARTICLE.sub("", spelled)
    is_latin_word = bare.isascii() and " " not in bare
    return is_latin_word and skeleton(bare) in _everyday_codes()
