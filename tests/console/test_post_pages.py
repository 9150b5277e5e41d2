"""What staff do with posts on the screens: move, close, accredit, print; the numbers to call."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.people import posters
from bot.consular.reference import care, emergency, posts
from bot.models import Broadcast, Change, EmergencyNumber, Post, PostAccreditation
from bot.runtime.runtime import Runtime
from tests import builders, relocating
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.relocating import Missions

NEW_PLACE = {"city": "لفيف", "emergency_phone": "+380 32 555 0100"}


@pytest.fixture
async def there(runtime: Runtime) -> Missions:
    async with runtime.db.begin() as session:
        return await relocating.missions(session, runtime)


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, there: Missions) -> AsyncIterator[Browser]:
    async with browsing(app, "en", await builders.cookie(runtime, there.team.officer)) as browser:
        yield browser


@pytest.fixture
async def approver(runtime: Runtime, app: Starlette, there: Missions) -> AsyncIterator[Browser]:
    async with browsing(app, "en", await builders.cookie(runtime, there.team.approver)) as browser:
        yield browser


async def approve(runtime: Runtime, browser: Browser) -> str:
    """Approve the newest change; return the page that showed it before."""
    page = (await browser.get("/changes")).text
    async with runtime.db.read() as session:
        number = await session.scalar(select(Change.id).order_by(Change.id.desc()).limit(1))
    await browser.post("/changes", f"/changes/{number}/approve", {})
    return page


async def test_a_post_is_closed_by_two_people_who_see_what_it_does(
    runtime: Runtime, there: Missions, officer: Browser, approver: Browser
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await builders.person(session, now, "telegram:1", country="SK")
    path = f"/posts/{there.bratislava.id}"
    await officer.post(path, f"{path}/close", {"successor": str(there.vienna.id)})
    async with runtime.db.read() as session:
        assert posts.state(await session.get_one(Post, there.bratislava.id)) == "open"
    shown = await approve(runtime, approver)
    assert "This post follows: Embassy of Libya, Vienna" in shown
    assert "Embassy of Libya, Vienna looks after you now" in shown
    assert "ترعاك الآن" in shown
    async with runtime.db.read() as session:
        assert posts.state(await session.get_one(Post, there.bratislava.id)) == "closed"
        assert len(list(await session.scalars(select(Broadcast)))) == 2
    page = (await officer.get(path)).text
    assert "Its people are looked after by" in page
    assert "Propose to open it again" in page
    closed = (await officer.get("/posts?state=closed")).text
    assert "Bratislava" in closed
    assert "Vienna" not in closed
    await officer.post(path, f"{path}/open", {})
    await approve(runtime, approver)
    async with runtime.db.read() as session:
        assert posts.state(await session.get_one(Post, there.bratislava.id)) == "open"


async def test_a_move_keeps_what_was_left_empty(
    runtime: Runtime, there: Missions, officer: Browser, approver: Browser
) -> None:
    path = f"/posts/{there.kyiv.id}"
    await officer.post(path, f"{path}/move", NEW_PLACE)
    await approve(runtime, approver)
    async with runtime.db.read() as session:
        post = await session.get_one(Post, there.kyiv.id)
        assert (post.city, post.emergency_phone) == ("UA/Lviv", "+380 32 555 0100")
        assert post.names["en"] == "Embassy of Libya, Kyiv"
    wrong = await officer.post(path, f"{path}/move", {"city": "Lvi"}, 422)
    assert wrong.status_code == 422
    assert "Not a city: Lvi." in wrong.text


async def test_a_post_is_accredited_and_the_numbers_are_kept(
    runtime: Runtime, there: Missions, officer: Browser, approver: Browser
) -> None:
    path = f"/posts/{there.warsaw.id}"
    fields = {"country": "LT", "source": "Decree 41", "since": "2026-01-15"}
    await officer.post(path, f"{path}/accredit", fields)
    await approve(runtime, approver)
    async with runtime.db.read() as session:
        (accreditation,) = list(await session.scalars(select(PostAccreditation)))
        assert (accreditation.country, accreditation.source) == ("LT", "Decree 41")
        assert (await care.of(session, "LT")).posts[0].id == there.warsaw.id
    assert "Decree 41" in (await officer.get(path)).text
    wrong = fields | {"country": "EE", "since": "x"}
    late = await officer.post(path, f"{path}/accredit", wrong, 422)
    assert (late.status_code, "2026-11-30" in late.text) == (422, True)


async def test_the_numbers_to_call_first_change_when_two_agree(
    runtime: Runtime, officer: Browser, approver: Browser
) -> None:
    page = "/emergency?country=GN"
    numbers = {"police": "١١٧", "source": "The embassy", "as_of": "2026-01-15"}
    fields = {"country": "GN", "general": "", "ambulance": "", "fire": "", **numbers}
    await officer.post(page, "/emergency", fields)
    await approve(runtime, approver)
    async with runtime.db.read() as session:
        row = await session.get_one(EmergencyNumber, "GN")
        assert emergency.contents(row)["police"] == "117"
    wrong = await officer.post(page, "/emergency", fields | {"police": "help"}, 422)
    assert (wrong.status_code, "help is no number to call." in wrong.text) == (422, True)


async def test_an_officer_of_a_post_sees_no_other_ones(
    runtime: Runtime, app: Starlette, there: Missions
) -> None:
    token = await builders.cookie(runtime, there.team.post)
    async with browsing(app, "en", token) as browser:
        for act in ("poster", ""):
            path = f"/posts/{there.kyiv.id}/{act}".rstrip("/")
            assert (await browser.client.get(path)).status_code == 404
        listed = (await browser.get("/emergency")).text
    assert "Türkiye" in listed
    assert "Slovakia" not in listed


async def test_a_poster_without_any_way_to_us_says_so(there: Missions, officer: Browser) -> None:
    answer = await officer.client.get(f"/posts/{there.vienna.id}/poster")
    assert answer.status_code == 422
    assert "a poster would lead nowhere" in answer.text


async def test_those_who_came_by_a_poster_are_counted(
    runtime: Runtime, there: Missions, officer: Browser
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:9", country="AT")
        await posters.carry(session, person, there.vienna.id, now)
    assert "came by its poster: 1" in (await officer.get(f"/posts/{there.vienna.id}")).text
    record = (await officer.get(f"/people/{person.id}")).text
    assert "Came by the poster of" in record
    assert "Embassy of Libya, Vienna" in record
    known = Page(record).text("section[aria-labelledby=facts] dl.record")
    assert "112" in known
