"""What a clause tells of the state of the writer, and what the writer asks for.

A model alone is believed only where it is nearly certain. The words of a clause say where less is
enough, and have a veto where it says "safe".
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.dialogue.facts import Danger, Doubt, Fact, Request, Safe, YesNo
from bot.dialogue.parts import (
    ABOUT_US,
    ALARMS,
    MEDICAL_INTENT,
    NEED_INTENT,
    REPORT_INTENT,
    SAFE_INTENT,
    SURE,
    Part,
)
from bot.dialogue.state import State
from nlu.language.folding import words
from nlu.language.reading import names, phrases
from nlu.language.reading.statements import Matter

SAVES = 0.5  # a cry for help whose words say so, too
CARED = 0.7  # a cry for help about health that may be calm
SUPPORTED = 0.3  # a cry for help behind another guess, whose words say so
WANTED = 0.1  # … whose words name a want
BEYOND_DOUBT = 0.95  # … in a question, an apology, or of somebody who only says who is with them
SURE_OF_FEW = 0.8  # a cry of two words that is worth asking about
LIKELY = 0.4  # a cry for help by a model alone that is worth asking about
ASIDE = 0.2  # a cry for help behind another guess that is worth asking about
# What asks whether a place is safe, or tells a name: «اني سالمة».
ABOUT_SAFETY = frozenset({"ask_shelter", "ask_advisory", "ask_routes", "register", "greet"})
MAX_ADDRESS_WORDS = 5  # "building 12 floor 3"
MIN_WORDS = 3  # of a text that a model alone may take for a cry
WELL = 0.5  # "I am safe", whose words say so, too
SHADE = 0.35  # a cry for help behind that
CERTAIN = 0.8  # "I am safe" by a model alone
SHADOW = 0.1  # a cry for help behind that


def facts(state: State, part: Part) -> Iterator[Fact]:
    """Read the state of the writer, and what they ask for."""
    is_about_other = state.about is not None and not state.known.get("has_own_case")
    if _is_danger(part) and (part.is_alarming or not is_about_other):
        yield _danger(part)
    elif part.asks_about_us:
        yield Request(ABOUT_US, 1.0, is_exact=False, words=part.text)
    elif part.intent == SAFE_INTENT:
        yield from _safe_or_doubt(state, part)
    elif part.is_yes is not None:
        yield YesNo(part.is_yes)
        yield from _said_beside(part)
    else:
        if _may_be_cry(part):
            yield Doubt(part.cry.certainty, part.text, part.is_alarming)
        yield from _said_beside(part)
        yield from _requests(part)


# --- danger ---------------------------------------------------------------------------------------


def _is_danger(part: Part) -> bool:
    if part.guess.is_exact:
        return part.cry.is_first
    if not part.is_alarming:
        return _is_surely_danger(part)
    if part.cry.is_first and part.cry.certainty >= SAVES:
        return not _is_denied(part)
    statement = part.statement
    is_unwell = statement.subject.who in {"i", "we"} and Matter.WELL in statement.denied
    least = WANTED if statement.has_want or statement.has_cry else SUPPORTED
    is_supported = part.cry.certainty >= least or is_unwell
    return is_supported and not statement.manner.is_question and not statement.manner.is_hearsay


def _is_surely_danger(part: Part) -> bool:
    """Tell whether a model is certain enough of a cry whose words name nothing grave."""
    statement = part.statement
    if not part.cry.is_first or _is_denied(part):
        return False
    is_sorry = phrases.has("sorry", words(part.text))
    if statement.manner.is_question or statement.company or statement.is_alone or is_sorry:
        return part.cry.certainty >= BEYOND_DOUBT
    if Matter.CARE in statement.matters:
        return part.cry.certainty >= CARED
    is_confirmed = part.is_only or part.whole_cry.certainty >= SAVES
    return part.cry.certainty >= SURE and is_confirmed


def _is_denied(part: Part) -> bool:
    """Tell whether a text says that nobody is hurt or in danger any more, and nothing else."""
    statement = part.statement
    return bool(statement.denied & ALARMS) and not statement.matters & ALARMS


def _danger(part: Part) -> Danger:
    if part.guess.is_exact:
        return Danger(str(part.intent), 1.0, part.text)
    certainty = max(part.cry.certainty, SAVES)
    matters = part.statement.matters
    is_held = Matter.HELD in matters and Matter.DANGER not in matters
    return Danger(_need(part), certainty, part.text, part.is_alarming, is_held)


def _need(part: Part) -> str:
    """Name the need: that of the reader; a doctor only where the words do not say danger."""
    matters = part.statement.matters
    is_in_danger = bool(matters & {Matter.DANGER, Matter.HELD})
    is_unwell = bool(matters & {Matter.HURT, Matter.CARE})
    if part.cry.intent == MEDICAL_INTENT and is_in_danger and not is_unwell:
        return NEED_INTENT
    return part.cry.intent or NEED_INTENT


def _may_be_cry(part: Part) -> bool:
    """Tell whether a clause that is no clear cry for help is worth asking about."""
    if part.statement.manner.is_question:
        return False
    if not part.is_alarming and (_is_only_an_answer(part) or _is_title(part)):
        return False
    tells_facts = any(mention.entity != "relative" for mention in part.statement.mentions)
    least_words = MIN_WORDS if part.cry.certainty < SURE_OF_FEW else MIN_WORDS - 1
    says_enough = not tells_facts and len(words(part.text)) >= least_words
    is_likely = part.cry.is_first and part.cry.certainty >= LIKELY and says_enough
    return is_likely or (part.is_alarming and part.cry.certainty >= ASIDE)


def _is_title(part: Part) -> bool:
    """Tell whether every word begins with a capital, as in a name: "No Man's Land"."""
    tokens = words(part.text)
    return len(tokens) > 1 and names.is_capital(tokens, part.text)


def _is_only_an_answer(part: Part) -> bool:
    """Tell whether a clause says sorry, an address with its number, or who is with the writer."""
    tokens = words(part.text)
    has_number = any(word.folded.isdigit() for word in tokens)
    is_address = has_number and len(tokens) <= MAX_ADDRESS_WORDS
    is_list = part.statement.company is not None or part.statement.is_alone
    return is_address or is_list or phrases.has("sorry", tokens)


# --- safe -----------------------------------------------------------------------------------------


def _safe_or_doubt(state: State, part: Part) -> Iterator[Fact]:
    """Believe "I am safe", or not: a question, hearsay, a want or a denial is no "safe"."""
    manner = part.statement.manner
    is_open = manner.is_question or manner.is_hearsay
    is_safe = part.guess.is_exact or _is_surely_safe(state, part)
    if part.is_alarming and not is_open:
        yield Doubt(part.certainty, part.text)
    elif is_safe and not is_open:
        yield Safe(part.certainty, part.text, Matter.WELL in part.statement.matters)
    elif part.cry.certainty >= SHADE and not is_open:
        yield Doubt(part.certainty, part.text)
    else:
        yield Request("out_of_scope", part.certainty, is_exact=False, words=part.text)


def _is_surely_safe(state: State, part: Part) -> bool:
    """Tell whether a model is certain enough of "safe": less where the words say so, too."""
    if Matter.WELL in part.statement.matters:
        return part.certainty >= WELL and part.cry.total < SHADE
    is_sure = part.certainty >= CERTAIN and part.cry.total < SHADOW
    return is_sure and not state.known.get("has_own_case") and not _counts(part)


def _counts(part: Part) -> bool:
    """Tell whether a clause says how many they are, and not how."""
    mentions = part.statement.mentions
    has_number = any(mention.entity == "person_count" for mention in mentions)
    return has_number or part.statement.company is not None


def _said_beside(part: Part) -> Iterator[Fact]:
    """Hear "we are well" in a clause that is about something else."""
    statement = part.statement
    says_so = phrases.has("surely_well", words(part.text)) and not part.is_alarming
    says_so = says_so and Matter.WELL in statement.matters
    is_of_writer = statement.subject.who in {"i", "we"} or part.intent == "affirm"
    is_plain = not statement.manner.is_question and not statement.manner.is_hearsay
    is_about_safety = part.intent in ABOUT_SAFETY
    if says_so and is_of_writer and is_plain and not is_about_safety and part.cry.total < SHADE:
        yield Safe(WELL, part.text, is_evident=True)


# --- requests -------------------------------------------------------------------------------------


def _requests(part: Part) -> Iterator[Fact]:
    """Read what the writer asks for: the likeliest intent that is none about somebody else."""
    for intent, certainty in part.guess.ranking[:2]:
        if intent != REPORT_INTENT or part.guess.is_exact:
            yield Request(intent, certainty, part.guess.is_exact, part.text)
            return
