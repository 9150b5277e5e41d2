"""A flow as a Mermaid diagram, for `tammen flows draw` and for reviews."""

from __future__ import annotations

from collections.abc import Iterator

from bot.dialogue.flow import Flows, Script, Step


def draw(flows: Flows, name: str | None = None) -> str:
    """The diagram of one flow, or of how all flows lead to one another.

    Raises KeyError for an unknown name.
    """
    lines = _flow(flows.scripts[name]) if name else _overview(flows)
    return "\n".join(["flowchart TD", *(f"    {line}" for line in lines)]) + "\n"


def _overview(flows: Flows) -> Iterator[str]:
    for script in flows.scripts.values():
        shape = (
            f'{script.name}(["{script.name}"])'
            if script.flow.interrupts
            else f'{script.name}["{script.name}"]'
        )
        yield shape
        for intent in script.flow.nlu_trigger:
            yield f"{intent}>{intent}] --> {script.name}"
        for step in script.steps.values():
            if other := step.call or step.link:
                yield f"{script.name} {'-.->' if step.call else '-->'} {other}"


def _flow(script: Script) -> Iterator[str]:
    number = {step_id: f"s{index}" for index, step_id in enumerate(script.steps)}
    yield f'start(["{script.name}"]) --> {number[script.first]}'
    for step_id, step in script.steps.items():
        yield f"{number[step_id]}{_shape(step, step_id)}"
        for words, target in _ways(script, step_id, step):
            yield f"{number[step_id]} -->{words} {number.get(target, 'stop')}"
    yield "stop((END))"


def _shape(step: Step, step_id: str) -> str:
    if step.collect:
        return f'[/"? {step.collect}"/]'
    if step.call or step.link:
        return f'[["{step.call or step.link}"]]'
    if step.set_slots:
        slots = [f"{name} = {slot}" for row in step.set_slots for name, slot in row.items()]
        return f'["{_quoted(", ".join(slots))}"]'
    return f'["{step.action}"]' if step.action else f'{{"{step_id}"}}'


def _ways(script: Script, step_id: str, step: Step) -> Iterator[tuple[str, str]]:
    if isinstance(step.next, str):
        yield "", step.next
        return
    for branch in step.next or ():
        yield f'|"{_quoted(branch.if_ or "else")}"|', str(branch.target)
    if not step.link and not any(branch.else_ is not None for branch in step.next or ()):
        yield "", script.following[step_id]


def _quoted(text: str) -> str:
    return text.replace('"', "'").replace("<", "&lt;").replace(">", "&gt;")
