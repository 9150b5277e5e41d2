"""Wardens in quiet times: who is asked, who agrees, and whom they look after."""

from __future__ import annotations

import pytest

from bot.consular.errors import ConsularError
from bot.consular.people import warden_coverage, wardens
from bot.consular.people.wardens import Area
from bot.models import WardenState
from bot.runtime.runtime import Runtime
from tests import builders, wardening
from tests.wardening import SFAX, registered

TUNISIA = Area("TN")


@pytest.mark.parametrize(
    ("area", "refusal"),
    [
        (Area("XX"), "Choose a country"),
        (Area("TN", "TN/Atlantis"), "no such city"),
        (Area("TN", "TR/Istanbul"), "no such city"),
        (Area("TN", SFAX, "students"), "not both"),
    ],
)
async def test_an_area_that_is_none_is_refused(runtime: Runtime, area: Area, refusal: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await registered(session, now, "telegram:1")
        with pytest.raises(ConsularError, match=refusal):
            await wardens.appoint(session, team.officer, person.id, area, now)
        assert await wardens.of_person(session, person.id) == []


async def test_only_registered_people_are_asked_and_only_once_for_an_area(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        stranger = await builders.person(session, now, "telegram:1", country="TN")
        with pytest.raises(ConsularError, match="registered"):
            await wardens.appoint(session, team.officer, stranger.id, TUNISIA, now)
        person = await registered(session, now, "telegram:2")
        await wardens.appoint(session, team.officer, person.id, TUNISIA, now)
        with pytest.raises(ConsularError, match="already"):
            await wardens.appoint(session, team.officer, person.id, TUNISIA, now)
        with pytest.raises(ConsularError, match="looks after"):
            await wardens.appoint(session, team.post, person.id, Area("TN", SFAX), now)


async def test_who_declined_may_agree_later_and_an_end_is_final(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await registered(session, now, "telegram:1")
        other = await registered(session, now, "telegram:2")
        warden = await wardens.appoint(session, team.officer, person.id, TUNISIA, now)
        assert await wardens.answer(session, other, warden.id, True, now) is None
        assert await wardens.answer(session, person, 987, True, now) is None
        await wardens.answer(session, person, warden.id, False, now)
        assert (warden.state, warden.agreement) == (WardenState.DECLINED, None)
        await wardens.answer(session, person, warden.id, True, now)
        assert (warden.state, warden.agreement) == (WardenState.ACTIVE, wardens.AGREEMENT)
        await wardens.end(session, team.officer, warden.id, now)
        assert await wardens.answer(session, person, warden.id, True, now) is None
        assert warden.state is WardenState.ENDED
        with pytest.raises(ConsularError, match="ended already"):
            await wardens.end(session, team.officer, warden.id, now)


async def test_coverage_says_who_has_no_warden(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        keeper = await registered(session, now, "telegram:1")
        await wardening.warden(session, team.officer, keeper, now)
        await registered(session, now, "telegram:2")
        for number in range(3, 6):
            await registered(session, now, f"telegram:{number}", city="TN/Sousse")
        await registered(session, now, "telegram:7", city="TR/Istanbul")
        await registered(session, now, "telegram:8", city="TN/Sousse", synthetic=True)
        covered = await warden_coverage.by_place(session, team.officer, "TN")
        seen = [(place.city, place.people, place.wardens, place.without) for place in covered]
        assert seen == [("TN/Sousse", 3, 0, 3), (SFAX, 2, 1, 0)]
        of_post = await warden_coverage.by_place(session, team.post)
        assert [(place.country, place.people) for place in of_post] == [("TR", 1)]
        assert await warden_coverage.by_place(session, team.post, "TN") == []
        assert await warden_coverage.listed(session, team.post, "TN") == []
