"""Where a conversation stands: kept as JSON with the person between two messages."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue import records
from bot.messages import Option

MAX_ASKED = 10  # messages of which we know what they answered
DEEPEST = 5  # flows waiting for one another; beyond it the oldest is forgotten
VERSION = 2  # of the JSON; version 1 did not name its version


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow in progress, its slots, and the step it waits (`collect`) or stands (`call`) at.

    `tries` counts the answers to the present question that could not be used.
    """

    flow: str
    step: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0

    def told(self, updates: Mapping[str, Any]) -> Frame:
        """Return the same place in the flow, with more slots filled."""
        return replace(self, slots={**self.slots, **updates})

    def corrected(self, updates: Mapping[str, Any]) -> Frame:
        """Return the same place in the flow, with what it was told before put right."""
        known = {slot: content for slot, content in updates.items() if slot in self.slots}
        return self.told(known)


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

    `known` is what is known of the person (name, country, language, …): it comes fresh with every
    message and is not kept.
    """

    stack: tuple[Frame, ...] = ()
    offered: tuple[Option, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)
    about: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    asked_if_safe: bool = False
    reply_waits: bool = False
    asked_if_left: str | None = None
    asked: tuple[tuple[str, str], ...] = ()
    has_keyboard: bool = False

    @property
    def top(self) -> Frame | None:
        """Return the running flow."""
        return self.stack[-1] if self.stack else None

    def view(self, frame: Frame | None = None) -> Mapping[str, Any]:
        """Return what a flow sees: its own slots, then what is known of the person."""
        frame = frame or self.top
        slots = dict(frame.slots) if frame else {}
        return ChainMap(slots, dict(self.known))

    def push(self, frame: Frame) -> State:
        """Add a flow on top; of more than DEEPEST the oldest is dropped."""
        stack = (*self.stack, frame)
        return replace(self, stack=stack[-DEEPEST:])

    def swap(self, frame: Frame) -> State:
        """Put another frame in place of the top one."""
        return replace(self, stack=(*self.stack[:-1], frame))

    def pop(self) -> State:
        """Drop the flow on top."""
        return replace(self, stack=self.stack[:-1])

    def note_asked(self, message_id: str, slot: str) -> State:
        """Note which slot was asked for when a message came; the oldest are forgotten."""
        if not message_id:
            return self
        asked = (*self.asked, (message_id, slot))
        return replace(self, asked=asked[-MAX_ASKED:])

    def correct(self, slots: Mapping[str, Any]) -> State:
        """Put what was corrected in place of what the flows in progress were told."""
        stack = [frame.corrected(slots) for frame in self.stack]
        return replace(self, stack=tuple(stack))

    def to_json(self) -> dict[str, Any]:
        """Write the state as JSON, without what is known of the person."""
        offered = [records.write_option(option) for option in self.offered]
        return {
            "version": VERSION,
            "stack": [_frame_to_json(frame) for frame in self.stack],
            "offered": offered,
            "about": self.about,
            "asked_if_safe": self.asked_if_safe,
            "reply_waits": self.reply_waits,
            "asked_if_left": self.asked_if_left,
            "asked": [list(pair) for pair in self.asked],
            "has_keyboard": self.has_keyboard,
            "told": {slot: records.write(content) for slot, content in self.told.items()},
        }

    @classmethod
    def from_json(
        cls,
        data: Mapping[str, Any] | None,
        known: Mapping[str, Any],
    ) -> State:
        """Read the state that `to_json` wrote, now or in version 1; None is somebody new."""
        if data is None:
            return cls(known=known)
        if "version" not in data:
            return _from_first_version(data, known)
        offered = [records.read_option(option) for option in data["offered"]]
        asked = [(message, slot) for message, slot in data.get("asked", ())]
        return cls(
            stack=tuple(_frame_from_json(frame) for frame in data["stack"]),
            offered=tuple(offered),
            known=known,
            about=data.get("about"),
            told=_slots_from_json(data.get("told", {})),
            asked_if_safe=data.get("asked_if_safe", False),
            reply_waits=data.get("reply_waits", False),
            asked_if_left=data.get("asked_if_left"),
            asked=tuple(asked),
            has_keyboard=data.get("has_keyboard", False),
        )


def _frame_from_json(data: Sequence[Any]) -> Frame:
    flow, step, slots, tries = data
    return Frame(flow, step, _slots_from_json(slots), tries)


def _slots_from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    for slot, content in data.items():
        slots[slot] = records.read(content)
    return slots


def _frame_to_json(frame: Frame) -> list[Any]:
    slots: dict[str, Any] = {}
    for slot, content in frame.slots.items():
        slots[slot] = records.write(content)
    return [frame.flow, frame.step, slots, frame.tries]


def _from_first_version(
    data: Mapping[str, Any],
    known: Mapping[str, Any],
) -> State:
    stack: list[Frame] = []
    for flow, step, stored, tries in data.get("stack", ()):
        slots: dict[str, Any] = {}
        for slot, content in stored.items():
            slots[slot] = records.read_first_version(slot, content)
        stack.append(Frame(flow, step, slots, tries))
    offered: list[Option] = []
    for label, payload in data.get("offered", ()):
        offered.append(records.read_first_option(label, payload))
    return State(tuple(stack), tuple(offered), known)
