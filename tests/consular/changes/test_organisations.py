"""Organisations abroad: entered and removed by two people, checked by one, each post its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.consular.changes import changes, kinds, of_organisations
from bot.consular.changes.kinds import OrganisationEntry, OrganisationRemoval
from bot.consular.errors import ConsularError
from bot.consular.reference import (
    organisation_entries,
    organisation_list,
    organisation_rows,
    organisations,
)
from bot.consular.reference.organisation_list import Filter
from bot.models import AuditNote, Change, Organisation, OrganisationKind
from bot.runtime.runtime import Runtime
from tests import builders, organising
from tests.organising import entry, other

CONTACT = "نجوى الورفلي"
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"country": "ZZ"}, "Not a country code"),
    ({"country": ""}, "Not a country code"),
    ({"city": "Rome"}, "Rome is not in GB"),
    ({"city": "IT/Rome"}, "is not in GB"),
    ({"city": "Xanadooo"}, "Not a city"),
    ({"kind": "embassy"}, "is no kind of organisation"),
    ({"kind": ""}, "is no kind of organisation"),
    ({"names": {"ar": "مدرسة", "en": ""}}, "both languages"),
    ({"names": {"ar": "م" * 900, "en": "School"}}, "The name is too long: 120"),
    ({"names": {"ar": "مدرسة", "en": " \u200f "}}, "both languages"),
    ({"descriptions": {"ar": "دروس", "en": ""}}, "in both languages, or in none"),
    ({"descriptions": {"ar": "د" * 301, "en": "a"}}, "The description is too long"),
    ({"phone": "12"}, "is no telephone number"),
    ({"phone": "call us"}, "is no telephone number"),
    ({"phone": "+999123456789"}, "is no telephone number"),
    ({"email": "office at school"}, "is no e-mail address"),
    ({"email": "a@b.example,c@d.example"}, "is no e-mail address"),
    ({"website": "ftp://school.example"}, "begins with https"),
    ({"website": "http://school.example"}, "begins with https"),
    ({"website": "javascript:alert(1)//https://"}, "begins with https"),
    ({"website": "https://embassy.example@evil.example"}, "begins with https"),
    ({"website": "https://localhost"}, "begins with https"),
    ({"website": "https://school.example:8443/"}, "begins with https"),
    ({"website": "https://school.example/a b"}, "begins with https"),
    ({"website": f"https://school.example/{'a' * 300}"}, "begins with https"),
    ({"contact_agreed_on": ""}, "agreed to be named"),
    ({"contact_agreed_on": "2999-01-01"}, "still to come"),
    ({"source": ""}, "where this is from"),
    ({"checked_on": "yesterday"}, "Write the day"),
    ({"checked_on": "2999-01-01"}, "still to come"),
]


async def test_people_read_an_organisation_once_a_second_person_approved_it(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    typed = entry(city="manchester", phone="0161 234 5678", kind="مدرسة")
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        change = of_organisations.entering(typed, None, now.date())
        proposed = await changes.propose(session, team.officer, change, now)
        assert await organisation_list.near(session, "GB", None) == []
        with pytest.raises(ConsularError, match="may not do that"):
            await changes.approve(session, team.officer, proposed.id, now)
        await changes.approve(session, team.approver, proposed.id, now)
        [kept] = await organisation_list.near(session, "GB", None)
        assert organisation_entries.of(kept) == entry()
        assert (kept.phone, kept.city) == ("+441612345678", "GB/Manchester")
        notes = await session.scalars(
            select(AuditNote).where(AuditNote.action == "organisation.added")
        )
        [note] = list(notes)
        assert note.subject == f"organisation:{kept.id}"
        assert note.detail["country"] == "GB"


async def test_the_person_responsible_is_sealed_and_named_nowhere_else(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        change = of_organisations.entering(entry(), None, now.date())
        proposed = await changes.propose(session, team.officer, change, now)
        await changes.approve(session, team.approver, proposed.id, now)
        again = of_organisations.entering(
            entry(phone="", contact_name="سالم بن عمران"), 1, now.date()
        )
        refused = await changes.propose(session, team.officer, again, now)
        assert kinds.from_json(refused.kind, refused.proposed) == again
        await changes.refuse(session, team.approver, refused.id, now)
    async with runtime.db.begin() as session:
        for decided in await session.scalars(select(Change)):
            assert decided.proposed["entry"]["contact_name"] == ""
            assert decided.proposed["entry"]["names"]["en"] == "Libyan School Manchester"
        sealed = (await session.execute(text("SELECT contact_name FROM organisations"))).scalar()
        assert CONTACT.encode() not in bytes(sealed or b"")
        details = [note.detail for note in await session.scalars(select(AuditNote))]
        assert CONTACT not in str(details)
        kept = await organisations.get(session, 1)
        assert kept.contact_name == CONTACT


@pytest.mark.parametrize(("changed", "wrong"), WRONG)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    runtime: Runtime, changed: dict[str, Any], wrong: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        change = OrganisationEntry(None, entry(**changed))
        with pytest.raises(ConsularError, match=wrong):
            await changes.propose(session, team.officer, change, now)
        assert await changes.waiting(session, team.officer) == []
        assert await organisation_list.near(session, "GB", None) == []


@pytest.mark.parametrize(
    "names",
    [
        {"ar": "مدرسه ليبيه بمانشستر", "en": "Another"},
        {"ar": "المدرســة اللّيبية بمانشستر", "en": "Another"},
        {"ar": "اسم آخر", "en": "LIBYAN school, Manchester"},
    ],
)
async def test_one_organisation_is_entered_once_in_its_country(
    runtime: Runtime, names: dict[str, str]
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await organising.kept(session, entry(), now)
        again = OrganisationEntry(None, entry(names=names))
        with pytest.raises(ConsularError, match="is in the list of GB already, with the number 1"):
            await changes.propose(session, team.officer, again, now)
        elsewhere = entry(names=names, country="IT", city="", phone="")
        await changes.propose(session, team.officer, OrganisationEntry(None, elsewhere), now)
        with pytest.raises(ConsularError, match="waits for a second person already"):
            await changes.propose(session, team.officer, OrganisationEntry(None, elsewhere), now)


async def test_two_that_were_proposed_apart_are_not_both_kept(runtime: Runtime) -> None:
    """A namesake may be approved after the proposal was checked."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        change = await changes.propose(session, team.officer, OrganisationEntry(None, entry()), now)
        await organising.kept(session, entry(email=""), now)
        with pytest.raises(ConsularError, match="already"):
            await changes.approve(session, team.approver, change.id, now)


