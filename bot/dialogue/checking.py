"""Checks the flows before people do: names that exist, ways that end, texts in both languages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from bot.dialogue import flow_texts, loading
from bot.dialogue.conditions import ConditionError, slots_of
from bot.dialogue.flow import (
    END,
    SLOT_PREFIX,
    Flow,
    FlowError,
    Flows,
    Mistake,
    Script,
    Step,
)
from bot.text.catalogues import LOCALES, Catalogue
from bot.text.text import LANGUAGES

FLOWS = LOCALES.parent / "flows"
# Patterns the engine starts.
NEEDED = (
    "doubt",
    "stale",
    "stuck",
    "cancel_flow",
    "cannot_handle",
    "clarification",
)


def load(folder: Path = FLOWS, actions: Collection[str] | None = None) -> Flows:
    """Load the flows of a folder.

    Raises FlowError with every mistake, those of the catalogues left to `check`.
    """
    flows, mistakes = loading.read(folder)
    mistakes.extend(_of_flows(flows, actions))
    if mistakes:
        raise FlowError(mistakes)
    return flows


def check(
    folder: Path = FLOWS,
    actions: Collection[str] | None = None,
    locales: Path = LOCALES,
) -> list[Mistake]:
    """List every mistake in the flows and in both catalogues, by file and line."""
    flows, mistakes = loading.read(folder)
    catalogues = {language: Catalogue(language, locales) for language in LANGUAGES}
    mistakes.extend(_of_flows(flows, actions))
    mistakes.extend(flow_texts.check(flows, catalogues))
    return sorted(mistakes, key=_reading_order)


def _reading_order(mistake: Mistake) -> tuple[str, int, str]:
    return mistake.file, mistake.line, mistake.message


def _of_flows(flows: Flows, actions: Collection[str] | None) -> Iterator[Mistake]:
    yield from _patterns(flows)
    yield from _triggers(flows)
    yield from _commands(flows)
    for script in flows.scripts.values():
        yield from _script(flows, script, actions)


def _patterns(flows: Flows) -> Iterator[Mistake]:
    message = "this flow is missing: the engine starts it by itself"
    for name in NEEDED:
        pattern = f"pattern_{name}"
        if pattern not in flows.scripts:
            yield Mistake("flows", 1, pattern, "", message)


def _triggers(flows: Flows) -> Iterator[Mistake]:
    """Check that each intent and each kind of message starts one flow."""
    started: dict[str, str] = {}
    for script in flows.scripts.values():
        for trigger in (*script.flow.nlu_trigger, *script.flow.kinds):
            earlier = started.get(trigger)
            if earlier is not None:
                yield _at(script, "", f"{trigger} starts {earlier} already")
            started[trigger] = script.name


def _commands(flows: Flows) -> Iterator[Mistake]:
    """Check that each command's intent starts some flow."""
    for name, command in flows.commands.items():
        if command.intent in flows.by_intent:
            continue
        message = f"no flow is started by {command.intent}"
        yield Mistake("flows", 1, "", name, message)


def _at(
    script: Script,
    step: str,
    message: str,
) -> Mistake:
    place = script.places[step]
    return Mistake(
        place.file,
        place.line,
        script.name,
        step,
        message,
    )


def _script(
    flows: Flows,
    script: Script,
    actions: Collection[str] | None,
) -> Iterator[Mistake]:
    for message in _flow(flows, script.flow):
        yield _at(script, "", message)
    for step_id, step in script.steps.items():
        for message in _step(flows, step):
            yield _at(script, step_id, message)
        for message in _action(step, actions):
            yield _at(script, step_id, message)
        for message in _ways(flows, script, step):
            yield _at(script, step_id, message)
    unreached = script.steps.keys() - _reached(script)
    for step_id in sorted(unreached):
        yield _at(script, step_id, "no step leads here")


def _flow(flows: Flows, flow: Flow) -> Iterator[str]:
    """Check a flow without its steps; yield what is wrong, in words."""
    if flow.cancels != "all":
        for name in flow.cancels:
            if name not in flows.scripts:
                yield f"cancels {name}, which is no flow"
    for slot in flow.slots_trigger:
        if slot not in flows.slots:
            yield f"slot {slot} is not declared"


def _step(flows: Flows, step: Step) -> Iterator[str]:
    """Check a step by itself; yield what is wrong, in words."""
    yield from _undeclared(flows, _slots(step))
    slot = flows.slots.get(step.collect or "")
    if slot and slot.type == "any":
        yield f"slot {step.collect} has no type, so an answer cannot be read"
    for flow in (step.call, step.link):
        if flow and flow not in flows.scripts:
            yield f"{flow} is no flow"


def _undeclared(flows: Flows, slots: AbstractSet[str]) -> Iterator[str]:
    """Check that slots are declared; yield what is wrong, in words."""
    for name in sorted(slots - flows.slots.keys()):
        yield f"slot {name} is not declared"


def _action(step: Step, actions: Collection[str] | None) -> Iterator[str]:
    """Check that the action of a step exists, where the actions are known."""
    if actions is None or step.action is None or step.says:
        return
    if step.action not in actions:
        yield f"action {step.action} does not exist"


def _ways(
    flows: Flows,
    script: Script,
    step: Step,
) -> Iterator[str]:
    """Check where a step leads, and on which conditions; yield what is wrong, in words."""
    for target in _targets(step):
        if target != END and target not in script.steps:
            yield f"next: there is no step {target}"
    for condition in _conditions(step):
        try:
            slots = slots_of(condition)
        except ConditionError as error:
            yield str(error)
            continue
        yield from _undeclared(flows, slots)


def _slots(step: Step) -> set[str]:
    """Name the slots that a step speaks of."""
    slots = set()
    for name in (step.collect, step.choices):
        if name:
            slots.add(name)
    for assignment in step.set_slots or ():
        for name, source in assignment.items():
            slots.add(name)
            if isinstance(source, str) and source.startswith(SLOT_PREFIX):
                slots.add(source.removeprefix(SLOT_PREFIX))
    return slots


def _conditions(step: Step) -> Iterator[str]:
    for branch in step.branches:
        if branch.if_:
            yield branch.if_
    for rejection in step.rejections:
        yield rejection.if_


def _targets(step: Step) -> Iterator[str]:
    if isinstance(step.next, str):
        yield step.next
    for branch in step.branches:
        yield str(branch.target)


def _reached(script: Script) -> set[str]:
    """Find the steps that some way leads to."""
    reached: set[str] = set()
    ahead = [script.first]
    while ahead:
        step_id = ahead.pop()
        if step_id in reached or step_id not in script.steps:
            continue
        reached.add(step_id)
        step = script.steps[step_id]
        ahead.extend(_targets(step))
        if _goes_on(step):
            ahead.append(script.following[step_id])
    return reached


def _goes_on(step: Step) -> bool:
    """Tell whether the step below may follow."""
    if isinstance(step.next, str) or step.link is not None:
        return False
    has_else = any(branch.else_ is not None for branch in step.branches)
    return not has_else
