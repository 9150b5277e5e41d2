"""axe finds nothing on any page, in both languages, on narrow and wide screens, in light and
dark.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from bot.consular.crises import cases, crises, sitreps
from bot.consular.crises import reports as reports_of_others
from bot.consular.crises.reports import Description
from bot.consular.people import reply_links
from bot.models import PlaceQuestion, PlaceQuestionKind, Role
from tests import builders, evacuating, freshening, organising, surveying
from tests.browser.conftest import Site
from tests.builders import Scenario
from tests.evacuating import Seated

pytestmark = pytest.mark.timeout(240)

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document)).violations.map(
    v => [v.id, v.nodes.map(n => n.html.slice(0, 200))]
)"""


def paths_of_people(scenario: Scenario) -> list[str]:
    """Pages of people, of the community, and of posts."""
    return [
        "/people",
        "/people?country=TR",
        "/wardens",
        "/community",
        "/community/volunteers",
        "/surveys",
        "/surveys/new",
        "/surveys/new?kind=event",
        f"/crises/{scenario.crisis_id}/wardens",
        "/people/duplicates",
        f"/people/{scenario.person_id}/same/{scenario.person_id + 4}",
        "/communities",
        "/communities?country=TR",
        "/people/trips",
        f"/people/{scenario.person_id}",
        "/posts",
        "/emergency?country=TR",
        "/reach",
        "/reach?country=AE",
        "/organisations",
        "/organisations/new",
        f"/posts/{scenario.post_id}",
        f"/posts/{scenario.post_id}/plan",
    ]


def paths(site: Site, scenario: Scenario, seated: Seated) -> list[str]:
    """Every kind of page."""
    token = reply_links.reply_token(site.runtime.keyring, scenario.person_id, site.runtime.clock())
    ids = scenario.advisory_ids
    return [
        "/",
        f"/crises/{scenario.crisis_id}",
        f"/crises/{scenario.crisis_id}/people",
        f"/crises/{scenario.crisis_id}/people/sheet",
        f"/crises/{scenario.crisis_id}/people/mark",
        "/crises/new",
        "/exercises",
        "/exercises/wipe",
        f"/crises/{scenario.crisis_id}/evacuation",
        f"/crises/{scenario.crisis_id}/evacuation/new",
        f"/transports/{seated.transport_id}",
        f"/transports/{seated.transport_id}/boarding",
        "/cases",
        f"/cases/{scenario.case_id}",
        "/replies",
        "/replies/new",
        "/cases/exchange",
        "/advisories",
        "/advisories/new",
        f"/advisories/{ids['submitted']}",
        f"/advisories/{ids['sending']}",
        f"/advisories/{ids['draft']}/edit",
        f"/advisories/{ids['sending']}/results",
        f"/advisories/{ids['sending']}/not-reached",
        f"/advisories/{ids['submitted']}/override",
        "/advisories/asked",
        "/templates",
        f"/templates/{scenario.template_id}",
        "/templates/new",
        f"/advisories/new?template={scenario.template_id}",
        "/advisories/cap",
        "/prices",
        "/costs",
        "/retention",
        "/staff",
        "/account",
        "/account/factor",
        "/confirm",
        "/audit",
        "/phone",
        f"/r/{token}",
        "/verify",
        "/nowhere",
        *paths_of_people(scenario),
    ]


async def reports(site: Site, scenario: Scenario) -> list[str]:
    """Make a situation report, and close a drill, which has an after-action report."""
    officer = scenario.staff[Role.HQ_OFFICER]
    db, now = site.runtime.db, site.runtime.clock()
    sitrep_id = await sitreps.make(db, scenario.crisis_id, officer, now)
    async with db.begin() as session:
        drill = await builders.earthquake(session, officer, now, drill=True)
        await crises.close(session, officer, drill, now)
    return [f"/sitreps/{sitrep_id}", f"/crises/{drill.id}", f"/crises/{drill.id}/after-action"]


async def report(site: Site) -> int:
    """A report about somebody who may be on record. Return its number."""
    now = site.runtime.clock()
    async with site.runtime.db.begin() as session:
        reporter = await builders.person(session, now, country="SD", name="منى عمران")
        about = await cases.report(session, reporter, "brother", "missing", "خوي سالم", now)
        await reports_of_others.describe(session, about, Description("Salem bin Omran", "الخرطوم"))
    return about.id


async def organisation(site: Site) -> int:
    """List an organisation that nobody has checked for years. Return its number."""
    now = site.runtime.clock()
    async with site.runtime.db.begin() as session:
        kept = await organising.kept(session, organising.entry(checked_on="2024-01-01"), now)
        await organising.kept(session, organising.other(1), now)
    return kept.id


async def place_link(site: Site) -> str:
    """Ask somebody whether they are still where our record has them. Return their link's path."""
    now = site.runtime.clock()
    berlin = {"country": "DE", "city": "DE/Berlin", "timezone": "Europe/Berlin"}
    async with site.runtime.db.begin() as session:
        person = await freshening.registered(session, now, 200, "sms:+4915112345678", **berlin)
        session.add(
            PlaceQuestion(person_id=person.id, kind=PlaceQuestionKind.HALF_YEAR, asked_at=now)
        )
    return f"/r/{reply_links.reply_token(site.runtime.keyring, person.id, now)}"


async def context(
    chromium: Browser, site: Site, width: int, scheme: Literal["light", "dark"], session: str
) -> BrowserContext:
    tab = await chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    if session:
        await tab.add_cookies([{"name": "tammen_session", "value": session, "url": site.url}])
    return tab


async def check(page: Page, address: str, width: int) -> list[Any]:
    """What axe finds with everything unfolded, and whether the page is wider than its window."""
    await page.goto(address)
    await page.evaluate(
        "document.querySelectorAll('main details').forEach(box => { box.open = true })"
    )
    await page.evaluate(AXE)
    found: list[Any] = await page.evaluate(RUN)
    wide = await page.evaluate("document.documentElement.scrollWidth")
    return found + ([["too wide", wide]] if wide > width else [])


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("ar", 360, "light"), ("en", 360, "dark"), ("ar", 1200, "light")],
)
async def test_axe_finds_nothing(
    site: Site, chromium: Browser, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    scenario = await builders.scenario(site.runtime)
    seated = await evacuating.seated(site.runtime, scenario)
    session = await builders.cookie(site.runtime, scenario.staff[Role.ADMIN])
    page = await (await context(chromium, site, width, scheme, session)).new_page()
    addresses = [
        *paths(site, scenario, seated),
        *await reports(site, scenario),
        f"/cases/{await report(site)}",
        f"/organisations/{await organisation(site)}",
        await place_link(site),
        *await surveying.scenes(site.runtime, scenario),
    ]
    found = {
        path: await check(page, f"{site.url}{path}?lang={language}", width) for path in addresses
    }
    stranger = await (await context(chromium, site, width, scheme, "")).new_page()
    found["/sign-in"] = await check(stranger, f"{site.url}/sign-in?lang={language}", width)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