async def test_a_post_keeps_the_organisations_of_its_own_countries(runtime: Runtime) -> None:
    now = runtime.clock()
    own = entry(country="TR", city="TR/Istanbul", phone="+902122345678")
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        british = await organising.kept(session, entry(), now)
        turkish = await organising.kept(session, own, now)
        with pytest.raises(ConsularError, match="looks after"):
            await changes.propose(session, team.post, OrganisationEntry(None, other(0)), now)
        with pytest.raises(ConsularError, match="looks after"):
            await changes.propose(session, team.post, OrganisationRemoval(british.id, "a"), now)
        with pytest.raises(ConsularError, match="looks after"):
            await organisations.confirm(session, team.post, british.id, "", "2026-11-02", now)
        seen = await organisation_list.visible(session, team.post, Filter(), now.date())
        assert seen == [turkish]
        assert await organisation_list.countries(session, team.post) == ["TR"]
        everything = await organisation_list.visible(session, team.officer, Filter(), now.date())
        assert everything == [british, turkish]
        with pytest.raises(ConsularError, match="may not do that"):
            await organisation_list.visible(session, team.auditor, Filter(), now.date())
        change = OrganisationEntry(turkish.id, entry(country="TR", city="Ankara", phone=""))
        await changes.propose(session, team.post, change, now)


