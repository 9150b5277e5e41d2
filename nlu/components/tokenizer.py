"""Tokens for Rasa: folded words, prefixes of names apart, so that `ل[تونس](country)` has a token of
its own.
"""

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
        """Keep intents whole."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "prefix_separator_symbol": None,
        }

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut one attribute of a message into tokens, with their places in the text as it was
        typed.
        """
        text = message.get(attribute)
        borders: set[int] = set()
        for mention in gazetteer.find(text):
            borders.add(mention.start)
            borders.add(mention.end)
        tokens: list[Token] = []
        for word in words(text):
            pieces = _pieces(word, text, borders)
            tokens.extend(map(_token, pieces))
        return tokens


def _token(piece: Word) -> Token:
    code = skeleton(piece.folded)
    return Token(
        piece.folded,
        piece.start,
        piece.end,
        lemma=code,
    )


def _pieces(
    word: Word,
    text: str,
    borders: set[int],
) -> list[Word]:
    """Cut a word where a name begins or ends inside it."""
    cuts = sorted(border for border in borders if word.start < border < word.end)
    if not cuts:
        return [word]
    pieces: list[Word] = []
    for start, end in pairwise([word.start, *cuts, word.end]):
        folded = fold(text[start:end])
        if folded:
            piece = Word(folded, start, end)
            pieces.append(piece)
    return pieces
