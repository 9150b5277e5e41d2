"""The intent classifier as a component of Rasa's pipeline. `learning.py` trains it, `learner.py`
ranks with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from itertools import starmap
from pathlib import Path
from typing import Any

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.learner import Classifier, Settings, Weights
from nlu.language.features import features
from nlu.language.reading.clauses import split

_LANGUAGE = Path(features.__code__.co_filename).parent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """A linear classifier that trains by itself, or takes the weights that `nlu.train` learnt
    before.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """List the settings; `learnt` is a folder with weights, for `nlu.train` alone."""
        return {**asdict(Settings()), "learnt": None}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._settings = Settings.of(config)
        self._classifier: Classifier | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        **_: Any,
    ) -> LinearIntentClassifier:
        """Create a classifier that has yet to learn."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, _config: dict[str, Any]) -> str | None:
        """Hash the language package, which Rasa's cache would not see change."""
        modules = _LANGUAGE.glob("*.py")
        data_folder = _LANGUAGE / "data"
        files = [*modules, *data_folder.iterdir()]
        digest = hashlib.sha256()
        for file in sorted(files):
            content = file.read_bytes()
            digest.update(content)
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Save the weights that were learnt before, or learn them from the examples that have an
        intent.
        """
        folder = self._config["learnt"]
        weights = Weights.load(Path(folder)) if folder else self._learn(training_data)
        with self._storage.write_to(self._resource) as directory:
            weights.save(directory)
        self._classifier = Classifier(weights, self._settings)
        return self._resource

    def _learn(self, training_data: TrainingData) -> Weights:
        from nlu.components import learning  # noqa: PLC0415  # a server never trains

        texts: list[str] = []
        intents: list[str] = []
        for example in training_data.intent_examples:
            text = example.get(TEXT)
            if text:
                texts.append(text)
                intents.append(example.get(INTENT))
        plan = learning.Plan()
        return learning.learn(texts, intents, self._settings, plan)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ten likeliest intents of each message, and of each clause."""
        if self._classifier is None:
            raise RuntimeError("the classifier was neither trained nor loaded")
        texts = [message.get(TEXT) or "" for message in messages]
        rankings = self._classifier.rank(texts)
        for message, ranking in zip(messages, rankings, strict=True):
            intents = list(starmap(_intent, ranking))
            message.set(INTENT, intents[0], add_to_output=True)
            message.set("intent_ranking", intents, add_to_output=True)
            clauses = self._rank_clauses(message.get(TEXT) or "")
            message.set("clauses", clauses, add_to_output=True)
        return messages

    def _rank_clauses(self, text: str) -> list[dict[str, Any]]:
        """Rank the intents of each clause; a text of one clause has no others."""
        clauses = split(text)
        if self._classifier is None or len(clauses) == 1:
            return []
        rankings = self._classifier.rank([clause.text for clause in clauses])
        ranked: list[dict[str, Any]] = []
        for clause, ranking in zip(clauses, rankings, strict=True):
            ranked.append(
                {
                    "start": clause.start,
                    "end": clause.end,
                    "intent_ranking": list(starmap(_intent, ranking)),
                }
            )
        return ranked

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        **_: Any,
    ) -> LinearIntentClassifier:
        """Load the classifier and warm it up: the first text is as quick as any."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as directory:
            weights = Weights.load(directory)
        component._classifier = Classifier(weights, component._settings)
        component._classifier.rank(["طمنونا عليكم"])
        return component


def _intent(name: str, chance: float) -> dict[str, Any]:
    """Write an intent as Rasa's format has it."""
    return {
        "name": name,
        "confidence": chance,
    }
