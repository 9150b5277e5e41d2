"""What is typed on the page of a reply link: kept as in the conversation, and nothing read back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.crises import link_answers, link_fields
from bot.consular.crises.link_fields import Fields, Mistake
from bot.consular.people import facts, merging, splitting
from bot.models import AuditNote, Case, CheckIn, CheckInStatus, Person
from bot.pages.rendering import STATIC
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import browsing
from tests.pages.reader import Page
from tests.public.test_reply import ask_everybody, latest, link

EMPTY = {"note": "", "where": "", "party": "", "phone": ""}


@pytest.fixture(autouse=True)
async def asked(runtime: Runtime, scenario: Scenario) -> None:
    await ask_everybody(runtime, scenario.crisis_id)


async def person_of(runtime: Runtime, scenario: Scenario) -> Person:
    async with runtime.db.read() as session:
        return await session.get_one(Person, scenario.person_id)


async def answer(app: Starlette, path: str, fields: dict[str, str], code: int = 200) -> str:
    """Send the form as a phone without cookies does; return the page."""
    async with browsing(app) as browser:
        page = await browser.client.post(path, data={**EMPTY, **fields})
    assert page.status_code == code, page.text
    Page(page.text).check("ar")
    return page.text


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_page_is_below_15_kb_with_its_style(
    runtime: Runtime, app: Starlette, scenario: Scenario, language: str
) -> None:
    style = (STATIC / "public/reply.css").stat().st_size
    path = link(runtime, scenario)
    full = {"note": "ا" * 500, "where": "ب" * 120, "party": "900", "phone": "12"}
    async with browsing(app, language) as browser:
        form = await browser.get(path)
        wrong = await browser.client.post(path, data={"status": "safe", **full})
        choice = await browser.client.post(path, data={"status": "safe", "where": "طرابلس"})
    for page in (form, wrong, choice):
        assert "<script" not in page.text
        assert len(page.content) + style < 15_000
        assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in page.text


async def test_all_of_it_is_kept(runtime: Runtime, app: Starlette, scenario: Scenario) -> None:
    fields = {"status": "safe", "where": "حي النصر، أم درمان", "party": "٤"}
    await answer(app, link(runtime, scenario), {**fields, "phone": "+249 91 234 5678"})
    person = await person_of(runtime, scenario)
    assert (person.country, person.city) == ("SD", "SD/Omdurman")
    assert (person.party_size, person.phone) == (4, "+249912345678")
    assert person.place_words == "حي النصر، أم درمان"
    assert (await latest(runtime, scenario)).status is CheckInStatus.SAFE
    async with runtime.db.read() as session:
        told = select(AuditNote).where(AuditNote.action == "person.told_by_link")
        assert [note.subject for note in await session.scalars(told)] == [f"person:{person.id}"]


async def test_a_place_that_nobody_knows_is_kept_in_its_words(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    before = await person_of(runtime, scenario)
    await answer(app, link(runtime, scenario), {"status": "staying", "where": "كامبو خمسة"})
    person = await person_of(runtime, scenario)
    assert person.place_words == "كامبو خمسة"
    assert person.country == before.country


async def test_a_name_of_two_places_is_asked_about_on_the_next_page(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    page = await answer(app, path, {"status": "safe", "where": "طرابلس"})
    assert page.count('type="radio"') == 3
    assert (await latest(runtime, scenario)).status is CheckInStatus.SAFE
    assert (await person_of(runtime, scenario)).place_words == "طرابلس"
    await answer(app, path, {"step": "place", "place": "LB/Tripoli"})
    person = await person_of(runtime, scenario)
    assert (person.country, person.city, person.place_words) == ("LB", "LB/Tripoli", None)
    await answer(app, path, {"step": "place", "place": "other"})
    await answer(app, path, {"step": "place", "place": "XX/Nowhere"}, 422)
    assert (await person_of(runtime, scenario)).city == "LB/Tripoli"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("party", "900"), ("party", "0"), ("party", "-3"), ("party", "1.5"), ("party", "كثير"),
        ("party", "٩٠٠"), ("party", "4 5"), ("phone", "12"), ("phone", "abc"),
        ("phone", "+218 1"), ("phone", "+21891234567890123"), ("phone", "0091"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_changes_nothing_and_nothing_typed_is_lost(
    runtime: Runtime, app: Starlette, scenario: Scenario, field: str, typed: str
) -> None:
    before = (await latest(runtime, scenario)).id
    fields = {"where": "كامبو 7", "note": "نحن بخير", "status": "safe", field: typed}
    page = await answer(app, link(runtime, scenario), fields, 422)
    for kept in ("كامبو 7", "نحن بخير", f'value="{typed}"', 'aria-invalid="true"'):
        assert kept in page
    assert (await latest(runtime, scenario)).id == before
    assert (await person_of(runtime, scenario)).place_words is None


async def test_a_cry_passes_whatever_cannot_be_read(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    fields = {"status": "help", "where": "سوق ليبيا", "party": "900", "phone": "zero nine"}
    page = await answer(app, link(runtime, scenario), fields)
    assert "لم نتمكن من قراءة رقم الهاتف" in page
    assert (await latest(runtime, scenario)).status is CheckInStatus.HELP
    async with runtime.db.read() as session:
        notes = await session.scalars(select(Case.note).where(Case.person_id == scenario.person_id))
        words = "\n".join(note or "" for note in notes)
    for typed in ("سوق ليبيا", "900", "zero nine"):
        assert typed in words


async def test_fields_of_ten_kilobytes_are_cut_and_refused_kindly(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    long = "م" * 10_000
    await answer(app, link(runtime, scenario), {"status": "safe", "where": long, "note": long})
    person = await person_of(runtime, scenario)
    assert len(person.place_words or "") == facts.MAX_PLACE_CHARS
    fields = {"status": "safe", "party": "9" * 10_000, "phone": "1" * 10_000}
    await answer(app, link(runtime, scenario), fields, 422)


async def test_the_page_reads_nothing_of_the_person(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    """An error, a question or a page after an answer is the same for people of every country."""
    path = link(runtime, scenario)
    typed = [
        {"status": "safe", "phone": "0532 123 45 67"},
        {"status": "safe", "where": "طرابلس"},
        {"status": "staying", "phone": "091 234 5678", "party": "3"},
        {"status": "safe", "phone": "98 765 432"},
    ]
    shown: dict[str, list[str]] = {}
    for country, city in (("SD", "SD/Khartoum"), ("TR", "TR/Istanbul"), ("LY", "LY/Tripoli")):
        for fields in typed:
            async with runtime.db.begin() as session:
                person = await session.get_one(Person, scenario.person_id)
                person.country, person.city, person.phone = country, city, None
            page = await answer(app, path, fields)
            without_token = re.sub(r'name="csrf" value="[^"]*"', "", page)
            shown.setdefault(country, []).append(without_token)
    assert shown["SD"] == shown["TR"] == shown["LY"]
    for page in shown["SD"]:
        assert "سالم" not in page


async def test_a_number_is_read_as_it_is_dialled_where_the_person_is(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        person.country, person.phone = "TR", None
    await answer(app, link(runtime, scenario), {"status": "safe", "phone": "٠٥٣٢ ١٢٣ ٤٥ ٦٧"})
    assert (await person_of(runtime, scenario)).phone == "+905321234567"


async def test_a_link_replaces_no_number_that_is_confirmed(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        await builders.address(session, person, "sms:+218912345678", runtime.clock())
        person.phone = "+218912345678"
    await answer(app, link(runtime, scenario), {"status": "safe", "phone": "+90 532 123 45 67"})
    assert (await person_of(runtime, scenario)).phone == "+218912345678"
    async with runtime.db.read() as session:
        notes = await session.scalars(select(Case.note).where(Case.person_id == scenario.person_id))
        assert any("+905321234567" in (note or "") for note in notes)


async def test_safe_after_a_cry_changes_neither_place_nor_number(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    await answer(app, path, {"status": "help"})
    before = await person_of(runtime, scenario)
    fields = {"status": "safe", "where": "تونس", "party": "7", "phone": "+216 98 765 432"}
    await answer(app, path, fields)
    person = await person_of(runtime, scenario)
    assert (person.country, person.party_size, person.phone) == (
        before.country, before.party_size, before.phone,
    )  # fmt: skip


async def test_places_are_chosen_so_many_times(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    for _ in range(link_answers.MAX_USES + 1):
        await answer(app, path, {"step": "place", "place": "TN/Sfax"})
    await answer(app, path, {"step": "place", "place": "LB/Tripoli"})
    assert (await person_of(runtime, scenario)).city == "TN/Sfax"


async def test_the_link_of_a_merged_record_answers_for_the_one_that_goes_on(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    path = link(runtime, scenario)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:77", country="SD")
        merged = await merging.merge(session, person, scenario.person_id, "system", now)
    await answer(app, path, {"status": "evacuate"})
    async with runtime.db.begin() as session:
        by_link = select(CheckIn.person_id).where(CheckIn.via == "link")
        assert list(await session.scalars(by_link)) == [person.id]
        await splitting.undo(session, merged.id, "system", now)
    await answer(app, path, {"status": "help"})
    assert (await latest(runtime, scenario)).status is CheckInStatus.HELP


@pytest.mark.parametrize(
    ("typed", "size"),
    [("4", 4), ("٤", 4), ("أربعة", 4), ("4 people", 4), ("احنا خمسة", 5), ("99", 99), ("1", 1)],
)
def test_how_many_is_read_in_digits_and_words(typed: str, size: int) -> None:
    assert link_fields.read(Fields(party=typed)).party == size


def test_every_mistake_is_told_at_once() -> None:
    told: Any = link_fields.read(Fields(party="many", phone="none"))
    assert told.mistakes == {Mistake.PARTY, Mistake.PHONE}
