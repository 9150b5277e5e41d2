"""What a clause tells of the state of the writer, and what the writer asks for.

A model alone is believed only where it is nearly certain. The words of a clause say where less is
enough, and have a veto where it says "safe".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from nlu.language.folding import Word, words
from nlu.language.reading import names, phrases, stays
from nlu.language.reading.statements import NOISE, Matter

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
WRITER = frozenset({"i", "we"})  # the subjects that are the writer
WRITER_OR_UNSAID = WRITER | {"unsaid"}
WELL_WORDS = ("i", "we", "well", "beside_well")  # lists of the words of «احنا لاباس»
MAX_ADDRESS_WORDS = 5  # "building 12 floor 3"
MIN_WORDS = 3  # of a text that a model alone may take for a cry
WELL = 0.5  # "I am safe", whose words say so, too
SHADE = 0.35  # a cry for help behind that
CERTAIN = 0.8  # "I am safe" by a model alone
SHADOW = 0.1  # a cry for help behind that


def facts(state: State, part: Part) -> Iterator[Fact]:
    """Read the state of the writer, and what they ask for."""
    if is_staying(state, part):
        yield staying(part)
    elif _is_but_well(part):
        yield Safe(WELL, part.text, is_evident=True)
    elif _is_danger(part) and _is_of_writer(state, part):
        yield _danger(part)
    elif part.asks_about_us:
        yield Request(ABOUT_US, 1.0, is_exact=False, text=part.text)
    elif part.intent == SAFE_INTENT:
        yield _safe_or_doubt(state, part)
    elif part.is_yes is not None:
        yield YesNo(part.is_yes)
        yield from _safe_beside(part)
    else:
        if _may_be_cry(part):
            yield Doubt(part.cry.certainty, part.text, part.is_alarming)
        yield from _safe_beside(part)
        yield from _requests(part)


def _is_of_writer(state: State, part: Part) -> bool:
    """Tell whether a cry is the writer's own: grave words are, whomever was spoken of."""
    if part.is_alarming or state.about is None:
        return True
    return state.knows("has_own_case")


# --- danger ---------------------------------------------------------------------------------------


def _is_danger(part: Part) -> bool:
    if part.guess.is_exact:
        return part.cry.is_first
    if not part.is_alarming:
        return _is_surely_danger(part)
    if part.cry.is_first and part.cry.certainty >= SAVES:
        return not _is_denied(part)
    if part.is_open:
        return False
    return _is_supported(part) or _is_unwell(part) or _is_attacked(part)


def _is_supported(part: Part) -> bool:
    """Tell whether a cry is among the guesses, of which the words say so, too."""
    least = SUPPORTED
    if part.has_wish:
        least = WANTED
    return part.cry.certainty >= least


def _is_unwell(part: Part) -> bool:
    """Tell whether the writer says that they are not well."""
    return part.subject.who in WRITER and Matter.WELL in part.denied


def _is_attacked(part: Part) -> bool:
    """Tell whether the words say what somebody does to the writer, and that it is danger."""
    if part.subject.who not in WRITER or Matter.DANGER not in part.matters:
        return False
    return phrases.has("done_to_me", words(part.text))


def _is_surely_danger(part: Part) -> bool:
    """Tell whether a model is certain enough of a cry whose words name nothing grave."""
    if not part.cry.is_first or _is_denied(part):
        return False
    certainty = part.cry.certainty
    if part.manner.is_question or _is_calm(part):
        return certainty >= BEYOND_DOUBT
    if Matter.CARE in part.matters:
        return certainty >= CARED
    if certainty < SURE:
        return False
    return part.is_only or part.whole_cry.certainty >= SAVES


def _is_calm(part: Part) -> bool:
    """Tell whether a clause only says who is with the writer, or sorry."""
    statement = part.statement
    if statement.company or statement.is_alone:
        return True
    return phrases.has("sorry", words(part.text))


def _is_denied(part: Part) -> bool:
    """Tell whether a text says that nobody is hurt or in danger any more, and nothing else."""
    is_alarmed = bool(part.matters & ALARMS)
    return bool(part.denied & ALARMS) and not is_alarmed


def _danger(part: Part) -> Danger:
    if part.guess.is_exact:
        return Danger(str(part.intent), 1.0, part.text)
    is_held = Matter.HELD in part.matters and Matter.DANGER not in part.matters
    return Danger(
        _need(part),
        max(part.cry.certainty, SAVES),
        part.text,
        part.is_alarming,
        is_held,
    )


def _need(part: Part) -> str:
    """Name the need: that of the reader; a doctor only where the words do not say danger."""
    intent = part.cry.intent or NEED_INTENT
    if intent != MEDICAL_INTENT:
        return intent
    is_in_danger = part.matters & {Matter.DANGER, Matter.HELD}
    is_unwell = part.matters & {Matter.HURT, Matter.CARE}
    if is_in_danger and not is_unwell:
        return NEED_INTENT
    return intent


def _may_be_cry(part: Part) -> bool:
    """Tell whether a clause that is no clear cry for help is worth asking about."""
    if part.manner.is_question:
        return False
    if part.is_alarming and part.cry.certainty >= ASIDE:
        return True
    if not part.is_alarming and (_is_only_an_answer(part) or _is_title(part)):
        return False
    if not part.cry.is_first or part.cry.certainty < LIKELY:
        return False
    return _says_enough(part)


