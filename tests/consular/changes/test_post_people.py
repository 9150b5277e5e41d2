"""A post moves or closes where other posts are: its own people are told, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import relocation_reach
from bot.consular.changes.kinds import Change, PostClosing, PostMove, PostOpening
from bot.consular.crises import cases
from bot.consular.people import placement, posters
from bot.consular.reference import posts
from bot.consular.staff import accounts
from bot.models import CaseKind, Person, Post, PostAccreditation, Role
from bot.runtime.runtime import Runtime
from tests import builders, relocating
from tests.relocating import Missions


@dataclass(frozen=True, slots=True)
class Italy:
    """An embassy and two consulates in Italy, with people around them, by name."""

    there: Missions
    rome: Post
    milan: Post
    palermo: Post
    people: dict[str, Person]


async def _person(
    session: AsyncSession, now: datetime, number: int, city: str | None, country: str = "IT"
) -> Person:
    person = await builders.person(session, now, f"telegram:{number}", country=country)
    person.city = city
    placement.mark(person)
    await session.flush()
    return person


async def italy(session: AsyncSession, runtime: Runtime) -> Italy:
    now = runtime.clock()
    there = await relocating.missions(session, runtime)
    in_italy = await posts.covering(session, "IT")
    by_city = {post.city: post for post in in_italy}
    milan, palermo = by_city["IT/Milan"], by_city["IT/Palermo"]
    people = {
        "turin": await _person(session, now, 1, "IT/Turin"),
        "naples": await _person(session, now, 2, "IT/Naples"),
        "catania": await _person(session, now, 3, "IT/Catania"),
        "nowhere": await _person(session, now, 4, None),
        "roman with a poster of Milan": await _person(session, now, 5, "IT/Rome"),
        "of Turin with a poster of Rome": await _person(session, now, 6, "IT/Turin"),
        "in Malta with a poster of Milan": await _person(session, now, 7, None, "MT"),
    }
    rome = in_italy[0]
    await posters.carry(session, people["roman with a poster of Milan"], milan.id, now)
    await posters.carry(session, people["of Turin with a poster of Rome"], rome.id, now)
    await posters.carry(session, people["in Malta with a poster of Milan"], milan.id, now)
    return Italy(there, rome, milan, palermo, people)


OF_MILAN = {"turin", "roman with a poster of Milan", "in Malta with a poster of Milan"}
OF_ROME = {"naples", "nowhere", "of Turin with a poster of Rome"}


async def told(session: AsyncSession, runtime: Runtime, land: Italy, change: Change) -> set[str]:
    team = land.there.team
    await relocating.agree(session, runtime, team.admin, team.approver, change)
    words = await relocating.told(session, runtime, "en")
    return {name for name, person in land.people.items() if person.id in words}


@pytest.mark.parametrize(
    ("city", "expected"),
    [("IT/Rome", OF_ROME), ("IT/Milan", OF_MILAN), ("IT/Palermo", {"catania"})],
)
async def test_a_closing_tells_its_own_people_alone(
    runtime: Runtime, city: str, expected: set[str]
) -> None:
    async with runtime.db.begin() as session:
        land = await italy(session, runtime)
        post = next(one for one in (land.rome, land.milan, land.palermo) if one.city == city)
        preview = await relocation_reach.preview(session, post, runtime.clock())
        assert preview.people == len(expected)
        assert await told(session, runtime, land, PostClosing(post.id, None)) == expected


async def test_the_successor_is_named_not_the_embassy(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        land = await italy(session, runtime)
        change = PostClosing(land.milan.id, land.palermo.id)
        shown = await relocation_reach.announced(session, change, land.milan)
        await told(session, runtime, land, change)
        words = await relocating.told(session, runtime, "en")
    assert land.palermo.names["en"] in shown["en"]
    assert land.palermo.names["en"] in words[land.people["turin"].id]
    assert land.rome.names["en"] not in words[land.people["turin"].id]


async def test_a_move_tells_those_before_and_those_who_are_near_now(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        land = await italy(session, runtime)
        change = PostMove(land.milan.id, "IT/Naples", {})
        assert await told(session, runtime, land, change) == OF_MILAN | {"naples"}


async def test_an_opening_tells_its_own_people(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        land = await italy(session, runtime)
        land.milan.closed_at = runtime.clock()
        await session.flush()
        assert await told(session, runtime, land, PostOpening(land.milan.id)) == OF_MILAN


async def test_of_two_accredited_posts_a_poster_decides(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        land = await italy(session, runtime)
        for post in (land.there.warsaw, land.there.vienna):
            session.add(
                PostAccreditation(post_id=post.id, country="LT", source="x", since="2026-01-01")
            )
        land.people["lithuanian"] = await _person(session, now, 8, None, "LT")
        land.people["of Vienna"] = await _person(session, now, 9, None, "LT")
        await posters.carry(session, land.people["of Vienna"], land.there.vienna.id, now)
        change = PostClosing(land.there.warsaw.id, None)
        assert await told(session, runtime, land, change) == {"lithuanian"}


async def test_a_closing_ends_its_own_accounts_and_hands_over_no_case_of_others(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        land = await italy(session, runtime)
        officers = {}
        for post in (land.rome, land.milan, land.palermo):
            email = f"post{post.id}@mofa.example"
            officers[post.id], _link = await accounts.add(
                session, email, Role.POST_OFFICER, "IT", now, None, post.id
            )
        await cases.open_case(session, land.people["naples"], CaseKind.LIFE, "نجدة", now)
        preview = await relocation_reach.preview(session, land.milan, now)
        assert (preview.accounts, preview.cases) == (1, 0)
        await told(session, runtime, land, PostClosing(land.milan.id, land.rome.id))
        blocked = [post_id for post_id, account in officers.items() if account.blocked_at]
        assert blocked == [land.milan.id]
