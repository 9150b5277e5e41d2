"""What the classifier of the NLU server learns, apart from Rasa: numbers from texts, weights, probabilities."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from nlu.components import meaning
from nlu.language.expansion import expanded
from nlu.language.features import features

SEED = 20240501
DEFAULTS = {"C": 1.0, "meaning": 0.5, "rare": 3, "caution": 1.5}
LIFE_SAVING = ("need_help", "need_medical", "need_evacuation")
_RANKED = 10
_FOLDS = 4
Ranking = list[tuple[str, float]]


class Learner:
    """One-against-rest support vectors; probabilities by a temperature fitted on texts left out of training.

    Settings: `C`, how closely texts are followed; `meaning`, the weight of the sentence vector; `rare`, how often a
    feature must be seen; `caution`, by how much a cry for help counts for likelier than it looks: to miss one is worse
    than to ask once too often.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = {**DEFAULTS, **settings}
        self._intents: list[str] = []
        self._vocabulary: dict[str, int] = {}
        self._idf = np.zeros(0)
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0)
        self._sharpness = 1.0

    def fit(self, texts: Sequence[str], intents: Sequence[str]) -> None:
        """Learns from texts and what each means, and from other spellings of them."""
        written = len(texts)
        texts, intents = expanded(texts, intents)
        self._intents = sorted(set(intents))
        answers = np.array([self._intents.index(intent) for intent in intents])
        found = [features(text) for text in texts]
        self._index(found)
        rows = self._rows(found, texts)
        self._sharpness = self._calibrated(rows[:written], answers[:written])
        machine = self._machine().fit(rows, answers)
        # A row for each feature, side by side in memory: a text reads the rows of its own.
        self._weights, self._bias = np.ascontiguousarray(machine.coef_.T, dtype=np.float32), machine.intercept_

    def _machine(self) -> LinearSVC:
        return LinearSVC(C=self._settings["C"], random_state=SEED)

    def _index(self, found: list[list[str]]) -> None:
        """Numbers the features seen at least `rare` times."""
        seen = Counter(name for names in found for name in names)
        kept = sorted(name for name, times in seen.items() if times >= self._settings["rare"])
        self._vocabulary = {name: number for number, name in enumerate(kept)}
        self._idf = np.array([1 + np.log(len(found) / seen[name]) for name in kept])

    def _rows(self, found: list[list[str]], texts: Sequence[str]) -> csr_matrix:
        """A row for each text: TF-IDF of length 1, then the sentence vector."""
        columns = [[self._vocabulary[name] for name in names if name in self._vocabulary] for names in found]
        ends = np.cumsum([0, *map(len, columns)])
        flat = np.array([number for row in columns for number in row], dtype=np.int64)
        words = csr_matrix((self._idf[flat], flat, ends), shape=(len(texts), len(self._vocabulary)))
        lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)))
        words = words.multiply(1 / np.maximum(lengths, 1e-9))
        return csr_matrix(hstack([words, csr_matrix(meaning.vectors(texts) * self._settings["meaning"])]))

    def _calibrated(self, rows: csr_matrix, answers: np.ndarray) -> float:
        """The sharpness with which scores of texts left out of training make the most likely probabilities."""
        scores = np.zeros((rows.shape[0], len(self._intents)))
        for known, unknown in StratifiedKFold(_FOLDS, shuffle=True, random_state=SEED).split(rows, answers):
            scores[unknown] = self._machine().fit(rows[known], answers[known]).decision_function(rows[unknown])
        right = np.arange(len(answers)), answers
        return float(
            max(np.arange(1.0, 12.0, 0.25), key=lambda sharpness: np.log(_softmax(scores * sharpness)[right]).mean())
        )

    def rank(self, texts: Sequence[str]) -> list[Ranking]:
        """The ten likeliest intents of each text with their probabilities, likeliest first."""
        vectors = meaning.vectors(texts) * self._settings["meaning"]
        scores = np.zeros((len(texts), len(self._intents)))
        for row, (text, vector) in enumerate(zip(texts, vectors)):  # noqa: B905
            scores[row] = self._scores(text, vector) * self._sharpness
        scores[:, [name in LIFE_SAVING for name in self._intents]] += np.log(self._settings["caution"])
        chances = _softmax(scores)
        return [
            [(self._intents[number], float(row[number])) for number in np.argsort(-row)[:_RANKED]] for row in chances
        ]

    def _scores(self, text: str, vector: np.ndarray) -> np.ndarray:
        """A row of `_rows` times the weights, without the matrix: one text needs few of so many weights."""
        numbers = [self._vocabulary[name] for name in features(text) if name in self._vocabulary]
        values = self._idf[numbers]
        values = values / max(float(np.linalg.norm(values)), 1e-9)
        scores = values @ self._weights[numbers] + vector @ self._weights[len(self._vocabulary) :]
        return np.asarray(scores + self._bias)

    def save(self, folder: Path) -> None:
        """Writes JSON and npz, never pickles: a model file cannot run code."""
        kept = {"intents": self._intents, "features": list(self._vocabulary), "sharpness": self._sharpness}
        (folder / "names.json").write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
        np.savez_compressed(folder / "numbers.npz", idf=self._idf, weights=self._weights, bias=self._bias)

    def load(self, folder: Path) -> None:
        """As it was saved."""
        kept = json.loads((folder / "names.json").read_text("utf-8"))
        numbers = np.load(folder / "numbers.npz", allow_pickle=False)
        self._idf, self._weights, self._bias = numbers["idf"], numbers["weights"], numbers["bias"]
        self._intents, self._sharpness = kept["intents"], kept["sharpness"]
        self._vocabulary = {name: number for number, name in enumerate(kept["features"])}


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