async def test_a_removal_can_be_taken_back_until_a_second_person_approves_it(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        kept = await organising.kept(session, entry(), now)
        number = kept.id
        with pytest.raises(ConsularError, match="Write why"):
            await changes.propose(session, team.officer, OrganisationRemoval(number, " "), now)
        removal = OrganisationRemoval(number, "it closed")
        proposed = await changes.propose(session, team.officer, removal, now)
        words = OrganisationEntry(number, entry(phone=""))
        with pytest.raises(ConsularError, match="waits for a second person already"):
            await changes.propose(session, team.officer, words, now)
        await changes.withdraw(session, team.officer, proposed.id, now)
        assert await organisation_list.near(session, "GB", None) == [kept]
        proposed = await changes.propose(session, team.officer, removal, now)
        await changes.approve(session, team.approver, proposed.id, now)
        assert await session.scalar(select(func.count()).select_from(Organisation)) == 0
        with pytest.raises(ConsularError, match="There is no such organisation"):
            await changes.propose(session, team.officer, removal, now)


async def test_a_change_keeps_the_country_and_a_later_check(runtime: Runtime) -> None:
    now = runtime.clock()
    later = now.date().isoformat()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        kept = await organising.kept(session, entry(), now)
        moved = OrganisationEntry(kept.id, entry(country="IT", city="", phone=""))
        with pytest.raises(ConsularError, match="another country"):
            await changes.propose(session, team.officer, moved, now)
        same = OrganisationEntry(kept.id, entry())
        with pytest.raises(ConsularError, match="Nothing would change"):
            await changes.propose(session, team.officer, same, now)
        change = OrganisationEntry(kept.id, entry(website="", contact_name=""))
        proposed = await changes.propose(session, team.officer, change, now)
        await organisations.confirm(session, team.officer, kept.id, "", later, now)
        await changes.approve(session, team.approver, proposed.id, now)
        assert kept.checked_on.isoformat() == later
        assert (kept.website, kept.contact_name, kept.contact_agreed_on) == ("", None, None)


async def test_what_nobody_checked_for_a_year_is_doubtful_until_somebody_does(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    today = now.date()
    year_ago = today - timedelta(days=365)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        kept = await organising.kept(session, entry(checked_on=year_ago.isoformat()), now)
        assert not organisations.is_doubtful(kept, today)
        assert organisations.is_doubtful(kept, today + timedelta(days=1))
        old_day = (year_ago - timedelta(days=1)).isoformat()
        old = await organising.kept(session, other(0, checked_on=old_day), now)
        doubtful = Filter(is_doubtful=True)
        assert await organisation_list.visible(session, team.officer, doubtful, today) == [old]
        with pytest.raises(ConsularError, match="later day"):
            await organisations.confirm(session, team.officer, old.id, "", "2020-01-01", now)
        source = "spoke to the secretary"
        await organisations.confirm(session, team.officer, old.id, source, today.isoformat(), now)
        assert await organisation_list.visible(session, team.officer, doubtful, today) == []
        assert old.source == source
        checks = select(AuditNote.subject).where(AuditNote.action == "organisation.checked")
        assert list(await session.scalars(checks)) == [f"organisation:{old.id}"]


async def test_the_nearest_city_comes_first_and_those_without_one_last(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in (1, 2, 0):
            await organising.kept(session, other(number), now)
        await organising.kept(session, entry(), now)
        manchester = await organisation_list.near(session, "GB", (53.48, -2.24))
        assert [listed.city for listed in manchester] == [
            "GB/Manchester",
            "GB/Leeds",
            "GB/London",
            None,
        ]
        london = await organisation_list.near(session, "GB", (51.5, -0.12))
        assert london[0].city == "GB/London"
        schools = organisation_list.of_kind(london, OrganisationKind.SCHOOL)
        assert [listed.city for listed in schools] == ["GB/Manchester"]


@pytest.mark.parametrize(
    ("words", "count"),
    [("ليدز", 1), ("LEEDS", 1), ("رابطه", 1), ("libyan", 3), ("روما", 0), ("", 3), ("%", 0)],
)
async def test_staff_find_by_a_name_or_a_city_in_either_language(
    runtime: Runtime, words: str, count: int
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for number in range(3):
            await organising.kept(session, other(number), now)
        found = Filter(text=words)
        listed = await organisation_list.visible(session, team.officer, found, now.date())
        assert len(listed) == count


TITLES = "country,city,kind,name_ar,name_en,phone,source,checked_on"
ROW = "GB,Leeds,school,مدرسة ليدز,Leeds School,'+441132345678,letter,2026-11-01"


def test_a_file_is_read_row_by_row() -> None:
    [row] = organisation_rows.read(f"{TITLES}\n{ROW}\n", organising.TODAY)
    assert (row.country, row.city, row.phone) == ("GB", "GB/Leeds", "+441132345678")
    assert row.names == {"ar": "مدرسة ليدز", "en": "Leeds School"}


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("", "no column country"),
        ("country,kind\nGB,school\n", "no column name_ar"),
        (f"{TITLES},colour\n{ROW},red\n", "colour is no column"),
        (f"{TITLES}\n{ROW}\n{ROW.replace('GB', 'ZZ')}\n", "Line 3: Not a country code"),
        (f"{TITLES}\n{ROW},more\n", "Line 2: it has too many fields"),
        (f"{TITLES}\nGB,Leeds\n", "Line 2: it has too many fields, or too few"),
        (f"{TITLES}\n{ROW}\n{ROW}\n", "stands in the file twice"),
        (TITLES + f"\n{ROW}" * 501, "more than 500 rows"),
    ],
)
def test_a_file_with_a_mistake_is_refused_as_a_whole(table: str, wrong: str) -> None:
    with pytest.raises(ConsularError, match=wrong):
        organisation_rows.read(table, organising.TODAY)
