"""Reads the flow files: YAML with line numbers, the shape of each property, flat steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from bot.dialogue.flow import (
    END,
    WORK,
    Branch,
    CommandWords,
    Flow,
    FlowError,
    Flows,
    Mistake,
    Place,
    Response,
    Script,
    Slot,
    Step,
    Strict,
)

Location = tuple[str | int, ...]  # of something in a file, as pydantic gives it: keys and numbers

MIN_STEP_LEVELS = 3  # of a location within a step: "flows", the flow, "steps", the number


@dataclass(frozen=True, slots=True)
class LaidStep:
    """A step laid out flat: its id, the id of what follows, and its line in the file."""

    step_id: str
    step: Step
    following: str
    line: int


class _File(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True)

    flows: dict[str, Flow] = Field(default_factory=dict)
    slots: dict[str, Slot] = Field(default_factory=dict)
    responses: dict[str, Response] = Field(default_factory=dict)
    commands: dict[str, CommandWords] = Field(default_factory=dict)


def read(folder: Path) -> tuple[Flows, list[Mistake]]:
    """Return the flows of a folder as far as they can be read, and every mistake."""
    mistakes: list[Mistake] = []
    parts: dict[str, dict[str, Any]] = {
        "scripts": {},
        "slots": {},
        "responses": {},
        "commands": {},
    }
    for path in sorted(folder.glob("*.yml")):
        try:
            flows = _file(path)
        except FlowError as error:
            mistakes.extend(error.mistakes)
        else:
            mistakes.extend(_add(parts, flows, path))
    return Flows(**parts), mistakes


def _add(parts: dict[str, dict[str, Any]], flows: Flows, path: Path) -> Iterator[Mistake]:
    """Add the contents of a file to those of the files before; a name may be in one only."""
    for part, earlier in parts.items():
        added = getattr(flows, part)
        for name in sorted(earlier.keys() & added.keys()):
            yield Mistake(_shown(path), 1, name, "", f"{name} is in two files")
        earlier.update(added)


def _file(path: Path) -> Flows:
    data = _yaml(path)
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        mistakes: list[Mistake] = []
        for details in error.errors(include_url=False):
            mistakes.append(_mistake(path, data, details))
        raise FlowError(mistakes) from None
    scripts: dict[str, Script] = {}
    for name, flow in file.flows.items():
        scripts[name] = _script(path, data, name, flow)
    return Flows(
        scripts,
        file.slots,
        file.responses,
        file.commands,
    )


def _yaml(path: Path) -> Any:
    try:
        return _parsed(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        mistake = Mistake(_shown(path), line, "", "", str(error.problem))
        raise FlowError([mistake]) from error


@cache
def _parsed(text: str) -> Any:
    """Parse a file once: it takes a fifth of a second, and nobody changes what comes of it."""
    return YAML(typ="rt").load(text) or {}


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _mistake(path: Path, data: Any, details: Any) -> Mistake:
    """Write a mistake of pydantic's with the line of the innermost thing it speaks of."""
    location: Location = details["loc"]
    words = details["msg"].removeprefix("Value error, ")
    last = location[-1] if location else None
    if isinstance(last, str):
        words = f"{last}: {words}"
    flow = str(location[1]) if len(location) > 1 else ""
    step = _step_at(data, location)
    return Mistake(_shown(path), _line(data, location), flow, step, words)


def _step_at(data: Any, location: Location) -> str:
    """Name the step of a location: by its id, else by its number; "" outside of any step."""
    is_in_step = len(location) > MIN_STEP_LEVELS and location[2] == "steps"
    if not is_in_step:
        return ""
    _flows, flow, _steps, number, *_rest = location
    step = data["flows"][flow]["steps"][number]
    step_id = step.get("id") if isinstance(step, dict) else None
    return str(step_id or number)


