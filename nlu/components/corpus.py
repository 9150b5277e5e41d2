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
            number = numbering.setdefault(name, len(numbering))
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
        renumbering = array("i")
        for name in part.names:
            number = numbering.setdefault(name, len(numbering))
            renumbering.append(number)
        numbers.append(np.array(renumbering)[part.numbers])
        counts.append(part.counts)
    return Features(
        names=list(numbering),
        numbers=np.concatenate(numbers),
        counts=np.concatenate(counts),
    )


def build(texts: Features, vectors: Vectors, rare: int) -> Corpus:
    """Build the rows of the texts; features seen fewer than `rare` times are left out."""
    frequencies = np.bincount(texts.numbers, minlength=len(texts.names))
    frequent = list(np.flatnonzero(frequencies >= rare))
    frequent.sort(key=lambda number: texts.names[number])
    vocabulary: dict[str, int] = {}
    columns = np.full(len(texts.names), RARE_FEATURE, dtype=np.int64)
    for column, number in enumerate(frequent):
        vocabulary[texts.names[number]] = column
        columns[number] = column
    idf = 1 + np.log(len(texts.counts) / frequencies[frequent])
    terms = _tf_idf(columns[texts.numbers], texts.counts, idf)
    rows = hstack([terms, csr_matrix(vectors)])
    return Corpus(vocabulary, idf, csr_matrix(rows))


def _tf_idf(columns: np.ndarray, counts: np.ndarray, idf: np.ndarray) -> csr_matrix:
    """Make a row of length 1 for each text out of the columns of its features."""
    has_column = columns != RARE_FEATURE
    columns_before = np.concatenate([[0], np.cumsum(has_column)])
    text_borders = np.concatenate([[0], np.cumsum(counts)])
    columns = columns[has_column]
    terms = csr_matrix(
        (idf[columns], columns, columns_before[text_borders]),
        shape=(len(counts), len(idf)),
    )
    squares = terms.multiply(terms).sum(axis=1)
    lengths = np.sqrt(np.asarray(squares))
    return terms.multiply(1 / np.maximum(lengths, MIN_LENGTH))
