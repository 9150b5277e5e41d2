"""What each country lets through: entered by two people, and told in words for every post."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.consular.changes import changes
from bot.consular.changes.kinds import ReachChange
from bot.consular.errors import ConsularError
from bot.consular.reference import country_reach, posts, reach_words
from bot.models import AuditNote, ReachCell, SmsWay
from bot.runtime.runtime import Runtime
from bot.text.text import LANGUAGES
from tests import builders, reaching

WAYS = {
    "IT": SmsWay.ANSWER,
    "TN": SmsWay.LINK,
    "LY": SmsWay.LINK,
    "AE": SmsWay.READ,
    "QA": SmsWay.NOTHING,
    "IR": SmsWay.NOTHING,
    "SY": SmsWay.NOTHING,
    "CU": SmsWay.NOTHING,
    "KP": SmsWay.NOTHING,
}


async def test_the_table_is_filled_once_and_each_cell_has_a_source_and_a_day(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        count = await country_reach.seed(session)
        assert count == await session.scalar(select(func.count()).select_from(ReachCell))
        assert count > 80
        cell = await reaching.cell_of(session, "AE", "sms_link_ok")
        assert cell is not None
        cell.value = "yes"  # an officer knows better
        await session.flush()
        assert await country_reach.seed(session) == 0
        cells = list(await session.scalars(select(ReachCell)))
        assert all(entry.source and entry.as_of.year == 2026 for entry in cells)
        kept = await reaching.cell_of(session, "AE", "sms_link_ok")
        assert kept is not None
        assert kept.value == "yes"


async def test_a_country_decides_how_an_sms_is_answered(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await country_reach.seed(session)
        table = await country_reach.table(session)
        ways = await country_reach.ways(session)
    for country, way in WAYS.items():
        assert ways.get(country, SmsWay.ANSWER) is way
        assert country_reach.is_known(table[country])
    assert country_reach.way_of(table.get("DE", {})) is SmsWay.ANSWER
    assert not country_reach.is_known(table.get("DE", {}))


async def test_a_cell_needs_two_people_and_is_in_the_audit_trail(runtime: Runtime) -> None:
    now = runtime.clock()
    change = ReachChange("de", "sms_two_way", "YES", "letter of the network", "2026-02-03")
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        proposed = await changes.propose(session, team.officer, change, now)
        assert await reaching.cell_of(session, "DE", "sms_two_way") is None
        with pytest.raises(ConsularError, match="may not do that"):
            await changes.approve(session, team.officer, proposed.id, now)
        with pytest.raises(ConsularError, match="waits for a second person already"):
            await changes.propose(session, team.officer, change, now)
        await changes.approve(session, team.approver, proposed.id, now)
        cell = await reaching.cell_of(session, "DE", "sms_two_way")
        assert cell is not None
        assert (cell.value, cell.source) == ("yes", "letter of the network")
        assert cell.as_of.isoformat() == "2026-02-03"
        notes = select(AuditNote).where(AuditNote.action == "reach.set")
        note = (await session.scalars(notes)).one()
        assert note.subject == "reach:DE"
        assert note.detail["value"] == "yes"
        assert note.actor == f"staff:{team.approver.id}"
        with pytest.raises(ConsularError, match="Nothing would change"):
            await changes.propose(session, team.officer, change, now)


WRONG = [
    (("ZZ", "sms_two_way", "yes", "a", "2026-01-01"), "Not a country code"),
    (("", "sms_two_way", "yes", "a", "2026-01-01"), "Not a country code"),
    (("DE", "colour", "yes", "a", "2026-01-01"), "A country has no"),
    (("DE", "sms_two_way", "perhaps", "a", "2026-01-01"), "is one of"),
    (("DE", "whatsapp", "none", "a", "2026-01-01"), "is one of"),
    (("DE", "sms_link_ok", "", "a", "2026-01-01"), "is one of"),
    (("DE", "sms_link_ok", "yes", " \u200f ", "2026-01-01"), "where this is from"),
    (("DE", "sms_link_ok", "yes", "a", "yesterday"), "Write the day"),
    (("DE", "sms_link_ok", "yes", "a", "2026-02-30"), "Write the day"),
    (("DE", "sms_link_ok", "yes", "a", "2999-01-01"), "still to come"),
]


@pytest.mark.parametrize(("typed", "wrong"), WRONG)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    runtime: Runtime, typed: tuple[str, str, str, str, str], wrong: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError, match=wrong):
            await changes.propose(session, team.officer, ReachChange(*typed), now)
        assert await changes.waiting(session, team.officer) == []
        assert await country_reach.table(session) == {}


async def test_a_post_enters_its_own_country_alone_and_in_any_digits(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        elsewhere = ReachChange("DE", "whatsapp", "yes", "a", "2026-01-01")
        with pytest.raises(ConsularError, match="looks after"):
            await changes.propose(session, team.post, elsewhere, now)
        own = ReachChange("TR", "whatsapp", "yes", "a", "٢٠٢٦-٠١-٠١")
        proposed = await changes.propose(session, team.post, own, now)
        await changes.approve(session, team.approver, proposed.id, now)
        cell = await reaching.cell_of(session, "TR", "whatsapp")
        assert cell is not None
        assert cell.as_of.isoformat() == "2026-01-01"


@pytest.mark.parametrize("has_link", [True, False])
async def test_for_every_post_it_is_told_how_somebody_there_can_answer(
    runtime: Runtime, has_link: bool
) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        await country_reach.seed(session)
        table = await country_reach.table(session)
        countries = {post.country for post in await posts.everything(session)}
    assert len(countries) > 50
    for country in countries:
        cells = table.get(country, {})
        english, arabic = (
            reach_words.ways_to_answer(cells, has_link, language)
            for language in reversed(LANGUAGES)
        )
        assert english[0] == "By Telegram."
        assert len(english) == len(arabic) > 1
        assert not set(english) & set(arabic)
        names_link = any("link in our SMS" in line for line in english)
        way = country_reach.way_of(cells)
        assert names_link == (has_link and way in (SmsWay.ANSWER, SmsWay.LINK))


async def test_the_countries_of_posts_that_nobody_asked_about_are_named(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await posts.seed(session)
        await country_reach.seed(session)
        unknown = await country_reach.unknown_of_posts(session)
        assert "JO" in unknown
        assert not set(WAYS) & set(unknown)
        await reaching.enter(session, "JO", "sms_two_way", "no", now)
        assert "JO" not in await country_reach.unknown_of_posts(session)