def _line(data: Any, location: Location) -> int:
    """Return the line (from 1) of the innermost part of a location that is in the file.

    Names that pydantic adds are passed over.
    """
    line = data.lc.line if hasattr(data, "lc") else 0
    for part in location:
        try:
            position = data.lc.key(part) if isinstance(part, str) else data.lc.item(part)
            data = data[part]
            line = position[0]
        except (AttributeError, KeyError, TypeError, IndexError):
            continue
    return int(line) + 1


# --- laying steps out flat ------------------------------------------------------------------------


def _script(path: Path, data: Any, name: str, flow: Flow) -> Script:
    """Lay the steps of a flow out flat. Raises FlowError where two have one id."""
    location = ("flows", name, "steps")
    laid_steps = list(_flat(flow.steps, data["flows"][name]["steps"], ""))
    steps: dict[str, Step] = {}
    following: dict[str, str] = {}
    places = {"": Place(_shown(path), _line(data, location[:2]))}
    for laid_step in laid_steps:
        if laid_step.step_id in steps:
            raise _id_twice(path, _line(data, location), name, laid_step.step_id)
        steps[laid_step.step_id] = laid_step.step
        following[laid_step.step_id] = laid_step.following
        places[laid_step.step_id] = Place(_shown(path), laid_step.line)
    return Script(
        name,
        flow,
        steps,
        following,
        laid_steps[0].step_id,
        places,
    )


def _id_twice(path: Path, line: int, flow: str, step_id: str) -> FlowError:
    mistake = Mistake(_shown(path), line, flow, step_id, "two steps have this id")
    return FlowError([mistake])


def _flat(steps: list[Step], data: Any, prefix: str) -> Iterator[LaidStep]:
    """Lay steps out flat, with those inside their branches. `prefix` begins ids that we give."""
    ids = [_id(step, prefix, number) for number, step in enumerate(steps)]
    ids_after = [*ids[1:], END]
    for number, step in enumerate(steps):
        line = data.lc.item(number)[0] + 1
        laid_step = LaidStep(ids[number], step, ids_after[number], line)
        if isinstance(step.next, list):
            yield from _branched(laid_step, data[number]["next"])
        else:
            yield laid_step


def _id(step: Step, prefix: str, number: int) -> str:
    """Return the id of a step; without one, its place and its work name it."""
    if step.id:
        return step.id
    for word in WORK:
        content = getattr(step, word)
        if isinstance(content, str):
            return f"{prefix}{number}_{word}_{content}"
    return f"{prefix}{number}_step"


def _branched(laid_step: LaidStep, data: Any) -> Iterator[LaidStep]:
    """Lay a step out flat whose branches hold steps: they lead to ids then.

    After the last step of a branch comes what follows the branching step, as a reader expects.
    """
    branches: list[Branch] = []
    nested: list[LaidStep] = []
    listed = laid_step.step.next if isinstance(laid_step.step.next, list) else []
    for number, branch in enumerate(listed):
        target = branch.target
        if isinstance(target, list):
            prefix = f"{laid_step.step_id}.{number}."
            word = "then" if branch.if_ is not None else "else"
            inner = list(_flat(target, data[number][word], prefix))
            nested.extend(_led_on(inner, laid_step.following))
            target = inner[0].step_id
        branches.append(_leading_to(branch, target))
    step = laid_step.step.model_copy(update={"next": branches})
    yield replace(laid_step, step=step)
    yield from nested


def _leading_to(branch: Branch, step_id: str | None) -> Branch:
    """Return a branch that leads to the step of an id."""
    field = "then" if branch.if_ is not None else "else_"
    return branch.model_copy(update={field: step_id})


def _led_on(laid_steps: list[LaidStep], following: str) -> Iterator[LaidStep]:
    """Lead the laid_steps that end a branch on to the step behind it."""
    for laid_step in laid_steps:
        if laid_step.following == END:
            yield replace(laid_step, following=following)
        else:
            yield laid_step
