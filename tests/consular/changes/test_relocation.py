"""A post moves, closes and opens again: one act, of which its people hear at once."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consular.broadcasts import fan_out
from bot.consular.changes import changes, relocation_reach
from bot.consular.changes.kinds import Accrediting, PostClosing, PostMove, PostOpening
from bot.consular.crises import cases, handling
from bot.consular.errors import ConsularError
from bot.consular.people import posters, search
from bot.consular.reference import care, posts
from bot.consular.reference.care import Tie
from bot.consular.staff import accounts, roles, sessions
from bot.messages import Channel
from bot.models import (
    Broadcast,
    Case,
    CaseKind,
    CaseNote,
    CaseState,
    Lane,
    OutboundMessage,
    OutboundState,
    PostAccreditation,
    Role,
    StaffLink,
)
from bot.runtime.runtime import Runtime
from tests import builders, relocating

LVIV = {
    "names": {"en": "Embassy of Libya, Lviv", "ar": "سفارة ليبيا - لفيف"},
    "street_addresses": {"en": "1 Rynok Square", "ar": "ساحة رينوك 1"},
    "emergency_phone": "+380 32 555 0100",
}
DECREE = "Decree 41 of 2026"


async def test_a_move_tells_its_people_where_the_post_is_now(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        inside = await builders.person(session, now, "telegram:1", country="UA")
        by_text = await builders.person(session, now, "sms:+380501112233", country="UA")
        abroad = await builders.person(session, now, "telegram:2", country="PL")
        by_poster = await builders.person(session, now, "telegram:3", country="PL")
        await posters.carry(session, by_poster, there.kyiv.id, now)
        change = PostMove(there.kyiv.id, "UA/Lviv", LVIV)  # type: ignore[arg-type]
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        assert (posts.state(there.kyiv), there.kyiv.city) == ("moved", "UA/Lviv")
        english = await relocating.told(session, runtime, "en")
        arabic = await relocating.told(session, runtime, "ar")
    assert set(english) == {inside.id, by_text.id, by_poster.id}
    assert abroad.id not in english
    for person_id in english:
        assert "Embassy of Libya, Lviv" in english[person_id]
        assert "+380325550100" in english[person_id].replace(" ", "")
        assert "سفارة ليبيا - لفيف" in arabic[person_id]
    assert "call first: \u2068112" in english[inside.id].replace("\u2068\u2068", "\u2068")
    assert "112" in arabic[by_text.id]


async def test_a_move_to_another_country_takes_the_accounts_along(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        officer, _token = await accounts.add(
            session, "kyiv@mofa.example", Role.POST_OFFICER, "UA", now, None
        )
        stayed = await builders.person(session, now, "telegram:1", country="UA")
        change = PostMove(there.kyiv.id, "RO/Bucharest", {})
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        assert roles.countries(officer) == ["RO", "UA"]
        assert (await search.mine(session, officer, stayed.id)).id == stayed.id
        caring = await care.of(session, "UA")
        assert (caring.tie, [post.id for post in caring.posts]) == (
            Tie.ACCREDITED,
            [there.kyiv.id],
        )


async def test_a_closing_tells_who_looks_after_its_people(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        person = await builders.person(session, now, "telegram:1", country="SK")
        stopped = await builders.person(
            session, now, "telegram:2", country="SK", stopped_at=now - timedelta(days=1)
        )
        change = PostClosing(there.bratislava.id, there.vienna.id)
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        english = await relocating.told(session, runtime, "en")
        arabic = await relocating.told(session, runtime, "ar")
        caring = await care.of(session, "SK")
        assert (caring.tie, caring.posts[0].id) == (Tie.ACCREDITED, there.vienna.id)
        broadcast = await session.scalar(select(Broadcast).limit(1))
        assert broadcast is not None
        assert (broadcast.lane, broadcast.starts_at) == (Lane.ADVISORY, now)
        due = await session.scalar(select(func.max(OutboundMessage.due_at)))
        assert due == now  # at night as well
    assert stopped.id not in english
    assert "Embassy of Libya, Vienna" in english[person.id]
    assert "+4315550100" in english[person.id].replace(" ", "")
    assert "سفارة ليبيا - فيينا" in arabic[person.id]
    assert "سفارة ليبيا - براتيسلافا" in arabic[person.id]


async def test_without_a_successor_the_nearest_is_named_as_such(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        person = await builders.person(session, now, "telegram:1", country="SK")
        change = PostClosing(there.bratislava.id, None)
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        english = await relocating.told(session, runtime, "en")
    assert "Embassy of Libya, Vienna" in english[person.id]
    assert "not accredited there" in english[person.id]


async def test_a_closing_revokes_accounts_sessions_and_links(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        officer, _token = await accounts.add(
            session, "sk@mofa.example", Role.POST_OFFICER, "SK", now, None
        )
        await sessions.sign_in(session, officer, now)
        preview = await relocation_reach.preview(session, there.bratislava, now)
        assert (preview.accounts, preview.links) == (1, 1)
        change = PostClosing(there.bratislava.id, there.vienna.id)
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        assert officer.blocked_at == now
        assert await sessions.of_account(session, officer, now) == []
        links = select(func.count()).where(StaffLink.staff_id == officer.id)
        assert await session.scalar(links) == 0
        assert there.team.post.blocked_at is None  # of Turkey
        with pytest.raises(ConsularError, match="nobody can be added"):
            await accounts.add(session, "new@mofa.example", Role.POST_OFFICER, "SK", now, None)


async def test_a_consulate_that_closes_leaves_the_embassy_its_officers(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        (rome, milan, *_others) = await posts.covering(session, "IT")
        of_country, _link = await accounts.add(
            session, "rome@mofa.example", Role.POST_OFFICER, "IT", now, None
        )
        of_milan, _link = await accounts.add(
            session, "milan@mofa.example", Role.POST_OFFICER, "IT", now, None, milan.id
        )
        change = PostClosing(milan.id, rome.id)
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        assert (of_milan.blocked_at, of_country.blocked_at) == (now, None)


async def test_open_cases_are_handed_over_and_none_is_lost(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        officer, _token = await accounts.add(
            session, "sk@mofa.example", Role.POST_OFFICER, "SK", now, None
        )
        successor, _token = await accounts.add(
            session, "at@mofa.example", Role.POST_OFFICER, "AT", now, None
        )
        person = await builders.person(session, now, "telegram:1", country="SK")
        await cases.open_case(session, person, CaseKind.LIFE, "نجدة", now)
        case = await session.scalar(select(Case))
        assert case is not None
        await handling.take(session, officer, case, now)
        change = PostClosing(there.bratislava.id, there.vienna.id)
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
        assert (case.state, case.owner_id) == (CaseState.OPEN, None)
        note = await session.scalar(select(CaseNote))
        assert note is not None
        assert "سفارة ليبيا - براتيسلافا" in note.words
        assert "Embassy of Libya, Bratislava" in note.words
        await handling.take(session, successor, case, now)
        assert case.owner_id == successor.id


async def test_an_opening_takes_its_countries_back(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        successor, _token = await accounts.add(
            session, "at@mofa.example", Role.POST_OFFICER, "AT", now, None
        )
        person = await builders.person(session, now, "telegram:1", country="SK")
        team = there.team
        closing = PostClosing(there.bratislava.id, there.vienna.id)
        await relocating.agree(session, runtime, team.admin, team.approver, closing)
        assert roles.countries(successor) == ["AT", "SK"]
        opening = PostOpening(there.bratislava.id)
        await relocating.agree(session, runtime, team.admin, team.approver, opening)
        assert roles.countries(successor) == ["AT"]
        assert await session.scalar(select(func.count()).select_from(PostAccreditation)) == 0
        caring = await care.of(session, "SK")
        assert (caring.tie, caring.posts[0].id) == (Tie.HERE, there.bratislava.id)
        english = await relocating.told(session, runtime, "en")
    assert "works again" in english[person.id]


async def test_accredited_countries_are_of_the_posts_officers(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        officer, _token = await accounts.add(
            session, "pl@mofa.example", Role.POST_OFFICER, "PL", now, None
        )
        person = await builders.person(session, now, "telegram:1", country="LT")
        with pytest.raises(ConsularError):
            await search.mine(session, officer, person.id)
        team = there.team
        begins = Accrediting(there.warsaw.id, "LT", DECREE, "2026-01-15", ends=False)
        await relocating.agree(session, runtime, team.admin, team.approver, begins)
        assert (await search.mine(session, officer, person.id)).id == person.id
        newcomer, _token = await accounts.add(
            session, "pl2@mofa.example", Role.POST_OFFICER, "PL", now, None
        )
        assert roles.covers(newcomer, "LT")
        ends = Accrediting(there.warsaw.id, "LT", "", "", ends=True)
        await relocating.agree(session, runtime, team.admin, team.approver, ends)
        assert roles.countries(officer) == ["PL"]


@pytest.mark.parametrize(
    ("change_of", "why"),
    [
        (lambda there: PostClosing(there.vienna.id, there.vienna.id), "follow itself"),
        (lambda there: PostClosing(99999, None), "no such post"),
        (lambda there: PostMove(there.kyiv.id, "UA/Atlantis", {}), "Not a city"),
        (lambda there: PostMove(there.kyiv.id, "UA/Kyiv", {}), "Nothing would change"),
        (lambda there: PostOpening(there.kyiv.id), "is open"),
        (lambda there: Accrediting(there.warsaw.id, "ZZ", DECREE, "2026-01-15", False), "country"),
        (lambda there: Accrediting(there.warsaw.id, "PL", DECREE, "2026-01-15", False), "already"),
        (lambda there: Accrediting(there.warsaw.id, "LT", " ", "2026-01-15", False), "source"),
        (lambda there: Accrediting(there.warsaw.id, "LT", DECREE, "15/1/26", False), "2026-11-30"),
        (lambda there: Accrediting(there.warsaw.id, "LT", DECREE, "2999-01-01", False), "to come"),
        (lambda there: Accrediting(there.warsaw.id, "LT", DECREE, "2026-01-15", True), "not accr"),
    ],
)
async def test_what_cannot_be_is_refused_at_once(  # type: ignore[no-untyped-def]
    runtime: Runtime, change_of, why
) -> None:
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        with pytest.raises(ConsularError, match=why):
            await changes.propose(session, there.team.admin, change_of(there), runtime.clock())


async def test_20_000_people_are_queued_within_a_minute(runtime: Runtime) -> None:
    """Five minutes are allowed until they are told: queueing must not take them."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        there = await relocating.missions(session, runtime)
        await builders.population(session, 20_000, ["SK"], Channel.TELEGRAM, now)
    began = time.monotonic()
    async with runtime.db.begin() as session:
        change = PostClosing(there.bratislava.id, there.vienna.id)
        await relocating.agree(session, runtime, there.team.admin, there.team.approver, change)
    async with runtime.db.begin() as session:
        for broadcast in await fan_out.open_ones(session, now):
            while await fan_out.fan_out(session, broadcast, 5000, now):
                pass
        queued = select(func.count()).where(OutboundMessage.state == OutboundState.QUEUED)
        assert await session.scalar(queued) == 20_000
    assert time.monotonic() - began < 60
