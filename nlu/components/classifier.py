"""The intent classifier of the NLU server: linear, on the features of the gateway's own classifier and on meaning.

What it learns and how is in `learner.py`; here it is given to Rasa.
"""

from __future__ import annotations

import hashlib
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

from nlu.components.learner import DEFAULTS, Learner
from nlu.language.features import features

_LANGUAGE = Path(features.__code__.co_filename).parent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """A `Learner` as a component of a Rasa pipeline."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The settings of `Learner`."""
        return dict(DEFAULTS)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._learner, self._storage, self._resource = Learner(config), model_storage, resource

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
        self._learner.fit([example.get(TEXT) for example in examples], [example.get(INTENT) for example in examples])
        with self._storage.write_to(self._resource) as folder:
            self._learner.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent and the ten likeliest intents of each message."""
        rankings = self._learner.rank([message.get(TEXT) or "" for message in messages])
        for message, ranking in zip(messages, rankings):  # noqa: B905
            named = [{"name": name, "confidence": chance} for name, chance in ranking]
            message.set(INTENT, named[0], add_to_output=True)
            message.set("intent_ranking", named, add_to_output=True)
        return messages

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, **_: Any
    ) -> LinearIntentClassifier:
        """The classifier as it was saved, warm: the first text is as quick as any."""
        self = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            self._learner.load(folder)
        self._learner.rank(["طمنونا عليكم"])
        return self
