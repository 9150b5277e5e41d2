"""The evacuation of a crisis, the page of a transport, and its manifest as a file."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO

import pytest
from lxml import etree
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.crises import cases, seats
from bot.models import (
    AuditNote,
    CaseKind,
    Change,
    ChangeState,
    OutboundMessage,
    Role,
    Seat,
    SeatState,
    Transport,
    TransportState,
)
from bot.runtime.runtime import Runtime
from tests import builders, evacuating
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.evacuating import Seated
from tests.pages.reader import Page

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


@pytest.fixture
async def approver(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An approver, signed in, in Arabic."""
    token = await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    async with browsing(app, "ar", token) as browser:
        yield browser


@pytest.fixture
async def seated(runtime: Runtime, scenario: Scenario) -> Seated:
    """A bus with two households on it."""
    return await evacuating.seated(runtime, scenario)


async def seat_of(runtime: Runtime, seat_id: int) -> Seat:
    async with runtime.db.read() as session:
        return await session.get_one(Seat, seat_id)


async def count_notes(runtime: Runtime, action: str) -> int:
    query = select(func.count()).select_from(AuditNote).where(AuditNote.action == action)
    async with runtime.db.read() as session:
        return await session.scalar(query) or 0


async def test_a_transport_is_drafted_proposed_announced_and_filled(
    runtime: Runtime, officer: Browser, approver: Browser, scenario: Scenario
) -> None:
    new = f"/crises/{scenario.crisis_id}/evacuation/new"
    departs_at = (runtime.clock() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    form = {
        "kind": "ship",
        "country": "SD",
        "seats": "40",
        "zone": "UTC",
        "departs_at": departs_at,
        "destination_ar": "جدة",
        "destination_en": "Jeddah",
        "meeting_point_ar": "ميناء بورتسودان، الرصيف الثاني",
        "meeting_point_en": "Port Sudan harbour, second pier",
        "luggage_ar": "الجوازات والماء",
        "luggage_en": "Passports and water",
    }
    listed = f"/crises/{scenario.crisis_id}/evacuation"
    wrong = await officer.post(new, listed, {**form, "seats": "0"}, 422)
    assert "A transport has 1 to 1000 seats" in wrong.text
    answer = await officer.post(new, listed, form)
    page = answer.headers["location"].partition("?")[0]
    assert Page((await officer.get(page)).text).text("#free") == "40 seats free of 40"
    await officer.post(page, f"{page}/words", form)
    async with runtime.db.read() as session:
        change = (await session.scalars(select(Change).order_by(Change.id.desc()))).first()
    assert change is not None
    card = Page((await approver.get("/changes")).text).text(f"#change-{change.id}")
    assert "ميناء بورتسودان، الرصيف الثاني" in card
    await approver.post("/changes", f"/changes/{change.id}/approve", {})
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for _ in range(6):
            await evacuating.household(session, now, 1, country="SD")
    before = Page((await officer.get(listed)).text)
    assert before.text("#waiting").startswith("6 people wait for a seat")
    await officer.post(page, f"{page}/fill", {"most": "4"})
    shown = Page((await officer.get(page)).text)
    assert shown.count("ol.households > li") == 4
    assert shown.text("#free") == "36 seats free of 40"
    assert shown.texts("ol.households .state") == ["invited"] * 4
    row = Page((await officer.get(listed)).text).texts("tbody tr td")
    assert row[0] == "announced"
    assert row[2:] == ["40", "4", "36"]


async def test_the_manifest_shows_names_people_phones_and_notes_the_look(
    runtime: Runtime, officer: Browser, seated: Seated
) -> None:
    path = f"/transports/{seated.transport_id}"
    page = Page((await officer.get(path)).text)
    assert page.text(f"#seat-{seated.invited_id} .who") == "فاطمة الزهراء المصراتي 4 people"
    assert "+249912345674" in page.text(f"#seat-{seated.invited_id}")
    assert page.text(f"#seat-{seated.confirmed_id} .state") == "confirmed"
    assert page.text("#free") == "1 seat free of 7"
    assert page.texts("ol.next .who")[-1].startswith("=HYPERLINK")
    assert await count_notes(runtime, "manifest.viewed") == 1


async def test_a_seat_is_described_confirmed_and_boarded_on_the_page_where_it_stays(
    runtime: Runtime, officer: Browser, seated: Seated
) -> None:
    path = f"/transports/{seated.transport_id}"
    of_transport = {"transport": str(seated.transport_id)}
    details = {"people": "3", "papers_missing": "جواز سفر الطفل", "needs": "كرسي متحرك"}
    seat = f"/seats/{seated.invited_id}"
    answer = await officer.post(path, f"{seat}/details", {**of_transport, **details})
    assert answer.headers["location"] == f"{path}?done=saved#seat-{seated.invited_id}"
    page = Page((await officer.get(path)).text)
    assert page.text(f"#seat-{seated.invited_id} .papers") == "Papers missing: جواز سفر الطفل"
    assert page.text(f"#seat-{seated.invited_id} .needs") == "Needs: كرسي متحرك"
    await officer.post(path, f"{seat}/state", {**of_transport, "state": "boarded"}, 409)
    await officer.post(path, f"{path}/board", {})
    order = Page((await officer.get(f"{path}/boarding")).text).texts("ol.households .who")
    form = {**of_transport, "state": "boarded", "from": "boarding"}
    answer = await officer.post(f"{path}/boarding", f"{seat}/state", form)
    assert answer.headers["location"] == f"{path}/boarding?done=saved#seat-{seated.invited_id}"
    boarding = Page((await officer.get(f"{path}/boarding")).text)
    assert boarding.texts("ol.households .who") == order
    assert boarding.text(f"#seat-{seated.invited_id} .state") == "on board"
    await officer.post(path, f"{path}/depart", {})
    await officer.post(path, f"{path}/arrive", {})
    assert (await seat_of(runtime, seated.invited_id)).state is SeatState.ARRIVED
    assert (await seat_of(runtime, seated.confirmed_id)).state is SeatState.MISSED


async def test_a_household_is_invited_and_a_cancelled_bus_lets_all_wait(
    runtime: Runtime, officer: Browser, seated: Seated
) -> None:
    path = f"/transports/{seated.transport_id}"
    form = {"transport": str(seated.transport_id)}
    await officer.post(path, f"/seats/{seated.waiting_id}/invite", form)
    assert Page((await officer.get(path)).text).text("#free") == "0 seats free of 7"
    await officer.post(path, f"{path}/cancel", {})
    for seat_id in (seated.invited_id, seated.confirmed_id, seated.waiting_id):
        seat = await seat_of(runtime, seat_id)
        assert (seat.state, seat.transport_id) == (SeatState.WAITING, None)
    async with runtime.db.read() as session:
        transport = await session.get_one(Transport, seated.transport_id)
        last = await session.scalar(
            select(OutboundMessage).order_by(OutboundMessage.id.desc()).limit(1)
        )
    assert transport.state is TransportState.CANCELLED
    assert last is not None
    assert last.content is not None
    assert last.content["text"].startswith("انتظر ولا تذهب")


async def test_the_auditor_reads_counts_and_no_names(
    runtime: Runtime, app: Starlette, scenario: Scenario, seated: Seated
) -> None:
    token = await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    async with browsing(app, "en", token) as auditor:
        page = await auditor.get(f"/crises/{scenario.crisis_id}/evacuation")
        assert Page(page.text).texts("tbody td.n") == ["7", "6", "1"]
        assert "Ankara" not in page.text
        for path in ("", "/boarding", "/manifest.xlsx", "/manifest.pdf"):
            await auditor.get(f"/transports/{seated.transport_id}{path}", 403)


async def test_the_spreadsheet_is_from_right_to_left_and_has_no_formula(
    runtime: Runtime, officer: Browser, approver: Browser, seated: Seated
) -> None:
    path = f"/transports/{seated.transport_id}"
    form = {"transport": str(seated.transport_id)}
    await officer.post(path, f"/seats/{seated.waiting_id}/invite", form)
    answer = await approver.get(f"{path}/manifest.xlsx")
    assert f"tammen-transport-{seated.transport_id}.xlsx" in answer.headers["content-disposition"]
    with zipfile.ZipFile(BytesIO(answer.content)) as book:
        strings = etree.fromstring(book.read("xl/sharedStrings.xml"))
        sheet = etree.fromstring(book.read("xl/worksheets/sheet2.xml"))
    texts = ["".join(map(str, item.itertext())) for item in strings]
    assert {"فاطمة الزهراء المصراتي", "Salem Ali", "+249912345674"} <= set(texts)
    assert '=HYPERLINK("http://x.example")' in texts  # a text like any other
    assert sheet.findall(f".//{SHEET}f") == []
    (view,) = sheet.findall(f".//{SHEET}sheetView")
    assert view.get("rightToLeft") == "1"
    assert len(sheet.findall(f".//{SHEET}row")) == 4  # headings and three households
    assert await count_notes(runtime, "manifest.downloaded") == 1


async def test_the_pdf_is_one(runtime: Runtime, approver: Browser, seated: Seated) -> None:
    answer = await approver.get(f"/transports/{seated.transport_id}/manifest.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"NotoSansArabic" in answer.content
    assert await count_notes(runtime, "manifest.downloaded") == 1


async def test_what_people_are_told_changes_only_with_a_second_person(
    runtime: Runtime, officer: Browser, seated: Seated
) -> None:
    path = f"/transports/{seated.transport_id}"
    async with runtime.db.read() as session:
        transport = await session.get_one(Transport, seated.transport_id)
    form = {
        "zone": "UTC",
        "departs_at": transport.departs_at.strftime("%Y-%m-%dT%H:%M"),
        "destination_ar": "أنقرة",
        "destination_en": "Ankara",
        "meeting_point_ar": "حوّلوا إليّ المال أولًا",
        "meeting_point_en": "Send me money first",
        "luggage_ar": "الجوازات",
        "luggage_en": "Passports",
    }
    await officer.post(path, f"{path}/words", form)
    await officer.post(path, f"{path}/words", form, 409)  # one waits already
    async with runtime.db.read() as session:
        waiting = select(Change).where(Change.state == ChangeState.WAITING)
        change = (await session.scalars(waiting)).one()
        transport = await session.get_one(Transport, seated.transport_id)
    assert transport.meeting_points == evacuating.MEETING_POINT
    await officer.post("/changes", f"/changes/{change.id}/approve", {}, 409)


async def test_whoever_asked_by_telephone_is_put_on_the_list_and_told(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "sms:+249910000009", country="SD")
        case = await cases.open_case(session, person, CaseKind.EVACUATION, "اتصل: يريد الخروج", now)
    page = f"/cases/{case.id}"
    assert "Put on the evacuation list" in (await officer.get(page)).text
    await officer.post(page, f"{page}/list", {})
    await officer.post(page, f"{page}/list", {}, 409)
    async with runtime.db.read() as session:
        (seat,) = await seats.of_person(session, person.id)
        (told,) = await evacuating.messages(session, seat)
    officer_account = scenario.staff[Role.HQ_OFFICER]
    assert (seat.state, seat.changed_by) == (SeatState.WAITING, f"staff:{officer_account.id}")
    assert told.text.startswith("اسمك في قائمة الإجلاء")
