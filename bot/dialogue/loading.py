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

Parts = dict[str, dict[str, Any]]  # the contents of all files, by the property of `Flows`

MIN_FLOW_LEVELS = 2  # of a location within a flow: "flows", its name
MIN_STEP_LEVELS = 3  # of a location within a step: "flows", the flow, "steps", the number


@dataclass(frozen=True, slots=True)
class Source:
    """Where a flow is written: its file, all that the file holds, and the flow's name."""

    path: Path
    data: Any
    name: str

    @property
    def file(self) -> str:
        """Return the file as messages show it."""
        return _shown(self.path)

    @property
    def place(self) -> Place:
        """Return where the flow begins."""
        line = _line(self.data, ("flows", self.name))
        return Place(self.file, line)

    @property
    def steps(self) -> Any:
        """Return the steps as the file holds them."""
        return self.data["flows"][self.name]["steps"]

    @property
    def line_of_steps(self) -> int:
        """Return the line (from 1) where the steps begin."""
        return _line(self.data, ("flows", self.name, "steps"))


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
    parts: Parts = {
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


def _add(
    parts: Parts,
    flows: Flows,
    path: Path,
) -> Iterator[Mistake]:
    """Add the contents of a file to those of the files before; a name may be in one only."""
    for part, earlier in parts.items():
        added = getattr(flows, part)
        repeated = earlier.keys() & added.keys()
        for name in sorted(repeated):
            yield Mistake(_shown(path), 1, name, "", f"{name} is in two files")
        earlier.update(added)


def _file(path: Path) -> Flows:
    data = _yaml(path)
    file = _validated(path, data)
    scripts = {}
    for name, flow in file.flows.items():
        source = Source(path, data, name)
        scripts[name] = _script(source, flow)
    return Flows(
        scripts,
        file.slots,
        file.responses,
        file.commands,
    )


def _validated(path: Path, data: Any) -> _File:
    """Check the shape of each property. Raises FlowError with every mistake."""
    try:
        return _File.model_validate(data)
    except ValidationError as error:
        mistakes = []
        for details in error.errors(include_url=False):
            mistake = _mistake(path, data, details)
            mistakes.append(mistake)
        raise FlowError(mistakes) from None


def _yaml(path: Path) -> Any:
    try:
        return _parsed(path.read_text("utf-8"))
    except MarkedYAMLError as error:
        line = 1
        if error.problem_mark:
            line += error.problem_mark.line
        mistake = Mistake(_shown(path), line, "", "", str(error.problem))
        raise FlowError([mistake]) from error


@cache
def _parsed(text: str) -> Any:
    """Parse a file once: it takes a fifth of a second, and nobody changes what comes of it."""
    yaml = YAML(typ="rt")
    return yaml.load(text) or {}


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _mistake(
    path: Path,
    data: Any,
    details: Any,
) -> Mistake:
    """Write a mistake of pydantic's with the line of the innermost thing it speaks of."""
    location: Location = details["loc"]
    return Mistake(
        _shown(path),
        _line(data, location),
        _flow_at(location),
        _step_at(data, location),
        _message(location, details["msg"]),
    )


def _message(location: Location, message: str) -> str:
    """Word a mistake of pydantic's, with the property that it is about."""
    plain = message.removeprefix("Value error, ")
    if location and isinstance(location[-1], str):
        return f"{location[-1]}: {plain}"
    return plain


def _flow_at(location: Location) -> str:
    """Name the flow of a location; "" outside of any flow."""
    if len(location) < MIN_FLOW_LEVELS:
        return ""
    return str(location[1])


def _step_at(data: Any, location: Location) -> str:
    """Name the step of a location: by its id, else by its number; "" outside of any step."""
    is_in_step = len(location) > MIN_STEP_LEVELS and location[2] == "steps"
    if not is_in_step:
        return ""
    _flows, flow, _steps, number, *_rest = location
    step = data["flows"][flow]["steps"][number]
    if isinstance(step, dict) and step.get("id"):
        return str(step["id"])
    return str(number)


def _line(data: Any, location: Location) -> int:
    """Return the line (from 1) of the innermost part of a location that is in the file.

    Names that pydantic adds are passed over.
    """
    line = 0
    if hasattr(data, "lc"):
        line = data.lc.line
    for key in location:
        try:
            start = _start(data, key)
            data = data[key]
        except (AttributeError, KeyError, TypeError, IndexError):
            continue
        line = start
    return int(line) + 1


def _start(data: Any, key: str | int) -> Any:
    """Return the line (from 0) on which a property or an element begins."""
    if isinstance(key, str):
        return data.lc.key(key)[0]
    return data.lc.item(key)[0]


# --- laying steps out flat ------------------------------------------------------------------------


def _script(source: Source, flow: Flow) -> Script:
    """Lay the steps of a flow out flat. Raises FlowError where two have one id."""
    laid_steps = list(_flat(flow.steps, source.steps, ""))
    steps = {}
    following = {}
    places = {"": source.place}
    for laid_step in laid_steps:
        step_id = laid_step.step_id
        if step_id in steps:
            raise _id_twice(source, step_id)
        steps[step_id] = laid_step.step
        following[step_id] = laid_step.following
        places[step_id] = Place(source.file, laid_step.line)
    return Script(
        source.name,
        flow,
        steps,
        following,
        laid_steps[0].step_id,
        places,
    )


def _id_twice(source: Source, step_id: str) -> FlowError:
    mistake = Mistake(
        source.file,
        source.line_of_steps,
        source.name,
        step_id,
        "two steps have this id",
    )
    return FlowError([mistake])


def _flat(
    steps: list[Step],
    data: Any,
    prefix: str,
) -> Iterator[LaidStep]:
    """Lay steps out flat, with those inside their branches. `prefix` begins ids that we give."""
    ids = [_id(step, prefix, number) for number, step in enumerate(steps)]
    ids_after = [*ids[1:], END]
    for number, step in enumerate(steps):
        laid_step = LaidStep(
            ids[number],
            step,
            ids_after[number],
            line=_start(data, number) + 1,
        )
        if isinstance(step.next, list):
            yield from _branched(laid_step, data[number]["next"])
        else:
            yield laid_step


def _id(
    step: Step,
    prefix: str,
    number: int,
) -> str:
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
    branches = []
    nested: list[LaidStep] = []
    for number, branch in enumerate(laid_step.step.branches):
        target = branch.target
        if isinstance(target, list):
            prefix = f"{laid_step.step_id}.{number}."
            steps = data[number][_word(branch)]
            inner = list(_flat(target, steps, prefix))
            nested.extend(_led_on(inner, laid_step.following))
            target = inner[0].step_id
        branches.append(_leading_to(branch, target))
    step = laid_step.step.model_copy(update={"next": branches})
    yield replace(laid_step, step=step)
    yield from nested


def _word(branch: Branch) -> str:
    """Return the word of the flow files behind which a branch leads on."""
    if branch.if_ is None:
        return "else"
    return "then"


def _leading_to(branch: Branch, step_id: str) -> Branch:
    """Return a branch that leads to the step of an id."""
    if branch.if_ is None:
        return branch.model_copy(update={"else_": step_id})
    return branch.model_copy(update={"then": step_id})


def _led_on(laid_steps: list[LaidStep], following: str) -> Iterator[LaidStep]:
    """Lead the laid_steps that end a branch on to the step behind it."""
    for laid_step in laid_steps:
        if laid_step.following == END:
            yield replace(laid_step, following=following)
        else:
            yield laid_step
