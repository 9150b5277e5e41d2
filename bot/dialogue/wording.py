"""What a text of a flow is filled with and offers: placeholders, options, things to share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.dialogue import presses
from bot.dialogue.flow import SLOT_PREFIX, Flows, Step
from bot.dialogue.presses import Decline
from bot.dialogue.records import Slots
from bot.messages import Option, TextKey


def assigned(assignments: Sequence[Slots], view: Slots) -> dict[str, Any]:
    """Return the slots that a step sets."""
    slots = {}
    for assignment in assignments:
        for slot, source in assignment.items():
            slots[slot] = _content(source, view)
    return slots


def _content(source: Any, view: Slots) -> Any:
    """Return what a slot is set to: a constant, or what another slot holds (`slots.place`)."""
    if isinstance(source, str) and source.startswith(SLOT_PREFIX):
        name = source.removeprefix(SLOT_PREFIX)
        return view.get(name)
    return source


def asks(flows: Flows, key: str) -> str | None:
    """Tell what a text asks for besides words: a location, a contact, whether they are safe."""
    response = flows.responses.get(key)
    if response is None:
        return None
    return response.ask


def placeholders(flows: Flows, view: Slots) -> dict[str, Any]:
    """Return every slot as a text shows it; an empty one shows nothing."""
    contents = {}
    for name in flows.slots:
        content = view.get(name)
        if content is None:
            content = ""
        contents[name] = content
    return contents


def options(
    flows: Flows,
    step: Step,
    key: str,
    view: Slots,
) -> tuple[Option, ...]:
    """Return the options of a text: an action's, those of the flow file, and to skip."""
    offers: list[Option] = []
    if step.choices:
        offers.extend(view.get(step.choices) or ())
    offers.extend(_declared(flows, step, key))
    if step.skip and step.collect and not _asks_for_number(flows, step):
        payload = presses.write(Decline(step.collect))
        offers.append(Option(TextKey("label_skip"), payload))
    return tuple(offers)


def _declared(
    flows: Flows,
    step: Step,
    key: str,
) -> Iterator[Option]:
    """Yield the options that the flow file declares for a text."""
    response = flows.responses.get(key)
    if response is None:
        return
    for button in response.buttons:
        press = presses.declared(button.payload, step.collect)
        payload = presses.write(press)
        yield Option(TextKey(button.title), payload)


def _asks_for_number(flows: Flows, step: Step) -> bool:
    """Tell whether a question is "how many?", where a number is never the line of a list."""
    slot = flows.slot_of(step)
    return slot is not None and slot.type == "count"
