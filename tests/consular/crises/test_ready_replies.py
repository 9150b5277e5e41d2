"""Texts that are ready for letters: kept by headquarters, filled for a case."""

from __future__ import annotations

import pytest

from bot.consular.crises import cases, letters, ready_replies
from bot.consular.errors import ConsularError
from bot.consular.reference import posts
from bot.models import CaseKind, Post
from bot.runtime.runtime import Runtime
from tests import builders

CALL = {"ar": "نتصل بك من {phone}، طلبك رقم {case}", "en": "We call from {phone}, request {case}"}


async def test_eight_texts_come_along_in_both_languages(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        assert await ready_replies.seed(session, now) == 8
        assert await ready_replies.seed(session, now) == 0
        replies = await ready_replies.offered(session)
    assert [sorted(reply.texts) for reply in replies] == [["ar", "en"]] * 8


async def test_gaps_are_filled_for_the_person_of_the_case(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now, "telegram:1", language="en")
        case = await cases.open_case(session, person, CaseKind.LIFE, "trapped", now)
        reply = await ready_replies.save(session, team.officer, CALL, now)
        unfilled = await ready_replies.filled(session, team.officer, reply, case)
        assert unfilled == f"We call from {{phone}}, request {case.id}"
        with pytest.raises(ConsularError, match=r"write something for \{phone\} first"):
            await letters.write(session, team.officer, case, unfilled, now)
        session.add(Post(country="TR", names={"ar": "السفارة"}, emergency_phone="+903124381110"))
        await session.flush()
        filled = await ready_replies.filled(session, team.officer, reply, case)
        assert filled == f"We call from +903124381110, request {case.id}"
        await letters.write(session, team.officer, case, filled, now)
        assert await posts.covering(session, "TR")


async def test_a_retired_text_is_offered_again_once_it_is_saved(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        reply = await ready_replies.save(session, team.officer, CALL, now)
        await ready_replies.retire(session, team.officer, reply, now)
        assert await ready_replies.offered(session) == []
        assert await ready_replies.everything(session) == [reply]
        with pytest.raises(ConsularError, match="retired already"):
            await ready_replies.retire(session, team.officer, reply, now)
        await ready_replies.save(session, team.officer, CALL, now, reply)
        assert await ready_replies.offered(session) == [reply]


@pytest.mark.parametrize(
    ("texts", "refusal"),
    [
        ({"ar": "نحن معك"}, "in both languages"),
        ({"ar": "نحن معك {name}", "en": "We are with you"}, "in one language only"),
        ({"ar": "{place} معك", "en": "{place} is with you"}, r"\{place\} is no gap"),
        ({"ar": "{} معك", "en": "{} is with you"}, r"\{\} is no gap"),
    ],
)
async def test_a_text_that_cannot_be_used_is_refused(
    runtime: Runtime, texts: dict[str, str], refusal: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError, match=refusal):
            await ready_replies.save(session, team.officer, texts, now)
        with pytest.raises(ConsularError, match="may not do that"):
            await ready_replies.save(session, team.post, CALL, now)
        assert await ready_replies.everything(session) == []
