"""The directory of organisations on the pages: listed, entered by two, checked, removed, a file."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.models import Change, Organisation, Role
from bot.runtime.runtime import Runtime
from tests import builders, organising
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.organising import entry, other
from tests.pages.reader import Page

CONTACT = "نجوى الورفلي"
FORM = {
    "country": "GB",
    "city": "Manchester",
    "kind": "school",
    "name_ar": "المدرسة الليبية بمانشستر",
    "name_en": "Libyan School Manchester",
    "description_ar": "دروس السبت.",
    "description_en": "Saturday lessons.",
    "phone": "0161 234 5678",
    "email": "office@school.example",
    "website": "https://school.example",
    "contact_name": CONTACT,
    "contact_agreed_on": "2026-10-01",
    "source": "call to the office",
    "checked_on": "2026-11-01",
}


@asynccontextmanager
async def signed_in(
    runtime: Runtime, app: Starlette, scenario: Scenario, role: Role, language: str = "en"
) -> AsyncIterator[Browser]:
    token = await builders.cookie(runtime, scenario.staff[role])
    async with browsing(app, language, token) as browser:
        yield browser


@pytest.fixture
async def listed(runtime: Runtime, scenario: Scenario) -> Scenario:
    """The scenario with four organisations in Britain and one in Sudan, where the post is."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await organising.kept(session, entry(), now)
        for number in range(3):
            await organising.kept(session, other(number), now)
        await organising.kept(session, other(0, country="SD", city="", phone="", email=""), now)
    return scenario


def numbers(page: Page) -> list[str]:
    return page.attributes("ul.people li[data-id]", "data-id")


async def test_an_organisation_is_proposed_approved_and_then_listed(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with signed_in(runtime, app, scenario, Role.HQ_OFFICER) as officer:
        answer = await officer.post("/organisations/new", "/organisations/new", FORM)
        assert answer.headers["location"] == "/organisations?done=proposed"
        assert numbers(Page((await officer.get("/organisations")).text)) == []
    async with signed_in(runtime, app, scenario, Role.APPROVER, "ar") as approver:
        waiting = Page((await approver.get("/changes")).text)
        shown = waiting.text("#change-1")
        assert "منظمة في الخارج" in shown
        assert "المدرسة الليبية بمانشستر" in shown
        assert CONTACT in shown
        assert "+441612345678" in shown
        await approver.post("/changes", "/changes/1/approve", {})
        decided = (await approver.get("/changes")).text
        assert CONTACT not in decided
        page = Page((await approver.get("/organisations?country=gb")).text)
        assert page.text("ul.people li[data-id='1'] .tag") == "مدرسة"
    async with signed_in(runtime, app, scenario, Role.AUDITOR, "ar") as auditor:
        trail = Page((await auditor.get("/audit")).text).text("main")
        assert "أضاف منظمة في الخارج" in trail
        assert CONTACT not in trail


async def test_the_address_says_what_is_listed_and_a_post_sees_its_own(
    runtime: Runtime, app: Starlette, listed: Scenario
) -> None:
    async with signed_in(runtime, app, listed, Role.HQ_OFFICER) as officer:
        for query, expected in (
            ("", ["1", "2", "3", "4", "5"]),
            ("?country=SD", ["5"]),
            ("?kind=school", ["1"]),
            ("?q=%D9%84%D9%8A%D8%AF%D8%B2", ["2", "5"]),
            ("?doubtful=1", ["3"]),
            ("?country=GB&doubtful=1&kind=school", []),
            ("?country=ZZ&kind=embassy&doubtful=x&page=99999", ["1", "2", "3", "4", "5"]),
        ):
            assert numbers(Page((await officer.get(f"/organisations{query}")).text)) == expected
        page = Page((await officer.get("/organisations?kind=school&q=manch&doubtful=1")).text)
        assert page.only("select[name=kind] option[selected]").attributes["value"] == "school"
        assert page.only("input[name=q]").attributes["value"] == "manch"
        assert page.attributes("main form a.button", "href") == [
            "/organisations.csv?kind=school&q=manch&doubtful=1",
            "/organisations.xlsx?kind=school&q=manch&doubtful=1",
        ]
    async with signed_in(runtime, app, listed, Role.POST_OFFICER) as post:
        assert numbers(Page((await post.get("/organisations")).text)) == ["5"]
        await post.get("/organisations/1", 404)
        assert "Manchester" not in (await post.get("/organisations.csv")).text
        wrong = Page((await post.post("/organisations/new", "/organisations/new", FORM, 422)).text)
        assert "looks after" in wrong.text("main .wrong")
        choices = Page((await post.get("/organisations/new")).text)
        assert choices.texts("select[name=country] option") == ["", "Sudan"]
    async with signed_in(runtime, app, listed, Role.AUDITOR) as auditor:
        for path in ("/organisations", "/organisations.csv", "/organisations/1"):
            await auditor.get(path, 403)


WRONG = [
    ({"country": "ZZ"}, "Not a country code"),
    ({"city": "Rome"}, "Rome is not in United Kingdom"),
    ({"website": "javascript:alert(1)"}, "begins with https"),
    ({"website": "ftp://school.example"}, "begins with https"),
    ({"phone": "12"}, "no telephone number of United Kingdom"),
    ({"name_en": "n" * 900}, "The name is too long: 120 letters"),
    ({"contact_agreed_on": ""}, "agreed to be named"),
    ({"name_ar": "رابطه الليبيين في ليدز"}, "is in the list of United Kingdom already"),
]


@pytest.mark.parametrize(("changed", "wrong"), WRONG)
async def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    runtime: Runtime, app: Starlette, listed: Scenario, changed: dict[str, str], wrong: str
) -> None:
    other_name = {"name_ar": "مدرسة النور", "name_en": "Noor School"}
    async with signed_in(runtime, app, listed, Role.HQ_OFFICER) as officer:
        answer = await officer.post(
            "/organisations/new", "/organisations/new", {**FORM, **other_name, **changed}, 422
        )
        page = Page(answer.text)
        assert wrong in page.text("main .wrong")
        assert page.only("input[name=email]").attributes["value"] == "office@school.example"
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Change)) == 0


