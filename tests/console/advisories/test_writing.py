"""Advisories on screen: everything that can be written comes back; every step by whoever may take
it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.advisories import lifecycle
from bot.models import Advisory, AdvisoryState, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

WHOLE: dict[str, str | list[str]] = {
    "headline_ar": "ابتعدوا عن الشاطئ",
    "text_ar": "موجة عالية متوقعة الليلة.",
    "instruction_ar": "اصعدوا إلى مكان مرتفع.",
    "sms_ar": "موجة عالية الليلة: ابتعدوا عن الشاطئ",
    "headline_en": "Keep off the beach",
    "text_en": "A high wave is expected tonight.",
    "instruction_en": "Go up to high ground.",
    "sms_en": "High wave tonight: keep off the beach",
    "severity": "Severe",
    "urgency": "Expected",
    "certainty": "Likely",
    "category": "Geo",
    "drill": "1",
    "valid_from": "2026-11-24T18:30",
    "valid_until": "2026-11-26T06:00",
    "country": ["TR", "SD"],
    "latitude": "٣٦٫٢",
    "longitude": "36.16",
    "km": "٥٠",
    "language": "ar",
    "channel": "sms",
    "zone": "Africa/Tripoli",
    "more_tags": "طالب، حاج",
    "confirmed": "٣٠",
}
REASON = "الجسر ينهار الآن ولا أحد غيري هنا"


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        yield browser


@pytest.fixture
async def approver(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    async with browsing(
        app, "en", await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    ) as browser:
        yield browser


async def the(runtime: Runtime, advisory_id: int) -> Advisory:
    async with runtime.db.read() as session:
        return await lifecycle.get(session, advisory_id)


async def latest(runtime: Runtime) -> Advisory:
    async with runtime.db.read() as session:
        return (await session.scalars(select(Advisory).order_by(Advisory.id.desc()).limit(1))).one()


async def test_all_that_is_written_is_kept_and_shown_again(
    runtime: Runtime, officer: Browser
) -> None:
    saved = await officer.post("/advisories/new", "/advisories", WHOLE)
    kept = await latest(runtime)
    assert kept.audience == {
        "all": [
            {"countries": ["TR", "SD"]},
            {"circle": {"latitude": 36.2, "longitude": 36.16, "km": 50.0}},
            {"languages": ["ar"]},
            {"channels": ["sms"]},
            {"tags": ["طالب", "حاج"]},
            {"confirmed_within_days": 30},
        ]
    }
    assert (kept.severity, kept.category, kept.drill, kept.routine) == (
        "Severe",
        "Geo",
        True,
        False,
    )
    assert kept.valid_from is not None
    assert kept.valid_from.isoformat() == "2026-11-24T16:30:00+00:00"  # by Tripoli's clock
    form = (await officer.get(saved.headers["location"].partition("?")[0] + "/edit")).text
    for words in (
        "ابتعدوا عن الشاطئ",
        "Go up to high ground.",
        "2026-11-26T06:00",
        "36.2",
        'value="طالب" checked',
        'value="30"',
    ):
        assert words in form, words
    page = saved.headers["location"].partition("?")[0]
    await officer.post(f"{page}/edit", page, WHOLE)
    assert (await the(runtime, kept.id)).audience == kept.audience


BAD: list[tuple[dict[str, str | list[str]], str]] = [
    ({"rule": "{countries"}, "القاعدة ليست بصيغة JSON"),
    ({"rule": "[]"}, "countries, cities"),
    ({"rule": '{"cities": ["TR/Nowhere"]}'}, "ليست مدينة معروفة"),
    ({"km": "قريب"}, "الدائرة لها خط عرض"),
    ({"valid_until": "غدا"}, "اكتب الوقت هكذا"),
    ({"confirmed": "كثير"}, "اختر من يوم واحد"),
    ({"country": ["XX"]}, "XX"),
]


@pytest.mark.parametrize(("changes", "why"), BAD)
async def test_what_means_nothing_is_said_clearly_and_the_words_stay(
    runtime: Runtime, officer: Browser, changes: dict[str, str | list[str]], why: str
) -> None:
    before = await latest(runtime)
    answer = await officer.post("/advisories/new", "/advisories", WHOLE | changes, 422)
    assert why in answer.text
    assert "موجة عالية متوقعة الليلة." in answer.text
    assert (await latest(runtime)).id == before.id


async def test_the_preview_shows_both_screens_what_is_dear_and_what_is_missing(
    officer: Browser,
) -> None:
    dear: dict[str, str | list[str]] = {
        "headline_en": "Keep off",
        "text_en": "It’s “high”",
        "headline_ar": "ابتعدوا",
        "country": ["SD"],
    }
    shown = (
        await officer.post(
            "/advisories/new", "/advisories/preview", {**dear, "text_en": "high ☔"}, 200
        )
    ).text
    assert "<strong>📢 Keep off</strong>" in shown
    assert "<mark>☔</mark>" in shown
    assert "UCS-2" in shown
    assert "اكتب النص بالعربية" in shown
    assert (
        "<mark>"
        not in (await officer.post("/advisories/new", "/advisories/preview", dear, 200)).text
    )  # made plain


async def test_a_drill_of_which_nothing_is_written_yet_is_previewed_and_kept(
    officer: Browser,
) -> None:
    begun: dict[str, str | list[str]] = {"drill": "1", "country": ["SD"]}
    assert (
        "[تمرين – ليس"
        in (await officer.post("/advisories/new", "/advisories/preview", begun, 200)).text
    )
    saved = await officer.post("/advisories/new", "/advisories", begun)
    shown = (await officer.get(saved.headers["location"].partition("?")[0])).text
    assert "[تمرين – ليس" in shown
    assert "اكتب النص بالعربية" in shown  # what is missing stands on the page of a draft as well


async def test_a_rule_too_deep_for_the_form_is_kept_as_it_is(
    runtime: Runtime, officer: Browser
) -> None:
    rule = '{"any": [{"countries": ["TR"]}, {"not": {"languages": ["ar"]}}]}'
    saved = await officer.post("/advisories/new", "/advisories", {"headline_ar": "س", "rule": rule})
    assert "any" in (await latest(runtime)).audience
    assert "not" in (await officer.get(saved.headers["location"].partition("?")[0] + "/edit")).text


async def test_a_post_officer_reaches_the_own_country_alone(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    ) as browser:
        await browser.post("/advisories/new", "/advisories", {"headline_ar": "س", "language": "ar"})
        assert (await latest(runtime)).audience == {
            "all": [{"countries": ["SD"]}, {"languages": ["ar"]}]
        }
        await browser.post(
            "/advisories/new", "/advisories", {"headline_ar": "س", "country": ["TR"]}, 422
        )


async def test_what_is_returned_says_why_to_its_author(
    runtime: Runtime, officer: Browser, approver: Browser, scenario: Scenario
) -> None:
    path = f"/advisories/{scenario.advisory_ids['submitted']}"
    await officer.post(path, f"{path}/return", {"reason": "x" * 20}, 403)
    await approver.post(path, f"{path}/return", {"reason": "no"}, 409)
    await approver.post(path, f"{path}/return", {"reason": "اسم المدينة غير صحيح"})
    assert "اسم المدينة غير صحيح" in (await officer.get(path)).text
    assert "اسم المدينة غير صحيح" in (await officer.get(f"{path}/edit")).text


async def test_one_alone_sends_in_an_emergency_and_the_second_is_told_on_the_board(
    runtime: Runtime, officer: Browser, approver: Browser, scenario: Scenario
) -> None:
    path = f"/advisories/{scenario.advisory_ids['submitted']}"
    page = await officer.get(f"{path}/override")
    version = next(post["version"] for post in Page(page.text).posts if "version" in post)
    await officer.post(
        f"{path}/override", f"{path}/override", {"reason": "", "version": version}, 409
    )
    await officer.post(
        f"{path}/override", f"{path}/override", {"reason": REASON, "version": version}
    )
    assert (await the(runtime, scenario.advisory_ids["submitted"])).state is AdvisoryState.APPROVED
    for page_of_theirs in ("/", "/people", "/advisories/new"):
        assert 'hx-get="/overrides"' in (await approver.get(page_of_theirs)).text
    assert "Sent by one person alone" in (await approver.part("/overrides")).text
    assert "Sent by one person alone" not in (await officer.part("/overrides")).text
    assert REASON in (await approver.get(path)).text
    await officer.post(path, f"{path}/confirm", {}, 403)
    await approver.post(path, f"{path}/confirm", {})
    assert "Sent by one person alone" not in (await approver.part("/overrides")).text


async def test_a_correction_begins_from_the_wrong_words_and_keeps_its_readers(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    wrong_id = scenario.advisory_ids["sending"]
    path = f"/advisories/{wrong_id}"
    begun = await officer.post(path, f"{path}/correct", {})
    right = await latest(runtime)
    assert begun.headers["location"] == f"/advisories/{right.id}/edit"
    assert "ولا يصل إلى غيرهم" in (await officer.get(f"/advisories/{right.id}/edit")).text
    await officer.post(f"/advisories/{right.id}/edit", f"/advisories/{right.id}", WHOLE)
    right = await the(runtime, right.id)
    assert (right.audience, right.texts["ar"].headline) == (
        {"received": wrong_id},
        "ابتعدوا عن الشاطئ",
    )
    assert (await the(runtime, wrong_id)).state is AdvisoryState.CANCELLED
    assert "ما أُرسل وما صُحّح" in (await officer.get(path)).text


async def test_a_withdrawal_tells_only_when_it_is_ticked(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/advisories/{scenario.advisory_ids['sending']}"
    await officer.post(path, f"{path}/cancel", {"tell": "1"})
    notice = await latest(runtime)
    assert (notice.corrects_id, notice.state) == (
        scenario.advisory_ids["sending"],
        AdvisoryState.APPROVED,
    )
    await officer.post(path, f"/advisories/{scenario.advisory_ids['draft']}/cancel", {})
    assert (await latest(runtime)).id == notice.id
