"""The intent classifier apart from Rasa: weights that turn a text into likely intents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components import meaning
from nlu.language.features import features

LIFE_SAVING = ("need_help", "need_medical", "need_evacuation")
RANKED_INTENTS = 10
MIN_LENGTH = 1e-9  # of a row, to divide by
NAMES_FILE = "names.json"
NUMBERS_FILE = "numbers.npz"
Ranking = list[tuple[str, float]]


@dataclass(frozen=True)
class Settings:
    """What the pipeline in config.yml sets.

    `C`: how closely the weights follow the texts; `meaning`: the weight of the sentence vector;
    `rare`: how often the training texts must hold a feature; `caution`: the factor by which a cry
    for help counts for likelier than it looks, because to miss one is worse than to ask once too
    often.
    """

    C: float = 1.0
    meaning: float = 0.5
    rare: int = 3
    caution: float = 1.5

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Settings:
        """Take the settings out of a component's configuration."""
        settings: dict[str, Any] = {}
        for setting in fields(cls):
            if setting.name in config:
                settings[setting.name] = config[setting.name]
        return cls(**settings)


@dataclass(frozen=True)
class Weights:
    """What training learns.

    `matrix` has a row for each feature of the vocabulary, then one for each number of the sentence
    vector; a column for each intent. `sharpness` turns scores into probabilities.
    """

    intents: list[str]
    vocabulary: dict[str, int]
    idf: np.ndarray
    matrix: np.ndarray
    bias: np.ndarray
    sharpness: float

    def save(self, folder: Path) -> None:
        """Write JSON and npz, never pickles: a model file cannot run code."""
        names = {
            "intents": self.intents,
            "features": list(self.vocabulary),
            "sharpness": self.sharpness,
        }
        text = json.dumps(names, ensure_ascii=False)
        names_file = folder / NAMES_FILE
        names_file.write_text(text, "utf-8")
        numbers_file = folder / NUMBERS_FILE
        np.savez_compressed(
            numbers_file,
            idf=self.idf,
            weights=self.matrix,
            bias=self.bias,
        )

    @classmethod
    def load(cls, folder: Path) -> Weights:
        """Read what `save` wrote."""
        names_file = folder / NAMES_FILE
        numbers_file = folder / NUMBERS_FILE
        names = json.loads(names_file.read_text("utf-8"))
        vocabulary = {name: number for number, name in enumerate(names["features"])}
        with np.load(numbers_file, allow_pickle=False) as numbers:
            return cls(
                intents=names["intents"],
                vocabulary=vocabulary,
                idf=numbers["idf"],
                matrix=numbers["weights"],
                bias=numbers["bias"],
                sharpness=names["sharpness"],
            )


@dataclass(frozen=True)
class Classifier:
    """Ranks the intents of texts by weights."""

    weights: Weights
    settings: Settings

    def rank(self, texts: Sequence[str]) -> list[Ranking]:
        """Rank the ten likeliest intents of each text with their probabilities, likeliest first."""
        vectors = meaning.vectors(texts) * self.settings.meaning
        caution = self._caution()
        rankings: list[Ranking] = []
        for text, vector in zip(texts, vectors, strict=True):
            scores = self._scores(text, vector)
            scores *= self.weights.sharpness
            chances = softmax(scores + caution)
            ranking = self._ranking(chances)
            rankings.append(ranking)
        return rankings

    def _scores(self, text: str, vector: np.ndarray) -> np.ndarray:
        """Score each intent, from the few rows of the weights that one text needs."""
        vocabulary = self.weights.vocabulary
        matrix = self.weights.matrix
        numbers: list[int] = []
        for name in features(text):
            number = vocabulary.get(name)
            if number is not None:
                numbers.append(number)
        tf_idf = self.weights.idf[numbers]
        length = float(np.linalg.norm(tf_idf))
        tf_idf = tf_idf / max(length, MIN_LENGTH)
        by_words = tf_idf @ matrix[numbers]
        meaning_rows = matrix[len(vocabulary) :]
        by_meaning = vector @ meaning_rows
        scores = by_words + by_meaning
        return np.asarray(scores + self.weights.bias)

    def _caution(self) -> np.ndarray:
        """Give what each score gains: a cry for help counts for likelier than it looks."""
        gain = np.log(self.settings.caution)
        gains: list[float] = []
        for intent in self.weights.intents:
            is_cry = intent in LIFE_SAVING
            gains.append(gain if is_cry else 0.0)
        return np.array(gains)

    def _ranking(self, chances: np.ndarray) -> Ranking:
        ranking: Ranking = []
        likeliest = np.argsort(-chances)
        for number in likeliest[:RANKED_INTENTS]:
            intent = self.weights.intents[number]
            chance = float(chances[number])
            ranking.append((intent, chance))
        return ranking


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores into probabilities, along the last axis."""
    highest = scores.max(axis=-1, keepdims=True)
    powers = np.exp(scores - highest)
    sums = powers.sum(axis=-1, keepdims=True)
    return np.asarray(powers / sums)
