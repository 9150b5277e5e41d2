"""What staff see of costs, of what is kept, and of cases on hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette

from bot.consular.crises import cases
from bot.consular.reference import prices
from bot.consular.trust import retention
from bot.models import Person, Role, SmsTally, SmsTallyKind
from bot.outbox import budgets, tallies
from bot.runtime.limits import ReplyBudget
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

REASON = "أمر من المحكمة"
NUMBER = "+218910000001"


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


def cells(page: str, head: str) -> list[str]:
    """The cells of the row of a table with these words at its head."""
    for row in LexborHTMLParser(page).css("tr"):
        texts = [" ".join(cell.text().split()) for cell in row.css("th, td")]
        if texts[0] == head:
            return texts[1:]
    raise AssertionError(head)


async def test_the_bill_is_parts_times_prices_by_country(
    runtime: Runtime, officer: Browser, clock: SetClock
) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        await prices.set_price(session, "LY", 350_000, "staff:1", now)
        for day, country, kind, parts in (
            (now.date(), "LY", SmsTallyKind.REPLY, 10),
            (date(2026, 11, 1), "LY", SmsTallyKind.BROADCAST, 90),
            (date(2026, 11, 1), "", SmsTallyKind.REPLY, 4),
            (date(2026, 10, 31), "LY", SmsTallyKind.REPLY, 1000),
        ):
            session.add(SmsTally(day=day, country=country, kind=kind, messages=1, parts=parts))
        await session.flush()
        await tallies.count_refused(session, "LY", SmsTallyKind.NUMBER, 6, now)
        await tallies.count_refused(session, "TR", SmsTallyKind.NUMBER, 6, now)
        await tallies.count_refused(session, None, SmsTallyKind.DEAR, 2, now)
    page = (await officer.get("/costs")).text
    assert cells(page, "Libya") == ["10", "$3.50", "100", "$35.00"]
    assert cells(page, "no country") == ["0", "—", "4", "$0.40"]
    assert cells(page, "All") == ["10", "$3.50", "104", "$35.40"]
    assert cells(page, "one number") == ["40", "2", "2"]
    assert cells(page, "premium, shared-cost or satellite number") == ["0", "1", "1"]


async def test_the_periods_and_the_runs_are_shown(
    runtime: Runtime, officer: Browser, clock: SetClock
) -> None:
    assert "It has not run yet." in (await officer.get("/retention")).text
    now = clock()
    async with runtime.db.begin() as session:
        await builders.person(session, now - timedelta(days=31), "telegram:1")
        await retention.sweep(session, now)
    page = (await officer.get("/retention")).text
    assert cells(page, "Messages as people wrote them")[0] == "90 days"
    assert cells(page, "People who never agreed and have no case")[1:3] == ["1", "1"]
    assert "It has not run yet." not in page


@pytest.mark.parametrize(
    ("role", "status"), [(Role.AUDITOR, 200), (Role.ADMIN, 200), (Role.POST_OFFICER, 403)]
)
async def test_who_sees_costs_and_periods(
    runtime: Runtime, app: Starlette, scenario: Scenario, role: Role, status: int
) -> None:
    token = await builders.cookie(runtime, scenario.staff[role])
    async with browsing(app, "ar", token) as browser:
        for path in ("/costs", "/retention"):
            page = await browser.get(path, status)
            if status == 200:
                menu = Page(page.text).only("nav.menu a[aria-current]")
                assert menu.attributes["href"] == "/costs"


async def test_a_case_is_put_on_hold_and_released_on_the_record(
    runtime: Runtime, app: Starlette, scenario: Scenario, officer: Browser
) -> None:
    record = f"/people/{scenario.person_id}"
    hold = f"/cases/{scenario.case_id}/hold"
    await officer.post(record, hold, {"reason": " "}, 409)
    answer = await officer.post(record, hold, {"reason": REASON})
    page = (await officer.get(answer.headers["location"])).text
    assert REASON in page
    assert "nothing of this person is deleted" in page
    assert "On hold" in (await officer.get("/cases")).text
    kept = (await officer.get("/retention")).text
    assert f'href="/people/{scenario.person_id}"' in kept
    assert REASON not in kept
    await officer.post(record, f"/cases/{scenario.case_id}/release", {})
    async with runtime.db.read() as session:
        assert (await cases.get(session, scenario.case_id)).held_at is None
    assert "lifted the hold on a case" in await trail(runtime, app, scenario)


async def trail(runtime: Runtime, app: Starlette, scenario: Scenario) -> str:
    """The audit trail as an auditor reads it."""
    token = await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    async with browsing(app, "en", token) as browser:
        return (await browser.get("/audit")).text


async def test_a_record_says_how_many_replies_were_not_sent(
    runtime: Runtime, officer: Browser, scenario: Scenario, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        await builders.address(session, person, f"sms:{NUMBER}", clock())
        account = await budgets.open_account(session, ReplyBudget(), NUMBER, "LY", clock())
        account.refuse()
        account.refuse()
    page = (await officer.get(f"/people/{scenario.person_id}")).text
    assert "2 replies not sent in this hour" in page
