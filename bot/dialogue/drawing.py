"""A flow as a Mermaid diagram, for `tammen flows draw` and for reviews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.dialogue.flow import Flows, Script, Step

# How Mermaid draws a flow in the overview, a step, and the ways between them.
TRIGGER = "{0}>{0}] --> {1}"
FLOW = '{0}["{0}"]'
INTERRUPTING_FLOW = '{0}(["{0}"])'
QUESTION = '[/"? {0}"/]'
OTHER_FLOW = '[["{0}"]]'
WORK = '["{0}"]'
FORK = '{{"{0}"}}'
WAY = "{0} -->{1} {2}"


class Way(NamedTuple):
    """A way on from a step: a condition as Mermaid writes it, and the step it leads to."""

    condition: str
    target: str


def draw(flows: Flows, name: str | None = None) -> str:
    """Draw one flow, or how all flows lead to one another.

    Raises KeyError for an unknown name.
    """
    diagram = ["flowchart TD"]
    for line in _lines(flows, name):
        diagram.append(f"    {line}")
    return "\n".join(diagram) + "\n"


def _lines(flows: Flows, name: str | None) -> Iterator[str]:
    if not name:
        return _overview(flows)
    return _flow(flows.scripts[name])


def _overview(flows: Flows) -> Iterator[str]:
    for script in flows.scripts.values():
        yield from _flow_in_overview(script)


def _flow_in_overview(script: Script) -> Iterator[str]:
    name = script.name
    shape = FLOW
    if script.flow.interrupts:
        shape = INTERRUPTING_FLOW
    yield shape.format(name)
    for intent in script.flow.nlu_trigger:
        yield TRIGGER.format(intent, name)
    for step in script.steps.values():
        if step.call:
            yield f"{name} -.-> {step.call}"
        if step.link:
            yield f"{name} --> {step.link}"


def _flow(script: Script) -> Iterator[str]:
    nodes = _nodes(script)
    first = nodes[script.first]
    yield f'start(["{script.name}"]) --> {first}'
    for step_id, step in script.steps.items():
        node = nodes[step_id]
        yield node + _shape(step, step_id)
        for way in _ways(script, step_id, step):
            target = nodes.get(way.target, "stop")
            yield WAY.format(node, way.condition, target)
    yield "stop((END))"


def _nodes(script: Script) -> dict[str, str]:
    """Number the steps, as the diagram calls them."""
    nodes = {}
    for index, step_id in enumerate(script.steps):
        nodes[step_id] = f"s{index}"
    return nodes


def _shape(step: Step, step_id: str) -> str:
    if step.collect:
        return QUESTION.format(step.collect)
    entered = step.call or step.link
    if entered:
        return OTHER_FLOW.format(entered)
    if step.set_slots:
        assignments = _assignments(step.set_slots)
        return WORK.format(_quoted(assignments))
    if step.action:
        return WORK.format(step.action)
    return FORK.format(step_id)


def _assignments(set_slots: list[dict[str, Any]]) -> str:
    assignments = []
    for slots in set_slots:
        for slot, content in slots.items():
            assignments.append(f"{slot} = {content}")
    return ", ".join(assignments)


def _ways(
    script: Script,
    step_id: str,
    step: Step,
) -> Iterator[Way]:
    """Yield the ways on from a step."""
    if isinstance(step.next, str):
        yield Way("", step.next)
        return
    for branch in step.branches:
        condition = _quoted(branch.if_ or "else")
        yield Way(f'|"{condition}"|', str(branch.target))
    if not _ends(step):
        yield Way("", script.following[step_id])


def _ends(step: Step) -> bool:
    """Tell whether the step below never follows."""
    if step.link is not None:
        return True
    return any(branch.else_ is not None for branch in step.branches)


def _quoted(text: str) -> str:
    quoted = text.replace('"', "'")
    return quoted.replace("<", "&lt;").replace(">", "&gt;")
