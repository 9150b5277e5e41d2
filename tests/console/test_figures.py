"""The figures on the pages are those of the rows, each in its own place."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from bot.consular.crises import cases, checkins
from bot.models import CaseKind, CheckInStatus, OutboundState
from bot.runtime.runtime import Runtime
from tests import builders
from tests.console.browser import browsing
from tests.pages.reader import Page

ANSWERS = {CheckInStatus.SAFE: 4, CheckInStatus.HELP: 2, CheckInStatus.EVACUATE: 1}
SILENT_COUNT = 3
STATES = {OutboundState.SENT: 3, OutboundState.DELIVERED: 2, OutboundState.FAILED: 1}
NINE_STATES = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "read",
    "failed",
    "expired",
    "dropped",
    "no_channel",
)


async def test_the_board_counts_each_answer_in_its_place(runtime: Runtime, app: Starlette) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        chat = 1000
        for status, count in ANSWERS.items():
            for _ in range(count):
                chat += 1
                person = await builders.person(session, now, f"phone:chat:{chat}")
                await checkins.record(session, person, status, "phone", now)
        for _ in range(SILENT_COUNT):
            chat += 1
            await builders.person(session, now, f"phone:chat:{chat}")
        await builders.person(session, now)  # nobody can reach a person without an address
    cookie = await builders.cookie(runtime, team.officer)
    async with browsing(app, "en", cookie) as browser:
        for path, card in (("/", f"#crisis-{crisis.id}"), (f"/crises/{crisis.id}", "main")):
            page = Page((await browser.get(path)).text)
            assert page.figures(f"{card} .tally") == {
                "safe": 4,
                "help": 2,
                "evacuate": 1,
                "staying": 0,
                "no_answer": 0,
                "not_asked": 3,
                "unreachable": 1,
            }


@pytest.mark.parametrize("page_name", ["", "/results"])
async def test_what_was_sent_is_not_counted_as_delivered(
    runtime: Runtime, app: Starlette, page_name: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people = []
        for chat in range(1001, 1001 + sum(STATES.values())):
            people.append(await builders.person(session, now, f"phone:chat:{chat}"))
        advisory, broadcast = await builders.approved(session, team, now)
        await builders.fan_out(session, broadcast.id, now)
        first = 0
        for state, count in STATES.items():
            await builders.set_state(session, state, *people[first : first + count])
            first += count
    cookie = await builders.cookie(runtime, team.officer)
    async with browsing(app, "en", cookie) as browser:
        page = Page((await browser.get(f"/advisories/{advisory.id}{page_name}")).text)
    expected = dict.fromkeys(NINE_STATES, 0) | {"sent": 3, "delivered": 2, "failed": 1}
    assert page.figures(".tally.nine") == expected


async def test_the_list_of_cases_says_whom_a_case_is_about_and_who_must_not_be_called(
    runtime: Runtime, app: Starlette
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        caller = await builders.person(session, now, "phone:chat:1", name="سالم الورفلي")
        quiet = await builders.person(session, now, "phone:chat:2", no_calls_at=now)
        held = await cases.report(session, caller, "brother", "held", "شدوه في المطار", now)
        beaten = await cases.open_case(session, quiet, CaseKind.LIFE, "ما تتصلوش بيا", now)
    cookie = await builders.cookie(runtime, team.officer)
    for language, about, warning in (
        ("ar", "أخ · محتجز", "ممنوع الاتصال هاتفيًا"),
        ("en", "a brother · held", "Do not call"),
    ):
        async with browsing(app, language, cookie) as browser:
            page = Page((await browser.get("/cases")).text)
            record = Page((await browser.get(f"/people/{quiet.id}")).text)
        assert page.text(f"#case-{held.id} .about") == about
        assert page.texts(f"#case-{held.id} .tag") == []
        assert page.texts(f"#case-{beaten.id} .about") == []
        assert page.texts(f"#case-{beaten.id} .tag") == [warning]
        assert warning in record.texts(".record .tag")
