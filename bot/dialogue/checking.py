"""Checks the flows before people do: names that exist, ways that end, texts in both languages."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from bot.dialogue import loading
from bot.dialogue.conditions import ConditionError, slots_of
from bot.dialogue.flow import END, SLOT_PREFIX, FlowError, Flows, Mistake, Script, Step
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

NAME = re.compile(r"^[a-z_]+$")  # of a placeholder

# What has no text of its own: keys the program says by itself.
OWN_TEXTS = ("utter_fault", "utter_noted", "utter_noted_first", "utter_safe_also")


def load(folder: Path = FLOWS, actions: Collection[str] | None = None) -> Flows:
    """Load the flows of a folder.

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
    """List every mistake in the flows and in both catalogues, by file and line."""
    flows, mistakes = loading.read(folder)
    catalogues = {language: Catalogue(language, locales) for language in LANGUAGES}
    mistakes.extend(_of_flows(flows, actions))
    mistakes.extend(_of_texts(flows, catalogues))
    return sorted(mistakes, key=_reading_order)


def _reading_order(mistake: Mistake) -> tuple[str, int, str]:
    return mistake.file, mistake.line, mistake.message


def _of_flows(flows: Flows, actions: Collection[str] | None) -> list[Mistake]:
    mistakes = [*_patterns(flows), *_triggers(flows)]
    for script in flows.scripts.values():
        mistakes.extend(_script(flows, script, actions))
    return mistakes


def _patterns(flows: Flows) -> Iterator[Mistake]:
    words = "this flow is missing: the engine starts it by itself"
    for name in NEEDED:
        pattern = f"pattern_{name}"
        if pattern not in flows.scripts:
            yield Mistake("flows", 1, pattern, "", words)


def _triggers(flows: Flows) -> Iterator[Mistake]:
    """Check that each intent and kind starts one flow, and each command's intent starts some."""
    started: dict[str, str] = {}
    for script in flows.scripts.values():
        for trigger in (*script.flow.nlu_trigger, *script.flow.kinds):
            if trigger in started:
                yield _at(script, "", f"{trigger} starts {started[trigger]} already")
            started[trigger] = script.name
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
    flows: Flows,
    script: Script,
    step: Step,
    actions: Collection[str] | None,
) -> Iterator[str]:
    """Check a step by itself; yield what is wrong, in words."""
    for name in sorted(_slots(step) - flows.slots.keys()):
        yield f"slot {name} is not declared"
    slot = flows.slots.get(step.collect or "")
    if slot and slot.type == "any":
        yield f"slot {step.collect} has no type, so an answer cannot be read"
    for flow in (step.call, step.link):
        if flow and flow not in flows.scripts:
            yield f"{flow} is no flow"
    if actions is not None and _acts(step) and step.action not in actions:
        yield f"action {step.action} does not exist"
    for target in _targets(step):
        if target != END and target not in script.steps:
            yield f"next: there is no step {target}"
    yield from _conditions(flows, step)


def _acts(step: Step) -> bool:
    """Tell whether a step does more than say a text."""
    return step.action is not None and not step.action.startswith("utter_")


def _slots(step: Step) -> set[str]:
    """Name the slots that a step speaks of."""
    named: set[str] = set()
    for name in (step.collect, step.choices):
        if name:
            named.add(name)
    for assignment in step.set_slots or ():
        for name, source in assignment.items():
            named.add(name)
            if isinstance(source, str) and source.startswith(SLOT_PREFIX):
                named.add(source.removeprefix(SLOT_PREFIX))
    return named


def _conditions(flows: Flows, step: Step) -> Iterator[str]:
    for condition in _conditions_of(step):
        try:
            unknown = slots_of(condition) - flows.slots.keys()
        except ConditionError as error:
            yield str(error)
            continue
        for slot in sorted(unknown):
            yield f"slot {slot} is not declared"


def _conditions_of(step: Step) -> Iterator[str]:
    for branch in step.next if isinstance(step.next, list) else ():
        if branch.if_:
            yield branch.if_
    for rejection in step.rejections:
        yield rejection.if_


def _targets(step: Step) -> list[str]:
    if isinstance(step.next, str):
        return [step.next]
    return [str(branch.target) for branch in step.next or ()]


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
    is_elsewhere = isinstance(step.next, str) or step.link is not None
    return not is_elsewhere and not _is_exhaustive(step)


def _is_exhaustive(step: Step) -> bool:
    return isinstance(step.next, list) and any(branch.else_ is not None for branch in step.next)


