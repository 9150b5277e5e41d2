"""What a text of a flow is filled with and offers: placeholders, options, things to share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.dialogue import presses
from bot.dialogue.flow import SLOT_PREFIX, Flows, Step
from bot.dialogue.presses import Decline
from bot.messages import Option, TextKey

View = Mapping[str, Any]


def assigned(assignments: Sequence[View], view: View) -> dict[str, Any]:
    """Return the slots that a step sets."""
    slots: dict[str, Any] = {}
    for assignment in assignments:
        for slot, source in assignment.items():
            slots[slot] = _content(source, view)
    return slots


def _content(source: Any, view: View) -> Any:
    """Return what a slot is set to: a constant, or what another slot holds (`slots.place`)."""
    if isinstance(source, str) and source.startswith(SLOT_PREFIX):
        name = source.removeprefix(SLOT_PREFIX)
        return view.get(name)
    return source


def asks(flows: Flows, key: str) -> str | None:
    """Tell what a text asks for besides words: a location, a contact, whether they are safe."""
    response = flows.responses.get(key)
    return response.ask if response else None


def placeholders(flows: Flows, view: View) -> dict[str, Any]:
    """Return every slot as a text shows it; an empty one shows nothing."""
    contents: dict[str, Any] = {}
    for name in flows.slots:
        content = view.get(name)
        contents[name] = "" if content is None else content
    return contents


def options(
    flows: Flows,
    step: Step,
    key: str,
    view: View,
) -> tuple[Option, ...]:
    """Return the options of a text: an action's, those of the flow file, and to skip."""
    choices = view.get(step.choices) if step.choices else None
    offers: list[Option] = list(choices or ())
    response = flows.responses.get(key)
    for button in response.buttons if response else ():
        press = presses.declared(button.payload, step.collect)
        option = Option(TextKey(button.title), presses.write(press))
        offers.append(option)
    if step.skip and step.collect and not _asks_for_number(flows, step):
        payload = presses.write(Decline(step.collect))
        offers.append(Option(TextKey("label_skip"), payload))
    return tuple(offers)


def _asks_for_number(flows: Flows, step: Step) -> bool:
    """Tell whether a question is "how many?", where a number is never the line of a list."""
    return step.collect is not None and flows.slots[step.collect].type == "count"
