"""Places, relatives and counts of people, found by the gazetteer the gateway uses."""

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
    """Adds city, country, person_count and relative to a message; nothing is learnt."""

    @classmethod
    def create(cls, *_: Any, **__: Any) -> GazetteerEntityExtractor:
        """As Rasa's graph asks for it; warms the gazetteer up, so that the first message does not wait."""
        gazetteer.find("طرابلس")
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the entities of each message."""
        for message in messages:
            found = [_entity(mention) for mention in gazetteer.find(message.get(TEXT) or "")]
            message.set(ENTITIES, self.add_extractor_name(found), add_to_output=True)
        return messages


def _entity(mention: gazetteer.Mention) -> dict[str, Any]:
    return {"entity": mention.entity, "value": mention.value, "start": mention.start, "end": mention.end}
