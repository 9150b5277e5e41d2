"""Checking the flows before people do: names that exist, ways that end, texts in both languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from string import Formatter
from typing import Any

from bot.dialogue import loading
from bot.dialogue.conditions import ConditionError, slots_of
from bot.dialogue.flow import END, FlowError, Flows, Mistake, Script, Step
from bot.messages import Language
from bot.text.catalogues import LOCALES, SMS_SUFFIX, Catalogue
from bot.text.text import LANGUAGES

FLOWS = LOCALES.parent / "flows"
NEEDED = (
    "doubt",
    "stale",
    "stuck",
    "cancel_flow",
    "cannot_handle",
    "clarification",
)  # patterns the engine starts

# What has no text of its own: keys the program says by itself.
OWN_TEXTS = ("utter_fault", "utter_noted", "utter_noted_first", "utter_safe_also")


def load(folder: Path = FLOWS, actions: Collection[str] | None = None) -> Flows:
    """The flows of a folder.

    Raises FlowError with every mistake, those of the catalogues left to `check`.
    """
    flows, mistakes = loading.read(folder)
    mistakes += _of_flows(flows, actions)
    if mistakes:
        raise FlowError(mistakes)
    return flows


def check(
    folder: Path = FLOWS, actions: Collection[str] | None = None, locales: Path = LOCALES
) -> list[Mistake]:
    """Every mistake in the flows and in both catalogues, by file and line."""
    flows, mistakes = loading.read(folder)
    mistakes += _of_flows(flows, actions)
    mistakes += _of_texts(flows, {language: Catalogue(language, locales) for language in LANGUAGES})
    return sorted(mistakes, key=lambda mistake: (mistake.file, mistake.line, mistake.words))


def _of_flows(flows: Flows, actions: Collection[str] | None) -> list[Mistake]:
    found = [*_patterns(flows), *_triggers(flows)]
    for script in flows.scripts.values():
        found += _script(flows, script, actions)
    return found


def _patterns(flows: Flows) -> Iterator[Mistake]:
    for name in NEEDED:
        if f"pattern_{name}" not in flows.scripts:
            yield Mistake(
                "flows",
                1,
                f"pattern_{name}",
                "",
                "this flow is missing: the engine starts it by itself",
            )


def _triggers(flows: Flows) -> Iterator[Mistake]:
    """Each intent and kind starts one flow; each command's intent starts some."""
    seen: dict[str, str] = {}
    for script in flows.scripts.values():
        for trigger in (*script.flow.nlu_trigger, *script.flow.kinds):
            if trigger in seen:
                yield _at(script, "", f"{trigger} starts {seen[trigger]} already")
            seen[trigger] = script.name
    for name, command in flows.commands.items():
        if command.intent not in flows.by_intent:
            yield Mistake("flows", 1, "", name, f"no flow is started by {command.intent}")


def _at(script: Script, step: str, words: str) -> Mistake:
    place = script.places[step]
    return Mistake(place.file, place.line, script.name, step, words)


def _script(flows: Flows, script: Script, actions: Collection[str] | None) -> Iterator[Mistake]:
    flow = script.flow
    for name in flow.cancels if isinstance(flow.cancels, list) else ():
        if name not in flows.scripts:
            yield _at(script, "", f"cancels {name}, which is no flow")
    for slot in flow.slots_trigger:
        if slot not in flows.slots:
            yield _at(script, "", f"slot {slot} is not declared")
    for step_id, step in script.steps.items():
        for words in _step(flows, script, step, actions):
            yield _at(script, step_id, words)
    for step_id in sorted(script.steps.keys() - _reached(script)):
        yield _at(script, step_id, "no step leads here")


def _step(
    flows: Flows, script: Script, step: Step, actions: Collection[str] | None
) -> Iterator[str]:
    yield from (
        f"slot {slot} is not declared" for slot in sorted(_slots(step) - flows.slots.keys())
    )
    slot = flows.slots.get(step.collect or "")
    if slot and slot.type == "any":
        yield f"slot {step.collect} has no type, so an answer cannot be read"
    for flow in filter(None, (step.call, step.link)):
        if flow not in flows.scripts:
            yield f"{flow} is no flow"
    if (
        step.action
        and actions is not None
        and not step.action.startswith("utter_")
        and step.action not in actions
    ):
        yield f"action {step.action} does not exist"
    for target in _targets(step):
        if target != END and target not in script.steps:
            yield f"next: there is no step {target}"
    yield from _conditions(flows, step)


def _slots(step: Step) -> set[str]:
    named = {step.collect, step.choices, *(name for row in step.set_slots or () for name in row)}
    values = (
        value for row in step.set_slots or () for value in row.values() if isinstance(value, str)
    )
    named |= {value.removeprefix("slots.") for value in values if value.startswith("slots.")}
    return {name for name in named if name}


def _conditions(flows: Flows, step: Step) -> Iterator[str]:
    branches = step.next if isinstance(step.next, list) else []
    for condition in (*(b.if_ for b in branches if b.if_), *(r.if_ for r in step.rejections)):
        try:
            unknown = sorted(slots_of(condition) - flows.slots.keys())
        except ConditionError as error:
            yield str(error)
        else:
            yield from (f"slot {slot} is not declared" for slot in unknown)


