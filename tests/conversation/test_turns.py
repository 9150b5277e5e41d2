"""Turns on a real database: once, in order, whole or not at all, and nothing a person sends stops
the others.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import actions, outbox
from bot.consular.broadcasts import fan_out
from bot.consular.crises import crises
from bot.conversation.replies import combined
from bot.conversation.turns import handle
from bot.dialogue import checking
from bot.inbox import rows as inbox_rows
from bot.messages import Button, Channel, Content, Form, Heard, Inbound, Kind
from bot.models import (
    Case,
    CheckIn,
    InboundMessage,
    InboundState,
    OutboundMessage,
    Person,
    Post,
    Role,
    Staff,
)
from bot.practice.talk import EXACT
from bot.runtime.runtime import Runtime

FLOWS = checking.load(actions=actions.ACTIONS)
_ids = itertools.count()


def message(kind: Kind, text: str = "", form: Form = Form.CHAT, **more: Any) -> Inbound:
    address = f"{'chat' if form is Form.CHAT else 'text'}:+999000000123"
    return Inbound(Channel.PHONE, f"m{next(_ids)}", address, kind, form, text, **more)


def text(words: str, form: Form = Form.CHAT) -> Inbound:
    return message(Kind.TEXT, words, form)


async def receive(runtime: Runtime, *messages: Inbound) -> int:
    async with runtime.db.begin() as session:
        people = await inbox_rows.receive(session, messages, runtime.clock())
    assert people[0] is not None
    return people[0]


async def tell(runtime: Runtime, *messages: Inbound) -> list[str]:
    """What is answered to these messages."""
    before = len(await said(runtime))
    person_id = await receive(runtime, *messages)
    await handle(runtime, FLOWS, person_id, EXACT)
    return (await said(runtime))[before:]


async def said(runtime: Runtime) -> list[str]:
    async with runtime.db.read() as session:
        rows = await session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        return [row.content["text"] for row in rows if row.content]


async def rows(runtime: Runtime, table: type[Any]) -> list[Any]:
    async with runtime.db.read() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


async def test_a_check_in_and_its_reply_commit_together(runtime: Runtime) -> None:
    await tell(runtime, message(Kind.BUTTON, "/safe"))

    (message_row,) = await rows(runtime, InboundMessage)
    (reply,) = await rows(runtime, OutboundMessage)
    assert [row.answer.value for row in await rows(runtime, CheckIn)] == ["safe"]
    assert message_row.state is InboundState.DONE
    assert (message_row.intent, message_row.understood_by) == ("checkin_safe", "exact")
    assert reply.inbound_id == message_row.id


async def test_messages_are_answered_in_the_order_they_came(runtime: Runtime) -> None:
    answers = await tell(
        runtime, text("تسجيل"), text("نعم"), text("محمد"), text("اسطنبول"), text("٤")
    )

    assert "هل توافق" in answers[0]
    assert answers[1] == "ما اسمك؟"
    (person,) = await rows(runtime, Person)
    assert (person.name, person.city, person.party_size) == ("محمد", "TR/Istanbul", 4)


async def test_two_workers_answer_a_message_once(runtime: Runtime) -> None:
    safe = [text(words) for words in ("بخير", "أنا بخير", "safe", "نحن بخير")]
    person_id = await receive(runtime, *safe)

    handled = await asyncio.gather(*(handle(runtime, FLOWS, person_id, EXACT) for _ in range(3)))

    assert sum(handled) == 4
    assert len(await rows(runtime, CheckIn)) == 4
    assert len(await rows(runtime, OutboundMessage)) == 4


async def test_the_senders_are_rung(runtime: Runtime) -> None:
    await tell(runtime, text("بخير"))

    assert await runtime.redis.client.xlen("tammen:bell:out") == 1


async def test_a_model_is_asked_outside_of_any_transaction(runtime: Runtime) -> None:
    person_id = await receive(runtime, text("نبي نعرف شن صاير هنا"))

    async def understand(words: str, home: str | None) -> Heard:
        async with (
            asyncio.timeout(5),
            runtime.db.begin() as session,
        ):  # would wait for ever inside one
            await session.get(Person, person_id, with_for_update=True)
        return Heard(Kind.TEXT, words, "", "ask_privacy", 0.9, (("ask_privacy", 0.9),), by="rasa")

    assert await handle(runtime, FLOWS, person_id, understand) == 1
    assert "90" in (await said(runtime))[0]


async def test_what_was_understood_is_not_used_for_another_message(runtime: Runtime) -> None:
    person_id = await receive(runtime, text("كلام أول"), text("كلام ثاني"))
    asked: list[str] = []

    async def understand(words: str, home: str | None) -> Heard:
        asked.append(words)
        if words == "كلام أول":  # meanwhile another worker answers it
            await handle(runtime, FLOWS, person_id, EXACT)
        return Heard(Kind.TEXT, words, "", "delete_data", 0.99, (("delete_data", 0.99),), by="rasa")

    await handle(runtime, FLOWS, person_id, understand)

    assert asked == ["كلام أول"]
    assert not any("سنمحو" in answer for answer in await said(runtime))


class _BrokenFlows:
    """Makes every turn fail that says this word."""

    def __init__(self, word: str) -> None:
        self.word = word

    async def __call__(self, words: str, home: str | None) -> Heard:
        if self.word in words:
            raise RuntimeError(f"cannot understand {words}")
        return await EXACT(words, home)


async def test_after_three_failures_an_apology_a_case_and_the_next_message(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    person_id = await receive(runtime, text("كلمة سرية هنا"), text("بخير"))

    assert await handle(runtime, FLOWS, person_id, _BrokenFlows("سرية")) == 2

    failed, done = await rows(runtime, InboundMessage)
    assert (failed.state, failed.attempts) == (InboundState.FAILED, 3)
    assert done.state is InboundState.DONE
    apology, answer = await said(runtime)
    assert apology.startswith("سامحنا")
    assert answer.startswith("الحمد لله")
    (case,) = await rows(runtime, Case)
    assert (case.kind.value, case.note) == ("fault", "كلمة سرية هنا")
    assert "سرية" not in "".join(capsys.readouterr())  # never in the logs


async def test_an_action_that_fails_leaves_no_half_turn(runtime: Runtime, tmp_path: Path) -> None:
    shutil.copytree(checking.FLOWS, tmp_path / "flows")
    safety = tmp_path / "flows" / "safety.yml"
    safety.write_text(safety.read_text("utf-8").replace("find_emergency", "not_there"), "utf-8")
    person_id = await receive(runtime, text("نجدة"))

    await handle(runtime, checking.load(tmp_path / "flows"), person_id, EXACT)

    assert await rows(runtime, CheckIn) == []
    assert [case.kind.value for case in await rows(runtime, Case)] == ["fault"]
    assert len(await rows(runtime, OutboundMessage)) == 1


@pytest.mark.parametrize(
    "words",
    ["\x00\x00", "\u202e\u202e", "😀", "ا" * 10_000, "/" * 50, "{name} {0} %s", "<b>&amp;", "\\"],
)
async def test_strange_texts_get_a_kind_answer(runtime: Runtime, words: str) -> None:
    for state in ("", "تسجيل", "نعم"):
        answers = await tell(runtime, *([text(state)] if state else []), text(words))

        assert answers
        assert not any("خلل" in answer for answer in answers)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.BLOCKED])
@pytest.mark.parametrize("before", ["", "تسجيل", "نجدة", "انسني", "لغة"])
async def test_every_kind_of_message_is_answered_in_every_state(
    runtime: Runtime, kind: Kind, before: str
) -> None:
    answers = await tell(
        runtime, *([text(before)] if before else []), message(kind, form=Form.CHAT)
    )

    assert not any("خلل" in answer for answer in answers)
    assert all(row.state is InboundState.DONE for row in await rows(runtime, InboundMessage))


async def test_whoever_blocked_us_gets_no_reply(runtime: Runtime) -> None:
    assert await tell(runtime, message(Kind.BLOCKED)) == []


# --- roll calls -----------------------------------------------------------------------------------


async def _asked(runtime: Runtime) -> None:
    """A crisis opens in Turkey, and its roll call reaches everyone there."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        staff = Staff(
            email="a@example.org", email_index="a@example.org", role=Role.HQ_OFFICER, created_at=now
        )
        session.add(staff)
        await session.flush()
        await crises.open_crisis(
            session, staff, {"en": "Earthquake", "ar": "زلزال"}, ["TR"], False, now
        )
    async with runtime.db.begin() as session:
        for broadcast in await fan_out.open_ones(session, runtime.clock()):
            while await fan_out.fan_out(session, broadcast, 100, now):
                pass


