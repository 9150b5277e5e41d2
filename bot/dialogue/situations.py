"""What a message meets and leads to: its situation, the decisions, and what is kept beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.dialogue import answers
from bot.dialogue.facts import Companions, ContactTold, Here, Name, Party, Phone, Report
from bot.dialogue.flow import HELP_FLOW, Flows, Script, Slot, SlotType, Step
from bot.dialogue.households import CONTACT_SLOTS
from bot.dialogue.presses import Press
from bot.dialogue.reading import Reading
from bot.dialogue.records import Slots
from bot.dialogue.state import State
from bot.messages import Heard, Kind

UNKNOWN_RELATION = "other"
REGISTER_FLOW = "register"
# Flows that take what was told before consent, too: a cry for help does not wait for it.
TAKING_ALL = frozenset({REGISTER_FLOW, HELP_FLOW})
# Slots that the reading fills, and no answer of its own.
READ_SLOTS = (
    "place",
    "whereabouts",
    "party",
    "name",
    "relative",
)


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a flow with these slots filled."""

    script: Script
    slots: Slots = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The waiting question has its answer."""

    content: Any


@dataclass(frozen=True, slots=True)
class Proceed:
    """The running flow goes on with more slots filled; its question is asked again at most once."""

    slots: Slots


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
    slots: Slots = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes of a message: asides first, then where the conversation goes.

    `corrected` holds what the message says anew of slots that were told before.
    """

    decision: Decision
    asides: tuple[Aside, ...] = ()
    about: str | None = None
    told: Slots = field(default_factory=dict)
    corrected: Slots = field(default_factory=dict)


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
        if step is None or not self._may_answer(step):
            return None
        return step

    @property
    def waiting(self) -> Step | None:
        """Return the question that waits, whatever the message is."""
        frame = self.state.top
        if frame is None:
            return None
        return self.flows.step_at(frame.flow, frame.step)

    @property
    def waits_for_contact(self) -> bool:
        """Tell whether we asked whom to call in an emergency, or their number."""
        step = self.step
        return step is not None and step.collect in CONTACT_SLOTS

    @property
    def asked(self) -> str | None:
        """Return the slot of the question that the message says it answers; "" for none of ours."""
        arrival = self.heard.arrival
        if self.heard.kind is Kind.EDITED:
            slots = dict(self.state.asked)
            return slots.get(arrival.message_id, "")
        if arrival.question is None:
            return None
        return arrival.question.slot

    def _may_answer(self, step: Step) -> bool:
        """Tell whether a message can be meant for the question that waits."""
        arrival = self.heard.arrival
        if arrival.is_belated or arrival.is_forwarded:
            return False
        asked = self.asked
        return asked is None or asked == step.collect

    @property
    def slot(self) -> Slot | None:
        """Return the slot that the waiting question asks for."""
        return self.flows.slot_of(self.step)

    @property
    def slot_type(self) -> SlotType | None:
        """Return the type of the slot that the waiting question asks for."""
        slot = self.slot
        if slot is None:
            return None
        return slot.type

    @property
    def flow(self) -> str | None:
        """Return the running flow."""
        return self.state.flow

    def script(self, name: str) -> Script:
        """Return a flow by its name."""
        return self.flows.scripts[name]

    def begin(self, script: Script, /, **slots: Any) -> Start:
        """Start a flow with all that the message told."""
        contents: dict[str, Any] = {}
        if script.name in TAKING_ALL:
            contents.update(self.state.told)
        contents.update(told_slots(self))
        contents.update(slots)
        contents["intent"] = slots.get("intent", self.heard.intent)
        contents["payload"] = self.heard.payload
        return Start(script, contents)

    def begin_flow(self, flow: str, /, **slots: Any) -> Start:
        """Start a flow by its name, with all that the message told."""
        script = self.script(flow)
        return self.begin(script, **slots)

    def proceed(self, **slots: Any) -> Proceed:
        """Go on in the running flow with what the message told."""
        contents = told_slots(self)
        contents.update(slots)
        return Proceed(contents)

    def knows(self, name: str) -> bool:
        """Tell whether something is known of the person, and is not empty or false."""
        return self.state.knows(name)


def told_before_consent(situation: Situation) -> Slots:
    """Return what waits for consent: all that was told of the writer until then."""
    if situation.knows("consented"):
        return {}
    return {**situation.state.told, **told_slots(situation)}


def told_slots(situation: Situation) -> dict[str, Any]:
    """Return what the message tells of the writer, by slot."""
    reading = situation.reading
    if situation.waits_for_contact:
        return {}
    slots = answers.extract(situation.flows.slots.items(), situation.heard)
    for name in READ_SLOTS:
        slots.pop(name, None)
    location = reading.first(Here)
    if location:
        slots["place"] = location.place
        slots["whereabouts"] = location.place
    party = reading.first(Party)
    if party:
        slots["party"] = party.number
    slots.update(_household_slots(reading))
    introduction = reading.first(Name)
    if introduction:
        slots["name"] = introduction.name
    phone = reading.first(Phone)
    if phone:
        slots["phone"] = phone.number
    return slots


def _household_slots(reading: Reading) -> dict[str, Any]:
    """Return who is with the writer, and whom to call, by slot."""
    slots: dict[str, Any] = {}
    companions = reading.first(Companions)
    if companions:
        slots["household"] = companions.told
    contact = reading.first(ContactTold)
    if contact:
        slots["contact"] = contact.text
    return slots


def subject_spoken_of(situation: Situation) -> str | None:
    """Return whom "he" or "she" will mean."""
    about = situation.state.about
    has_matter = False
    for report in situation.reading.every(Report):
        if report.relation:
            return report.relation
        if report.matter:
            has_matter = True
    if has_matter and about is None:
        return UNKNOWN_RELATION
    return about
