"""Flows as they are written in `flows/*.yml`: loading them, and every mistake with its file, flow,
step and line.

The vocabulary is that of Rasa's flows and domain; ours are `interrupts`, `cancels`, `life_saving`,
`fragile`, `kinds`, `slots_trigger`, `label`, and in a collect step `skip`,
`patient`, `once`, `named` and `choices`.
`docs/flows.md` explains each word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.dialogue import presses
from bot.dialogue.presses import Command
from bot.messages import Kind
from bot.text.catalogues import catalogue
from bot.text.text import LANGUAGES
from nlu.language.folding import fold

END = "END"
SLOT_PREFIX = "slots."  # of what names a slot in the flow files
# The flows that the order of precedence names.
HELP_FLOW = "check_in_help"
SAFE_FLOW = "check_in_safe"
STAY_FLOW = "check_in_staying"
REPORT_FLOW = "report_relative"
DOUBT_FLOW = "pattern_doubt"
# What a step can do; a step may also only branch.
WORK = (
    "collect",
    "action",
    "set_slots",
    "link",
    "call",
)
# What only a step that asks can have.
COLLECTING = frozenset(
    (
        "utter",
        "ask_before_filling",
        "skip",
        "patient",
        "once",
        "named",
        "rejections",
    )
)
TEXT_PREFIX = "utter_"  # of an action that only says something

SlotType = Literal[
    "bool",
    "choice",
    "name",
    "note",
    "count",
    "place",
    "where",
    "leaving",
    "destination",
    "day",
    "here",
    "whereabouts",
    "phone",
    "relative",
    "any",
]


class Strict(BaseModel):
    """A part of a flow file: a word we do not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Slot(Strict):
    """Something a flow remembers.

    `type` says how an answer is read; `values` are the choices and the words for each.

    `from_message: true` fills it from the message that starts a flow, without asking.
    """

    type: SlotType = "any"
    from_message: bool = False
    values: Mapping[str, list[str]] = Field(default_factory=dict)


class ResponseButton(Strict):
    """A button: a key of the catalogues and what comes back (`/command …`, or the value of the slot
    asked for).
    """

    title: str
    payload: str


class Response(Strict):
    """What belongs to a text besides its words."""

    buttons: list[ResponseButton] = Field(default_factory=list)
    ask: Literal["location", "contact", "safe"] | None = None


class CommandWords(Strict):
    """A command and the words that are typed for it where there is no slash; each stands for an
    intent.
    """

    intent: str
    words: list[str] = Field(default_factory=list)


Target = str | list["Step"]  # the id of a step, END, or steps of its own


class Branch(Strict):
    """One way on: `if`/`then` or `else`, to a step, to END, or through steps of its own."""

    if_: str | None = Field(None, alias="if")
    then: Target | None = None
    else_: Target | None = Field(None, alias="else")

    @model_validator(mode="after")
    def _is_whole(self) -> Branch:
        has_condition = self.if_ is not None
        has_then = self.then is not None
        has_else = self.else_ is not None
        if has_condition != has_then or has_condition == has_else:
            raise ValueError("write either `if` with `then`, or `else`")
        return self

    @property
    def target(self) -> Target:
        """Return where it leads."""
        if self.then is not None:
            return self.then
        return self.else_ or END


class Rejection(Strict):
    """An answer that is not accepted, and what to say then."""

    if_: str = Field(alias="if")
    utter: str


class Step(Strict):
    """One step. Exactly one of `collect`, `action`, `set_slots`, `link`, `call`; or
    `next` alone.
    """

    id: str | None = None
    description: str = ""
    collect: str | None = None
    action: str | None = None
    set_slots: list[dict[str, Any]] | None = None
    link: str | None = None
    call: str | None = None
    utter: str | None = None
    ask_before_filling: bool = False
    skip: bool = False
    patient: bool = False
    once: bool = False
    named: bool = False
    choices: str | None = None
    rejections: list[Rejection] = Field(default_factory=list)
    next: str | list[Branch] | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Step:
        done = self._work()
        if len(done) > 1 or (not done and self.next is None):
            named = " and ".join(done) or "none"
            raise ValueError(f"a step does one of {', '.join(WORK)}; this one has {named}")
        misplaced = COLLECTING & self.model_fields_set
        if misplaced and not self.collect:
            raise ValueError(f"{', '.join(sorted(misplaced))} belong to a collect step")
        if self.link and self.next:
            raise ValueError("nothing comes after a link")
        return self

    def _work(self) -> list[str]:
        """Name what the step does."""
        done = []
        for word in WORK:
            if getattr(self, word) is not None:
                done.append(word)
        return done

    @property
    def question(self) -> str:
        """Return the key of a collect step's text."""
        return self.utter or f"utter_ask_{self.collect}"

    @property
    def branches(self) -> Sequence[Branch]:
        """Return the ways on, where there are several."""
        if isinstance(self.next, list):
            return self.next
        return ()

    @property
    def says(self) -> str | None:
        """Return the key of the text that the step says and asks nothing with."""
        if self.action and self.action.startswith(TEXT_PREFIX):
            return self.action
        return None


