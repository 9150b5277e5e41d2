"""The answer in words to "are you still there?": we asked that, and nothing since."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import waiting
from bot.dialogue.situations import Decision, Situation, told_slots
from bot.dialogue.whereabouts import NamedPlace
from nlu.language.folding import Word, fold, words
from nlu.language.reading.roles import Role

STILL_FLOW = "still_there"
MOVED_FLOW = "moved_away"
MAX_WORDS = 8  # of an answer: a longer text says something else as well
# How an answer begins that says that nothing changed, and one that says that they moved.
STILL_PHRASES = (
    "ما زلت",
    "مازلت",
    "لا زلت",
    "لازلت",
    "ما زلنا",
    "مازلنا",
    "لا زلنا",
    "مازال",
    "ما زال",
    "قاعد",
    "قاعدة",
    "قاعدين",
    "نفس المكان",
    "في نفس المكان",
    "في مكاني",
    "لم أتحرك",
    "ما تحركتش",
    "لم يتغير",
    "ما تغيرش",
    "mazelt",
    "mazal",
    "mazelna",
    "ga3ed",
    "ga3da",
    "ga3din",
    "nafs el makan",
    "nafs elmakan",
    "still",
    "same place",
    "the same place",
    "i am still",
    "im still",
    "i'm still",
    "we are still",
    "we're still",
    "nothing changed",
    "no change",
    "not moved",
    "i have not moved",
    "i haven't moved",
)
MOVED_PHRASES = (
    "انتقلت",
    "انتقلنا",
    "نقلت",
    "نقلنا",
    "رحلت",
    "رحلنا",
    "سافرت",
    "سافرنا",
    "طلعت من",
    "خرجت من",
    "غيرت مكاني",
    "بدلت مكاني",
    "حولت",
    "حولنا",
    "لم أعد",
    "مش هناك",
    "موش هناك",
    "ما عادش",
    "nagalt",
    "ntagalt",
    "in ta9alt",
    "safart",
    "moved",
    "i moved",
    "i have moved",
    "i've moved",
    "we moved",
    "we have moved",
    "i left",
    "we left",
    "not there",
    "no longer",
    "elsewhere",
    "somewhere else",
)


def still_or_moved(situation: Situation) -> Decision | None:
    """Take an answer to the question about the place; a place that is told means that they moved.

    The flow keeps that place, be it the one on record.
    """
    if not situation.knows("asked_place"):
        return None
    tokens = words(situation.heard.text)
    if len(tokens) > MAX_WORDS:
        return None
    flow = _flow(situation, tokens)
    if flow is None:
        return None
    if "place" in told_slots(situation):
        flow = MOVED_FLOW
    destination = _destination(situation)
    if flow == MOVED_FLOW and destination is not None:
        return situation.begin_flow(flow, place=destination)
    return situation.begin_flow(flow)


def _destination(situation: Situation) -> NamedPlace | None:
    """Return the place that somebody says they moved to; None where they name several."""
    codes: list[str] = []
    for statement in situation.reading.statements:
        for place in statement.places:
            if place.role is Role.TO:
                codes.append(str(place.mention.value))
    return NamedPlace(tuple(codes)) if len(codes) == 1 else None


def _flow(situation: Situation, tokens: Sequence[Word]) -> str | None:
    """Return the flow of an answer; phrases say more than a yes or no before them."""
    folded = " ".join(token.folded for token in tokens)
    if _has(folded, STILL_PHRASES):
        return STILL_FLOW
    if _has(folded, MOVED_PHRASES):
        return MOVED_FLOW
    reply = waiting.yes_or_no(situation)
    if reply is None:
        return None
    return STILL_FLOW if reply.is_yes else MOVED_FLOW


def _has(folded: str, phrases: Sequence[str]) -> bool:
    """Tell whether a folded text has one of these phrases, as whole words."""
    padded = f" {folded} "
    return any(f" {fold(phrase)} " in padded for phrase in phrases)