async def _settled(runtime: Runtime, form: Form) -> None:
    await tell(runtime, text("مكاني", form), text("اسطنبول", form))
    await _asked(runtime)


@pytest.mark.parametrize(
    ("answer", "status"), [("1", "safe"), ("٢", "help"), ("3", "evacuate"), ("أنا بخير", "safe")]
)
async def test_a_number_answers_the_roll_call_that_came_last(
    runtime: Runtime, answer: str, status: str
) -> None:
    await _settled(runtime, Form.TEXT)

    await tell(runtime, text(answer, Form.TEXT))

    (check_in,) = await rows(runtime, CheckIn)
    assert check_in.answer.value == status
    assert check_in.crisis_id is not None


@pytest.mark.parametrize(
    ("answer", "status", "kinds"),
    [("نعم", "safe", []), ("لا", "help", ["life"]), ("no", "help", ["life"])],
)
async def test_yes_and_no_answer_a_roll_call(
    runtime: Runtime, answer: str, status: str, kinds: list[str]
) -> None:
    await _settled(runtime, Form.TEXT)

    await tell(runtime, text("شكرا", Form.TEXT), text(answer, Form.TEXT))

    (check_in,) = await rows(runtime, CheckIn)
    assert check_in.answer.value == status
    assert [case.kind.value for case in await rows(runtime, Case)] == kinds


