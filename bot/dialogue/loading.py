"""Reading the flow files: YAML with line numbers, the shape of every property, steps laid out
flat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

_Row = tuple[str, Step, str, int]  # id, step, what follows it, line


class _File(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True)

    flows: dict[str, Flow] = Field(default_factory=dict)
    slots: dict[str, Slot] = Field(default_factory=dict)
    responses: dict[str, Response] = Field(default_factory=dict)
    commands: dict[str, CommandWords] = Field(default_factory=dict)


def read(folder: Path) -> tuple[Flows, list[Mistake]]:
    """The flows of a folder as far as they could be read, and what could not."""
    mistakes: list[Mistake] = []
    parts: dict[str, dict[str, Any]] = {
        name: {} for name in ("scripts", "slots", "responses", "commands")
    }
    for path in sorted(folder.glob("*.yml")):
        try:
            _add(parts, _file(path), mistakes, path)
        except FlowError as error:
            mistakes += error.mistakes
    return Flows(**parts), mistakes


def _add(
    parts: dict[str, dict[str, Any]], found: Flows, mistakes: list[Mistake], path: Path
) -> None:
    for part, things in parts.items():
        new: Mapping[str, Any] = getattr(found, part)
        twice = sorted(things.keys() & new.keys())
        mistakes += [
            Mistake(_shown(path), 1, name, "", f"{name} is in two files") for name in twice
        ]
        things.update(new)


def _file(path: Path) -> Flows:
    data = _yaml(path)
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise FlowError(
            [_mistake(path, data, each) for each in error.errors(include_url=False)]
        ) from None
    scripts = {name: _script(path, data, name, flow) for name, flow in file.flows.items()}
    return Flows(scripts, file.slots, file.responses, file.commands)


def _yaml(path: Path) -> Any:
    try:
        return YAML(typ="rt").load(path.read_text("utf-8")) or {}
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FlowError([Mistake(_shown(path), line, "", "", str(error.problem))]) from error


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _mistake(path: Path, data: Any, error: Any) -> Mistake:
    """A mistake of pydantic's, with the line of the innermost thing it speaks of."""
    loc: tuple[str | int, ...] = error["loc"]
    flow = str(loc[1]) if len(loc) > 1 else ""
    step = ""
    if len(loc) > 3 and loc[2] == "steps":
        at = data["flows"][flow]["steps"][loc[3]]
        step = str(at.get("id") or loc[3]) if isinstance(at, dict) else str(loc[3])
    name = f"{loc[-1]}: " if loc and isinstance(loc[-1], str) else ""
    return Mistake(
        _shown(path),
        _line(data, loc),
        flow,
        step,
        name + error["msg"].removeprefix("Value error, "),
    )


def _line(data: Any, loc: tuple[str | int, ...]) -> int:
    """The line (from 1) of the innermost part of `loc` that is in the file; names pydantic adds are
    passed over.
    """
    line = data.lc.line if hasattr(data, "lc") else 0
    for part in loc:
        try:
            position = data.lc.key(part) if isinstance(part, str) else data.lc.item(part)
            data, line = data[part], position[0]
        except (AttributeError, KeyError, TypeError, IndexError):
            continue
    return int(line) + 1


# --- laying steps out flat ------------------------------------------------------------------------


def _script(path: Path, data: Any, name: str, flow: Flow) -> Script:
    loc = ("flows", name, "steps")
    rows = list(_flat(flow.steps, data["flows"][name]["steps"], ""))
    steps = {step_id: step for step_id, step, _next, _line in rows}
    if len(steps) < len(rows):
        ids = [row[0] for row in rows]
        twice = next(each for each in ids if ids.count(each) > 1)
        raise FlowError(
            [Mistake(_shown(path), _line(data, loc), name, twice, "two steps have this id")]
        )
    places = {step_id: Place(_shown(path), line) for step_id, _step, _next, line in rows}
    places[""] = Place(_shown(path), _line(data, loc[:2]))
    return Script(name, flow, steps, {row[0]: row[2] for row in rows}, rows[0][0], places)


def _flat(steps: list[Step], data: Any, inside: str) -> Iterator[_Row]:
    """(id, step, what follows it, line) of every step; those inside a branch stand for
    themselves.
    """
    ids = [_id(step, inside, index) for index, step in enumerate(steps)]
    for index, step in enumerate(steps):
        after = ids[index + 1] if index + 1 < len(ids) else END
        nested: list[_Row] = []
        if isinstance(step.next, list):
            # laid flat
            step, nested = _branches(step, data[index]["next"], ids[index], after)  # noqa: PLW2901
        yield ids[index], step, after, data.lc.item(index)[0] + 1
        yield from nested


def _id(step: Step, inside: str, index: int) -> str:
    what = next(
        (f"{word}_{value}" for word in WORK if isinstance(value := getattr(step, word), str)),
        "step",
    )
    return step.id or f"{inside}{index}_{what}"


def _branches(step: Step, data: Any, step_id: str, after: str) -> tuple[Step, list[_Row]]:
    """The step with its branches leading to ids, and the steps that stood inside them.

    After the last step of a branch comes what follows the branching step, as a reader expects.
    """
    flat: list[Branch] = []
    nested: list[_Row] = []
    branches = step.next if isinstance(step.next, list) else []
    for number, (branch, row) in enumerate(zip(branches, data, strict=True)):
        word, target = "then" if branch.if_ is not None else "else", branch.target
        if isinstance(target, list):
            inner = list(_flat(target, row[word], f"{step_id}.{number}."))
            nested += [
                (each, s, after if then == END else then, line) for each, s, then, line in inner
            ]
            target = inner[0][0]
        flat.append(branch.model_copy(update={"then" if word == "then" else "else_": target}))
    return step.model_copy(update={"next": flat}), nested
