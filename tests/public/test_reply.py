"""The reply link: small, kind, without scripts, and recorded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.people import reply_links
from bot.models import Case, CaseKind, CheckIn, CheckInStatus, Person
from bot.pages.rendering import STATIC
from bot.runtime.runtime import Runtime
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import browsing


def link(runtime: Runtime, scenario: Scenario) -> str:
    return f"/r/{reply_links.reply_token(runtime.keyring, scenario.person_id, runtime.clock())}"


async def latest(runtime: Runtime, scenario: Scenario) -> CheckIn:
    async with runtime.db.read() as session:
        mine = (
            select(CheckIn)
            .where(CheckIn.person_id == scenario.person_id)
            .order_by(CheckIn.id.desc())
        )
        found = await session.scalar(mine.limit(1))
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_page_fits_one_bar_of_signal(
    runtime: Runtime, app: Starlette, scenario: Scenario, language: str
) -> None:
    async with browsing(app, language) as browser:
        page = (await browser.get(link(runtime, scenario))).text
    assert "<script" not in page
    assert len(page.encode()) + (STATIC / "public/reply.css").stat().st_size < 10_000
    assert page.count('name="status"') == 3


@pytest.mark.parametrize("status", ["safe", "help", "evacuate"])
async def test_an_answer_is_recorded_even_where_no_cookie_is_kept(
    runtime: Runtime, app: Starlette, scenario: Scenario, status: str
) -> None:
    async with browsing(app) as browser:
        answer = await browser.client.post(
            link(runtime, scenario), data={"status": status, "note": ""}
        )
        assert answer.status_code == 200
    found = await latest(runtime, scenario)
    assert (found.status, found.via) == (CheckInStatus(status), "link")


async def test_a_note_reaches_staff(runtime: Runtime, app: Starlette, scenario: Scenario) -> None:
    async with browsing(app) as browser:
        form = {"status": "evacuate", "note": "نحن خمسة في حي الرياض"}
        answer = await browser.post(link(runtime, scenario), link(runtime, scenario), form, 200)
        assert "كل ما قلته وصل إلى الفريق المناوب" in answer.text
    async with runtime.db.read() as session:
        mine = select(Case).where(
            Case.person_id == scenario.person_id, Case.kind == CaseKind.EVACUATION
        )
        case = await session.scalar(mine)
    assert case is not None
    assert case.note == "نحن خمسة في حي الرياض"


async def test_no_answer_is_no_answer(runtime: Runtime, app: Starlette, scenario: Scenario) -> None:
    before = (await latest(runtime, scenario)).id
    async with browsing(app) as browser:
        await browser.post(
            link(runtime, scenario), link(runtime, scenario), {"status": "maybe"}, 422
        )
    assert (await latest(runtime, scenario)).id == before


async def test_an_old_altered_or_orphaned_link_gets_a_kind_answer(
    runtime: Runtime, app: Starlette, scenario: Scenario, clock: SetClock
) -> None:
    good = link(runtime, scenario)
    orphan = f"/r/{reply_links.reply_token(runtime.keyring, 10**6, runtime.clock())}"
    async with browsing(app) as browser:
        for path in (good[:-1] + ("A" if good[-1] != "A" else "B"), orphan, "/r/x"):
            assert "انتهى هذا الرابط" in (await browser.get(path, 404)).text
        clock.advance(seconds=(reply_links.LINK_LIFE + timedelta(hours=2)).total_seconds())
        assert "انتهى هذا الرابط" in (await browser.get(good, 404)).text
        answer = await browser.client.post(good, data={"status": "safe"})
        assert answer.status_code == 404


async def test_somebody_who_was_erased_has_no_link(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        (await session.get_one(Person, scenario.person_id)).forgotten_at = runtime.clock()
    async with browsing(app) as browser:
        await browser.get(link(runtime, scenario), 404)


# What apps and people leave at the end of a link: the page opens all the same.
GLUED = (
    ".", "،", "؛", "؟", ")", "»", "”", "\"", "'", "!", ":", "…", "...", "%20", "%20%20", "%0A",
    "\u200f", "\u200e", "\u061c", "%E2%80%8F", "%D8%9C", "\u202c", "\u2069", "\u00a0", "\ufeff",
    ").", "».", "،\u200f", "_", "-", "*", "**", "~", "\u064b", "✅",
)  # fmt: skip
# What is another token.
ALTERED = ("x", "7", "أ", "و", "Ab.", "=x", "%41", ".x")


async def test_a_link_with_signs_glued_to_it_opens_and_answers(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    async with browsing(app) as browser:
        for sign in GLUED:
            page = await browser.get(path + sign)
            assert page.text.count('name="status"') == 3, sign
            answer = await browser.client.post(path + sign, data={"status": "safe", "note": ""})
            assert answer.status_code == 200, sign


async def test_a_link_that_was_altered_is_gone(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    async with browsing(app) as browser:
        for sign in ALTERED:
            answer = await browser.client.get(path + sign)
            assert answer.status_code == 404, sign
        for shorter in (path[:-1], path[:-2] + ".", path[:-3] + "»"):
            assert (await browser.client.get(shorter)).status_code == 404, shorter
