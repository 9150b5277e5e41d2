"""Where a conversation stands: kept as JSON with the person between two messages."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.messages import Button

DEEPEST = 5  # flows waiting for one another; beyond it the oldest is forgotten


@dataclass(frozen=True, slots=True)
class Frame:
    """A flow somebody is in: the step it waits at (a `collect`) or stands at (a `call`), and what it knows.

    `tries` counts the answers to the present question that could not be used.
    """

    flow: str
    step: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0

    def told(self, updates: Mapping[str, Any]) -> Frame:
        """The same place, knowing more."""
        return replace(self, slots={**self.slots, **updates})


@dataclass(frozen=True, slots=True)
class State:
    """The flows somebody is in (the running one last), the buttons shown last, and what is known of the person.

    `known` comes fresh with every message (name, country, language, …) and is not kept.
    """

    stack: tuple[Frame, ...] = ()
    offered: tuple[Button, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def top(self) -> Frame | None:
        """The running flow."""
        return self.stack[-1] if self.stack else None

    def view(self, frame: Frame | None = None) -> Mapping[str, Any]:
        """What a flow can see: its own slots, then what is known of the person."""
        frame = frame or self.top
        return ChainMap(dict(frame.slots) if frame else {}, dict(self.known))

    def push(self, frame: Frame) -> State:
        """With one more flow on top; of more than DEEPEST the oldest is dropped."""
        return replace(self, stack=(*self.stack, frame)[-DEEPEST:])

    def swap(self, frame: Frame) -> State:
        """With another frame on top."""
        return replace(self, stack=(*self.stack[:-1], frame))

    def pop(self) -> State:
        """Without the flow on top."""
        return replace(self, stack=self.stack[:-1])

    def to_json(self) -> dict[str, Any]:
        """As JSON, without what is known of the person."""
        stack = [[frame.flow, frame.step, dict(frame.slots), frame.tries] for frame in self.stack]
        return {
            "stack": stack,
            "offered": [[button.label, button.payload] for button in self.offered],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None, known: Mapping[str, Any]) -> State:
        """The state again, from `to_json`; None is somebody new."""
        data = data or {}
        return cls(
            tuple(_frames(data.get("stack", ()))),
            tuple(Button(*pair) for pair in data.get("offered", ())),
            known,
        )


def _frames(rows: Any) -> Iterator[Frame]:
    for flow, step, slots, tries in rows:
        yield Frame(flow, step, slots, tries)
