"""What staff do on the screens: crises, cases, advisories, people, posts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.audit import trail as audit_trail
from bot.consular.changes import changes
from bot.consular.crises import board
from bot.models import (
    Advisory,
    AdvisoryState,
    Crisis,
    CrisisState,
    Person,
    Post,
    Role,
    Staff,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

DRAFT: dict[str, str | list[str]] = {**builders.ROAD_ADVISORY, "country": ["SD", "EG"]}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        yield browser


async def state_of(runtime: Runtime, advisory_id: int) -> AdvisoryState:
    async with runtime.db.read() as session:
        return (await session.get_one(Advisory, advisory_id)).state


async def test_opening_a_crisis_shows_first_how_many_will_be_asked(
    runtime: Runtime, officer: Browser
) -> None:
    form: dict[str, str | list[str]] = {
        "name_ar": "زلزال إسطنبول",
        "name_en": "Earthquake in Istanbul",
        "country": ["TR"],
        "drill": "1",
    }
    names = {"ar": form["name_ar"], "en": form["name_en"]}
    shown = await officer.post("/crises/new", "/crises/check", form, 200)
    async with runtime.db.read() as session:
        crises = [crisis.names for crisis in await session.scalars(select(Crisis))]
    assert names not in crises
    assert "زلزال إسطنبول" in shown.text
    assert "تمرين" in shown.text
    answer = await officer.post("/crises/new", "/crises", form)
    assert "فُتحت الأزمة" in (await officer.get(answer.headers["location"])).text
    async with runtime.db.read() as session:
        crisis = await session.scalar(select(Crisis).order_by(Crisis.id.desc()).limit(1))
    assert crisis is not None
    assert crisis.names == names
    assert crisis.drill
    assert [covered.country for covered in crisis.countries] == ["TR"]


async def test_what_readers_of_the_board_share_holds_nothing_of_one_of_them(
    officer: Browser, scenario: Scenario
) -> None:
    shared = (await officer.get("/board")).text
    assert "crisis-1-name" in shared
    csrf = Page((await officer.get("/crises/new")).text).posts[0]["csrf"]
    assert csrf not in shared
    assert scenario.staff[Role.HQ_OFFICER].email not in shared
    assert "<form" not in shared


async def test_a_crisis_without_a_country_keeps_what_was_written(officer: Browser) -> None:
    form = {"name_ar": "زلزال", "name_en": "Earthquake"}
    for path in ("/crises/check", "/crises"):
        answer = await officer.post("/crises/new", path, form, 422)
        assert 'value="زلزال"' in answer.text
        assert "بلد" in answer.text


async def test_while_choosing_countries_the_numbers_follow(officer: Browser) -> None:
    csrf = Page((await officer.get("/crises/new")).text).posts[0]["csrf"]
    headers = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
    none = await officer.client.post("/crises/check", data={"csrf": csrf}, headers=headers)
    some = await officer.client.post(
        "/crises/check", data={"csrf": csrf, "country": ["SD"]}, headers=headers
    )
    assert "اختر بلدًا" in none.text
    assert "أجزاء الرسالة القصيرة" in some.text
    assert "<html" not in some.text


async def test_closing_a_crisis(runtime: Runtime, officer: Browser, scenario: Scenario) -> None:
    at = f"/crises/{scenario.crisis_id}"
    end = {"outcome": "هدأ القتال"}
    await officer.post(at, f"{at}/close", end)
    async with runtime.db.read() as session:
        assert (await session.get_one(Crisis, scenario.crisis_id)).state is CrisisState.CLOSED
    again = await officer.post("/account", f"{at}/close", end, 409)
    assert "الحالة الآن «مغلقة»" in again.text
    assert "لا توجد أزمة مفتوحة" in (await officer.get("/")).text


async def test_the_board_counts_everybody_once(officer: Browser) -> None:
    board = await officer.part("/board")
    assert "اشتباكات الخرطوم" in board.text
    assert "لم يردّوا" in board.text


async def test_the_board_of_the_console_counts_stale_places_as_the_command_line_does(
    runtime: Runtime, app: Starlette, clock: SetClock, scenario: Scenario
) -> None:
    clock.advance(days=100)
    async with runtime.db.read() as session:
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        on_command_line = (await board.board(session, crisis, runtime.clock())).stale
        at_opening = (await board.board(session, crisis, crisis.opened_at)).stale
    assert on_command_line > at_opening
    async with browsing(
        app, "en", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as page:
        live = (await page.part("/board")).text
    assert f"{on_command_line} doubtful people counted apart" in live


async def test_made_up_people_carry_a_badge(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/people/{scenario.person_id}"
    assert "شخص للتمرين" not in (await officer.get(path)).text
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        person.synthetic = True
        name = person.name
    assert "شخص للتمرين" in (await officer.get(path)).text
    found = await officer.post("/people", "/people", {"query": name or ""}, 200)
    assert "شخص للتمرين" in found.text


async def test_an_advisory_goes_from_draft_to_sending_by_two_people(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    written = await officer.post("/advisories/new", "/advisories", DRAFT)
    path = written.headers["location"].partition("?")[0]
    advisory_id = int(path.rpartition("/")[2])
    await officer.post(path, f"{path}/submit", {})
    await officer.post(path, f"{path}/approve", {}, 403)
    approver = await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    async with browsing(app, "ar", approver) as second:
        version = next(
            post["version"]
            for post in Page((await second.get(path)).text).posts
            if "version" in post
        )
        await second.post(path, f"{path}/approve", {"version": version})
        assert await state_of(runtime, advisory_id) is AdvisoryState.APPROVED
        assert (
            "سُلّم للشبكة، ولم يصل تأكيد بعد" in (await second.get(path)).text
        )  # sent is never shown as delivered
    await officer.post(path, f"{path}/cancel", {})
    assert await state_of(runtime, advisory_id) is AdvisoryState.CANCELLED


async def test_who_submitted_cannot_approve_even_by_hand(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    ) as browser:
        path = f"/advisories/{scenario.advisory_ids['draft']}"
        await browser.post(path, f"{path}/submit", {})
        assert "يجب أن يعتمده شخص غير الذي قدّمه" in (await browser.get(path)).text
        answer = await browser.post(path, f"{path}/approve", {"version": ""}, 409)
        assert "يجب أن يعتمده شخص غير الذي قدّمه" in answer.text
    assert await state_of(runtime, scenario.advisory_ids["draft"]) is AdvisoryState.SUBMITTED


async def test_what_changed_since_it_was_read_is_not_approved(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    path = f"/advisories/{scenario.advisory_ids['submitted']}"
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    ) as second:
        version = next(
            post["version"]
            for post in Page((await second.get(path)).text).posts
            if "version" in post
        )
        await officer.post(f"{path}/edit", path, DRAFT | {"headline_ar": "عودوا إلى البيوت"})
        await officer.post(path, f"{path}/submit", {})
        assert (
            "تغيّر أثناء قراءتك"
            in (await second.post(path, f"{path}/approve", {"version": version}, 409)).text
        )
    assert await state_of(runtime, scenario.advisory_ids["submitted"]) is AdvisoryState.SUBMITTED


async def test_an_unfinished_advisory_is_kept_and_not_submitted(officer: Browser) -> None:
    saved = await officer.post("/advisories/new", "/advisories", DRAFT | {"text_en": ""})
    page = saved.headers["location"].partition("?")[0]
    answer = await officer.post(page, f"{page}/submit", {}, 409)
    assert "اكتب العنوان والنص باللغتين" in answer.text
    assert "بورتسودان" in (await officer.get(f"{page}/edit")).text


async def test_people_are_found_without_their_name_in_an_address(
    runtime: Runtime, officer: Browser
) -> None:
    for query in ("Salem Omran", "سالم", "0912345678", "+218 91-234-5678"):
        found = await officer.post("/people", "/people", {"query": query}, 200)
        assert "سالم بن عمران" in found.text, query
    assert str(found.request.url).endswith("/people")
    async with runtime.db.read() as session:
        notes = await audit_trail.of(session, "people")
    assert len(notes) == 4
    assert "سالم" not in str([note.detail for note in notes])


async def test_looking_at_a_record_is_written_down(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    record = (await officer.get(f"/people/{scenario.person_id}")).text
    assert "سالم بن عمران" in record
    assert "محاصرون في البيت" in record
    assert '<a href="tel:+218912345678" dir="ltr">+218912345678</a>' in record
    async with runtime.db.read() as session:
        notes = await audit_trail.of(session, f"person:{scenario.person_id}")
    viewed = [note.actor for note in notes if note.action == "person.viewed"]
    assert viewed == [f"staff:{scenario.staff[Role.HQ_OFFICER].id}"]


async def test_a_post_officer_sees_the_people_of_the_post_only(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    account: Staff = scenario.staff[Role.POST_OFFICER]
    async with runtime.db.begin() as session:
        (await session.get_one(Staff, account.id)).post_country = "TR"
    async with browsing(app, "ar", await builders.cookie(runtime, account)) as browser:
        await browser.get(f"/people/{scenario.person_id}", 404)
        found = await browser.post("/people", "/people", {"query": "سالم بن عمران"}, 200)
        assert "لم نجد أحدًا" in found.text


async def test_contact_details_of_a_post_are_saved(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/posts/{scenario.post_id}"
    values = {
        "name_ar": "سفارة ليبيا - أنقرة",
        "name_en": "Embassy of Libya, Ankara",
        "phone": "+90 312 000 00 00",
    }
    await officer.post(path, path, values)
    async with runtime.db.begin() as session:
        assert (await session.get_one(Post, scenario.post_id)).phone == ""
        approver = scenario.staff[Role.APPROVER]
        (change,) = await changes.waiting(session, approver)
        await changes.approve(session, approver, change.id, runtime.clock())
    async with runtime.db.read() as session:
        assert (await session.get_one(Post, scenario.post_id)).phone == "+90 312 000 00 00"
    listing = (await officer.get("/posts")).text
    assert '<a href="tel:+903120000000" dir="ltr">+90 312 000 00 00</a>' in listing
    assert "باللغتين" in (await officer.post(path, path, values | {"name_ar": ""}, 422)).text


async def test_the_auditor_reads_the_trail_and_no_records(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(
        app, "en", await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    ) as browser:
        trail = (await browser.get("/audit")).text
        assert "approved an advisory" in trail
        assert "advisory.approved" not in trail
        assert "سالم" not in trail
        await browser.get(f"/people/{scenario.person_id}", 403)
