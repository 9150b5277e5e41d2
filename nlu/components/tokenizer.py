"""Tokens for Rasa: folded words, prefixes of names apart, so that `ل[تونس](country)` has a token of its own."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from nlu.language import gazetteer
from nlu.language.folding import Word, fold, words
from nlu.language.skeleton import skeleton


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class FoldingTokenizer(Tokenizer):
    """Words as `nlu.language.folding` spells them; the lemma is the consonant code."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Intents are never split."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "prefix_separator_symbol": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of one attribute of a message, with their places in the text as it was typed."""
        text = message.get(attribute)
        borders = {border for mention in gazetteer.find(text) for border in (mention.start, mention.end)}
        pieces = [piece for word in words(text) for piece in _split(word, text, borders)]
        return [Token(piece.folded, piece.start, piece.end, lemma=skeleton(piece.folded)) for piece in pieces]


def _split(word: Word, text: str, borders: set[int]) -> list[Word]:
    """The word, cut where a name begins or ends inside it."""
    cuts = [word.start, *sorted(border for border in borders if word.start < border < word.end), word.end]
    pieces = [Word(fold(text[start:end]), start, end) for start, end in pairwise(cuts)]
    return [piece for piece in pieces if piece.folded] if len(pieces) > 1 else [word]
