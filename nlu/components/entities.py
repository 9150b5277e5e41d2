"""Places, relatives and counts of people, found by the gazetteer that the gateway uses."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.language import gazetteer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class GazetteerEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Adds city, country, person_count and relative to a message; it learns nothing."""

    @classmethod
    def create(cls, *_: Any, **__: Any) -> GazetteerEntityExtractor:
        """Create the extractor for Rasa's graph and load the gazetteer, so that the first message
        does not wait.
        """
        gazetteer.find("طرابلس")
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of each message."""
        for message in messages:
            entities = [_entity(mention) for mention in gazetteer.find(message.get(TEXT) or "")]
            message.set(ENTITIES, self.add_extractor_name(entities), add_to_output=True)
        return messages


def _entity(mention: gazetteer.Mention) -> dict[str, Any]:
    """Write a mention as Rasa's format has it."""
    return {
        "entity": mention.entity,
        "value": mention.value,
        "start": mention.start,
        "end": mention.end,
    }
