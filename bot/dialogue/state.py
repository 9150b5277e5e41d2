"""Where a conversation stands: kept as JSON with the person between two messages."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue import records
from bot.dialogue.records import Slots
from bot.messages import Option

MAX_ASKED = 10  # messages of which we know what they answered
DEEPEST = 5  # flows waiting for one another; beyond it the oldest is forgotten
VERSION = 2  # of the JSON; version 1 did not name its version

Asked = tuple[str, str]  # the number of a message, and the slot that was asked for then


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow in progress, its slots, and the step it waits (`collect`) or stands (`call`) at.

    `tries` counts the answers to the present question that could not be used.
    """

    flow: str
    step: str
    slots: Slots = field(default_factory=dict)
    tries: int = 0

    def told(self, updates: Slots) -> Frame:
        """Return the same place in the flow, with more slots filled."""
        slots = {**self.slots, **updates}
        return replace(self, slots=slots)

    def corrected(self, updates: Slots) -> Frame:
        """Return the same place in the flow, with what it was told before put right."""
        corrections = {}
        for slot, content in updates.items():
            if slot in self.slots:
                corrections[slot] = content
        return self.told(corrections)


@dataclass(frozen=True, slots=True)
class State:
    """The flows in progress (the running one last) and the options shown last.

    `about` is the relation of the person last told about (`brother`, `other`): "he" is that person.

    `asked_if_safe`: we asked, and neither a "safe" nor a cry for help came since.

    `reply_waits`: the last reply may give way to the next one, which may come soon.
    `asked_if_left` is the country about which we asked whether they are there now.

    `told` holds what somebody told of themselves before they agreed that we keep it.

    `asked` names, for the last messages, the slot that was asked for when they came (by the number
    of the message): an edit corrects that answer. `has_keyboard`: buttons for sharing a place or a
    number are on the screen.

    `is_beside_officer`: an officer writes with the person, and we ask nothing of ourselves.

    `known` is what is known of the person (name, country, language, …): it comes fresh with every
    message and is not kept.
    """

    stack: tuple[Frame, ...] = ()
    offered: tuple[Option, ...] = ()
    known: Slots = field(default_factory=dict)
    about: str | None = None
    told: Slots = field(default_factory=dict)
    asked_if_safe: bool = False
    reply_waits: bool = False
    asked_if_left: str | None = None
    asked: tuple[Asked, ...] = ()
    has_keyboard: bool = False
    is_beside_officer: bool = False

    @property
    def top(self) -> Frame | None:
        """Return the running flow."""
        if not self.stack:
            return None
        return self.stack[-1]

    @property
    def flow(self) -> str | None:
        """Return the name of the running flow."""
        if not self.stack:
            return None
        return self.stack[-1].flow

    @property
    def country(self) -> str | None:
        """Return the country (alpha-2) where the person is, as far as we know."""
        country: str | None = self.known.get("country")
        return country

    def knows(self, name: str) -> bool:
        """Tell whether something is known of the person, and is not empty or false."""
        return bool(self.known.get(name))

    def view(self, frame: Frame | None = None) -> Slots:
        """Return what a flow sees: its own slots, then what is known of the person."""
        frame = frame or self.top
        slots: dict[str, Any] = {}
        if frame:
            slots.update(frame.slots)
        return ChainMap(slots, dict(self.known))

    def push(self, frame: Frame) -> State:
        """Add a flow on top; of more than DEEPEST the oldest is dropped."""
        stack = (*self.stack, frame)
        return replace(self, stack=stack[-DEEPEST:])

    def swap(self, frame: Frame) -> State:
        """Put another frame in place of the top one."""
        below = self.stack[:-1]
        return replace(self, stack=(*below, frame))

    def pop(self) -> State:
        """Drop the flow on top."""
        return replace(self, stack=self.stack[:-1])

    def without_question(self) -> State:
        """Forget what was asked last, and of whom: what comes next is no answer to it."""
        return replace(self, stack=(), offered=(), about=None, asked_if_safe=False)

    def note_asked(self, message_id: str, slot: str) -> State:
        """Note which slot was asked for when a message came; the oldest are forgotten."""
        if not message_id:
            return self
        asked = (*self.asked, (message_id, slot))
        return replace(self, asked=asked[-MAX_ASKED:])

    def correct(self, slots: Slots) -> State:
        """Put what was corrected in place of what the flows in progress were told."""
        stack = []
        for frame in self.stack:
            stack.append(frame.corrected(slots))
        return replace(self, stack=tuple(stack))

    def to_json(self) -> dict[str, Any]:
        """Write the state as JSON, without what is known of the person."""
        return {
            "version": VERSION,
            "stack": list(map(_frame_to_json, self.stack)),
            "offered": list(map(records.write_option, self.offered)),
            "about": self.about,
            "asked_if_safe": self.asked_if_safe,
            "reply_waits": self.reply_waits,
            "asked_if_left": self.asked_if_left,
            "asked": list(map(list, self.asked)),
            "has_keyboard": self.has_keyboard,
            "is_beside_officer": self.is_beside_officer,
            "told": _slots_to_json(self.told),
        }

    @classmethod
    def from_json(
        cls,
        data: Slots | None,
        known: Slots,
    ) -> State:
        """Read the state that `to_json` wrote, now or in version 1; None is somebody new."""
        if data is None:
            return cls(known=known)
        if "version" not in data:
            return _from_first_version(data, known)
        return cls(
            stack=tuple(map(_frame_from_json, data["stack"])),
            offered=tuple(map(records.read_option, data["offered"])),
            known=known,
            about=data.get("about"),
            told=_slots_from_json(data.get("told", {})),
            asked_if_safe=data.get("asked_if_safe", False),
            reply_waits=data.get("reply_waits", False),
            asked_if_left=data.get("asked_if_left"),
            asked=_asked_from_json(data.get("asked", ())),
            has_keyboard=data.get("has_keyboard", False),
            is_beside_officer=data.get("is_beside_officer", False),
        )


def _frame_from_json(data: Sequence[Any]) -> Frame:
    flow, step, slots, tries = data
    return Frame(
        flow,
        step,
        _slots_from_json(slots),
        tries,
    )


def _slots_from_json(data: Slots) -> dict[str, Any]:
    slots = {}
    for slot, content in data.items():
        slots[slot] = records.read(content)
    return slots


def _asked_from_json(data: Sequence[Any]) -> tuple[Asked, ...]:
    """Read which slot was asked for when each of the last messages came."""
    asked = []
    for message_id, slot in data:
        asked.append((message_id, slot))
    return tuple(asked)


def _frame_to_json(frame: Frame) -> list[Any]:
    return [
        frame.flow,
        frame.step,
        _slots_to_json(frame.slots),
        frame.tries,
    ]


def _slots_to_json(slots: Slots) -> dict[str, Any]:
    data = {}
    for slot, content in slots.items():
        data[slot] = records.write(content)
    return data


def _from_first_version(
    data: Slots,
    known: Slots,
) -> State:
    stack = []
    for flow, step, stored_slots, tries in data.get("stack", ()):
        slots = _slots_from_first_version(stored_slots)
        stack.append(Frame(flow, step, slots, tries))
    offered = []
    for label, payload in data.get("offered", ()):
        option = records.read_first_option(label, payload)
        offered.append(option)
    return State(
        tuple(stack),
        tuple(offered),
        known,
    )


def _slots_from_first_version(data: Slots) -> dict[str, Any]:
    slots = {}
    for slot, content in data.items():
        slots[slot] = records.read_first_version(slot, content)
    return slots
