"""Keyboards go when they are done with; in groups we speak once and keep nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.conversation import gathering
from bot.models import Group, InboundMessage, Person
from tests.correspondent import CHAT, Correspondent
from tests.servers.telegram import message, user
from tests.waiting import until

GROUP = -100200300


def removes(line: Correspondent, since: int) -> list[bool]:
    """Whether each message since then takes a keyboard away."""
    markups = [json.loads(call.fields.get("reply_markup", "{}")) for call in line.shown()[since:]]
    return [markup.get("remove_keyboard", False) for markup in markups]


async def registering(line: Correspondent) -> None:
    """Come to the question for the telephone number."""
    for words in ("تسجيل", "نعم", "سالم الورفلي", "إسطنبول", "3"):
        await line.write(words)
    assert "keyboard" in line.markup()


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "تخطّي"},
        {"text": "+218912345678"},
        {
            "contact": {
                "phone_number": "+218912345678",
                "first_name": "س",
                "user_id": CHAT,
            }
        },
        {"text": "نجدة"},
        {"text": "القائمة"},
        {"text": "STOP"},
    ],
    ids=["skipped", "typed", "shared", "a cry", "the menu", "stop"],
)
async def test_a_keyboard_goes_once_its_question_is_over(
    line: Correspondent, answer: dict[str, Any]
) -> None:
    await registering(line)
    before = len(line.shown())

    await line.write(answer.pop("text", None), **answer)
    for words in ("شكرا", "شكرا لكم"):
        await line.write(words)

    assert sum(removes(line, before)) == 1


async def test_a_keyboard_stays_while_its_question_waits(line: Correspondent) -> None:
    await line.write("مكاني")
    assert "keyboard" in line.markup()
    before = len(line.shown())

    await line.write("نعم")
    line.clock.advance(seconds=gathering.PATIENCE.total_seconds())
    await line.settle()

    assert not any(removes(line, before))
    assert "keyboard" in line.markup()


async def test_a_shared_position_takes_its_keyboard_away(line: Correspondent) -> None:
    await line.write("مكاني")
    before = len(line.shown())

    await line.write(location={"latitude": 41.01, "longitude": 28.97})

    assert sum(removes(line, before)) == 1


async def test_buttons_and_an_old_keyboard_do_not_share_a_message(line: Correspondent) -> None:
    await line.write("مكاني")
    before = len(line.shown())

    await line.write("سلام")
    await line.write("القائمة")

    shown = [json.loads(call.fields.get("reply_markup", "{}")) for call in line.shown()[before:]]
    assert any("inline_keyboard" in markup for markup in shown)
    assert sum(removes(line, before)) <= 1


async def test_without_a_keyboard_none_is_taken_away(line: Correspondent) -> None:
    await line.write("سلام")
    await line.write("شكرا")
    await line.text("مكاني")
    await line.text("إسطنبول")

    assert not any(removes(line, 0))


# --- groups ---------------------------------------------------------------------------------------


def in_group(number: int, chat: int = GROUP, **content: Any) -> dict[str, Any]:
    body = message(number, CHAT, **content)["message"]
    return {"update_id": number, "message": body | {"chat": group(chat)}}


def group(chat: int, kind: str = "supergroup") -> dict[str, Any]:
    return {"id": chat, "type": kind, "title": "الليبيون في إسطنبول"}


def added(number: int, status: str = "member", chat: int = GROUP) -> dict[str, Any]:
    bot = {"id": 123456, "is_bot": True, "first_name": "طمّن"}
    change = {
        "chat": group(chat),
        "from": user(CHAT),
        "date": 1_780_000_000,
        "old_chat_member": {"user": bot, "status": "left"},
        "new_chat_member": {"user": bot, "status": status, **RIGHTS.get(status, {})},
    }
    return {"update_id": number, "my_chat_member": change}


RIGHTS: dict[str, dict[str, Any]] = {
    "kicked": {"until_date": 0},
    "administrator": {
        "can_be_edited": False,
        "is_anonymous": False,
        "can_manage_chat": True,
        "can_delete_messages": True,
        "can_manage_video_chats": True,
        "can_restrict_members": True,
        "can_promote_members": False,
        "can_change_info": True,
        "can_invite_users": True,
        "can_post_stories": False,
        "can_edit_stories": False,
        "can_delete_stories": False,
    },
}


async def told(line: Correspondent, chat: int = GROUP) -> list[str]:
    return [call.fields["text"] for call in line.bot_api.to(str(chat))]


@pytest.mark.parametrize(
    "first",
    [
        added(1),
        added(1, "administrator"),
        in_group(1, text="أنا بخير"),
        in_group(1, text="/safe@TammenBot"),
        in_group(1, text="نجدة"),
        in_group(1, photo=[{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]),
    ],
    ids=["added", "as administrator", "safe", "command", "cry", "picture"],
)
async def test_a_group_is_told_once_to_write_to_us_alone(
    line: Correspondent, first: dict[str, Any]
) -> None:
    await line.update(first)
    await until(lambda: bool(line.bot_api.to(str(GROUP))))
    for number in range(2, 6):
        await line.update(in_group(number, text="وين السفارة؟"))
    await line.update(added(7, "kicked"))
    await line.update(added(8))

    (notice,) = await told(line)
    assert "https://t.me/TammenBot" in notice
    assert "وحدك" in notice
    assert "alone" in notice


async def test_nothing_that_is_said_in_a_group_is_kept(line: Correspondent) -> None:
    await line.update(in_group(1, text="اسمي سالم وأنا في خطر"))
    await until(lambda: bool(line.bot_api.to(str(GROUP))))

    assert await line.rows(InboundMessage) == []
    assert await line.rows(Person) == []
    (kept,) = await line.rows(Group)
    assert str(GROUP) not in str(kept.index)


async def test_each_group_is_told_for_itself(line: Correspondent) -> None:
    await line.update(added(1))
    await line.update(added(2, chat=-100900))
    await until(lambda: len(line.bot_api.to("-100900")) == 1)
    await until(lambda: len(line.bot_api.to(str(GROUP))) == 1)


async def test_a_group_that_grows_is_not_told_again(line: Correspondent) -> None:
    await line.update(in_group(1, chat=-55, text="سلام"))
    await until(lambda: bool(line.bot_api.to("-55")))

    await line.update(in_group(2, chat=-55, migrate_to_chat_id=-10055))
    await line.update(in_group(3, chat=-10055, migrate_from_chat_id=-55))
    await line.update(in_group(4, chat=-10055, text="سلام"))

    assert await told(line, -10055) == []


async def test_a_group_that_put_us_out_is_not_written_to(line: Correspondent) -> None:
    await line.update(added(1, "kicked"))

    assert await line.rows(Group) == []


async def test_people_of_a_group_who_write_to_us_alone_are_answered(line: Correspondent) -> None:
    await line.update(in_group(1, text="سلام"))

    assert await line.write("أنا بخير") != []
    assert await line.statuses() == ["safe"]
