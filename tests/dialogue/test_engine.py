"""The engine alone: precedence, interruptions, caps. No database, no channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue import checking, drawing, engine
from bot.dialogue.flow import Flows
from bot.dialogue.state import DEEPEST, Frame, State
from bot.messages import Heard, Kind
from bot.practice.talk import EXACT

FLOWS = checking.load()


@dataclass
class Person:
    """Somebody talking to the engine; `done` are the actions it asked for."""

    flows: Flows = field(default_factory=lambda: FLOWS)
    state: State = field(default_factory=State)
    done: list[str] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)

    async def act(self, name: str, slots: Mapping[str, Any]) -> Mapping[str, Any]:
        self.done.append(name)
        return {"placed": True} if name == "weigh_place" else {}

    async def hear(self, heard: Heard) -> list[str]:
        """The keys of what is said to that.

        The state goes through JSON, as between two messages.
        """
        kept = State.from_json(self.state.to_json(), self.known)
        turn = await engine.advance(self.flows, kept, heard, self.act)
        self.state = turn.state
        return [reply.key for reply in turn.replies]

    async def say(self, text: str, **guess: float) -> list[str]:
        if not guess:
            return await self.hear(await EXACT(text, None))
        ranking = tuple(sorted(guess.items(), key=lambda each: -each[1]))
        return await self.hear(Heard(Kind.TEXT, text, "", *ranking[0], ranking=ranking, by="rasa"))

    @property
    def flow(self) -> str:
        return self.state.top.flow if self.state.top else ""


# --- precedence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["إيقاف", "stop", "STOP", "/stop", "ايقاف", "توقف", "unsubscribe"]
)
@pytest.mark.parametrize(
    "before", [[], ["تسجيل"], ["تسجيل", "نعم"], ["نجدة"], ["انسني"], ["لغة"], ["مكاني"]]
)
async def test_stop_is_understood_in_any_state(words: str, before: list[str]) -> None:
    person = Person()
    for earlier in before:
        await person.say(earlier)

    assert await person.say(words) == ["utter_stopped"]
    assert person.state.stack == ()


@pytest.mark.parametrize("words", ["نجدة", "ساعدونا", "help me", "sos", "sa3douni", "🆘"])
@pytest.mark.parametrize(
    "before", [[], ["تسجيل"], ["تسجيل", "نعم"], ["انسني"], ["لغة"], ["مكاني"], ["بخير"]]
)
async def test_a_cry_for_help_interrupts_everything(words: str, before: list[str]) -> None:
    person = Person()
    for earlier in before:
        await person.say(earlier)

    assert (await person.say(words))[0] == "utter_help_recorded"
    assert "record_help" in person.done


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        ("الأمور ماشية", {"checkin_safe": 0.59, "need_help": 0.36}),
        ("احنا بخير بس ما عندناش ميه", {"checkin_safe": 0.95}),
        ("not safe at all", {"checkin_safe": 0.9}),
        ("mish b5air wallah", {"checkin_safe": 0.9}),
        ("mnach b5er", {"checkin_safe": 0.9}),
        ("منيش بخير", {"checkin_safe": 0.9}),
    ],
)
@pytest.mark.parametrize("before", [[], ["تسجيل"], ["مكاني"]])
async def test_in_doubt_nobody_is_filed_as_safe_and_staff_are_told(
    words: str, guess: dict[str, float], before: list[str]
) -> None:
    person = Person()
    for earlier in before:
        await person.say(earlier)

    assert await person.say(words, **guess) == ["utter_ask_doubt"]
    assert "record_safe" not in person.done
    assert "note_doubt" in person.done


async def test_calling_for_rescue_is_a_cry_even_where_a_reader_hears_safe() -> None:
    person = Person()

    answers = await person.say("someone come save us!!", checkin_safe=0.7, greet=0.2, need_help=0.1)

    assert answers[0] == "utter_help_recorded"
    assert "record_safe" not in person.done


async def test_a_model_alone_that_is_not_sure_of_safe_is_asked_back() -> None:
    person = Person()

    assert await person.say("الأمور ماشية", checkin_safe=0.59) == ["utter_out_of_scope"]
    assert not {"record_safe", "note_doubt"} & set(person.done)


@pytest.mark.parametrize(
    ("words", "said", "done"),
    [
        ("لا", "utter_help_recorded", "record_help"),
        ("لأ", "utter_help_recorded", "record_help"),
        ("nope", "utter_help_recorded", "record_help"),
        ("la", "utter_help_recorded", "record_help"),
        ("👎", "utter_help_recorded", "record_help"),
        ("نعم", "utter_safe_recorded", "record_safe"),
        ("yes", "utter_safe_recorded", "record_safe"),
    ],
)
@pytest.mark.parametrize("between", [[], ["شكرا"], ["/ask_privacy"]])
async def test_yes_and_no_answer_whether_they_are_safe_until_that_is_answered(
    words: str, said: str, done: str, between: list[str]
) -> None:
    person = Person(known={"is_new": True})
    for earlier in ["/start", *between]:
        await person.say(earlier)

    assert (await person.say(words))[0] == said
    assert done in person.done
    assert not person.state.asked_if_safe


async def test_a_yes_that_was_not_asked_for_files_nobody() -> None:
    person = Person()
    await person.say("/help")

    await person.say("نعم")

    assert "record_safe" not in person.done


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("أنا بخير", "checkin_safe"),
        ("we are all safe", "checkin_safe"),
        ("احذف بياناتي", "delete_data"),
        ("شكرا لكم", "thanks_bye"),
        ("نعم", "affirm"),
    ],
)
async def test_an_edit_of_an_unknown_message_files_nobody_safe(words: str, intent: str) -> None:
    person = Person(known={"consented": True})

    heard = await EXACT(words, None)
    ranking = ((intent, 0.95),)
    edited = replace(
        heard, kind=Kind.EDITED, intent=intent, confidence=0.95, ranking=ranking, by="rasa"
    )

    assert await person.hear(edited)
    assert "record_safe" not in person.done
    assert "erase" not in person.done


async def test_a_clear_safe_is_filed_at_once() -> None:
    person = Person()

    assert (await person.say("الحمد لله كلنا كويسين", checkin_safe=0.9, greet=0.05))[
        0
    ] == "utter_safe_recorded"
    assert person.done == ["write_down", "record_safe"]


async def test_asked_whether_they_are_safe_people_answer_in_their_own_words() -> None:
    person = Person()
    await person.say("مش عارف", need_help=0.4)

    assert (await person.say("محتاجين مساعدة فيسع", need_help=0.6))[0] == "utter_help_recorded"


async def test_saying_safe_ends_the_questions_of_a_cry_for_help() -> None:
    person = Person()
    await person.say("نجدة")

    await person.say("بخير")

    assert [frame.flow for frame in person.state.stack] == ["check_in_safe", "tell_place"]


@pytest.mark.parametrize("name", ["سلام", "تمام", "صالح", "نجاة"])
async def test_a_name_does_not_start_a_flow(name: str) -> None:
    person = Person()
    await person.say("تسجيل")
    await person.say("نعم")

    assert await person.say(name) == ["utter_ask_place"]


async def test_another_question_is_answered_and_the_waiting_one_comes_back() -> None:
    person = Person(known={"country": "TR"})
    await person.say("/place")

    assert await person.say("رقم السفارة") == ["utter_no_posts", "utter_ask_place"]
    assert person.flow == "tell_place"


@pytest.mark.parametrize(
    ("words", "guess"),
    [
        ("ana mohamed fi istanbul w m3aya 2", {"out_of_scope": 0.76}),
        ("السلام عليكم انا محمد في اسطنبول", {"greet": 0.95}),
        ("أنا محمد في اسطنبول", {"update_location": 0.7}),
    ],
)
async def test_whoever_tells_name_and_place_is_asked_for_consent_whatever_the_model_thinks(
    words: str, guess: dict[str, float]
) -> None:
    person = Person()
    heard = await EXACT(words, None)
    ranking = tuple(guess.items())

    said = await person.hear(
        replace(
            heard, intent=ranking[0][0], confidence=ranking[0][1], ranking=ranking, by="fallback"
        )
    )

    assert said == ["utter_ask_consent"]
    await person.say("نعم")
    kept = [action for action in person.done if action != "write_down"]
    assert kept[:3] == ["keep_consent", "keep_name", "weigh_place"]


async def test_words_of_somebody_in_need_are_kept_even_when_they_answer_nothing() -> None:
    person = Person()
    await person.say("نجدة")
    await person.say("في القبو")

    await person.say("الباب مسكر علينا", update_location=0.5)
    assert "write_down" in person.done[-2:]


async def test_a_weak_guess_does_not_interrupt_a_question() -> None:
    person = Person()
    await person.say("/place")

    assert await person.say("كلام غير مفهوم", ask_embassy_contact=0.7) == ["utter_retry_where"]


async def test_the_three_best_are_offered_when_half_understood() -> None:
    person = Person()

    await person.say("كلام", ask_routes=0.4, ask_shelter=0.3, ask_passport=0.2, greet=0.1)

    payloads = [button.payload for button in person.state.offered]
    assert payloads == ["/ask_routes", "/ask_shelter", "/ask_passport"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("start", "utter_welcome"),
        ("help", "utter_menu"),
        ("register", "utter_ask_consent"),
        ("place", "utter_ask_place"),
        ("safe", "utter_safe_recorded"),
        ("needhelp", "utter_help_recorded"),
        ("evacuate", "utter_help_recorded"),
        ("advice", "utter_ask_country"),
        ("mydata", "utter_mydata"),
        ("language", "utter_ask_language_wanted"),
        ("stop", "utter_stopped"),
        ("forget", "utter_ask_sure"),
        ("ابدأ", "utter_welcome"),
        ("مساعدة", "utter_menu"),
        ("تسجيل", "utter_ask_consent"),
        ("مكاني", "utter_ask_place"),
        ("بخير", "utter_safe_recorded"),
        ("نجدة", "utter_help_recorded"),
        ("إجلاء", "utter_help_recorded"),
        ("إرشادات", "utter_ask_country"),
        ("بياناتي", "utter_mydata"),
        ("لغة", "utter_ask_language_wanted"),
        ("إيقاف", "utter_stopped"),
        ("انسني", "utter_ask_sure"),
    ],
)
@pytest.mark.parametrize("form", ["word", "slash", "command", "button"])
async def test_every_command_works_with_and_without_its_slash(
    command: str, said: str, form: str
) -> None:
    heard = {
        "word": await EXACT(command, None),
        "slash": await EXACT(f"/{command}", None),
        "command": Heard(Kind.COMMAND, command),
        "button": Heard(Kind.BUTTON, f"/{command}"),
    }[form]
    person = Person(known={"is_new": True})

    assert said in await person.hear(heard)


# --- caps -----------------------------------------------------------------------------------------


def flows_of(folder: Path, text: str) -> Flows:
    """The flows of a domain written for one test, with the patterns that belong to all."""
    (folder / "flows").mkdir()
    needed = (
        f"  pattern_{name}: {{description: d, steps: [{{action: utter_menu}}]}}"
        for name in checking.NEEDED
    )
    (folder / "flows" / "own.yml").write_text("flows:\n" + "\n".join(needed) + "\n" + text, "utf-8")
    return checking.load(folder / "flows")


async def test_a_flow_that_goes_round_in_circles_is_stopped(tmp_path: Path) -> None:
    circle = (
        "  circle: {description: d, nlu_trigger: [greet], "
        "steps: [{id: a, action: turn, next: a}]}\n"
    )
    person = Person(flows_of(tmp_path, circle))

    with pytest.raises(engine.EndlessFlowError):
        await person.say("سلام")


async def test_only_so_many_flows_wait_for_one_another() -> None:
    stack = tuple(Frame("change_language", "ask") for _ in range(DEEPEST + 3))
    state = State()
    for frame in stack:
        state = state.push(frame)

    assert len(state.stack) == DEEPEST


async def test_after_two_answers_that_cannot_be_used_a_question_is_let_go() -> None:
    person = Person()
    await person.say("/place")

    assert await person.say("همم") == ["utter_retry_where"]
    assert await person.say("همم") == ["utter_stuck"]
    assert person.state.stack == ()


async def test_a_question_that_may_be_skipped_is_skipped_after_two() -> None:
    person = Person(known={"consented": True})
    await person.say("/register")
    assert await person.say("123") == ["utter_retry_name"]

    assert await person.say("123") == ["utter_ask_place"]


async def test_unknown_steps_of_older_flows_are_dropped() -> None:
    person = Person(
        state=State((Frame("gone", "x"), Frame("register", "gone"), Frame("tell_place", "ask")))
    )

    assert await person.say("شكرا") == ["utter_thanks", "utter_ask_place"]


# --- drawing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [None, *FLOWS.scripts])
def test_every_flow_can_be_drawn(name: str | None) -> None:
    drawn = drawing.draw(FLOWS, name)

    assert drawn.startswith("flowchart TD\n")
    assert name is None or name in drawn


def test_an_unknown_flow_cannot_be_drawn() -> None:
    with pytest.raises(KeyError):
        drawing.draw(FLOWS, "nothing")
