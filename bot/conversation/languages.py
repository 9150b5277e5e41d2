"""The language we answer in: that of the last real sentence, until the person chooses one."""

from __future__ import annotations

from bot.actions import Context
from bot.dialogue import keywords
from bot.messages import Heard, Kind, Language
from nlu.language.folding import fold, words
from nlu.language.reading.names import is_name

MIN_CONFIDENCE = 0.6  # for following the language of a text
MIN_SENTENCE_WORDS = 4  # a text that shows a language whatever it says; an answer may be a name
PLACES = frozenset({"city", "country"})
ORDERS = frozenset({"stop", "start", "affirm", "deny"})
START_WORDS = frozenset({"start", "unstop", "resume"})


def follow(ctx: Context) -> None:
    """Answer in the language of the last real sentence, until the person chooses one."""
    person = ctx.person
    if person.language_chosen:
        return
    if ctx.inbound.kind is not Kind.TEXT or ctx.inbound.is_forwarded:
        return
    if ctx.heard.language is None:
        return
    if _is_first_sms(ctx) or _is_sentence(ctx):
        person.language = _written_language(ctx.heard)


def _written_language(heard: Heard) -> Language:
    """Return the language we answer in: Arabizi is Arabic."""
    if heard.language == "en":
        return "en"
    return "ar"


def _is_first_sms(ctx: Context) -> bool:
    """Tell whether these are a person's first words on a channel that tells no language."""
    is_first = ctx.person.dialogue is None
    tells_no_language = ctx.inbound.language is None
    return is_first and tells_no_language


def _is_sentence(ctx: Context) -> bool:
    """Tell whether a text shows its writer's language: "ok", a name and STOP are typed in any."""
    heard = ctx.heard
    is_exact = heard.by == "exact"
    if is_exact and _is_order(ctx):
        return False
    word_count = _count_telling_words(heard)
    is_long = word_count >= MIN_SENTENCE_WORDS
    is_short_answer = _is_asked(ctx) and not is_long
    if is_short_answer and not is_exact:
        return False
    if heard.language == "ar":
        return True
    if word_count > 1:
        is_sure = heard.confidence >= MIN_CONFIDENCE
        return is_exact or is_long or is_sure
    return is_exact and heard.language == "en"


def _count_telling_words(heard: Heard) -> int:
    """Count the words that show a language: names of people and places show none."""
    places = [entity for entity in heard.entities if entity.entity in PLACES]
    count = len(heard.text.split())
    for word in words(heard.text):
        is_placed = any(place.start <= word.start < place.end for place in places)
        if is_placed or is_name(word.folded):
            count -= 1
    return count


def _is_asked(ctx: Context) -> bool:
    """Tell whether a question waits for the person."""
    dialogue = ctx.person.dialogue or {}
    return bool(dialogue.get("stack"))


def _is_order(ctx: Context) -> bool:
    """Tell whether a word is typed in any language: STOP, yes, no, START of somebody we know."""
    heard = ctx.heard
    if heard.intent in ORDERS:
        return True
    order = keywords.order(
        heard.text,
        is_sms=True,
        may_start=True,
    )
    if order == "stop":
        return True
    is_known = ctx.person.dialogue is not None
    word = fold(heard.text)
    return is_known and word in START_WORDS
