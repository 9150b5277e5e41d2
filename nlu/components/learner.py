"""The intent classifier apart from Rasa: weights that turn a text into likely intents."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
        settings = {name: config[name] for name in asdict(cls()) if name in config}
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
        (folder / NAMES_FILE).write_text(text, "utf-8")
        np.savez_compressed(
            folder / NUMBERS_FILE,
            idf=self.idf,
            weights=self.matrix,
            bias=self.bias,
        )

    @classmethod
    def load(cls, folder: Path) -> Weights:
        """Read what `save` wrote."""
        text = (folder / NAMES_FILE).read_text("utf-8")
        names = json.loads(text)
        with np.load(folder / NUMBERS_FILE, allow_pickle=False) as numbers:
            return cls(
                intents=names["intents"],
                vocabulary={name: number for number, name in enumerate(names["features"])},
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
            scores = self._scores(text, vector) * self.weights.sharpness
            chances = softmax(scores + caution)
            rankings.append(self._ranking(chances))
        return rankings

    def _scores(self, text: str, vector: np.ndarray) -> np.ndarray:
        """Score each intent, from the few rows of the weights that one text needs."""
        vocabulary = self.weights.vocabulary
        matrix = self.weights.matrix
        numbers = [vocabulary[name] for name in features(text) if name in vocabulary]
        tf_idf = self.weights.idf[numbers]
        length = max(float(np.linalg.norm(tf_idf)), MIN_LENGTH)
        by_words = (tf_idf / length) @ matrix[numbers]
        by_meaning = vector @ matrix[len(vocabulary) :]
        return np.asarray(by_words + by_meaning + self.weights.bias)

    def _caution(self) -> np.ndarray:
        """Give what each score gains: a cry for help counts for likelier than it looks."""
        is_cry = [intent in LIFE_SAVING for intent in self.weights.intents]
        return np.where(is_cry, np.log(self.settings.caution), 0.0)

    def _ranking(self, chances: np.ndarray) -> Ranking:
        ranking: Ranking = []
        for number in np.argsort(-chances)[:RANKED_INTENTS]:
            intent = self.weights.intents[number]
            ranking.append((intent, float(chances[number])))
        return ranking


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turn scores into probabilities, along the last axis."""
    highest = scores.max(axis=-1, keepdims=True)
    powers = np.exp(scores - highest)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