def _targets(step: Step) -> list[str]:
    if isinstance(step.next, str):
        return [step.next]
    return [str(branch.target) for branch in step.next or ()]


def _reached(script: Script) -> set[str]:
    """The steps that some way leads to."""
    reached: set[str] = set()
    ahead = [script.first]
    while ahead:
        step_id = ahead.pop()
        if step_id in reached or step_id not in script.steps:
            continue
        reached.add(step_id)
        step = script.steps[step_id]
        ahead += _targets(step)
        if not isinstance(step.next, str) and not step.link and not _is_exhaustive(step):
            ahead.append(script.following[step_id])
    return reached


def _is_exhaustive(step: Step) -> bool:
    return isinstance(step.next, list) and any(branch.else_ is not None for branch in step.next)


# --- texts ----------------------------------------------------------------------------------------


def keys(flows: Flows) -> dict[str, tuple[str, int, str, str]]:
    """Every text the flows can say, with the file, line, flow and step that says it first."""
    found: dict[str, tuple[str, int, str, str]] = dict.fromkeys(
        OWN_TEXTS, ("bot/conversation.py", 1, "", "")
    )
    for script in flows.scripts.values():
        if script.flow.label:
            found.setdefault(
                script.flow.label, (script.places[""].file, script.places[""].line, script.name, "")
            )
        for step_id, step in script.steps.items():
            place = script.places[step_id]
            for key in _said(flows, step):
                found.setdefault(key, (place.file, place.line, script.name, step_id))
    for key, response in flows.responses.items():
        for button in response.buttons:
            found.setdefault(button.title, found.get(key, ("flows/domain.yml", 1, "", key)))
    return found


def _said(flows: Flows, step: Step) -> Iterator[str]:
    if step.action and step.action.startswith("utter_"):
        yield step.action
    if step.collect:
        yield step.question
        yield (
            f"utter_retry_{flows.slots[step.collect].type}"
            if step.collect in flows.slots
            else step.question
        )
        yield from (rejection.utter for rejection in step.rejections)
        if step.skip:
            yield "label_skip"


def _of_texts(flows: Flows, catalogues: dict[Language, Catalogue]) -> Iterator[Mistake]:
    said = keys(flows)
    for language, catalogue in catalogues.items():
        name = f"locales/{language}/LC_MESSAGES/flows.po"
        for key, (file, line, flow, step) in said.items():
            if key not in catalogue.entries:
                yield Mistake(file, line, flow, step, f"{key} is missing in {name}")
        for key, entry in catalogue.entries.items():
            if not all(_forms(entry)):
                yield Mistake(name, entry.lineno or 1, "", key, "has no text")
            yield from _unsaid(name, entry, key, said, flows)
            for slot in (
                sorted(_placeholders(entry) - flows.slots.keys())
                if key.startswith("utter_")
                else ()
            ):
                yield Mistake(name, entry.lineno or 1, "", key, f"slot {slot} is not declared")
    yield from _unequal(catalogues)


def _unsaid(
    name: str, entry: Any, key: str, said: Iterable[str], flows: Flows
) -> Iterator[Mistake]:
    plain = key.removesuffix(SMS_SUFFIX)
    if (
        plain.startswith(("utter_", "label_"))
        and plain not in said
        and plain not in flows.responses
    ):
        yield Mistake(name, entry.lineno or 1, "", key, "no flow says this")


def _unequal(catalogues: dict[Language, Catalogue]) -> Iterator[Mistake]:
    """Keys that one language lacks, and placeholders that differ."""
    ours, theirs = catalogues["ar"].entries, catalogues["en"].entries
    for key in sorted(ours.keys() ^ theirs.keys()):
        lacking, entry = ("en", ours[key]) if key in ours else ("ar", theirs[key])
        file = f"locales/{'ar' if lacking == 'en' else 'en'}/LC_MESSAGES/flows.po"
        yield Mistake(file, entry.lineno or 1, "", key, f"is missing in {lacking}")
    for key in sorted(ours.keys() & theirs.keys()):
        left, right = _placeholders(ours[key]), _placeholders(theirs[key])
        if left != right:
            words = f"placeholders differ: ar {sorted(left)}, en {sorted(right)}"
            yield Mistake("locales/ar/LC_MESSAGES/flows.po", ours[key].lineno or 1, "", key, words)


def _forms(entry: Any) -> list[str]:
    return [entry.string] if isinstance(entry.string, str) else list(entry.string)


_NAMED = re.compile(r"^[a-z_]+$")


def _placeholders(entry: Any) -> set[str]:
    """Names in braces, in any of the forms (a plural form may do without its number)."""
    names = (
        name
        for form in _forms(entry)
        for _, name, _, _ in Formatter().parse(form)
        if name is not None
    )
    return {name if _NAMED.match(name) else f"bad name {name!r}" for name in names}
