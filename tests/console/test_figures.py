"""The figures on the pages are those of the rows, each in its own place."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from bot.consular.crises import checkins
from bot.models import CheckInStatus, OutboundState
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
                "no_answer": 3,
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
