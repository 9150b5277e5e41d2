"""A household on the record, and the vulnerable first on lists, as officers see them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.crises import board, call_list, roster
from bot.consular.crises.roster import Filter
from bot.consular.people import consents, emergency_contact, household
from bot.models import AuditNote, Crisis, OutboundMessage, Person, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

NUMBER = "+218913334455"
FAMILY = {
    "members": [
        {"relation": "wife", "name": "سلمى", "needs": ["pregnant"]},
        {"relation": "child", "age": "infant"},
    ],
    "own": {"needs": ["medical"]},
}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


@pytest.fixture
async def frail(runtime: Runtime, scenario: Scenario) -> Person:
    """Somebody in Khartoum with a household, who has not answered, and whom to call next."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(
            session, now, "phone:9", name="هدى الزنتاني", country="SD", city="SD/Khartoum"
        )
        await household.tell(session, person, FAMILY, now)
        await emergency_contact.keep(session, person, NUMBER, now, "علي", "brother")
        await consents.agree(session, person, now)
        return person


async def audited(runtime: Runtime, action: str) -> int:
    query = select(AuditNote.id).where(AuditNote.action == action)
    async with runtime.db.read() as session:
        return len((await session.scalars(query)).all())


async def test_the_record_shows_who_is_there_and_whom_to_call(
    officer: Browser, frail: Person
) -> None:
    page = Page((await officer.get(f"/people/{frail.id}")).text)
    items = page.texts("ul.household > li")
    assert [item.partition(" Put right")[0] for item in items] == [
        "سلمى wife pregnant",
        "child baby",
    ]
    assert page.text(".own-needs") == "The person: medical care"
    dialled = page.only(".contact a")
    assert dialled.attributes["href"] == f"tel:{NUMBER}"
    assert dialled.attributes["dir"] == "ltr"
    assert page.text(".contact") == f"علي brother {NUMBER}"


async def test_officers_put_it_right_and_it_is_audited(
    runtime: Runtime, officer: Browser, frail: Person
) -> None:
    record = f"/people/{frail.id}"
    added: dict[str, str | list[str]] = {
        "relation": "mother",
        "name": "زينب",
        "age": "elderly",
        "need": ["mobility"],
    }
    await officer.post(record, f"{record}/household", added)
    async with runtime.db.read() as session:
        members = (await household.of(session, frail.id)).members
    wife, _baby, mother = members
    assert (mother.name, mother.age, mother.needs) == ("زينب", "elderly", "mobility")
    changed = {"member": str(wife.id), "relation": "wife", "name": "سارة", "age": ""}
    await officer.post(record, f"{record}/household", changed)
    await officer.post(record, f"{record}/household/remove", {"member": str(mother.id)})
    await officer.post(record, f"{record}/household/own", {"need": ["detained"]})
    contact = {"name": "سالم", "relation": "friend", "phone": "+٢١٨٩٢٥٥٥١٢٣٤"}
    await officer.post(record, f"{record}/contact", contact)
    async with runtime.db.read() as session:
        present = await household.of(session, frail.id)
        named = await emergency_contact.of(session, frail.id)
        person = await session.get_one(Person, frail.id)
    assert [(member.name, member.needs) for member in present.members] == [
        ("سارة", None),
        (None, None),
    ]
    assert (present.own_needs, person.party_size) == (["detained"], 3)
    assert named is not None
    assert (named.name, named.phone) == ("سالم", "+218925551234")
    assert await audited(runtime, "household.corrected") == 4
    assert await audited(runtime, "contact.kept") == 2
    await officer.post(record, f"{record}/contact", {"phone": ""})
    assert await audited(runtime, "contact.removed") == 1


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("household", {"relation": "king"}),
        ("household", {"relation": "wife", "age": "300"}),
        ("household", {"relation": "wife", "need": ["gold"]}),
        ("household", {"member": "99999", "relation": "wife"}),
        ("household/remove", {"member": "99999"}),
        ("household/own", {"need": ["gold"]}),
        ("contact", {"phone": "12"}),
        ("contact", {"phone": NUMBER, "relation": "king"}),
    ],
)
async def test_odd_fields_are_refused_and_change_nothing(
    runtime: Runtime, officer: Browser, frail: Person, path: str, fields: dict[str, str]
) -> None:
    record = f"/people/{frail.id}"
    answer = await officer.post(record, f"{record}/{path}", fields, 422)
    assert Page(answer.text).text(".wrong")
    async with runtime.db.read() as session:
        present = await household.of(session, frail.id)
        contact = await emergency_contact.of(session, frail.id)
    assert len(present.members) == 2
    assert contact is not None
    assert contact.phone == NUMBER


async def test_another_post_neither_sees_nor_changes_it(
    runtime: Runtime, app: Starlette, scenario: Scenario, frail: Person
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, frail.id)
        person.country = "EG"
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "en", token) as browser:
        await browser.get(f"/people/{frail.id}", 404)
        fields = {"relation": "wife"}
        await browser.post("/people", f"/people/{frail.id}/household", fields, 404)
        await browser.post("/people", f"/people/{frail.id}/contact", {"phone": ""}, 404)
    assert await audited(runtime, "household.corrected") == 0


async def test_lists_show_the_vulnerable_first(
    runtime: Runtime, officer: Browser, scenario: Scenario, frail: Person
) -> None:
    path = f"/crises/{scenario.crisis_id}/people"
    page = Page((await officer.get(path)).text)
    assert page.texts("table.roster tbody th a")[0] == "هدى الزنتاني"
    needing = Page((await officer.get(f"{path}?need=pregnant")).text)
    assert needing.texts("table.roster tbody th a") == ["هدى الزنتاني"]
    assert "medical care · pregnant · baby" in needing.text("table.roster tbody th")
    none = Page((await officer.get(f"{path}?need=detained")).text)
    assert none.text(".calm") == "Nobody here."
    answer = await officer.post("/people", "/people", {"query": "هدى"}, 200)
    assert Page(answer.text).texts("ul.people li strong.tag") == ["vulnerable"]
    async with runtime.db.read() as session:
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        counted = await board.board(session, crisis, runtime.clock())
        hq = scenario.staff[Role.HQ_OFFICER]
        needing_ids = await roster.everybody(
            session, hq, crisis, Filter(need="medical"), runtime.clock()
        )
    assert counted.vulnerable_silent == 1
    assert needing_ids == [frail.id]


async def test_the_call_list_names_whom_to_call_next_and_writes_to_nobody(
    runtime: Runtime, officer: Browser, scenario: Scenario, frail: Person
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        other = await builders.person(session, now, "phone:8", country="SD", name="سالم")
        await call_list.add(session, crisis, [other.id, frail.id], now)
    page = Page((await officer.get(f"/crises/{scenario.crisis_id}/calls?whose=all")).text)
    assert page.texts("article.call h2")[0] == "هدى الزنتاني"
    contact = page.text(f"#call-{frail.id} .contact")
    assert contact == f"If they do not answer, call next: علي brother {NUMBER}"
    async with runtime.db.read() as session:
        to_contact = select(OutboundMessage.id).where(OutboundMessage.person_id == frail.id)
        assert (await session.scalars(to_contact)).all() == []