def _says_enough(part: Part) -> bool:
    """Tell whether a clause has words enough for a cry, and names no place and no number."""
    for mention in part.statement.mentions:
        if mention.entity != "relative":
            return False
    least_words = MIN_WORDS
    if part.cry.certainty >= SURE_OF_FEW:
        least_words -= 1
    tokens = words(part.text)
    return len(tokens) >= least_words


def _is_title(part: Part) -> bool:
    """Tell whether every word begins with a capital, as in a name: "No Man's Land"."""
    tokens = words(part.text)
    return len(tokens) > 1 and names.is_capital(tokens, part.text)


def _is_only_an_answer(part: Part) -> bool:
    """Tell whether a clause says sorry, an address with its number, or who is with the writer."""
    statement = part.statement
    if statement.company is not None or statement.is_alone:
        return True
    tokens = words(part.text)
    return _is_address(tokens) or phrases.has("sorry", tokens)


def _is_address(tokens: Sequence[Word]) -> bool:
    """Tell whether a few words have a number among them: "building 12 floor 3"."""
    if len(tokens) > MAX_ADDRESS_WORDS:
        return False
    return any(word.folded.isdigit() for word in tokens)


# --- safe -----------------------------------------------------------------------------------------


def _safe_or_doubt(state: State, part: Part) -> Fact:
    """Believe "I am safe", or not: a question, hearsay, a want or a denial is no "safe"."""
    if part.is_open:
        return Request("out_of_scope", part.certainty, is_exact=False, text=part.text)
    if part.is_alarming or _is_part_of_cry(part):
        return Doubt(part.certainty, part.text)
    if part.guess.is_exact or _is_surely_safe(state, part):
        is_evident = Matter.WELL in part.matters
        return Safe(part.certainty, part.text, is_evident)
    if part.cry.certainty >= SHADE:
        return Doubt(part.certainty, part.text)
    return Request("out_of_scope", part.certainty, is_exact=False, text=part.text)


def staying(part: Part) -> Safe:
    """Return what a clause tells that says that the writer stays."""
    return Safe(CERTAIN, part.text, is_evident=True, stays=True)


def is_staying(state: State, part: Part) -> bool:
    """Tell whether a clause says that the writer stays in a crisis: «مش طالعين من حوشنا»."""
    if not state.knows("in_crisis") and not state.knows("roll_call"):
        return False
    if part.is_open or part.is_alarming or part.subject.who not in WRITER_OR_UNSAID:
        return False
    return stays.is_told(words(part.text))


def _is_but_well(part: Part) -> bool:
    """Tell whether a clause says that the writer is well, and has no other word: «احنا لاباس»."""
    if part.subject.who not in WRITER:
        return False
    if part.intent in ABOUT_SAFETY:
        return False
    if part.is_open or part.is_alarming:
        return False
    if Matter.WELL not in part.matters:
        return False
    tokens = words(part.text)
    return all(map(_is_of_well, tokens))


def _is_of_well(token: Word) -> bool:
    if token.folded in NOISE:
        return True
    return phrases.has_any(WELL_WORDS, [token])


def _is_part_of_cry(part: Part) -> bool:
    """Tell whether a model alone says "safe", and takes the whole text for a cry for help."""
    if Matter.WELL in part.matters or not part.whole_cry.is_first:
        return False
    return part.whole_cry.certainty >= SAVES


def _is_surely_safe(state: State, part: Part) -> bool:
    """Tell whether a model is certain enough of "safe": less where the words say so, too."""
    if Matter.WELL in part.matters:
        return part.certainty >= WELL and part.cry.total < SHADE
    if part.certainty < CERTAIN or part.is_of_another_text:
        return False
    if part.cry.total >= SHADOW:
        return False
    return not state.knows("has_own_case") and not _counts(part)


def _counts(part: Part) -> bool:
    """Tell whether a clause says how many they are, and not how."""
    statement = part.statement
    if statement.company is not None:
        return True
    return any(mention.entity == "person_count" for mention in statement.mentions)


def _safe_beside(part: Part) -> Iterator[Fact]:
    """Hear "we are well" in a clause that is about something else."""
    if not _says_well(part) or part.is_open:
        return
    is_of_writer = part.subject.who in WRITER or part.intent == "affirm"
    if not is_of_writer or part.intent in ABOUT_SAFETY:
        return
    if part.cry.total < SHADE:
        yield Safe(WELL, part.text, is_evident=True)


def _says_well(part: Part) -> bool:
    """Tell whether the words say that somebody is well, and nothing that is wrong."""
    if part.is_alarming or Matter.WELL not in part.matters:
        return False
    tokens = words(part.text)
    if phrases.has("farewell", tokens):
        return False
    return phrases.has("surely_well", tokens)


# --- requests -------------------------------------------------------------------------------------


def _requests(part: Part) -> Iterator[Fact]:
    """Read what the writer asks for: the likeliest intent that is none about somebody else."""
    for intent, certainty in part.guess.ranking[:2]:
        if intent != REPORT_INTENT or part.guess.is_exact:
            yield Request(intent, certainty, part.guess.is_exact, part.text)
            return
