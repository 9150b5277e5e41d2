"""Who is in an audience: rules alone and combined, drawn areas, what is not an audience."""

from __future__ import annotations

from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import kinds, rules, selection
from bot.consular.audiences.circles import Turns
from bot.consular.audiences.kinds import Circle
from bot.consular.crises import board, checkins
from bot.consular.errors import AudienceError
from bot.models import CheckInStatus, Person, PersonTag, Post
from bot.runtime.runtime import Runtime
from tests import builders

ANTAKYA = {"latitude": 36.2, "longitude": 36.16}


async def found(session: AsyncSession, rule: dict[str, Any], runtime: Runtime) -> set[str]:
    """The cities of those who are in it: one person stands in each."""
    rules.check(rule)
    ids = set(await session.scalars(selection.people_in(rule, runtime.clock())))
    return {person.city or "nowhere" for one in ids if (person := await session.get(Person, one))}


async def spread(session: AsyncSession, runtime: Runtime) -> dict[str, Person]:
    """A person in each of some places."""
    now = runtime.clock()
    spots = {
        "TR/Antakya": ("TR", 36.2, 36.16),
        "TR/Istanbul": ("TR", 41.01, 28.95),
        "SY/Aleppo": ("SY", 36.2, 37.16),
        "LB/Beirut": ("LB", 33.89, 35.5),
        "FJ/Suva": ("FJ", -18.14, 178.44),
        "WS/Apia": ("WS", -13.83, -171.77),
        "NO/Tromsø": ("NO", 69.65, 18.96),
    }
    made = {
        city: await builders.person(
            session,
            now,
            f"telegram:{n}",
            country=country,
            city=city,
            position=f"{north},{east}",
        )
        for n, (city, (country, north, east)) in enumerate(spots.items())
    }
    return made | {
        "nowhere": await builders.person(session, now, "sms:+905550000001", country=None, city=None)
    }


RULES: list[tuple[dict[str, Any], set[str]]] = [
    ({"countries": ["TR", "LB"]}, {"TR/Antakya", "TR/Istanbul", "LB/Beirut"}),
    ({"cities": ["TR/Antakya"]}, {"TR/Antakya"}),
    ({"circle": {**ANTAKYA, "km": 20}}, {"TR/Antakya"}),
    ({"circle": {**ANTAKYA, "km": 95}}, {"TR/Antakya", "SY/Aleppo"}),
    # across the date line
    ({"circle": {"latitude": -16.0, "longitude": 179.9, "km": 1000}}, {"FJ/Suva", "WS/Apia"}),
    ({"circle": {"latitude": 70, "longitude": 20, "km": 100}}, {"NO/Tromsø"}),
    ({"polygon": [[35, 35], [37.5, 35], [37.5, 38], [35, 38]]}, {"TR/Antakya", "SY/Aleppo"}),
    # a triangle whose box holds Antakya as well
    ({"polygon": [[33, 35], [38, 38], [35, 38]]}, {"SY/Aleppo"}),
    ({"all": [{"countries": ["TR"]}, {"circle": {**ANTAKYA, "km": 95}}]}, {"TR/Antakya"}),
    (
        {"any": [{"cities": ["LB/Beirut"]}, {"countries": ["FJ"]}, {"countries": ["FJ"]}]},
        {"LB/Beirut", "FJ/Suva"},
    ),
    (
        {"all": [{"countries": ["TR", "LB"]}, {"not": {"circle": {**ANTAKYA, "km": 95}}}]},
        {"TR/Istanbul", "LB/Beirut"},
    ),
    (
        {"not": {"polygon": [[33, 25], [42, 25], [42, 38], [33, 38]]}},
        {"FJ/Suva", "WS/Apia", "NO/Tromsø", "nowhere"},
    ),
    (
        {"any": [{"circle": {**ANTAKYA, "km": 1}}, {"not": {"circle": {**ANTAKYA, "km": 2000}}}]},
        {"TR/Antakya", "FJ/Suva", "WS/Apia", "NO/Tromsø", "nowhere"},
    ),
    ({"channels": ["sms"]}, {"nowhere"}),
    # no place is not there
    ({"all": [{"not": {"countries": ["TR", "SY", "LB", "FJ", "WS", "NO"]}}]}, {"nowhere"}),
]


