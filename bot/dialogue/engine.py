"""Take one turn of a conversation: from flows, state and message to a new state and replies.

No I/O.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue import hearing, precedence, stacks, wording
from bot.dialogue.conditions import holds
from bot.dialogue.flow import END, HELP_FLOW, REPORT_FLOW, SAFE_FLOW, Flows, Script, Step
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
from bot.messages import ASKS_IF_SAFE, Heard, Kind, Option, Reply

MAX_STEPS = 60  # in one turn; a flow that needs more goes round in circles
MAX_TRIES = 2  # answers to one question that could not be used: it is asked again once

ANSWERS_IF_SAFE = frozenset({SAFE_FLOW, HELP_FLOW})
LEFT_FLOW = "left_area"
# Nobody is asked whether they have left while they tell of somebody in need.
URGENT_FLOWS = frozenset({HELP_FLOW, REPORT_FLOW, "pattern_doubt"})

Act = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class EndlessFlowError(RuntimeError):
    """A turn took more than MAX_STEPS steps."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of a message: the state to keep, the replies in order, and the message as taken.

    `ends_keyboard`: the buttons for sharing that are on the screen belong to no question any more.
    """

    state: State
    replies: tuple[Reply, ...]
    heard: Heard
    ends_keyboard: bool = False


async def advance(flows: Flows, state: State, heard: Heard, act: Act) -> Turn:
    """Take one message.

    `act` does what actions name. Raises EndlessFlowError, and what `act` raises.
    """
    state = stacks.prune(flows, state)
    press = hearing.pressed(flows, state, heard)
    heard = hearing.resolve(flows, heard, press)
    plan = precedence.decide(flows, state, heard, press)
    if isinstance(plan.decision, Quiet):
        return Turn(state, (), heard)
    run = _Run(flows, act, _before(flows, state, heard, plan))
    await run.keep(plan)
    run.take(plan.decision)
    await run.go()
    has_keyboard = run.has_keyboard()
    after = replace(
        run.state, has_keyboard=has_keyboard or (state.has_keyboard and not run.replies)
    )
    ends_keyboard = state.has_keyboard and not after.has_keyboard
    return Turn(after, tuple(run.replies), heard, ends_keyboard)


def _before(flows: Flows, state: State, heard: Heard, plan: Plan) -> State:
    """Return the state in which a plan is carried out."""
    top = state.top
    waiting = flows.scripts[top.flow].steps[top.step].collect if top else None
    if heard.kind is not Kind.EDITED:
        state = state.note_asked(heard.arrival.message_id, waiting or "")
    state = state.correct(plan.corrected)
    return replace(state, offered=(), about=plan.about, told=plan.told)


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
    leaving: Mapping[str, Any] = field(default_factory=dict)  # where to, out of a crisis

    # --- taking what was decided ---

    async def keep(self, plan: Plan) -> None:
        """Keep what the message told beside the decision."""
        for aside in plan.asides:
            view = {**self._view(), **aside.slots}
            updates = await self.act(aside.action, view)
            self._note_place(updates)
            self._know(updates)
            if aside.key:
                self.say(aside.key)

    def take(self, decision: Decision) -> None:
        """Move to where the decision leads."""
        match decision:
            case Start(script, slots):
                self._start(script, slots)
            case Answer(value):
                self._fill(value)
            case Proceed(slots):
                self._proceed(slots)
            case Skip():
                self._leave(self._step)
            case Retry(key):
                self._ask_again(key=key)

    def _start(self, script: Script, slots: Mapping[str, Any]) -> None:
        """Begin a flow; it keeps its own earlier slots, and ends those that it cancels."""
        top = self.state.top
        is_running = top is not None and top.flow == script.name
        earlier = top.slots if top is not None and is_running else {}
        frame = Frame(script.name, script.first, {**earlier, **slots})
        remaining = stacks.without(self.flows, self.state, stacks.ended_by(self.flows, script))
        is_answer = script.name in ANSWERS_IF_SAFE
        asked_if_safe = self.state.asked_if_safe and not is_answer
        self.state = replace(remaining, asked_if_safe=asked_if_safe).push(frame)

    def _proceed(self, slots: Mapping[str, Any]) -> None:
        """Fill what was told. The waiting question comes back once; then it is let be."""
        step = self._step
        tries = self._frame.tries + 1
        self._tell(slots)
        if step.collect in slots:
            self._leave(step)
        elif step.once:
            self._let_once_go()
        elif tries < MAX_TRIES:
            self._count(tries)
        elif step.skip:
            self._leave(step)
        else:
            self.waits = True
            self.say("utter_noted_first" if step.patient else "utter_noted")

    def _fill(self, answer: Any) -> None:
        """Take the answer to the waiting question, unless a rejection holds for it."""
        step = self._step
        filled = self._frame.told({str(step.collect): answer})
        view = self.state.view(filled)
        for rejection in step.rejections:
            if holds(rejection.if_, view):
                self.say(rejection.utter)
                self._ask_again(aloud=False)
                return
        self.state = self.state.swap(replace(filled, tries=0))
        self._leave(step)

    def _ask_again(self, aloud: bool = True, key: str | None = None) -> None:
        """Ask the question once more, in other words; after MAX_TRIES it is let go.

        `key` says why an answer could not be used; then the question comes in its own words.
        """
        step = self._step
        tries = self._frame.tries + 1
        if key:
            self.say(key)
        if step.once:
            self._let_once_go()
        elif tries < MAX_TRIES:
            self._count(tries)
            self.reworded = key is None
            if aloud and key is None:
                self._say_retry(step)
        elif step.skip:
            self._leave(step)
        elif step.patient:
            self.waits = True
            self.say("utter_noted_first")
        else:
            self._let_go()
            self._start(self.flows.scripts["pattern_stuck"], {})

    def _count(self, tries: int) -> None:
        """Note how many answers to the waiting question could not be used."""
        self.state = self.state.swap(replace(self._frame, tries=tries))

    def _say_retry(self, step: Step) -> None:
        """Ask the question of a step in other words."""
        slot = self.flows.slots[str(step.collect)]
        self.say(f"utter_retry_{slot.type}")

    def _let_once_go(self) -> None:
        """Let a question be that is asked once: what was known stays."""
        self._say_retry(self._step)
        self.state = self.state.pop()

    def _let_go(self) -> None:
        """Drop the running flow and those that called it."""
        self.state = self.state.pop()
        while self.state.top and self._step.call:
            self.state = self.state.pop()

    # --- walking ---

    @property
    def _frame(self) -> Frame:
        assert self.state.top is not None
        return self.state.top

    @property
    def _step(self) -> Step:
        return self.flows.scripts[self._frame.flow].steps[self._frame.step]

    async def go(self) -> None:
        """Walk until a question waits or nothing is left to do."""
        while self.state.stack and not self.waits:
            self.steps += 1
            if self.steps > MAX_STEPS:
                flow = self._frame.flow
                raise EndlessFlowError(f"{flow} took more than {MAX_STEPS} steps")
            if self._frame.step == END:
                self._return()
            else:
                await self._do(self._step)
            if not self.state.stack or self.waits:
                self._ask_if_left()

    def _ask_if_left(self) -> None:
        """Ask somebody who may have left the area of a crisis, once, on top of what waits."""
        is_urgent = any(frame.flow in URGENT_FLOWS for frame in self.state.stack)
        if not self.leaving or is_urgent or LEFT_FLOW not in self.flows.scripts:
            return
        slots, self.leaving = dict(self.leaving), {}
        first = self.flows.scripts[LEFT_FLOW].first
        pushed = self.state.push(Frame(LEFT_FLOW, first, slots))
        self.state = replace(pushed, asked_if_left=slots["leaving"])
        self.waits = False

    def _note_place(self, updates: Mapping[str, Any]) -> None:
        """Note what an action found about where the person is: placed, or leaving a crisis."""
        if updates.get("leaving"):
            names = ("leaving", "place", "destination")
            self.leaving = {name: updates.get(name) for name in names}
        elif updates.get("placed"):
            self.state = replace(self.state, asked_if_left=None)

    def has_keyboard(self) -> bool:
        """Tell whether buttons for sharing are on the screen, and their question waits.

        A screen without buttons has none.
        """
        if not self.state.known.get("can_share"):
            return False
        if not self.replies:
            return self.state.has_keyboard
        if any(reply.ask_location or reply.ask_contact for reply in self.replies):
            return True
        return self._shares() in {"location", "contact"} and self.state.has_keyboard

    async def _do(self, step: Step) -> None:
        """Do one step: ask, enter another flow, fill slots, say something, or act."""
        if step.collect:
            self._ask(step)
            return
        if step.call or step.link:
            self._enter(step)
            return
        if step.set_slots:
            self._tell(wording.assigned(step.set_slots, self.state.view()))
        elif step.action and step.action.startswith("utter_"):
            self.say(step.action, wording.options(self.flows, step, step.action, self.state.view()))
        elif step.action:
            updates = await self.act(step.action, self._view())
            self._know(updates)
            self._tell(updates)
            self._note_place(updates)
        self._leave(step)

    def _ask(self, step: Step) -> None:
        """Ask for a slot, unless it is filled already."""
        answer = self.state.view().get(str(step.collect))
        if answer is not None and not step.ask_before_filling:
            self._leave(step)
            return
        self.waits = True
        buttons = wording.options(self.flows, step, step.question, self.state.view())
        if self.reworded:
            self._offer(buttons)
        else:
            self.say(step.question, buttons)
        self.replies[-1] = replace(self.replies[-1], asks=str(step.collect))

    def _offer(self, buttons: tuple[Option, ...]) -> None:
        """Put the buttons of the question under its other words, which were said last."""
        ask = wording.asks(self.flows, self._step.question)
        self.replies[-1] = replace(
            self.replies[-1],
            buttons=buttons,
            ask_location=ask == "location",
            ask_contact=ask == "contact",
        )
        self.state = replace(self.state, offered=buttons)

    def _enter(self, step: Step) -> None:
        """Go into another flow: a called one comes back, a linked one does not."""
        name = str(step.call or step.link)
        first = self.flows.scripts[name].first
        child = Frame(name, first, self._frame.slots)
        if step.call:
            self.state = self.state.push(child)
        else:
            self.state = self.state.swap(child)

    def _return(self) -> None:
        """Leave the flow that is over, for the one that called it or was interrupted by it."""
        ended = self._frame
        self.state = self.state.pop()
        if self.state.top is None:
            return
        if self._step.call == ended.flow:
            self._tell(ended.slots)
            self._leave(self._step)
        elif self._shares() == "contact" and self._step.skip:
            self._come_back(self._step)

    def _come_back(self, step: Step) -> None:
        """Ask for a number once more after an interruption, then no more."""
        frame = self._frame
        if frame.tries + 1 < MAX_TRIES:
            self.state = self.state.swap(replace(frame, tries=frame.tries + 1))
        else:
            self._leave(step)

    def _shares(self) -> str | None:
        """Tell what the question that waits has a button to share for."""
        step = self._step if self.state.top else None
        response = self.flows.responses.get(step.question) if step and step.collect else None
        return response.ask if response else None

    def _leave(self, step: Step) -> None:
        """Go to the step that follows."""
        following = replace(self._frame, step=self._after(step), tries=0)
        self.state = self.state.swap(following)

    def _after(self, step: Step) -> str:
        """Name the step that follows: the first branch whose condition holds, else the next one."""
        if isinstance(step.next, str):
            return step.next
        view = self.state.view()
        for branch in step.next or ():
            if branch.if_ is None or holds(branch.if_, view):
                return str(branch.target)
        return self.flows.scripts[self._frame.flow].following[self._frame.step]

    # --- knowing and saying ---

    def _view(self) -> Mapping[str, Any]:
        """Return what actions see: the slots, and about which country we asked before."""
        return {**self.state.view(), "asked_if_left": self.state.asked_if_left}

    def _know(self, updates: Mapping[str, Any]) -> None:
        """Keep what an action found out about the person, for every flow."""
        known = dict(self.state.known)
        for name, content in updates.items():
            if name in known:
                known[name] = content
        self.state = replace(self.state, known=known)

    def _tell(self, updates: Mapping[str, Any]) -> None:
        self.state = self.state.swap(self._frame.told(updates))

    def say(self, key: str, buttons: tuple[Option, ...] = ()) -> None:
        """Add a reply; its placeholders are filled from what the flow can see."""
        ask = wording.asks(self.flows, key)
        reply = Reply(
            key,
            wording.placeholders(self.flows, self.state.view()),
            buttons,
            ask_location=ask == "location",
            ask_contact=ask == "contact",
            asks=ASKS_IF_SAFE if ask == "safe" else "",
        )
        self.replies.append(reply)
        if ask == "safe":
            self.state = replace(self.state, asked_if_safe=True)
        if buttons:
            self.state = replace(self.state, offered=buttons)
