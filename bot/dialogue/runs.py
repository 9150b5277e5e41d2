"""A turn under way: it moves to where the decision leads, and walks until a question waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.dialogue import stacks, steps, wording
from bot.dialogue.flow import DOUBT_FLOW, END, HELP_FLOW, REPORT_FLOW, Flows, Script, Step
from bot.dialogue.records import Slots
from bot.dialogue.situations import (
    Answer,
    Decision,
    Plan,
    Proceed,
    Retry,
    Skip,
    Start,
)
from bot.dialogue.state import Frame, State
from bot.messages import ASKS_IF_SAFE, Option, Reply

MAX_STEPS = 60  # in one turn; a flow that needs more goes round in circles
MAX_TRIES = 2  # answers to one question that could not be used: it is asked again once

LEFT_FLOW = "left_area"
# Nobody is asked whether they have left while they tell of somebody in need.
URGENT_FLOWS = frozenset({HELP_FLOW, REPORT_FLOW, DOUBT_FLOW})

Act = Callable[[str, Slots], Awaitable[Slots]]


class EndlessFlowError(RuntimeError):
    """A turn took more than MAX_STEPS steps."""


@dataclass(slots=True)
class Run:
    """A turn under way."""

    flows: Flows
    act: Act
    state: State
    replies: list[Reply] = field(default_factory=list)
    step_count: int = 0
    waits: bool = False
    reworded: bool = False  # the question was asked in other words already
    leaving: Slots = field(default_factory=dict)  # where to, out of a crisis

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
            case Answer(content):
                self._fill(content)
            case Proceed(slots):
                self._proceed(slots)
            case Skip():
                self._leave(self._step)
            case Retry(None):
                self._ask_again()
            case Retry(reason):
                self._ask_again(reason)

    def _start(self, script: Script, slots: Slots) -> None:
        """Begin a flow; it keeps its own earlier slots, and ends those that it cancels."""
        self.state = stacks.begun(self.flows, self.state, script, slots)

    def _proceed(self, slots: Slots) -> None:
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
            self._say_noted(step)

    def _say_noted(self, step: Step) -> None:
        """Say that it was written down; a patient question waits on."""
        key = "utter_noted"
        if step.patient:
            key = "utter_noted_first"
        self.say(key)

    def _fill(self, answer: Any) -> None:
        """Take the answer to the waiting question, unless a rejection holds for it."""
        step = self._step
        slot = str(step.collect)
        filled = self._frame.told({slot: answer})
        rejection = steps.rejection(self.state, step, filled)
        if rejection is not None:
            self.say(rejection.utter)
            self._try_again()
            return
        self.state = self.state.swap(replace(filled, tries=0))
        self._leave(step)

    def _ask_again(self, reason: str | None = None) -> None:
        """Ask the question once more; after MAX_TRIES it is let go.

        `reason` is the key of a text that says why an answer could not be used; then the question
        comes in its own words, else in other ones.
        """
        if reason:
            self.say(reason)
        step = self._step
        is_asked = self._try_again(is_reworded=reason is None)
        if is_asked and reason is None:
            self._say_retry(step)

    def _try_again(self, is_reworded: bool = True) -> bool:
        """Let the question wait once more; tell whether it does, or was let go."""
        step = self._step
        tries = self._frame.tries + 1
        if step.once:
            self._let_once_go()
            return False
        if tries < MAX_TRIES:
            self._count(tries)
            self.reworded = is_reworded
            return True
        self._give_up(step)
        return False

    def _give_up(self, step: Step) -> None:
        """Leave a question that got no answer; a patient one waits on."""
        if step.skip:
            self._leave(step)
        elif step.patient:
            self.waits = True
            self._say_noted(step)
        else:
            self._let_go()
            self._start(self.flows.scripts["pattern_stuck"], {})

    def _count(self, tries: int) -> None:
        """Note how many answers to the waiting question could not be used."""
        frame = replace(self._frame, tries=tries)
        self.state = self.state.swap(frame)

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
        frame = self._frame
        return self.flows.step_at(frame.flow, frame.step)

    async def go(self) -> None:
        """Walk until a question waits or nothing is left to do."""
        while not self._is_over():
            self.step_count += 1
            if self.step_count > MAX_STEPS:
                flow = self._frame.flow
                raise EndlessFlowError(f"{flow} took more than {MAX_STEPS} steps")
            if self._frame.step == END:
                self._return()
            else:
                await self._do(self._step)
            if self._is_over():
                self._ask_if_left()

    def _is_over(self) -> bool:
        """Tell whether a question waits, or no flow is in progress any more."""
        return self.waits or not self.state.stack

    def _ask_if_left(self) -> None:
        """Ask somebody who may have left the area of a crisis, once, on top of what waits."""
        script = self.flows.scripts.get(LEFT_FLOW)
        if not self.leaving or script is None:
            return
        if any(frame.flow in URGENT_FLOWS for frame in self.state.stack):
            return
        slots = self.leaving
        self.leaving = {}
        frame = Frame(LEFT_FLOW, script.first, slots)
        pushed = self.state.push(frame)
        self.state = replace(pushed, asked_if_left=slots["leaving"])
        self.waits = False

    def _note_place(self, updates: Slots) -> None:
        """Note what an action found about where the person is: placed, or leaving a crisis."""
        if updates.get("leaving"):
            self.leaving = {
                "leaving": updates["leaving"],
                "place": updates.get("place"),
                "destination": updates.get("destination"),
            }
        elif updates.get("placed"):
            self.state = replace(self.state, asked_if_left=None)

    def has_keyboard(self) -> bool:
        """Tell whether buttons for sharing are on the screen, and their question waits.

        A screen without buttons has none.
        """
        if not self.state.knows("can_share"):
            return False
        if not self.replies:
            return self.state.has_keyboard
        for reply in self.replies:
            has_buttons = reply.ask_location or reply.ask_contact
            if has_buttons:
                return True
        return self.state.has_keyboard and self._shares() in {"location", "contact"}

    async def _do(self, step: Step) -> None:
        """Do one step: ask, enter another flow, fill slots, say something, or act."""
        if step.collect:
            self._ask(step)
            return
        if step.call or step.link:
            self._enter(step)
            return
        if step.set_slots:
            slots = wording.assigned(step.set_slots, self.state.view())
            self._tell(slots)
        elif step.says:
            self.say(step.says, self._buttons(step, step.says))
        elif step.action:
            await self._act(step.action)
        self._leave(step)

    async def _act(self, action: str) -> None:
        """Run an action, and keep what it found out."""
        updates = await self.act(action, self._view())
        self._know(updates)
        self._tell(updates)
        self._note_place(updates)

    def _buttons(self, step: Step, key: str) -> tuple[Option, ...]:
        """Return the options under a text of a step."""
        view = self.state.view()
        return wording.options(
            self.flows,
            step,
            key,
            view,
        )

    def _ask(self, step: Step) -> None:
        """Ask for a slot, unless it is filled already."""
        slot = str(step.collect)
        is_filled = self.state.view().get(slot) is not None
        if is_filled and not step.ask_before_filling:
            self._leave(step)
            return
        self.waits = True
        buttons = self._buttons(step, step.question)
        if self.reworded:
            self._offer(buttons)
        else:
            self.say(step.question, buttons)
        self._change_last_reply(asks=slot)

    def _offer(self, buttons: tuple[Option, ...]) -> None:
        """Put the buttons of the question under its other words, which were said last."""
        ask = wording.asks(self.flows, self._step.question)
        self._change_last_reply(
            buttons=buttons,
            ask_location=ask == "location",
            ask_contact=ask == "contact",
        )
        self.state = replace(self.state, offered=buttons)

    def _change_last_reply(self, **changes: Any) -> None:
        last = self.replies.pop()
        self.replies.append(replace(last, **changes))

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
        step = self._step
        if step.call == ended.flow:
            self._tell(ended.slots)
            self._leave(step)
        elif step.skip and self._shares() == "contact":
            self._come_back(step)

    def _come_back(self, step: Step) -> None:
        """Ask for a number once more after an interruption, then no more."""
        tries = self._frame.tries + 1
        if tries < MAX_TRIES:
            self._count(tries)
        else:
            self._leave(step)

    def _shares(self) -> str | None:
        """Tell what the question that waits has a button to share for."""
        if self.state.top is None or not self._step.collect:
            return None
        return wording.asks(self.flows, self._step.question)

    def _leave(self, step: Step) -> None:
        """Go to the step that follows."""
        frame = self._frame
        step_id = steps.after(self.flows, self.state, frame, step)
        following = replace(frame, step=step_id, tries=0)
        self.state = self.state.swap(following)

    # --- knowing and saying ---

    def _view(self) -> Slots:
        """Return what actions see: the slots, and about which country we asked before."""
        return {**self.state.view(), "asked_if_left": self.state.asked_if_left}

    def _know(self, updates: Slots) -> None:
        """Keep what an action found out about the person, for every flow."""
        known = dict(self.state.known)
        for name, content in updates.items():
            if name in known:
                known[name] = content
        self.state = replace(self.state, known=known)

    def _tell(self, updates: Slots) -> None:
        frame = self._frame.told(updates)
        self.state = self.state.swap(frame)

    def say(self, key: str, buttons: tuple[Option, ...] = ()) -> None:
        """Add a reply; its placeholders are filled from what the flow can see."""
        ask = wording.asks(self.flows, key)
        asks = ""
        if ask == "safe":
            asks = ASKS_IF_SAFE
            self.state = replace(self.state, asked_if_safe=True)
        reply = Reply(
            key,
            wording.placeholders(self.flows, self.state.view()),
            buttons,
            ask_location=ask == "location",
            ask_contact=ask == "contact",
            asks=asks,
        )
        self.replies.append(reply)
        if buttons:
            self.state = replace(self.state, offered=buttons)
