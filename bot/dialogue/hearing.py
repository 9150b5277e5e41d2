"""What to do with what was heard: the order of precedence, written once.

A flow that interrupts (stop, a cry for help, a check-in) → the question that waits → an ordinary
trigger → fallback. While a question waits, interrupting needs more certainty. In doubt about safety
the person is asked, and staff told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from bot.dialogue import answers, presses, whereabouts
from bot.dialogue.flow import Flows, Script, Slot, Step
from bot.dialogue.presses import Command, Decline, Pick, Press
from bot.dialogue.state import Frame, State
from bot.messages import Heard, Kind, Option, TextKey
from nlu.language.folding import fold, words
from nlu.language.lexicon import listed

CERTAIN = 0.6  # below it nobody is filed as safe
STARTS = 0.55  # an ordinary flow, nothing waiting
TOLD = 0.4  # an ordinary flow, when the message holds something flows ask for (a place, a name)
SAVES = 0.5  # a cry for help, nothing waiting
INTERRUPTS = 0.75  # anything, while a question waits
FREE_TEXT_INTERRUPTS = 0.85  # an ordinary flow, while a name or a story is asked for
DOUBTS = 0.3  # a cry for help that a model thought of first
SHADOW = 0.1  # a cry for help among the first three behind "I am safe"
ASIDE = 0.2  # a cry for help among the first three behind anything else
OFFERS = 0.15  # worth showing as a button
MAX_COMMAND_CHARS = 30  # of words typed for a command
MAX_COUNT_DIGITS = 4

_BOOLEANS = {"true": True, "false": False}

_STORIES = frozenset(
    {"note", "here", "whereabouts"}
)  # their answers go to staff, whatever they say
_FREE_TEXT = _STORIES | {"name"}
_NEGATIONS = frozenset(
    fold(
        "مش مو موش ليس ليست لست لسنا غير بدون بلا لا ما لم لن مافي مافيش ماني مانيش not no "
        "never without dont "
        "isnt arent cant wasnt aint mish mesh mosh mush mafish mafeesh but بس لكن ولكن"
    ).split()
) | listed("negations")

# Libyan and its neighbours wrap what they deny: ما…ش, in Latin letters m…ch and m…sh.
_WRAPPED = re.compile(r"م\w+ش|m\w*(?:ch|sh)i?")


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a flow with these slots filled."""

    script: Script
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The waiting question has its answer."""

    value: Any


class Skip:
    """The waiting question stays open."""


class Retry:
    """The waiting question was not answered."""


class Quiet:
    """Nothing to say."""


Decision = Start | Answer | Skip | Retry | Quiet


# --- what was pressed or typed for a press --------------------------------------------------------


def pressed(flows: Flows, state: State, heard: Heard) -> Press | None:
    """Return the press that a message stands for; None when it has to be understood.

    A press may be a button, a command, its words, a number of the list offered last, or a label.
    Typed text reaches `Pick` and `Decline` through the options offered alone.
    """
    text = heard.text.strip()
    match heard.kind:
        case Kind.BUTTON:
            return presses.read(text)
        case Kind.COMMAND:
            return Command(text, heard.payload.strip())
        case Kind.TEXT if _has_slash(text):
            return presses.typed(text)
        case Kind.TEXT:
            return _pressed_by_words(flows, state, text)
        case _:
            return None


def _has_slash(text: str) -> bool:
    return text.startswith("/") and text[1:2].isalpha()


def _pressed_by_words(flows: Flows, state: State, text: str) -> Press | None:
    option = answers.picked(text, state.offered)
    if option is not None:
        return presses.read(option.payload)
    return _typed_command(flows, text) or flows.labels.get(fold(text))


def _typed_command(flows: Flows, text: str) -> Command | None:
    if len(text) > MAX_COMMAND_CHARS:
        return None
    name = flows.typed.get(fold(text).strip(" .!؟?،"))
    return Command(name) if name else None


def resolve(flows: Flows, heard: Heard, press: Press | None) -> Heard:
    """Return the message as understood when it was a press: a command becomes an intent."""
    match press:
        case None:
            return heard
        case Command():
            return _commanded(flows, heard, press)
        case Pick() | Decline():
            return replace(heard, kind=Kind.BUTTON, intent=None, by="exact", entities=())
        case _:
            assert_never(press)


def _commanded(flows: Flows, heard: Heard, command: Command) -> Heard:
    name = flows.typed.get(fold(command.name), command.name.lower())
    intent = flows.commands[name].intent if name in flows.commands else name
    if intent not in flows.by_intent:
        intent = "help_menu"
    return replace(
        heard,
        payload=command.argument,
        intent=intent,
        confidence=1.0,
        ranking=((intent, 1.0),),
        by="exact",
        entities=(),
    )


# --- the decision ---------------------------------------------------------------------------------


def decide(flows: Flows, state: State, heard: Heard, press: Press | None) -> Decision:
    """Return the decision of the first rule that applies. `heard` comes from `resolve`."""
    if heard.kind is Kind.BLOCKED:
        return Quiet()
    step = waiting(flows, state)
    if isinstance(press, Pick | Decline):
        return _picked(flows, state, step, press)
    slot = flows.slots[step.collect] if step and step.collect else None
    slot_in_doubt = None if _asks_if_safe(state) else slot
    interruption = _interruption(flows, state, heard, slot_in_doubt)
    if interruption:
        return interruption
    if step and slot:
        return _answer(flows, heard, step, slot)
    return _trigger(flows, heard) or _unclear(flows, heard)


def waiting(flows: Flows, state: State) -> Step | None:
    """Return the question that waits."""
    frame = state.top
    return flows.scripts[frame.flow].steps[frame.step] if frame else None


def begin(flows: Flows, script: Script, heard: Heard) -> Start:
    """Start a flow with all that the message already told."""
    slots = answers.extract(flows.slots.items(), heard)
    slots["intent"] = heard.intent
    slots["payload"] = heard.payload
    return Start(script, slots)


def _picked(flows: Flows, state: State, step: Step | None, press: Pick | Decline) -> Decision:
    """Take a button of a question: of the one that waits, or of an older one."""
    if step is None or step.collect != press.slot:
        return Start(flows.scripts["pattern_stale"])
    if isinstance(press, Decline):
        return Skip() if step.skip else Retry()
    answer = _offered_answer(flows, state, step, press)
    return Retry() if answer is None else Answer(answer)


def _offered_answer(flows: Flows, state: State, step: Step, pick: Pick) -> Any | None:
    """Read the value of a button as its slot holds it; None when the question has
    no such button.
    """
    match flows.slots[pick.slot].type:
        case "bool":
            return _BOOLEANS.get(pick.answer)
        case "count":
            is_number = pick.answer.isascii() and pick.answer.isdecimal()
            return int(pick.answer) if is_number and len(pick.answer) <= MAX_COUNT_DIGITS else None
        case "place" | "whereabouts":
            return whereabouts.read_code(pick.answer)
        case _:
            return pick.answer if _is_offered(flows, state, step, pick) else None


def _is_offered(flows: Flows, state: State, step: Step, pick: Pick) -> bool:
    response = flows.responses.get(step.question)
    buttons = response.buttons if response else []
    if any(presses.declared(button.payload, pick.slot) == pick for button in buttons):
        return True
    options = state.view().get(step.choices or "") or ()
    return any(presses.read(option.payload) == pick for option in options)


def _asks_if_safe(state: State) -> bool:
    """Whether we are asking because we were in doubt: then a "safe" or a cry needs no more than
    usual.
    """
    return state.top is not None and state.top.flow == "pattern_doubt"


# --- 1. what interrupts ---------------------------------------------------------------------------


def _interruption(flows: Flows, state: State, heard: Heard, slot: Slot | None) -> Start | None:
    script = flows.by_intent.get(heard.intent or "")
    if script and script.flow.interrupts and _is_sure(flows, state, script, heard, slot):
        return begin(flows, script, heard)
    if heard.intent in {"affirm", "deny"} and state.known.get(
        "roll_call"
    ):  # yes to "are you safe?" is not yet safe
        return begin(flows, flows.scripts["pattern_doubt"], heard)
    if heard.intent and _is_doubtful(flows, heard, slot):
        return begin(flows, flows.scripts["pattern_doubt"], heard)
    return None


def _is_sure(flows: Flows, state: State, script: Script, heard: Heard, slot: Slot | None) -> bool:
    if heard.kind is Kind.EDITED:
        return False
    if heard.by == "exact":
        return slot is None or not _is_own_answer(state.top, script, heard, slot)
    if script.flow.certain and _is_shadowed(flows, heard):
        return False
    if slot is None:
        return heard.confidence >= (SAVES if script.flow.life_saving else CERTAIN)
    return heard.confidence >= INTERRUPTS and slot.type not in _STORIES


def _is_own_answer(frame: Frame | None, script: Script, heard: Heard, slot: Slot) -> bool:
    """In answer to "what do you need?", «طبيب» is the answer; the flow is already about it."""
    inside = frame is not None and frame.flow == script.name and script.flow.life_saving
    return inside and heard.kind is Kind.TEXT and slot.type in _STORIES


def _is_shadowed(flows: Flows, heard: Heard) -> bool:
    """Whether "I am safe" may be its opposite: unsure, negated, or a cry for help close behind."""
    behind = any(name in flows.life_saving and score >= SHADOW for name, score in heard.ranking[:3])
    return heard.confidence < CERTAIN or behind or is_negated(heard.text)


def is_negated(text: str) -> bool:
    """Whether a text says no, not, without or but anywhere; «منيش», «mnach» and their like are not
    as well.
    """
    said = [word.folded for word in words(text)]
    return any(word in _NEGATIONS or _WRAPPED.fullmatch(word) for word in said)


def _is_doubtful(flows: Flows, heard: Heard, slot: Slot | None) -> bool:
    """Whether this may be a cry for help, or a "safe" that cannot be trusted."""
    if heard.kind is Kind.EDITED:
        return _first_cry(flows, heard) >= DOUBTS
    if heard.by == "exact" or heard.kind is not Kind.TEXT:
        return False
    if slot and answers.read(slot, heard) is not None:
        return slot.type not in _STORIES and _first_cry(flows, heard) >= SAVES
    script = flows.by_intent.get(heard.intent or "")
    if script and script.flow.certain:
        return heard.confidence >= DOUBTS or _cry(flows, heard) >= SHADOW
    if heard.intent in flows.life_saving:
        return heard.confidence >= DOUBTS
    return heard.confidence < CERTAIN and _cry(flows, heard) >= ASIDE


def _cry(flows: Flows, heard: Heard) -> float:
    """How likely one of the three best guesses is a cry for help."""
    return max(
        (score for name, score in heard.ranking[:3] if name in flows.life_saving), default=0.0
    )


def _first_cry(flows: Flows, heard: Heard) -> float:
    return heard.confidence if heard.intent in flows.life_saving else 0.0


# --- 2. the question that waits -------------------------------------------------------------------


def _answer(flows: Flows, heard: Heard, step: Step, slot: Slot) -> Decision:
    if _is_aside(flows, heard, slot):
        return begin(flows, flows.by_intent[heard.intent or ""], heard)
    if heard.intent == "cancel" and heard.by == "exact":
        return Start(flows.scripts["pattern_cancel_flow"])
    if step.skip and answers.is_skip(heard):
        return Skip()
    value = answers.read(slot, heard)
    if value is not None and heard.kind in {Kind.TEXT, Kind.LOCATION, Kind.CONTACT, Kind.COMMAND}:
        return Answer(value)
    if heard.kind in flows.by_kind and heard.kind not in {Kind.LOCATION, Kind.CONTACT}:
        return Start(flows.by_kind[heard.kind])
    if heard.kind is Kind.TEXT and answers.is_wordless(heard.text):
        return Start(flows.by_kind[Kind.OTHER])
    return Retry()


def _is_aside(flows: Flows, heard: Heard, slot: Slot) -> bool:
    """Whether somebody asks something else instead of answering."""
    if heard.intent not in flows.by_intent or heard.kind is Kind.EDITED:
        return False
    if heard.by == "exact" and (heard.kind is not Kind.TEXT or _is_command(flows, heard)):
        return True
    if slot.type in _FREE_TEXT:
        enough = heard.by == "exact" or heard.confidence >= FREE_TEXT_INTERRUPTS
        return (
            slot.type == "name"
            and enough
            and len(heard.text.split()) > 1
            and heard.intent not in _SMALL
        )
    if answers.read(slot, heard) is not None or heard.intent in _SMALL:
        return False
    return heard.by == "exact" or heard.confidence >= INTERRUPTS


_SMALL = frozenset({"affirm", "deny", "cancel", "register", "update_location", "out_of_scope"})


def _is_command(flows: Flows, heard: Heard) -> bool:
    return _typed_command(flows, heard.text) is not None or heard.text.startswith("/")


# --- 3. an ordinary trigger; 4. fallback ----------------------------------------------------------


def _trigger(flows: Flows, heard: Heard) -> Start | None:
    if heard.kind is Kind.TEXT and heard.intent is None and answers.is_wordless(heard.text):
        return Start(flows.by_kind[Kind.OTHER])
    if heard.kind in flows.by_kind:
        return begin(flows, flows.by_kind[heard.kind], heard)
    script = flows.by_intent.get(heard.intent or "")
    if script is None or script.flow.interrupts:
        return _told(flows, heard)
    if heard.by == "exact":
        return begin(flows, script, heard)
    enough = heard.confidence >= (TOLD if answers.extract(flows.slots.items(), heard) else STARTS)
    told = _told(flows, heard) if heard.intent in _CHATTER or not enough else None
    return told or (begin(flows, script, heard) if enough else None)


# What a model makes of «السلام عليكم أنا محمد في اسطنبول», which tells a name and a place.
_CHATTER = frozenset({"greet", "thanks_bye", "out_of_scope"})


def _told(flows: Flows, heard: Heard) -> Start | None:
    """A flow that starts because a message holds all it needs, whatever the model made of it."""
    told = answers.extract(flows.slots.items(), heard)
    for script in flows.scripts.values():
        if script.flow.slots_trigger and told.keys() >= set(script.flow.slots_trigger):
            return begin(flows, script, heard)
    return None


def _unclear(flows: Flows, heard: Heard) -> Start:
    """Offer the best guesses, one for each flow: its likeliest intent stands for it."""
    options: dict[str, Option] = {}
    for intent, confidence in heard.ranking[:3]:
        label = _label(flows, intent)
        if label and confidence >= OFFERS and label not in options:
            payload = presses.write(Command(intent))
            options[label] = Option(TextKey(label), payload)
    if not options:
        return Start(flows.scripts["pattern_cannot_handle"])
    return Start(flows.scripts["pattern_clarification"], {"options": tuple(options.values())})


def _label(flows: Flows, intent: str) -> str | None:
    script = flows.by_intent.get(intent)
    return script.flow.label if script else None