class Flow(Strict):
    """A conversation. See `docs/flows.md` for what each property means."""

    description: str
    label: str | None = None
    nlu_trigger: list[str] = Field(default_factory=list)
    kinds: list[Kind] = Field(default_factory=list)
    slots_trigger: list[str] = Field(default_factory=list)
    interrupts: bool = False
    life_saving: bool = False
    cancels: Literal["all"] | list[str] = Field(default_factory=list)
    fragile: bool = False
    steps: list[Step] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in the flows or the catalogues. `line` counts from 1."""

    file: str
    line: int
    flow: str
    step: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        name = ".".join(filter(None, (self.flow, self.step)))
        if not name:
            return f"{place}: {self.message}"
        return f"{place}: {name}: {self.message}"


class FlowError(Exception):
    """Flows that cannot be used; `mistakes` says where and why."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        lines = map(str, mistakes)
        super().__init__("\n".join(lines))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Place:
    """Where a flow or step is written, for messages."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Script:
    """A flow ready to run: its steps by id, and which one follows when a step does not say."""

    name: str
    flow: Flow
    steps: Mapping[str, Step]
    following: Mapping[str, str]
    first: str
    places: Mapping[str, Place]  # by step id, "" is the flow itself


@dataclass(frozen=True)
class Flows:
    """Everything that was loaded."""

    scripts: Mapping[str, Script]
    slots: Mapping[str, Slot] = field(default_factory=dict)
    responses: Mapping[str, Response] = field(default_factory=dict)
    commands: Mapping[str, CommandWords] = field(default_factory=dict)

    def step_at(self, flow: str, step_id: str) -> Step:
        """Return a step of a flow."""
        return self.scripts[flow].steps[step_id]

    def slot_of(self, step: Step | None) -> Slot | None:
        """Return the slot that a step asks for."""
        if step is None or not step.collect:
            return None
        return self.slots[step.collect]

    @cached_property
    def by_intent(self) -> Mapping[str, Script]:
        """Return the flow each intent starts."""
        scripts = {}
        for script in self.scripts.values():
            for intent in script.flow.nlu_trigger:
                scripts[intent] = script
        return scripts

    @cached_property
    def by_kind(self) -> Mapping[Kind, Script]:
        """Return the flow a kind of message starts."""
        scripts = {}
        for script in self.scripts.values():
            for kind in script.flow.kinds:
                scripts[kind] = script
        return scripts

    @cached_property
    def typed(self) -> Mapping[str, str]:
        """Return the command that each folded word is typed for."""
        names = {}
        for name, command in self.commands.items():
            for word in (name, *command.words):
                names[fold(word)] = name
        return names

    @cached_property
    def labels(self) -> Mapping[str, Command]:
        """Return the command of each button that starts a flow, by its folded label.

        Typed later, the label means the same.
        """
        commands = {}
        for language in LANGUAGES:
            entries = catalogue(language).entries
            for title, command in self._commands_by_title():
                if title in entries:
                    label = entries[title].string
                    commands[fold(label)] = command
        return commands

    def _commands_by_title(self) -> Iterator[tuple[str, Command]]:
        """Yield the title and the command of each flow with a label, and button that starts one."""
        for intent, script in self.by_intent.items():
            if script.flow.label:
                yield script.flow.label, Command(intent)
        for response in self.responses.values():
            for button in response.buttons:
                press = presses.declared(button.payload, None)
                if isinstance(press, Command) and not press.argument:
                    yield button.title, press

    @cached_property
    def life_saving(self) -> frozenset[str]:
        """Return the intents that are a cry for help."""
        intents = set()
        for intent, script in self.by_intent.items():
            if script.flow.life_saving:
                intents.add(intent)
        return frozenset(intents)
