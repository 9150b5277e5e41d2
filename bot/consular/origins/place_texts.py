"""The question "are you still there?": ours, whatever place it names, in every wording of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from bot.consular.advisories import verification
from bot.consular.advisories.verification import Verdict
from bot.consular.broadcasts import passages, place_question_words, variants
from bot.messages import Content, Form, Language
from bot.models import PlaceQuestionKind, SmsWay, TextOutcome
from bot.text import likeness, tokens
from bot.text.likeness import Likeness
from bot.text.text import LANGUAGES
from bot.text.tokens import Sort, Token
from nlu.language import gazetteer

GAP = "placename"  # stands for the place while the wording is split
ANCHOR_WORDS = 2  # before the place, by which it is found
MAX_PLACE_WORDS = 6
MAX_PLACES = 24  # of a text that are looked at
MAX_UNKNOWN_WORDS = 2  # of a name that we do not know, at the end of a text
MAX_WORDS_AFTER = 1
PLACES = ("city", "country")


@dataclass(frozen=True, slots=True)
class _Wording:
    """What the question says before the place and after it.

    `after` are the words of its sentences, `choices` those of its answers, or before a link.
    `asking` are the words of the very sentence that asks, before the place.
    """

    before: Sequence[Token]
    asking: Sequence[Token]
    after: Sequence[Token]
    choices: Sequence[Token]


@dataclass(frozen=True, slots=True)
class _Place:
    """Words that stand where the question has the place, and the word after them, if any."""

    name: Sequence[Token]
    following: Sequence[Token]


def find(shown: Sequence[Token]) -> Verdict:
    """Find out whether a text asks whether somebody is still in a place, as we do.

    The question is short, so that whatever else is asked of people in it or after it changes it.
    """
    best: Likeness | None = None
    for wording in _wordings():
        for place in islice(_places(shown, wording), MAX_PLACES):
            alike = _compare(shown, wording, place)
            if alike is not None and (best is None or alike.score > best.score):
                best = alike
    if best is None:
        return verification.UNKNOWN
    outcome = TextOutcome.CURRENT
    words_after = len(shown) - best.end
    if words_after > MAX_WORDS_AFTER or best.is_altered:
        outcome = TextOutcome.CHANGED
    verdict = verification.judged(
        shown,
        best,
        outcome,
    )
    return replace(
        verdict,
        is_place_question=True,
    )


@cache
def _wordings() -> Sequence[_Wording]:
    """List all wordings of the question."""
    wordings: list[_Wording] = []
    for kind in PlaceQuestionKind:
        for language in LANGUAGES:
            wordings += _wordings_in(kind, language)
    return tuple(wordings)


def _wordings_in(
    kind: PlaceQuestionKind,
    language: Language,
) -> Iterator[_Wording]:
    """Yield the question in a language: in chat, by SMS with choices, and by SMS with a link."""
    for form in Form:
        question = place_question_words.wording(
            GAP,
            kind,
            language,
            form,
        )
        yield _split(question, question)
        if form is Form.TEXT:
            by_link = variants.fit(
                question,
                language,
                SmsWay.LINK,
                passages.LINK_GAP,
            )
            yield _split(question, by_link)


def _split(
    question: Content,
    sent: Content,
) -> _Wording:
    """Split the question at the place; `sent` is what people get of it."""
    before, _, after = question.text.partition(GAP)
    _, mark, asking = before.rpartition(": ")
    whole = passages.text_of(sent)
    choices = whole.removeprefix(question.text)
    return _Wording(
        tokens.tokens(before),
        tokens.tokens(asking if mark else before),
        tokens.tokens(after),
        tokens.tokens(choices),
    )


def _places(
    shown: Sequence[Token],
    wording: _Wording,
) -> Iterator[_Place]:
    """Yield the words that may be the place: they stand where the question has it."""
    anchor = _texts(wording.before[-ANCHOR_WORDS:])
    texts = _texts(shown)
    for start in range(len(shown) - ANCHOR_WORDS):
        begin = start + ANCHOR_WORDS
        if texts[start:begin] == anchor:
            yield from _places_at(shown, begin)


def _places_at(
    shown: Sequence[Token],
    begin: int,
) -> Iterator[_Place]:
    longest = min(MAX_PLACE_WORDS, len(shown) - begin)
    for length in range(1, longest + 1):
        end = begin + length
        if shown[end - 1].sort is not Sort.WORD:
            return
        yield _Place(
            shown[begin:end],
            shown[end : end + 1],
        )


def _texts(passage: Sequence[Token]) -> list[str]:
    return [token.text for token in passage]


def _compare(
    shown: Sequence[Token],
    wording: _Wording,
    place: _Place,
) -> Likeness | None:
    """Compare a text with the question about a place; None where it is no copy.

    About a name that we do not know, only the whole question is one, word by word.
    """
    sentences = [
        *wording.before,
        *place.name,
        *wording.after,
    ]
    original = [*sentences, *wording.choices]
    if _is_place(place.name):
        heading = [*wording.asking, *place.name]
        return likeness.compare(shown, original, heading)
    if not _ends_as_we_write(place, wording):
        return None
    alike = likeness.compare(shown, original)
    if alike is None or alike.is_altered or alike.is_tampered:
        return None
    if alike.equal < len(sentences):
        return None
    return alike


def _ends_as_we_write(
    place: _Place,
    wording: _Wording,
) -> bool:
    """Tell whether the question goes on after a name as ours does, or ends with a short one."""
    remainder = [*wording.after, *wording.choices]
    if place.following:
        return list(place.following) == remainder[:1]
    if wording.after:
        return False
    return len(place.name) <= MAX_UNKNOWN_WORDS


def _is_place(passage: Sequence[Token]) -> bool:
    """Tell whether a passage is the name of a city or country, from its first word to its last."""
    name = " ".join(_texts(passage))
    for mention in gazetteer.find(name):
        is_whole = mention.text == name
        if is_whole and mention.entity in PLACES:
            return True
    return False
