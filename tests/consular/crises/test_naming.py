"""What people read of a crisis: vetted words and places, or a standard name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consular.crises import crises, naming, reviews
from bot.consular.errors import ConsularError
from bot.models import Crisis
from bot.runtime.runtime import Runtime
from tests import builders

VETTED = [
    ("TR", "Earthquake in Izmir", "زلزال في إزمير"),
    ("SD", "Fighting in Port Sudan", "القتال في بورتسودان"),
    ("LB", "Air strikes on Lebanon", "الغارات على لبنان"),
    ("MA", "Floods near Marrakesh", "فيضانات قرب مراكش"),
    ("NE", "Coup in Niger", "انقلاب في النيجر"),
    ("UA", "Missile attacks on Kharkiv", "هجمات صاروخية على خاركيف"),
    ("EG", "Train crash in Alexandria", "حادث قطار بالإسكندرية"),
]
OWN = [
    ("SD", "Embassy is hit. All go NOW to the port", "قُصفت السفارة اخرجوا إلى الميناء"),
    ("SD", "Call 0912345678", "اتصل 0912345678"),
    ("SD", "Fighting in Khartoum 0912345678", "القتال في الخرطوم 0912345678"),
    ("SD", "Leave Khartoum", "غادروا الخرطوم"),
    ("SD", "http://evil.example", "evil.example"),
    ("TR", "Earthquake in Khartoum", "زلزال في الخرطوم"),
    ("FR", "Come to Nice", "تعالوا إلى نيس"),
    ("SD", "war " * 40, "حرب " * 40),
]


@pytest.mark.parametrize(("country", "english", "arabic"), VETTED)
def test_vetted_words_are_read_at_once(country: str, english: str, arabic: str) -> None:
    names = {"en": english, "ar": arabic}
    assert naming.public_names(names, [country]) == names


@pytest.mark.parametrize(("country", "english", "arabic"), OWN)
def test_one_word_of_ones_own_makes_the_name_a_standard_one(
    country: str, english: str, arabic: str
) -> None:
    standard = naming.standard_names([country])
    for names in (
        {"en": english, "ar": "حرب"},
        {"en": "War", "ar": arabic},
        {"en": english, "ar": arabic},
    ):
        assert naming.public_names(names, [country]) == standard


def test_a_standard_name_says_where() -> None:
    one, many = naming.standard_names(["SD"]), naming.standard_names(["SD", "TD", "EG", "LY"])
    assert "Sudan" in one["en"]
    assert "السودان" in one["ar"]
    assert many == {"en": "Emergency", "ar": "حالة طارئة"}


async def test_one_officer_opens_few_crises_an_hour(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for _ in range(crises.MAX_OPENED_AN_HOUR):
            await builders.earthquake(session, team.post, now)
        with pytest.raises(ConsularError, match="an hour"):
            await builders.earthquake(session, team.post, now)
        await builders.earthquake(session, team.officer, now)
        await builders.earthquake(session, team.post, now + timedelta(hours=1))
        assert await session.scalar(select(func.count()).select_from(Crisis)) == 5


async def test_every_new_crisis_is_shown_until_a_second_person_has_seen_it(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.post, now)
        assert await reviews.unseen(session) == [crisis]
        for other in (team.post, team.officer):
            with pytest.raises(ConsularError):
                await reviews.acknowledge(session, other, crisis, now)
        await reviews.acknowledge(session, team.approver, crisis, now)
        assert await reviews.unseen(session) == []
        with pytest.raises(ConsularError, match="nothing to confirm"):
            await reviews.acknowledge(session, team.approver, crisis, now)