@pytest.mark.parametrize(("rule", "cities"), RULES)
async def test_a_rule_means_exactly_these(
    runtime: Runtime, rule: dict[str, Any], cities: set[str]
) -> None:
    async with runtime.db.begin() as session:
        await spread(session, runtime)
        assert await found(session, rule, runtime) == cities


async def test_language_post_tag_and_age_are_rules(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        people = await spread(session, runtime)
        people["LB/Beirut"].language = "en"
        people["TR/Istanbul"].placed_at = runtime.clock() - timedelta(days=200)
        session.add(PersonTag(person_id=people["FJ/Suva"].id, tag="طالب", words="طالب"))
        post = Post(country="SY", names={"en": "Embassy", "ar": "سفارة"})
        session.add(post)
        await session.flush()
        assert await found(session, {"languages": ["en"]}, runtime) == {"LB/Beirut"}
        assert await found(session, {"tags": ["طالب", "حاج"]}, runtime) == {"FJ/Suva"}
        assert await found(session, {"posts": [post.id]}, runtime) == {"SY/Aleppo"}
        stale = {"all": [{"countries": ["TR"]}, {"not": {"confirmed_within_days": 180}}]}
        assert await found(session, stale, runtime) == {"TR/Istanbul"}


async def test_the_status_in_a_crisis_is_the_boards(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        now = runtime.clock()
        team, people = await builders.team(session, now), await spread(session, runtime)
        crisis = await builders.earthquake(session, team.officer, now)
        await checkins.record(session, people["TR/Antakya"], CheckInStatus.HELP, "telegram", now)
        asked = {"status": {"crisis": crisis.id, "is": ["help", "evacuate"]}}
        assert await found(session, asked, runtime) == {"TR/Antakya"}
        assert await found(
            session, {"status": {"crisis": crisis.id, "is": ["not_asked"]}}, runtime
        ) == {"TR/Istanbul"}
        assert (await board.board(session, crisis, crisis.opened_at)).counts["help"] == 1
        assert await found(session, {"status": {"crisis": 999, "is": ["help"]}}, runtime) == set()


async def test_who_said_stop_or_is_forgotten_is_in_no_audience(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        people = await spread(session, runtime)
        people["TR/Antakya"].stopped_at = people["TR/Istanbul"].forgotten_at = runtime.clock()
        assert await found(session, {"countries": ["TR"]}, runtime) == set()


NOT_AUDIENCES: list[tuple[Any, str]] = [
    ({"countries": ["TR"], "not": {}}, "one of"),
    ({"everyone": True}, "one of"),
    ([], "one of"),
    ("TR", "one of"),
    ({"countries": [True]}, "Not a country"),
    ({"countries": [["TR"]]}, "Not a country"),
    ({"cities": ["TR/Nowhere"]}, "Not a city"),
    ({"cities": [7]}, "Not a city"),
    ({"circle": {**ANTAKYA, "km": 0}}, "radius"),
    ({"circle": {**ANTAKYA, "km": 99999}}, "radius"),
    ({"circle": {**ANTAKYA, "km": True}}, "radius"),
    ({"circle": {**ANTAKYA, "km": float("nan")}}, "radius"),
    ({"circle": {"latitude": 91, "longitude": 0, "km": 1}}, "no such place"),
    ({"circle": [36, 36, 5]}, "circle has"),
    ({"polygon": [[1, 1], [2, 2]]}, "3 to 200"),
    ({"polygon": [[1, 1], [1, 1], [1, 1]]}, "3 to 200"),
    ({"polygon": [[1, 1], [2, 2], [3, "x"]]}, "latitude and a longitude"),
    ({"polygon": [[0, -100], [0, 100], [5, 0]]}, "around the world"),
    ({"polygon": [[-80, 0], [80, 1], [-80, 2], [80, 3], [-80, 4], [80, 5]]}, "so long a border"),
    ({"languages": ["fr"]}, "Not a language"),
    ({"channels": ["pigeon"]}, "Not a channel"),
    ({"tags": [""]}, "Not a tag"),
    ({"all": []}, "at least one rule"),
    ({"status": {"crisis": "1", "is": ["help"]}}, "names a crisis"),
    ({"status": {"crisis": 1, "is": ["x"]}}, "status"),
    ({"confirmed_within_days": 0}, "days"),
    ({"confirmed_within_days": "9"}, "days"),
    (
        {"not": {"not": {"not": {"not": {"not": {"not": {"countries": ["TR"]}}}}}}},
        "rules within rules",
    ),
    ({"posts": ["1 OR 1=1"]}, "Not a post"),
]


KINDS_OF_RULES: list[dict[str, Any]] = [
    {"countries": ["TR", "LB"]},
    {"cities": ["TR/Antakya"]},
    {"circle": {**ANTAKYA, "km": 20}},
    {"polygon": [[33, 35], [38, 38.5], [35, 38]]},
    {"posts": [1, 2]},
    {"posters": [4]},
    {"languages": ["ar"]},
    {"channels": ["sms", "telegram"]},
    {"status": {"crisis": 3, "is": ["help", "safe"]}},
    {"tags": ["طالب"]},
    {"confirmed_within_days": 30},
    {"received": 12},
    {"all": [{"countries": ["TR"]}, {"not": {"tags": ["طالب"]}}]},
    {"any": [{"countries": ["TR"]}, {"all": [{"languages": ["ar"]}]}]},
    {"not": {"not": {"countries": ["TR"]}}},
]


@pytest.mark.parametrize(("rule", "why"), NOT_AUDIENCES)
def test_what_is_no_audience_is_refused_with_the_reason(rule: Any, why: str) -> None:
    with pytest.raises(AudienceError, match=why):
        rules.check(rule)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES] + KINDS_OF_RULES)
def test_a_rule_is_written_as_it_was_read(rule: dict[str, Any]) -> None:
    assert rules.to_json(rules.parse(rule)) == rule
    assert rules.to_json(rules.stored(rule)) == rule


def test_every_kind_of_rule_is_read() -> None:
    kinds_read = {kind for rule in KINDS_OF_RULES for kind in rule}
    assert kinds_read == set(kinds.KINDS)
    assert rules.to_json(rules.stored({})) == {}


def test_a_stored_rule_outlives_the_gazetteer() -> None:
    rule = {"cities": ["TR/Gone"]}
    assert rules.to_json(rules.stored(rule)) == rule
    assert rules.countries_of(rule) == frozenset({"TR"})


LIMITS: list[tuple[dict[str, Any], set[str] | None]] = [
    ({"countries": ["TR"]}, {"TR"}),
    ({"cities": ["TR/Antakya", "LB/Beirut"]}, {"TR", "LB"}),
    ({"circle": {**ANTAKYA, "km": 5}}, None),
    ({"not": {"countries": ["TR"]}}, None),
    ({"all": [{"countries": ["TR"]}, {"circle": {**ANTAKYA, "km": 5}}]}, {"TR"}),
    ({"any": [{"countries": ["TR"]}, {"languages": ["ar"]}]}, None),
    ({"any": [{"countries": ["TR"]}, {"countries": ["SD"]}]}, {"TR", "SD"}),
    ({}, set()),
]


@pytest.mark.parametrize(("rule", "countries"), LIMITS)
def test_whose_business_a_rule_is(rule: dict[str, Any], countries: set[str] | None) -> None:
    assert rules.countries_of(rule) == countries


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """By the haversine formula."""
    (north, east), (north2, east2) = a, b
    lift = sin(radians(north2 - north) / 2) ** 2
    swing = cos(radians(north)) * cos(radians(north2)) * sin(radians(east2 - east) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(lift + swing))


@given(
    some.floats(-60, 60),
    some.floats(-170, 170),
    some.floats(5, 1000),
    some.floats(0, 6.283),
    some.floats(0.5, 1.5),
)
def test_a_circle_agrees_with_the_great_circle_to_two_percent(
    north: float, east: float, km: float, turn: float, share: float
) -> None:
    spot = (
        north + share * km / 111.2 * sin(turn),
        east + share * km / 111.2 / cos(radians(north)) * cos(turn),
    )
    apart = kilometres((north, east), spot)
    if 0.98 < apart / km < 1.02 or not -180 < spot[1] < 180:
        return
    (is_held,) = Turns(Circle(north, east, km)).holds(np.array([spot[0]]), np.array([spot[1]]))
    assert is_held == (apart < km)
