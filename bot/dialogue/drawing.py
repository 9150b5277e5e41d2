"""A flow as a Mermaid diagram, for `tammen flows draw` and for reviews."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.dialogue.flow import Flows, Script, Step


def draw(flows: Flows, name: str | None = None) -> str:
    """Draw one flow, or how all flows lead to one another.

    Raises KeyError for an unknown name.
    """
    lines = _flow(flows.scripts[name]) if name else _overview(flows)
    diagram = ["flowchart TD"]
    for line in lines:
        diagram.append(f"    {line}")
    return "\n".join(diagram) + "\n"


def _overview(flows: Flows) -> Iterator[str]:
    for script in flows.scripts.values():
        name = script.name
        if script.flow.interrupts:
            yield f'{name}(["{name}"])'
        else:
            yield f'{name}["{name}"]'
        for intent in script.flow.nlu_trigger:
            yield f"{intent}>{intent}] --> {name}"
        for step in script.steps.values():
            if step.call:
                yield f"{name} -.-> {step.call}"
            if step.link:
                yield f"{name} --> {step.link}"


def _flow(script: Script) -> Iterator[str]:
    nodes: dict[str, str] = {}
    for index, step_id in enumerate(script.steps):
        nodes[step_id] = f"s{index}"
    first = nodes[script.first]
    yield f'start(["{script.name}"]) --> {first}'
    for step_id, step in script.steps.items():
        node = nodes[step_id]
        yield node + _shape(step, step_id)
        for condition, target in _ways(script, step_id, step):
            target_node = nodes.get(target, "stop")
            yield f"{node} -->{condition} {target_node}"
    yield "stop((END))"


def _shape(step: Step, step_id: str) -> str:
    if step.collect:
        return f'[/"? {step.collect}"/]'
    other = step.call or step.link
    if other:
        return f'[["{other}"]]'
    if step.set_slots:
        return f'["{_quoted(_assignments(step.set_slots))}"]'
    if step.action:
        return f'["{step.action}"]'
    return f'{{"{step_id}"}}'


def _assignments(set_slots: list[dict[str, Any]]) -> str:
    assignments: list[str] = []
    for slots in set_slots:
        for slot, content in slots.items():
            assignments.append(f"{slot} = {content}")
    return ", ".join(assignments)


def _ways(
    script: Script,
    step_id: str,
    step: Step,
) -> Iterator[tuple[str, str]]:
    """Yield the ways on from a step: a condition as Mermaid writes it, and a target."""
    if isinstance(step.next, str):
        yield "", step.next
        return
    is_exhaustive = step.link is not None
    for branch in step.next or ():
        condition = _quoted(branch.if_ or "else")
        yield f'|"{condition}"|', str(branch.target)
        if branch.else_ is not None:
            is_exhaustive = True
    if not is_exhaustive:
        yield "", script.following[step_id]


def _quoted(text: str) -> str:
    quoted = text.replace('"', "'")
    return quoted.replace("<", "&lt;").replace(">", "&gt;")