# --- texts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text is said first: file, line (from 1), flow and step."""

    file: str
    line: int
    flow: str = ""
    step: str = ""

    def mistake(self, words: str) -> Mistake:
        """Write a mistake about the text."""
        return Mistake(self.file, self.line, self.flow, self.step, words)


def keys(flows: Flows) -> dict[str, Source]:
    """Find every text that the flows can say, and where it is said first."""
    sources = dict.fromkeys(OWN_TEXTS, Source("bot/conversation.py", 1))
    for script in flows.scripts.values():
        for key, source in _said_by(flows, script):
            sources.setdefault(key, source)
    for key, response in flows.responses.items():
        source = sources.get(key, Source("flows/domain.yml", 1, step=key))
        for button in response.buttons:
            sources.setdefault(button.title, source)
    return sources


def _said_by(flows: Flows, script: Script) -> Iterator[tuple[str, Source]]:
    """Yield the texts of one flow: its label and those of its steps."""
    if script.flow.label:
        place = script.places[""]
        yield script.flow.label, Source(place.file, place.line, script.name)
    for step_id, step in script.steps.items():
        place = script.places[step_id]
        source = Source(place.file, place.line, script.name, step_id)
        for key in _said(flows, step):
            yield key, source


def _said(flows: Flows, step: Step) -> Iterator[str]:
    """Yield the texts of one step."""
    if step.action and step.action.startswith("utter_"):
        yield step.action
    if not step.collect:
        return
    yield step.question
    slot = flows.slots.get(step.collect)
    if slot:
        yield f"utter_retry_{slot.type}"
    for rejection in step.rejections:
        yield rejection.utter
    if step.skip:
        yield "label_skip"


def _of_texts(flows: Flows, catalogues: Mapping[Language, Catalogue]) -> Iterator[Mistake]:
    """Check that every text is in both catalogues, is said by something, and fits its slots."""
    sources = keys(flows)
    for language, catalogue in catalogues.items():
        file = _file(language)
        for key, source in sources.items():
            if key not in catalogue.entries:
                yield source.mistake(f"{key} is missing in {file}")
        for key, entry in catalogue.entries.items():
            for words in _entry(flows, sources, key, entry):
                yield _in_catalogue(file, entry, key, words)
    yield from _unequal(catalogues)


def _file(language: str) -> str:
    return f"locales/{language}/LC_MESSAGES/flows.po"


def _in_catalogue(file: str, entry: Any, key: str, words: str) -> Mistake:
    return Mistake(file, entry.lineno or 1, "", key, words)


def _entry(flows: Flows, sources: Container[str], key: str, entry: Any) -> Iterator[str]:
    """Check one text of a catalogue; yield what is wrong, in words."""
    if not all(_forms(entry)):
        yield "has no text"
    if not _is_said(flows, sources, key):
        yield "no flow says this"
    if key.startswith("utter_"):
        for slot in sorted(_placeholders(entry) - flows.slots.keys()):
            yield f"slot {slot} is not declared"


def _is_said(flows: Flows, sources: Container[str], key: str) -> bool:
    """Tell whether a flow says a text, on some screen."""
    plain = key.removesuffix(SMS_SUFFIX)
    if not plain.startswith(("utter_", "label_")):
        return True
    return plain in sources or plain in flows.responses


def _unequal(catalogues: Mapping[Language, Catalogue]) -> Iterator[Mistake]:
    """Find keys that one language lacks, and placeholders that differ."""
    arabic = catalogues["ar"].entries
    english = catalogues["en"].entries
    for key in sorted(arabic.keys() - english.keys()):
        yield _in_catalogue(_file("ar"), arabic[key], key, "is missing in en")
    for key in sorted(english.keys() - arabic.keys()):
        yield _in_catalogue(_file("en"), english[key], key, "is missing in ar")
    for key in sorted(arabic.keys() & english.keys()):
        left = _placeholders(arabic[key])
        right = _placeholders(english[key])
        if left != right:
            words = f"placeholders differ: ar {sorted(left)}, en {sorted(right)}"
            yield _in_catalogue(_file("ar"), arabic[key], key, words)


def _forms(entry: Any) -> list[str]:
    return [entry.string] if isinstance(entry.string, str) else list(entry.string)


def _placeholders(entry: Any) -> set[str]:
    """Find the names in braces, in any form (a plural form may do without its number)."""
    names: set[str] = set()
    for form in _forms(entry):
        for _literal, name, _spec, _conversion in Formatter().parse(form):
            if name is not None:
                names.add(name if NAME.match(name) else f"bad name {name!r}")
    return names