async def test_a_refusal_is_in_the_language_of_the_reader(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with signed_in(runtime, app, scenario, Role.HQ_OFFICER, "ar") as officer:
        long_name = FORM | {"name_ar": "م" * 900}
        answer = await officer.post("/organisations/new", "/organisations/new", long_name, 422)
        assert "«الاسم» أطول مما يجب: 120 حرفًا" in Page(answer.text).text("main .wrong")


async def test_an_organisation_is_changed_checked_and_removed(
    runtime: Runtime, app: Starlette, listed: Scenario
) -> None:
    path = "/organisations/3"
    async with signed_in(runtime, app, listed, Role.HQ_OFFICER, "ar") as officer:
        page = Page((await officer.get(path)).text)
        assert page.text("main p.soft .tag") == "غير مؤكَّد"
        assert page.only("input[name=city]").attributes["value"] == "لندن"
        today = runtime.clock().date().isoformat()
        checked = {"source": "كلمنا الأمينة", "checked_on": today}
        answer = await officer.post(path, f"{path}/check", checked)
        assert answer.headers["location"] == f"{path}?done=organisation_checked"
        page = Page((await officer.get(path)).text)
        assert page.count("main p.soft .tag") == 0
        early = {"source": "", "checked_on": "2020-01-01"}
        wrong = Page((await officer.post(path, f"{path}/check", early, 422)).text)
        assert "بعد هذا" in wrong.text("main .wrong")
        removed = await officer.post(path, f"{path}/remove", {"reason": "أُغلق"})
        assert removed.headers["location"] == f"{path}?done=proposed"
        page = Page((await officer.get(path)).text)
        assert "ينتظر شخصًا ثانيًا" in page.text("main .notice")
        again = Page((await officer.post(path, f"{path}/remove", {"reason": "x"}, 422)).text)
        assert "ينتظر" in again.text("main .wrong")
        await officer.post("/changes", "/changes/1/withdraw", {})
        await officer.post(path, f"{path}/remove", {"reason": "أُغلق"})
    async with signed_in(runtime, app, listed, Role.APPROVER) as approver:
        assert "Libyan Student Union London" in Page((await approver.get("/changes")).text).text(
            "#change-2"
        )
        await approver.post("/changes", "/changes/2/approve", {})
        await approver.get(path, 404)
        assert (await approver.get("/changes")).status_code == 200
        assert "3" not in numbers(Page((await approver.get("/organisations")).text))


async def test_a_form_sent_back_as_it_was_shown_changes_nothing(
    runtime: Runtime, app: Starlette, listed: Scenario
) -> None:
    async with signed_in(runtime, app, listed, Role.HQ_OFFICER, "ar") as officer:
        page = Page((await officer.get("/organisations/1")).text)
        inputs = "section[aria-labelledby=words] input"
        values = page.attributes(inputs, "value")
        descriptions = page.texts("textarea")
        fields = {
            **dict(zip(page.attributes(inputs, "name"), values, strict=True)),
            "kind": page.only("select[name=kind] option[selected]").attributes["value"] or "",
            "description_ar": descriptions[0],
            "description_en": descriptions[1],
        }
        assert fields["city"] == "مانشستر"
        answer = await officer.post("/organisations/1", "/organisations/1", fields, 422)
        assert "لن يتغير" in Page(answer.text).text("main .wrong")


async def test_the_directory_is_a_file_without_names_of_people_and_without_formulas(
    runtime: Runtime, app: Starlette, listed: Scenario
) -> None:
    formula = '=HYPERLINK("https://evil.example")'
    async with runtime.db.begin() as session:
        organisation = await session.get_one(Organisation, 2)
        organisation.source = formula
    async with signed_in(runtime, app, listed, Role.HQ_OFFICER) as officer:
        content = (await officer.get("/organisations.csv?country=GB")).content
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert lines[0][:4] == ["Number", "Country", "City", "Kind"]
        assert [line[0] for line in lines[1:]] == ["1", "2", "3", "4"]
        by_title = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
        assert by_title[1]["Source"] == f"'{formula}"
        assert by_title[0]["Phone"] == "'+441612345678"
        assert [line["Doubtful"] for line in by_title] == ["no", "no", "yes", "no"]
        assert CONTACT not in content.decode()
        workbook = (await officer.get("/organisations.xlsx?q=leeds&country=GB")).content
        with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
            assert packed.read("xl/worksheets/sheet1.xml").count(b"<row ") == 2


async def test_a_long_list_is_shown_a_page_at_a_time(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(53):
            names = {"ar": f"جمعية رقم {number}", "en": f"Society number {number}"}
            await organising.kept(session, other(0, names=names), now)
    async with signed_in(runtime, app, scenario, Role.HQ_OFFICER) as officer:
        first = Page((await officer.get("/organisations?q=society")).text)
        assert len(numbers(first)) == 50
        assert first.only("p[data-total]").attributes["data-total"] == "53"
        [further] = first.attributes("main nav a", "href")
        assert further == "/organisations?q=society&page=2"
        assert len(numbers(Page((await officer.get(further)).text))) == 3