async def test_a_number_is_not_taken_for_the_roll_call_once_something_else_was_said(
    runtime: Runtime,
) -> None:
    await _settled(runtime, Form.TEXT)

    await tell(runtime, text("تسجيل", Form.TEXT), text("1", Form.TEXT))

    (person,) = await rows(runtime, Person)
    assert person.consented_at is not None
    assert await rows(runtime, CheckIn) == []


async def test_roll_call_buttons_work_with_a_question_pending(runtime: Runtime) -> None:
    await tell(runtime, text("تسجيل"), text("نعم"))

    reply = await tell(runtime, message(Kind.BUTTON, "/evacuate"))

    assert [row.answer.value for row in await rows(runtime, CheckIn)] == ["evacuate"]
    assert "الخروج" in reply[0]


# --- facts ----------------------------------------------------------------------------------------


async def test_the_number_answered_at_night_is_given_with_a_cry_for_help(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        session.add(
            Post(country="TR", names={"en": "Embassy", "ar": "السفارة"}, emergency_phone="+90555")
        )
    await tell(runtime, text("مكاني"), text("اسطنبول"))

    (reply,) = await tell(runtime, text("نجدة"))

    assert "+90555" in reply


async def test_somebody_forgotten_who_writes_again_is_kept_again(runtime: Runtime) -> None:
    await tell(runtime, text("انسني"), text("نعم"))
    assert (await rows(runtime, Person))[0].forgotten_at is not None

    await tell(runtime, text("شكرا"))
    assert (await rows(runtime, Person))[0].forgotten_at is not None
    await tell(runtime, text("بخير"))

    assert (await rows(runtime, Person))[0].forgotten_at is None


@pytest.mark.parametrize(
    ("words", "language"),
    [("I am safe", "en"), ("ana b5air", "ar"), ("بخير", "ar"), ("register", "en"), ("hi", "ar")],
)
async def test_until_a_language_is_chosen_we_answer_in_the_one_that_is_written(
    runtime: Runtime, words: str, language: str
) -> None:
    await tell(runtime, text(words, Form.TEXT))

    assert (await rows(runtime, Person))[0].language == language


async def test_a_chosen_language_stays(runtime: Runtime) -> None:
    await tell(runtime, text("عربي"))

    (reply,) = await tell(runtime, text("I am safe"))

    assert reply.startswith("الحمد لله")


async def test_a_state_of_older_flows_is_forgiven(runtime: Runtime) -> None:
    person_id = await receive(runtime, text("سلام"))
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person_id)
        person.dialogue = {
            "stack": [["gone", "step", {}, 0], ["register", "gone", {}, 0]],
            "offered": [],
        }

    assert await handle(runtime, FLOWS, person_id, EXACT) == 1
    assert "خلل" not in (await said(runtime))[0]


async def test_replies_can_be_claimed_at_once(runtime: Runtime) -> None:
    await tell(runtime, text("بخير"))

    async with runtime.db.begin() as session:
        claimed = await outbox.claim(
            session, Channel.PHONE, [0], 10, runtime.clock() + timedelta(seconds=1)
        )

    assert len(claimed) == 1


# --- one message a turn ---------------------------------------------------------------------------


def test_what_is_said_in_a_turn_is_put_together() -> None:
    button = (Button("نعم", "/yes"),)
    messages = combined(
        [
            Content("أول"),
            Content("ثان", button),
            Content("ثالث"),
            Content("رابع", ask_location=True),
        ]
    )

    assert [content.text for content in messages] == ["أول\nثان", "ثالث\nرابع"]
    assert messages[0].buttons == button
    assert messages[1].ask_location


def test_long_texts_stay_messages_of_their_own() -> None:
    assert len(combined([Content("ا" * 3000), Content("ب" * 3000)])) == 2
