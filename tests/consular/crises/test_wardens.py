"""Wardens: asked and agreed, whom they look after, what they see and tell in a crisis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import (
    cases,
    checkins,
    crises,
    warden_board,
    warden_lists,
    warden_notices,
    warden_reports,
    warden_tests,
)
from bot.consular.crises.warden_lists import Tally
from bot.consular.crises.warden_reports import Outcome
from bot.consular.errors import ConsularError
from bot.consular.people import (
    facts,
    merging,
    sharing,
    tags,
    wardens,
)
from bot.consular.people.wardens import Area
from bot.consular.trust import export, rights
from bot.models import (
    Case,
    CaseKind,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    Person,
    SharedWithWardens,
    WardenNumber,
    WardenReport,
    WardenTest,
)
from bot.runtime.runtime import Runtime
from tests import asking, builders, wardening
from tests.wardening import SFAX, registered

TUNISIA = Area("TN")
HALF_AN_HOUR = timedelta(minutes=30)


async def opened(session: AsyncSession, now: datetime, team: builders.Team) -> Crisis:
    """Open a crisis in Tunisia whose first question has left."""
    crisis = await builders.earthquake(session, team.officer, now, countries=["TN"])
    await asking.ask_everyone(session, crisis, now)
    return crisis


async def numbers(session: AsyncSession, crisis: Crisis, keeper: Person) -> dict[str, int]:
    listed = await warden_lists.listed(session, crisis, keeper)
    return {ward.name: ward.number for ward in listed}


async def messages_to(session: AsyncSession, person: Person) -> int:
    count = select(func.count()).where(OutboundMessage.person_id == person.id)
    return await session.scalar(count) or 0


async def test_a_city_has_its_own_warden_and_the_rest_of_the_country_another(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        of_sfax = await registered(session, now, "telegram:1", name="سلمى")
        of_tunisia = await registered(session, now, "telegram:2", name="هند", city="TN/Tunis")
        in_sfax = await registered(session, now, "telegram:3", name="Omar")
        in_sousse = await registered(session, now, "telegram:4", name="Ali", city="TN/Sousse")
        elsewhere = await registered(session, now, "telegram:5", name="Huda", city="TR/Istanbul")
        unregistered = await builders.person(session, now, "telegram:6", country="TN")
        await wardening.warden(session, team.officer, of_sfax, now)
        await wardening.warden(session, team.officer, of_tunisia, now, TUNISIA)
        for person, expected in (
            (in_sfax, [of_sfax.id]),
            (of_sfax, []),
            (in_sousse, [of_tunisia.id]),
            (of_tunisia, []),
            (elsewhere, []),
            (unregistered, []),
        ):
            around = await wardens.looking_after(session, person)
            assert [warden.person_id for warden in around] == expected
        crisis = await opened(session, now, team)
        assert await numbers(session, crisis, of_sfax) == {"Omar": 1}
        assert await numbers(session, crisis, of_tunisia) == {"Ali": 1}
        assert await numbers(session, crisis, in_sfax) == {}


async def test_several_wardens_of_a_city_share_its_people_and_nobody_has_two(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keepers = [await registered(session, now, f"telegram:{n}") for n in range(1, 4)]
        people = [await registered(session, now, f"telegram:{n}") for n in range(10, 22)]
        for keeper in keepers:
            await wardening.warden(session, team.officer, keeper, now)
        crisis = await opened(session, now, team)
        listed: list[int] = []
        for keeper in keepers:
            wards = await warden_lists.listed(session, crisis, keeper)
            listed += [ward.person_id for ward in wards]
            for ward in wards:
                person = await session.get_one(Person, ward.person_id)
                around = await wardens.looking_after(session, person)
                assert [warden.person_id for warden in around] == [keeper.id]
        everyone = {person.id for person in people}
        assert everyone <= set(listed)
        assert len(listed) == len(set(listed))


async def test_a_community_is_the_people_of_a_tag_in_the_country(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1", name="سلمى")
        student = await registered(session, now, "telegram:2", name="Omar", city="TN/Sousse")
        await registered(session, now, "telegram:3", name="Ali", city="TN/Sousse")
        students = Area("TN", community="طلبة")
        with pytest.raises(ConsularError, match="Nobody has this tag"):
            await wardens.appoint(session, team.officer, keeper.id, students, now)
        await tags.add(session, team.officer, student.id, "طلبة", now)
        await wardening.warden(session, team.officer, keeper, now, students)
        crisis = await opened(session, now, team)
        assert await numbers(session, crisis, keeper) == {"Omar": 1}
        around = await wardens.looking_after(session, student)
        assert [warden.person_id for warden in around] == [keeper.id]


async def test_a_warden_sees_a_first_name_and_a_number_only_where_it_is_shared(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        await wardening.warden(session, team.officer, keeper, now)
        quiet = await registered(session, now, "sms:+21620000002", name="عبد الله بن عمران")
        open_one = await registered(session, now, "sms:+21620000003", name="Omar Ali")
        hidden = await registered(session, now, "sms:+21620000004", name="Huda Ali")
        for person in (quiet, open_one, hidden):
            person.phone = f"+2162000000{person.id}"
        await sharing.choose(session, open_one, SharedWithWardens.NUMBER, now)
        await sharing.choose(session, hidden, SharedWithWardens.NUMBER, now)
        await sharing.choose(session, hidden, SharedWithWardens.NOTHING, now)
        crisis = await opened(session, now, team)
        listed = await warden_lists.listed(session, crisis, keeper)
        seen = {ward.person_id: (ward.name, ward.phone) for ward in listed}
        assert seen == {
            quiet.id: ("عبد الله", None),
            open_one.id: ("Omar", open_one.phone),
            hidden.id: ("", None),
        }
        await sharing.choose(session, hidden, None, now)
        listed = await warden_lists.listed(session, crisis, keeper)
        assert {ward.name for ward in listed if ward.person_id == hidden.id} == {"Huda"}


async def test_a_number_stays_with_its_person_while_others_come_and_answer(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        await wardening.warden(session, team.officer, keeper, now)
        first = await registered(session, now, "telegram:2", name="Omar")
        await registered(session, now, "telegram:3", name="Ali")
        crisis = await opened(session, now, team)
        assert await numbers(session, crisis, keeper) == {"Omar": 1, "Ali": 2}
        await checkins.record(session, first, CheckInStatus.SAFE, "telegram", now)
        await registered(session, now, "telegram:4", name="Huda")
        assert await numbers(session, crisis, keeper) == {"Ali": 2, "Huda": 3, "Omar": 1}
        listed = await warden_lists.listed(session, crisis, keeper)
        assert [ward.is_silent for ward in listed] == [True, True, False]


async def test_what_a_warden_tells_counts_until_the_person_speaks(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        warden = await wardening.warden(session, team.officer, keeper, now)
        silent = await registered(session, now, "telegram:2")
        spoke = await registered(session, now, "telegram:3")
        crisis = await opened(session, now, team)
        await checkins.record(session, spoke, CheckInStatus.SAFE, "telegram", now)

        async def tell(person: Person, status: CheckInStatus | None) -> Outcome:
            return await warden_reports.report(
                session, warden.id, keeper, crisis, person.id, status, "٢ بخير", now
            )

        assert await tell(silent, None) is Outcome.NOT_REACHED
        assert await asking.counts(session, crisis, now) == {"safe": 1, "no_answer": 2}
        assert await tell(silent, CheckInStatus.SAFE) is Outcome.RECORDED
        assert await tell(spoke, CheckInStatus.STAYING) is Outcome.OWN_WORD
        assert await asking.counts(session, crisis, now) == {"safe": 2, "no_answer": 1}
        await checkins.record(session, silent, CheckInStatus.EVACUATE, "telegram", now)
        assert await asking.counts(session, crisis, now) == {
            "safe": 1,
            "evacuate": 1,
            "no_answer": 1,
        }
        told = await warden_reports.of_person(session, silent.id)
        assert [report.answer for report in told] == ["safe", "not_reached"]


async def test_a_warden_never_takes_back_a_cry_and_a_cry_they_pass_on_becomes_a_case(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        warden = await wardening.warden(session, team.officer, keeper, now)
        cried = await registered(session, now, "telegram:2")
        silent = await registered(session, now, "telegram:3")
        crisis = await opened(session, now, team)
        await checkins.record(session, cried, CheckInStatus.HELP, "telegram", now)
        await cases.open_case(session, cried, CaseKind.LIFE, "نحن تحت الأنقاض", now)

        async def tell(person: Person, status: CheckInStatus, words: str) -> Outcome:
            return await warden_reports.report(
                session, warden.id, keeper, crisis, person.id, status, words, now
            )

        assert await tell(cried, CheckInStatus.SAFE, "2 safe") is Outcome.OWN_WORD
        assert await tell(silent, CheckInStatus.HELP, "3 محاصرة") is Outcome.CASE
        assert await tell(silent, CheckInStatus.SAFE, "3 safe") is Outcome.OWN_WORD
        assert await asking.counts(session, crisis, now) == {"help": 2, "no_answer": 1}
        rows = list(await session.scalars(select(Case).order_by(Case.id)))
        assert [(case.person_id, case.kind) for case in rows] == [
            (cried.id, CaseKind.LIFE),
            (silent.id, CaseKind.LIFE),
        ]
        assert "2 safe" in (rows[0].note or "")
        assert "3 محاصرة" in (rows[1].note or "")
        assert "3 safe" in (rows[1].note or "")


async def test_wardens_are_told_once_when_people_of_theirs_are_silent(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        await wardening.warden(session, team.officer, keeper, now)
        lonely = await registered(session, now, "telegram:2", city="TN/Sousse")
        await wardening.warden(session, team.officer, lonely, now, Area("TN", "TN/Sousse"))
        ward = await registered(session, now, "telegram:3")
        crisis = await opened(session, now, team)
        before = await messages_to(session, keeper)
        assert await warden_notices.tell_due(session, crisis, now + timedelta(minutes=29)) == 0
        assert await warden_notices.tell_due(session, crisis, now + HALF_AN_HOUR) == 1
        assert await warden_notices.tell_due(session, crisis, now + 2 * HALF_AN_HOUR) == 0
        assert await messages_to(session, keeper) == before + 1
        [line, quiet_line] = await warden_board.look(session, team.officer, crisis, now)
        assert (line.person.id, line.tally) == (keeper.id, Tally(1, 1, 0))
        assert line.told_at == now + HALF_AN_HOUR
        assert (quiet_line.person.id, quiet_line.tally.people) == (lonely.id, 0)
        await checkins.record(session, ward, CheckInStatus.SAFE, "warden", now)
        [line, _] = await warden_board.look(session, team.officer, crisis, now)
        assert line.tally == Tally(1, 0, 1)


async def test_a_real_warden_has_no_part_in_a_drill_of_invented_people(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        await wardening.warden(session, team.officer, keeper, now)
        await registered(session, now, "telegram:2", synthetic=True)
        crisis = await crises.open_crisis(
            session,
            team.officer,
            {"en": "Flood", "ar": "سيول"},
            ["TN"],
            drill=True,
            now=now,
        )
        assert await warden_notices.tell_due(session, crisis, now + HALF_AN_HOUR) == 0
        assert await warden_lists.crisis_of(session, keeper) is None


async def test_wardens_are_tested_twice_a_year_by_day(runtime: Runtime) -> None:
    noon = datetime(2026, 1, 10, 11, 0, tzinfo=UTC)
    night = noon + timedelta(days=183, hours=14)
    day = noon + timedelta(days=184)
    async with runtime.db.begin() as session:
        team = await builders.team(session, noon)
        keeper = await registered(session, noon, "telegram:1")
        warden = await wardening.warden(session, team.officer, keeper, noon)
        stopped = await registered(session, noon, "telegram:2")
        await wardening.warden(session, team.officer, stopped, noon)
        await facts.stop(session, stopped, noon)
        assert await warden_tests.ask_due(session, noon + timedelta(days=100)) == 0
        assert await warden_tests.ask_due(session, night) == 0
        assert await warden_tests.ask_due(session, day) == 1
        assert await warden_tests.ask_due(session, day + timedelta(days=1)) == 0
        test = (await session.scalars(select(WardenTest))).one()
        assert not warden_tests.is_unanswered(test, day + timedelta(days=6))
        assert warden_tests.is_unanswered(test, day + timedelta(days=8))
        assert not await warden_tests.answer(session, stopped, test.id, day)
        assert await warden_tests.answer(session, keeper, test.id, day)
        assert not warden_tests.is_unanswered(test, day + timedelta(days=8))
        latest = await warden_tests.latest(session, [warden.id])
        assert latest[warden.id].answered_at == day
        assert await warden_tests.ask_due(session, day + timedelta(days=183)) == 1


async def test_what_wardens_are_and_told_is_exported_erased_and_merged(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        twin = await registered(session, now, "telegram:9")
        warden = await wardening.warden(session, team.officer, twin, now)
        ward = await registered(session, now, "telegram:2", name="Omar")
        await sharing.choose(session, ward, SharedWithWardens.NUMBER, now)
        await merging.merge(session, keeper, twin.id, "staff:1", now)
        crisis = await opened(session, now, team)
        assert await numbers(session, crisis, keeper) == {"Omar": 1}
        await warden_reports.report(
            session, warden.id, keeper, crisis, ward.id, CheckInStatus.SAFE, "1 safe", now
        )
        exported = await export.export(session, ward)
        assert exported["shared_with_wardens"] == "number"
        assert [told["words"] for told in exported["told_by_wardens"]] == ["1 safe"]
        exported = await export.export(session, keeper)
        assert [entry["city"] for entry in exported["wardens"]] == [SFAX]
        await rights.erase(session, keeper, "system", now)
        assert await session.scalar(select(func.count()).select_from(WardenNumber)) == 0
        told = (await session.scalars(select(WardenReport))).one()
        await session.refresh(told)
        assert told.warden_id is None
        await rights.erase(session, ward, "system", now)
        assert await session.scalar(select(func.count()).select_from(WardenReport)) == 0


async def test_an_officer_of_another_post_sees_no_warden_in_a_crisis(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        await wardening.warden(session, team.officer, keeper, now)
        crisis = await builders.earthquake(session, team.officer, now, countries=["TN", "TR"])
        assert await warden_board.look(session, team.post, crisis, now) == []
        assert len(await warden_board.look(session, team.officer, crisis, now)) == 1
        with pytest.raises(ConsularError):
            await warden_board.look(session, team.auditor, crisis, now)
