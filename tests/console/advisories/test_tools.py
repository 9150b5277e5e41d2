"""What stands around an advisory: templates, prices, tags, the cities of the form, versions word by
word.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from bot.console.advisories import history
from bot.consular.advisories import templates
from bot.consular.audit import trail
from bot.consular.changes import changes
from bot.consular.errors import ConsularError
from bot.consular.people import tags
from bot.consular.reference import prices
from bot.models import Person, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.advisories.test_writing import latest
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

TEMPLATE: dict[str, str | list[str]] = {
    "name_ar": "جسر مغلق",
    "name_en": "Bridge closed",
    "headline_ar": "الجسر في {place} مغلق",
    "headline_en": "The bridge in {place} is closed",
    "text_ar": "لا تعبروا قبل {time}.",
    "text_en": "Do not cross before {time}.",
    "severity": "Moderate",
}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        yield browser


async def test_a_template_asks_for_its_gaps_and_fills_them_in_both_languages(
    runtime: Runtime, officer: Browser
) -> None:
    await officer.post("/templates/new", "/templates", TEMPLATE)
    async with runtime.db.read() as session:
        template = (await templates.everything(session))[-1]
    page = (await officer.get(f"/advisories/new?template={template.id}")).text
    assert 'name="gap_ar_place"' in page
    assert "الجسر في {place} مغلق" in page
    words = {name: value for name, value in TEMPLATE.items() if not name.startswith("name")}
    gaps = {
        "gap_ar_place": "سمنود",
        "gap_en_place": "Samannoud",
        "gap_ar_time": "الثامنة",
        "gap_en_time": "eight",
    }
    saved = await officer.post(
        "/advisories/new", "/advisories", {**words, **gaps, "country": ["EG"]}
    )
    draft = await latest(runtime)
    assert (draft.texts["ar"].headline, draft.texts["en"].text) == (
        "الجسر في سمنود مغلق",
        "Do not cross before eight.",
    )
    assert draft.severity == "Moderate"
    path = saved.headers["location"].partition("?")[0]
    await officer.post(path, f"{path}/submit", {})


async def test_a_gap_that_is_left_cannot_be_submitted(runtime: Runtime, officer: Browser) -> None:
    words = {name: value for name, value in TEMPLATE.items() if not name.startswith("name")}
    part = {**words, "gap_ar_place": "سمنود", "country": ["EG"]}
    shown = (await officer.post("/advisories/new", "/advisories/preview", part, 200)).text
    assert "بقي أن يُملأ" in shown
    saved = await officer.post("/advisories/new", "/advisories", part)
    path = saved.headers["location"].partition("?")[0]
    refused = await officer.post(path, f"{path}/submit", {}, 409)
    assert "place" in refused.text


async def test_a_template_must_have_the_same_gaps_in_both_languages(
    runtime: Runtime, officer: Browser
) -> None:
    for gap in ({"text_en": "Do not cross."}, {"name_ar": ""}, {"text_ar": ""}):
        await officer.post("/templates/new", "/templates", TEMPLATE | gap, 422)
    async with runtime.db.read() as session:
        before = await templates.everything(session)
    path = f"/templates/{before[0].id}"
    await officer.post(path, path, TEMPLATE)
    await officer.post(path, f"{path}/delete", {})
    async with runtime.db.read() as session:
        assert [one.id for one in await templates.everything(session)] == [
            one.id for one in before[1:]
        ]
        assert await templates.seed(session, runtime.clock()) == 0


async def test_the_first_templates_are_whole(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        assert await templates.seed(session, runtime.clock()) >= 4
        for one in await templates.everything(session):
            assert templates.draft_of(one.content).texts["ar"].headline


async def test_a_post_officer_uses_templates_and_changes_none(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    ) as browser:
        await browser.get("/templates")
        await browser.get(f"/advisories/new?template={scenario.template_id}")
        await browser.post("/advisories/new", "/templates", TEMPLATE, 403)


async def agree(runtime: Runtime, scenario: Scenario) -> None:
    """Approve, as the second person, the one change that waits."""
    approver = scenario.staff[Role.APPROVER]
    async with runtime.db.begin() as session:
        (change,) = await changes.to_decide(session, approver)
        await changes.approve(session, approver, change.id, runtime.clock())


async def test_prices_are_kept_by_country_and_shown_in_the_estimate(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.ADMIN])
    ) as admin:
        await admin.post("/prices", "/prices", {"country": "TR", "dollars": "٠٫٣٥"})
        assert 'value="0.35"' not in (await admin.get("/prices")).text
        await agree(runtime, scenario)
        assert 'value="0.35"' in (await admin.get("/prices")).text
        for bad in (
            {"country": "TR", "dollars": "غال"},
            {"country": "XX", "dollars": "1"},
            {"dollars": "11"},
        ):
            await admin.post("/prices", "/prices", bad, 422)
        await admin.post("/prices", "/prices", {"country": "TR", "dollars": ""})
    await agree(runtime, scenario)
    async with runtime.db.read() as session:
        assert await prices.table(session) == {"": 100_000}


async def test_tags_are_kept_beside_a_person_without_a_word_in_the_trail(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/people/{scenario.person_id}"
    await officer.post(path, f"{path}/tags", {"tag": "  طالب   طب "})
    await officer.post(path, f"{path}/tags", {"tag": "طالب طب"})
    await officer.post(path, f"{path}/tags", {"tag": "x" * 41}, 422)
    async with runtime.db.read() as session:
        assert await tags.of(session, scenario.person_id) == ["طالب طب"]
        assert await tags.known(session, scenario.staff[Role.HQ_OFFICER]) == [("طالب طب", 1)]
        assert (await session.get_one(Person, scenario.person_id)).changed_at == runtime.clock()
        notes = await trail.of(session, f"person:{scenario.person_id}")
    assert [note.action for note in notes if "tag" in note.action] == ["person.tagged"]
    assert "طالب" not in str([note.detail for note in notes])
    assert "طالب طب" in (await officer.get("/advisories/new")).text
    await officer.post(path, f"{path}/tags/remove", {"tag": "طالب طب"})
    async with runtime.db.read() as session:
        assert await tags.of(session, scenario.person_id) == []


async def test_a_post_tags_its_own_people_only(runtime: Runtime, scenario: Scenario) -> None:
    async with runtime.db.begin() as session:
        elsewhere = scenario.staff[Role.POST_OFFICER]
        person = await session.get_one(Person, scenario.person_id)
        person.country = "TR"
        await session.flush()
        with pytest.raises(ConsularError):
            await tags.add(session, elsewhere, person.id, "طالب", runtime.clock())
        assert await tags.known(session, elsewhere) == []


async def test_cities_are_found_in_both_scripts_and_stay_chosen(officer: Browser) -> None:
    for like in ("anta", "أنطاك"):
        fields: dict[str, str | list[str]] = {"city_name": like, "city": ["SD/Khartoum"]}
        part = (await officer.post("/advisories/new", "/advisories/cities/0", fields, 200)).text
        assert 'value="TR/Antakya"' in part
        assert 'value="SD/Khartoum" checked' in part
        whole = (
            await officer.post("/advisories/new", "/advisories/form", fields | {"do": "find"}, 200)
        ).text
        assert 'value="TR/Antakya"' in whole


async def test_groups_are_added_and_taken_away_without_a_script(
    runtime: Runtime, officer: Browser
) -> None:
    first: dict[str, str | list[str]] = {
        "group": ["in"],
        "country": ["SD"],
        "headline_ar": "اخرجوا",
        "do": "add-out",
    }
    shown = await officer.post("/advisories/new", "/advisories/form", first, 200)
    assert 'id="group-1"' in shown.text
    assert 'value="اخرجوا"' in shown.text
    both: dict[str, str | list[str]] = first | {
        "group": ["in", "out"],
        "language_1": "en",
        "do": "",
    }
    await officer.post("/advisories/new", "/advisories", both)
    assert (await latest(runtime)).audience == {
        "all": [{"countries": ["SD"]}, {"not": {"languages": ["en"]}}]
    }
    less = await officer.post("/advisories/new", "/advisories/form", both | {"do": "remove-1"}, 200)
    assert 'id="group-1"' not in less.text


async def test_the_map_has_cities_in_the_readers_language(officer: Browser) -> None:
    rows = (await officer.get("/map/cities")).json()
    assert "الخرطوم" in [row[2] for row in rows]
    assert rows == sorted(rows, key=lambda row: -row[3])


def test_versions_are_compared_word_by_word() -> None:
    assert history.compared("غادروا من الطريق الشرقي", "غادروا من الطريق الغربي الآن") == [
        ("same", "غادروا من الطريق "),
        ("gone", "الشرقي"),
        ("new", "الغربي الآن"),
    ]
    assert history.compared("اكتبوا إلينا حين تصلون.", "رقم السفارة هنا الآن.") == [
        ("gone", "اكتبوا إلينا حين تصلون."),
        ("new", "رقم السفارة هنا الآن."),
    ]
    assert history.compared("", "جديد") == [("same", "جديد")]
    assert history.compared("قديم", "") == [("gone", "قديم")]


@pytest.mark.parametrize("alphabet", ["a", "ab", "abc", "abcdefghij"])
def test_the_time_of_a_comparison_does_not_depend_on_the_words(alphabet: str) -> None:
    def cpu_seconds(old: list[str], new: list[str]) -> float:
        begun = time.process_time()
        history.compared(" ".join(old), " ".join(new))
        return time.process_time() - begun

    plain = [f"w{n}" for n in range(900)]
    other = [f"w{n * 7 % 900}" for n in range(900)]
    ordinary = sum(cpu_seconds([*plain, alphabet], [str(n), *other]) for n in range(5))
    hostile = 0.0
    for n in range(5):
        old = [alphabet[place % len(alphabet)] for place in range(900)]
        new = [alphabet[(place * place + n) % len(alphabet)] for place in range(899)]
        hostile += cpu_seconds(["x", *old, f"y{n}"], ["y", *new])
    assert hostile < 50 * ordinary


async def test_the_history_shows_what_changed(officer: Browser, scenario: Scenario) -> None:
    path = f"/advisories/{scenario.advisory_ids['draft']}"
    shown: dict[str, str | list[str]] = {
        "headline_ar": "غادروا الخرطوم من الطريق الغربي",
        "headline_en": "Leave",
        "text_ar": "س",
        "text_en": "x",
        "country": ["SD"],
        "severity": "Severe",
    }
    await officer.post(f"{path}/edit", path, shown)
    page = (await officer.get(path)).text
    assert "<del>الشرقي</del><ins>الغربي</ins>" in page
    assert "الشدة" in page


async def test_a_stranger_never_sees_a_form_of_somebody_elses_hand(officer: Browser) -> None:
    shown = await officer.post(
        "/advisories/new", "/advisories/form", {"headline_ar": "<b>لا</b>", "zone": "Mars"}, 200
    )
    assert "<b>لا</b>" not in shown.text
    assert 'name="zone" value="Africa/Tripoli"' in shown.text
    assert all(post.get("csrf") for post in Page(shown.text).posts)
