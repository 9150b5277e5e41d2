"""Training texts as numbers: TF-IDF of their features, then their sentence vectors."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from nlu.components.meaning import Vectors
from nlu.language.features import features

RARE_FEATURE = -1  # in a list of columns: the feature has none
MIN_LENGTH = 1e-9  # of a row, to divide by


@dataclass(frozen=True)
class Features:
    """The features of many texts.

    `numbers` point into `names`, text after text; `counts` says how many numbers each text has.
    """

    names: list[str]
    numbers: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Corpus:
    """The vocabulary of the training texts, its document frequencies, a row for each text."""

    vocabulary: dict[str, int]
    idf: np.ndarray
    rows: csr_matrix


def extract(texts: Sequence[str]) -> Features:
    """Find the features of each text."""
    numbering: dict[str, int] = {}
    numbers = array("i")
    counts = array("i")
    for text in texts:
        names = features(text)
        counts.append(len(names))
        for name in names:
            next_number = len(numbering)
            number = numbering.setdefault(name, next_number)
            numbers.append(number)
    return Features(
        names=list(numbering),
        numbers=np.array(numbers),
        counts=np.array(counts),
    )


def join(parts: Iterable[Features]) -> Features:
    """Put the features of several lists of texts one after the other."""
    numbering: dict[str, int] = {}
    numbers: list[np.ndarray] = []
    counts: list[np.ndarray] = []
    for part in parts:
        renumbering = _renumbering(part, numbering)
        numbers.append(renumbering[part.numbers])
        counts.append(part.counts)
    return Features(
        names=list(numbering),
        numbers=np.concatenate(numbers),
        counts=np.concatenate(counts),
    )


def _renumbering(part: Features, numbering: dict[str, int]) -> np.ndarray:
    """Give the numbers of a part in the common numbering, which grows by the names new to it."""
    renumbering = array("i")
    for name in part.names:
        next_number = len(numbering)
        number = numbering.setdefault(name, next_number)
        renumbering.append(number)
    return np.array(renumbering)


def build(
    texts: Features,
    vectors: Vectors,
    rare: int,
) -> Corpus:
    """Build the rows of the texts; features seen fewer than `rare` times are left out."""
    name_count = len(texts.names)
    text_count = len(texts.counts)
    frequencies = np.bincount(texts.numbers, minlength=name_count)
    is_frequent = frequencies >= rare
    frequent = list(np.flatnonzero(is_frequent))
    frequent.sort(key=texts.names.__getitem__)
    vocabulary: dict[str, int] = {}
    columns = np.full(name_count, RARE_FEATURE, dtype=np.int64)
    for column, number in enumerate(frequent):
        name = texts.names[number]
        vocabulary[name] = column
        columns[number] = column
    rarities = text_count / frequencies[frequent]
    idf = 1 + np.log(rarities)
    terms = _tf_idf(
        columns[texts.numbers],
        texts.counts,
        idf,
    )
    rows = hstack([terms, csr_matrix(vectors)])
    return Corpus(vocabulary, idf, csr_matrix(rows))


def _tf_idf(
    columns: np.ndarray,
    counts: np.ndarray,
    idf: np.ndarray,
) -> csr_matrix:
    """Make a row of length 1 for each text out of the columns of its features."""
    has_column = columns != RARE_FEATURE
    columns_before = _sums(has_column)
    text_borders = _sums(counts)
    columns = columns[has_column]
    row_borders = columns_before[text_borders]
    terms = csr_matrix(
        (idf[columns], columns, row_borders),
        shape=(len(counts), len(idf)),
    )
    squares = terms.multiply(terms).sum(axis=1)
    lengths = np.sqrt(np.asarray(squares))
    divisors = np.maximum(lengths, MIN_LENGTH)
    return terms.multiply(1 / divisors)


def _sums(numbers: np.ndarray) -> np.ndarray:
    """Add up all numbers before each position, and before the end."""
    sums = np.cumsum(numbers)
    return np.concatenate([[0], sums])
