"""The intent classifier of the NLU server: linear, on the features of the gateway's own classifier and on meaning.

Support vectors on TF-IDF of words, letters and consonant codes, beside a vector of the sentence's meaning (Universal
Sentence Encoder). Saved as JSON and npz, never as pickles: a model file cannot run code.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from nlu.components import meaning
from nlu.language.features import features

_RANKED = 10
_SEED = 20240501
_FOLDS = 4
_LANGUAGE = Path(features.__code__.co_filename).parent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """One-against-rest support vectors; probabilities by a temperature fitted on texts left out of training."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C`: how closely texts are followed; `meaning`: weight of the sentence vector; `rare`: see `_index`."""
        return {"C": 1.0, "meaning": 0.5, "rare": 2}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, model_storage, resource
        self._intents: list[str] = []
        self._vocabulary: dict[str, int] = {}
        self._idf = np.zeros(0)
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._bias = np.zeros(0)
        self._sharpness = 1.0

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, **_: Any
    ) -> LinearIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, _config: dict[str, Any]) -> str | None:
        """A hash of the language package, which Rasa's cache would not see change."""
        digest = hashlib.sha256()
        for part in sorted([*_LANGUAGE.glob("*.py"), *(_LANGUAGE / "data").iterdir()]):
            digest.update(part.read_bytes())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the examples that have an intent, and saves what was learnt."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = [example.get(TEXT) for example in examples]
        self._intents = sorted({example.get(INTENT) for example in examples})
        answers = np.array([self._intents.index(example.get(INTENT)) for example in examples])
        found = [features(text) for text in texts]
        self._index(found)
        rows = self._rows(found, texts)
        self._sharpness = self._calibrated(rows, answers)
        machine = self._machine().fit(rows, answers)
        self._weights, self._bias = machine.coef_.astype(np.float32), machine.intercept_
        self._save()
        return self._resource

    def _machine(self) -> LinearSVC:
        return LinearSVC(C=self._config["C"], random_state=_SEED)

    def _index(self, found: list[list[str]]) -> None:
        """Numbers the features seen at least `rare` times."""
        seen = Counter(name for names in found for name in names)
        kept = sorted(name for name, times in seen.items() if times >= self._config["rare"])
        self._vocabulary = {name: number for number, name in enumerate(kept)}
        self._idf = np.array([1 + np.log(len(found) / seen[name]) for name in kept])

    def _rows(self, found: list[list[str]], texts: list[str]) -> csr_matrix:
        """A row for each text: TF-IDF of length 1, then the sentence vector."""
        columns = [[self._vocabulary[name] for name in names if name in self._vocabulary] for names in found]
        ends = np.cumsum([0, *map(len, columns)])
        flat = np.array([number for row in columns for number in row], dtype=np.int64)
        words = csr_matrix((self._idf[flat], flat, ends), shape=(len(texts), len(self._vocabulary)))
        lengths = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)))
        words = words.multiply(1 / np.maximum(lengths, 1e-9))
        return csr_matrix(hstack([words, csr_matrix(meaning.vectors(texts) * self._config["meaning"])]))

    def _calibrated(self, rows: csr_matrix, answers: np.ndarray) -> float:
        """The sharpness with which scores of texts left out of training make the most likely probabilities."""
        scores = np.zeros((rows.shape[0], len(self._intents)))
        for known, unknown in StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED).split(rows, answers):
            scores[unknown] = self._machine().fit(rows[known], answers[known]).decision_function(rows[unknown])
        right = np.arange(len(answers)), answers
        return float(
            max(np.arange(1.0, 12.0, 0.25), key=lambda sharpness: np.log(_softmax(scores * sharpness)[right]).mean())
        )

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent and the ten likeliest intents of each message."""
        texts = [message.get(TEXT) or "" for message in messages]
        rows = self._rows([features(text) for text in texts], texts)
        chances = _softmax((rows @ self._weights.T + self._bias) * self._sharpness)
        for message, row in zip(messages, chances):  # noqa: B905
            order = np.argsort(-row)[:_RANKED]
            ranking = [{"name": self._intents[number], "confidence": float(row[number])} for number in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _save(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            kept = {"intents": self._intents, "features": list(self._vocabulary), "sharpness": self._sharpness}
            (folder / "names.json").write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
            np.savez_compressed(folder / "numbers.npz", idf=self._idf, weights=self._weights, bias=self._bias)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, **_: Any
    ) -> LinearIntentClassifier:
        """The classifier as it was saved, warm: the first text is as quick as any."""
        self = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            kept = json.loads((folder / "names.json").read_text("utf-8"))
            numbers = np.load(folder / "numbers.npz", allow_pickle=False)
            self._idf, self._weights, self._bias = numbers["idf"], numbers["weights"], numbers["bias"]
        self._intents, self._sharpness = kept["intents"], kept["sharpness"]
        self._vocabulary = {name: number for number, name in enumerate(kept["features"])}
        self.process([Message({TEXT: "طمنونا عليكم"})])
        return self


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
