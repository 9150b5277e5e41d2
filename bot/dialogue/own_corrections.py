"""«صحح اسمي إلى سالم»: somebody says what we hold of them that is wrong, and what is right."""

from __future__ import annotations

import re

from bot.dialogue import named_places
from bot.dialogue.records import Slots
from bot.dialogue.situations import Decision, Situation, told_slots
from bot.messages import Kind
from nlu.language import folding

CORRECT_FLOW = "correct"
MAX_NAME_WORDS = 5
_VERB = (
    r"(?:[نا]?(?:صحح|عدل|غير|بدل)(?:وا|ولي|لي)?|"
    r"correct|change|fix|update|sa7a7|sa77a7|badel|ghayer)"
)
_ASKING = r"(?:(?:نبي|ابي|اريد|ممكن|لو سمحت|من فضلك|please|i want to|can you|could you) )?"
_LINKS = r"(?:الي|ل|لي|ليكون|خليه|هو|to|it is|is|as)"
_THINGS = {
    "name": r"(?:ال)?(?:اسمي|اسم|ismi|my name|name)",
    "phone": r"(?:ال)?(?:رقمي|رقم|هاتفي|تلفوني|نمرتي|nimriti|my (?:phone )?number|my phone)",
    "place": r"(?:ال)?(?:مكاني|مكان|مدينتي|بلدي|عنواني|makani|my (?:place|city))",
    "party": r"(?:ال)?(?:عددنا|عدد|عائلتي|اسرتي|my (?:family|household)|how many we are)",
}
_WRONG = r"(?:غلط|خطا|خاطئ|خاطئه|مش صحيح|مش صح|غير صحيح|is wrong|is not right|is incorrect)"


def decide(situation: Situation) -> Decision | None:
    """Begin to correct what somebody names, with what they say is right."""
    heard = situation.heard
    if heard.kind is not Kind.TEXT or heard.arrival.is_forwarded:
        return None
    for thing, words in _THINGS.items():
        request = _request(words, heard.text)
        if request is not None:
            slots = _right(situation, thing, request)
            return situation.begin_flow(CORRECT_FLOW, wrong=thing, **slots)
    return None


def _request(words: str, text: str) -> str | None:
    """Return what follows a wish to correct a thing, as it was typed; None where there is none."""
    tokens = folding.words(text)
    folded = " ".join(token.folded for token in tokens)
    wish = re.match(rf"{_ASKING}{_VERB}(?: لي)? {words}(?: {_LINKS})?(?= |$)", folded)
    wrong = re.match(rf"{words} {_WRONG}(?: {words}| {_LINKS})*(?= |$)", folded)
    request = wish or wrong
    if request is None:
        return None
    count = len(request[0].split())
    if count >= len(tokens):
        return ""
    return text[tokens[count].start :].strip()


def _right(situation: Situation, thing: str, rest: str) -> Slots:
    """Return the slot of what is right, as far as the message says it."""
    told = told_slots(situation)
    if thing == "name":
        is_name = bool(rest) and len(rest.split()) <= MAX_NAME_WORDS
        return {"name": None, "right_name": rest if is_name else None}
    if thing in told:
        return {thing: told[thing]}
    if thing == "place":
        heard = situation.heard
        return {"place": named_places.named(heard.entities, heard.text)}
    return {thing: None}
