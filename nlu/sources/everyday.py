"""Which words are everyday words: by how common they are in the language, and in the training
texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from wordfreq import top_n_list, zipf_frequency

from nlu.language.examples import read_examples
from nlu.language.folding import fold, is_arabic, words
from nlu.language.lexicon import listed
from nlu.language.skeleton import skeleton

TRAINING = Path(__file__).parents[1] / "data"


@lru_cache(maxsize=1)
def frequent() -> dict[str, float]:
    """How common folded words are, as zipf values (6: once in a thousand words)."""
    common: dict[str, float] = defaultdict(float)
    for language in ("ar", "en"):
        for word in top_n_list(language, 60_000):
            common[fold(word)] = max(common[fold(word)], zipf_frequency(word, language))
    return common


@lru_cache(maxsize=1)
def spoken() -> dict[str, float]:
    """The same, the words of the training texts among the common ones."""
    return {
        word: max(frequent().get(word, 0.0), 4.5 if word in said() else 0.0)
        for word in {*frequent(), *said()}
    }


@lru_cache(maxsize=1)
def said() -> frozenset[str]:
    """Words of the training texts, but for what is marked as an entity and what follows "in",
    "from" and the like.

    Many texts name places without a mark: there a word after "in" may well be one.
    """
    texts = (
        re.sub(r"\[[^]]*\]\([^)]*\)", " - ", example.annotated)
        for example in read_examples(TRAINING)
    )
    return frozenset(
        word for text in texts for word in _unplaced([word.folded for word in words(text)])
    )


def _unplaced(said: list[str]) -> Iterator[str]:
    placing = listed("placing") | listed("towards")
    return (word for before, word in zip(["", *said], said, strict=False) if before not in placing)


@lru_cache(maxsize=1)
def _everyday_codes() -> frozenset[str]:
    """Consonant codes of frequent Arabic words, as somebody may spell them in Latin letters
    (marrat, barka, khatra).
    """
    return frozenset(
        skeleton(word) for word, zipf in spoken().items() if zipf > 3.8 and is_arabic(word)
    )


def sounds_everyday(spelled: str) -> bool:
    bare = re.sub(r"^(al|el|ad|ar|as|ash|at|az|an) ", "", spelled)
    return bare.isascii() and " " not in bare and skeleton(bare) in _everyday_codes()
