"""What a message meets and leads to: its situation, the decisions, and what is kept beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue import answers
from bot.dialogue.facts import Here, Name, Party, Phone, Report
from bot.dialogue.flow import HELP_FLOW, Flows, Script, Slot, Step
from bot.dialogue.presses import Press
from bot.dialogue.reading import Reading
from bot.dialogue.state import State
from bot.messages import Heard, Kind

UNKNOWN_RELATION = "other"
REGISTER_FLOW = "register"
# Flows that take what was told before consent, too: a cry for help does not wait for it.
TAKING_ALL = frozenset({REGISTER_FLOW, HELP_FLOW})


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a flow with these slots filled."""

    script: Script
    slots: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The waiting question has its answer."""

    value: Any


@dataclass(frozen=True, slots=True)
class Proceed:
    """The running flow goes on with more slots filled; its question is asked again at most once."""

    slots: Mapping[str, Any]


class Skip:
    """The waiting question stays open."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The waiting question was not answered; `key` says why, where there is more to say."""

    key: str | None = None


class Quiet:
    """Nothing to say."""


Decision = Start | Answer | Proceed | Skip | Retry | Quiet


@dataclass(frozen=True, slots=True)
class Aside:
    """An action that keeps something before the conversation goes on, and what it is given.

    `key` is a text to say for it, if any.
    """

    action: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes of a message: asides first, then where the conversation goes.

    `corrected` holds what the message says anew of slots that were told before.
    """

    decision: Decision
    asides: tuple[Aside, ...] = ()
    about: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    corrected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Situation:
    """A message in its conversation: what every rule looks at."""

    flows: Flows
    state: State
    heard: Heard
    press: Press | None
    reading: Reading

    @property
    def step(self) -> Step | None:
        """Return the question that waits, where the message may answer it."""
        step = self.waiting
        return step if step and self._may_answer(step) else None

    @property
    def waiting(self) -> Step | None:
        """Return the question that waits, whatever the message is."""
        frame = self.state.top
        return self.flows.scripts[frame.flow].steps[frame.step] if frame else None

    @property
    def asked(self) -> str | None:
        """Return the slot of the question that the message says it answers; "" for none of ours."""
        arrival = self.heard.arrival
        if self.heard.kind is Kind.EDITED:
            return dict(self.state.asked).get(arrival.message_id, "")
        return arrival.question.slot if arrival.question else None

    def _may_answer(self, step: Step) -> bool:
        """Tell whether a message can be meant for the question that waits."""
        arrival = self.heard.arrival
        if arrival.is_belated or arrival.is_forwarded:
            return False
        return self.asked is None or self.asked == step.collect

    @property
    def slot(self) -> Slot | None:
        """Return the slot that the waiting question asks for."""
        step = self.step
        return self.flows.slots[step.collect] if step and step.collect else None

    @property
    def flow(self) -> str | None:
        """Return the running flow."""
        return self.state.top.flow if self.state.top else None

    def script(self, name: str) -> Script:
        """Return a flow by its name."""
        return self.flows.scripts[name]

    def begin(self, script: Script, **slots: Any) -> Start:
        """Start a flow with all that the message told."""
        earlier = self.state.told if script.name in TAKING_ALL else {}
        told = {**earlier, **told_slots(self), **slots}
        told["intent"] = slots.get("intent", self.heard.intent)
        told["payload"] = self.heard.payload
        return Start(script, told)


def told_before_consent(situation: Situation) -> Mapping[str, Any]:
    """Return what waits for consent: all that was told of the writer until then."""
    if situation.state.known.get("consented"):
        return {}
    return {**situation.state.told, **told_slots(situation)}


def told_slots(situation: Situation) -> dict[str, Any]:
    """Return what the message tells of the writer, by slot."""
    reading = situation.reading
    slots = answers.extract(situation.flows.slots.items(), situation.heard)
    for name in ("place", "whereabouts", "party", "name", "relative"):
        slots.pop(name, None)
    here = reading.first(Here)
    if here:
        slots["place"] = here.place
        slots["whereabouts"] = here.place
    party = reading.first(Party)
    if party:
        slots["party"] = party.number
    introduction = reading.first(Name)
    if introduction:
        slots["name"] = introduction.name
    phone = reading.first(Phone)
    if phone:
        slots["phone"] = phone.number
    return slots


def subject_spoken_of(situation: Situation) -> str | None:
    """Return whom "he" or "she" will mean."""
    reports = situation.reading.every(Report)
    for report in reports:
        if report.relation:
            return report.relation
    is_new = any(report.matter for report in reports) and situation.state.about is None
    return UNKNOWN_RELATION if is_new else situation.state.about
