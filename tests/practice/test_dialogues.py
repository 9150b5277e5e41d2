"""Conversations that are played, with the built-in exact words as the only reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from bot.practice import dialogues, talk
from bot.practice.dialogues import Verdict
from bot.practice.scripts import Script
from bot.practice.talk import EXACT, Stage

CRISIS = "!crisis SD|Fighting in Sudan|القتال في السودان"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Prepare a database that every conversation copies."""
    async with talk.stage() as prepared:
        yield prepared


async def judged(stage: Stage, *lines: str, **parts: Any) -> Verdict:
    """Play a conversation on Telegram, in English unless it says otherwise."""
    defaults = {"name": "a talk", "channel": "telegram", "lang": "en", "lines": list(lines)}
    script = Script.model_validate(defaults | parts)
    return await dialogues.judge(script, stage, EXACT)


async def test_a_roll_call_reaches_who_is_on_record_in_the_country(stage: Stage) -> None:
    verdict = await judged(
        stage,
        CRISIS,
        "!press I'm safe",
        before={"name": "Salem", "place": "SD/Khartoum", "party": 3},
        after={1: {"status": None, "registered": True, "consented": True}},
        expect={"status": "safe", "place": "SD/Khartoum", "party": 3, "name": "salem"},
    )
    assert verdict.mismatches == ()
    assert "Fighting in Sudan" in verdict.exchanges[0].replies[0].text


async def test_the_crisis_of_one_conversation_is_not_in_the_next(stage: Stage) -> None:
    before = {"place": "SD/Khartoum"}
    await judged(stage, CRISIS, before=before)
    verdict = await judged(stage, "!later 3h", before=before)
    assert verdict.exchanges[0].replies == ()


async def test_nobody_is_asked_outside_of_the_country(stage: Stage) -> None:
    for parts in ({"before": {"place": "EG/Cairo"}}, {}):
        verdict = await judged(stage, CRISIS, **parts)
        assert verdict.exchanges[0].replies == ()


async def test_a_conversation_that_does_not_hold_says_why(stage: Stage) -> None:
    verdict = await judged(
        stage,
        "/needhelp",
        expect={"status": "safe", "alarm": False, "never_status": "help"},
    )
    assert not verdict.holds
    report = verdict.to_json()
    assert (report["name"], report["held"]) == ("a talk", False)
    wrong = {mismatch["key"]: mismatch["actual"] for mismatch in report["mismatches"]}
    assert (wrong["status"], wrong["never_status"]) == ("help", "help")
    assert wrong["alarm"].startswith("status help; life (open): ")


async def test_a_button_that_is_not_there_does_not_hold(stage: Stage) -> None:
    verdict = await judged(stage, "!press Nothing of ours")
    assert [mismatch.key for mismatch in verdict.mismatches] == ["line"]


async def test_an_sms_tells_no_language_and_its_number(stage: Stage) -> None:
    verdict = await judged(stage, "🙏", channel="sms", expect={"replies_in": "ar"})
    assert verdict.holds
    assert verdict.exchanges[0].facts.phone == talk.NUMBER
    verdict = await judged(stage, "🙏", expect={"replies_in": "en"})
    assert verdict.holds
