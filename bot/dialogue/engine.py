"""One turn of a conversation: flows, state and what was heard in, the new state and what to say
out. No I/O.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue import hearing, precedence, presses
from bot.dialogue.conditions import holds
from bot.dialogue.flow import END, HELP_FLOW, SAFE_FLOW, Flows, Script, Step
from bot.dialogue.presses import Decline
from bot.dialogue.situations import (
    Answer,
    Decision,
    Plan,
    Proceed,
    Quiet,
    Retry,
    Skip,
    Start,
)
from bot.dialogue.state import Frame, State
from bot.messages import Heard, Option, Reply, TextKey

MAX_STEPS = 60  # in one turn; a flow that needs more goes round in circles
MAX_TRIES = 2  # answers to one question that could not be used: it is asked again once

ANSWERS_IF_SAFE = frozenset({SAFE_FLOW, HELP_FLOW})

Act = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class EndlessFlowError(RuntimeError):
    """A turn took more than MAX_STEPS steps."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a message: the state to keep, what to say (in order), and how the message was
    taken.
    """

    state: State
    replies: tuple[Reply, ...]
    heard: Heard


async def advance(flows: Flows, state: State, heard: Heard, act: Act) -> Turn:
    """Takes one message.

    `act` does what actions name. Raises EndlessFlowError, and what `act` raises.
    """
    state = prune(flows, state)
    press = hearing.pressed(flows, state, heard)
    heard = hearing.resolve(flows, heard, press)
    plan = precedence.decide(flows, state, heard, press)
    if isinstance(plan.decision, Quiet):
        return Turn(state, (), heard)
    run = _Run(flows, act, replace(state, offered=(), about=plan.about, told=plan.told))
    await run.keep(plan)
    run.take(plan.decision)
    await run.go()
    return Turn(run.state, tuple(run.replies), heard)


def prune(flows: Flows, state: State) -> State:
    """Without what an older version of the flows left behind."""
    known = [
        f for f in state.stack if f.flow in flows.scripts and f.step in flows.scripts[f.flow].steps
    ]
    return replace(state, stack=tuple(known))


@dataclass(slots=True)
class _Run:
    """A turn under way."""

    flows: Flows
    act: Act
    state: State
    replies: list[Reply] = field(default_factory=list)
    steps: int = 0
    waits: bool = False
    reworded: bool = False  # the question was asked in other words already

    # --- taking what was decided ---

    async def keep(self, plan: Plan) -> None:
        """Keep what the message told beside the decision."""
        for aside in plan.asides:
            view = {**self.state.view(), **aside.slots}
            updates = await self.act(aside.action, view)
            fresh = {name: found for name, found in updates.items() if name in self.state.known}
            self.state = replace(self.state, known={**self.state.known, **fresh})
            if aside.key:
                self.say(aside.key)

    def take(self, decision: Decision) -> None:
        match decision:
            case Start(script, slots):
                self._start(script, slots)
            case Answer(value):
                self._fill(value)
            case Proceed(slots):
                self._proceed(slots)
            case Skip():
                self._leave(self._step)
            case Retry():
                self._ask_again()

    def _start(self, script: Script, slots: Mapping[str, Any]) -> None:
        top, cancels = self.state.top, script.flow.cancels
        told = {**(top.slots if top and top.flow == script.name else {}), **slots}
        gone = {script.name, *(cancels if isinstance(cancels, list) else self.flows.scripts)}
        gone.update(name for name, other in self.flows.scripts.items() if other.flow.fragile)
        is_answer = script.name in ANSWERS_IF_SAFE
        asked = self.state.asked_if_safe and not is_answer
        self.state = replace(self._without(gone), asked_if_safe=asked).push(
            Frame(script.name, script.first, told)
        )

    def _proceed(self, slots: Mapping[str, Any]) -> None:
        """Fill what was told. The waiting question comes back once; then it is let be."""
        step, frame = self._step, self._frame
        self._tell(slots)
        if step.collect in slots:
            self._leave(step)
        elif frame.tries + 1 < MAX_TRIES:
            self.state = self.state.swap(replace(self._frame, tries=frame.tries + 1))
        elif step.skip:
            self._leave(step)
        else:
            self.waits = True
            self.say("utter_noted_first" if step.patient else "utter_noted")

    def _without(self, gone: set[str]) -> State:
        """The state without these flows and the flows they called."""
        kept: list[Frame] = []
        calls: str | None = None  # what the flow just dropped had called
        for frame in self.state.stack:
            if frame.flow in gone or frame.flow == calls:
                calls = self.flows.scripts[frame.flow].steps[frame.step].call
            else:
                kept, calls = [*kept, frame], None
        return replace(self.state, stack=tuple(kept))

    def _fill(self, value: Any) -> None:
        step, frame = self._step, self._frame
        told = frame.told({str(step.collect): value})
        for rejection in step.rejections:
            if holds(rejection.if_, self.state.view(told)):
                self.say(rejection.utter)
                return self._ask_again(aloud=False)
        self.state = self.state.swap(replace(told, tries=0))
        return self._leave(step)

    def _ask_again(self, aloud: bool = True) -> None:
        """The question once more, in other words; after MAX_TRIES it is let go."""
        step, frame = self._step, self._frame
        if frame.tries + 1 < MAX_TRIES:
            self.state = self.state.swap(replace(frame, tries=frame.tries + 1))
            self.reworded = True
            if aloud:
                self.say(f"utter_retry_{self.flows.slots[str(step.collect)].type}")
        elif step.skip:
            self._leave(step)
        elif step.patient:
            self.waits = True
            self.say("utter_noted_first")
        else:
            self._let_go()
            self._start(self.flows.scripts["pattern_stuck"], {})

    def _let_go(self) -> None:
        """Drops the running flow and those that called it."""
        self.state = self.state.pop()
        while self.state.top and self._step.call:
            self.state = self.state.pop()

    # --- walking ---

    @property
    def _frame(self) -> Frame:
        assert self.state.top is not None
        return self.state.top

    @property
    def _script(self) -> Script:
        return self.flows.scripts[self._frame.flow]

    @property
    def _step(self) -> Step:
        return self._script.steps[self._frame.step]

    async def go(self) -> None:
        """Walks until a question waits or nothing is left to do."""
        while self.state.stack and not self.waits:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise EndlessFlowError(f"{self._frame.flow} took more than {MAX_STEPS} steps")
            if self._frame.step == END:
                self._return()
            else:
                await self._do(self._step)

    async def _do(self, step: Step) -> None:
        if step.collect:
            return self._ask(step)
        if step.call or step.link:
            return self._enter(step)
        if step.set_slots:
            self._tell(self._assigned(step.set_slots))
        elif step.action and step.action.startswith("utter_"):
            self.say(step.action, self._options(step, step.action))
        elif step.action:
            self._learn(await self.act(step.action, self.state.view()))
        return self._leave(step)

    def _ask(self, step: Step) -> None:
        is_known = self.state.view().get(str(step.collect)) is not None
        if is_known and not step.ask_before_filling:
            return self._leave(step)
        self.waits = True
        buttons = self._options(step, step.question)
        return self._offer(buttons) if self.reworded else self.say(step.question, buttons)

    def _offer(self, buttons: tuple[Option, ...]) -> None:
        response = self.flows.responses.get(self._step.question)
        ask = response.ask if response else None
        last = replace(
            self.replies[-1],
            buttons=buttons,
            ask_location=ask == "location",
            ask_contact=ask == "contact",
        )
        self.replies[-1], self.state = last, replace(self.state, offered=buttons)

    def _enter(self, step: Step) -> None:
        frame, name = self._frame, str(step.call or step.link)
        child = Frame(name, self.flows.scripts[name].first, frame.slots)
        self.state = self.state.push(child) if step.call else self.state.swap(child)

    def _return(self) -> None:
        """The flow on top is over: back to the one that called it, or to the question it
        interrupted.
        """
        done, self.state = self._frame, self.state.pop()
        if self.state.top and self._step.call == done.flow:
            self._tell(done.slots)
            self._leave(self._step)

    def _leave(self, step: Step) -> None:
        self.state = self.state.swap(replace(self._frame, step=self._after(step), tries=0))

    def _after(self, step: Step) -> str:
        if isinstance(step.next, str):
            return step.next
        for branch in step.next or ():
            if branch.if_ is None or holds(branch.if_, self.state.view()):
                return str(branch.target)
        return self._script.following[self._frame.step]

    # --- knowing and saying ---

    def _learn(self, updates: Mapping[str, Any]) -> None:
        """What an action found out: the flow's, and where it is of the person, everybody's."""
        fresh = {name: value for name, value in updates.items() if name in self.state.known}
        self.state = replace(self.state, known={**self.state.known, **fresh})
        self._tell(updates)

    def _tell(self, updates: Mapping[str, Any]) -> None:
        self.state = self.state.swap(self._frame.told(updates))

    def _assigned(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        view = self.state.view()
        return {slot: _value(value, view) for row in rows for slot, value in row.items()}

    def say(self, key: str, buttons: tuple[Option, ...] = ()) -> None:
        """One more reply, with what the flow can see as its values."""
        view = self.state.view()
        values = {
            name: "" if (value := view.get(name)) is None else value for name in self.flows.slots
        }
        response = self.flows.responses.get(key)
        ask = response.ask if response else None
        self.replies.append(Reply(key, values, buttons, ask == "location", ask == "contact"))
        if ask == "safe":
            self.state = replace(self.state, asked_if_safe=True)
        if buttons:
            self.state = replace(self.state, offered=buttons)

    def _options(self, step: Step, key: str) -> tuple[Option, ...]:
        """Return the options of a text: those an action found, those of the flow file, and to
        skip.
        """
        found = self.state.view().get(step.choices) if step.choices else None
        options: list[Option] = list(found or ())
        response = self.flows.responses.get(key)
        for button in response.buttons if response else ():
            press = presses.declared(button.payload, step.collect)
            options.append(Option(TextKey(button.title), presses.write(press)))
        # A number typed after "how many?" is the answer, never the line of a list beyond it.
        is_count = step.collect is not None and self.flows.slots[step.collect].type == "count"
        if step.skip and step.collect and not is_count:
            payload = presses.write(Decline(step.collect))
            options.append(Option(TextKey("label_skip"), payload))
        return tuple(options)


def _value(value: Any, view: Mapping[str, Any]) -> Any:
    """A value to set: a constant, or what another slot holds (`slots.place`)."""
    if isinstance(value, str) and value.startswith("slots."):
        return view.get(value.removeprefix("slots."))
    return value
