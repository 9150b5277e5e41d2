"""What reports say: standings in both languages, gaps as gaps, maps and curves in the frame."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.consular.crises.plans import City, Plan, Vulnerable
from bot.consular.crises.sitrep_figures import none
from bot.consular.crises.sitreps import Reading
from bot.consular.reference.care import Care, Tie
from bot.documents.data import contents
from bot.documents.parts import Dot, Number, Picture, Table
from bot.messages import Language
from bot.models import Crisis, CrisisCountry, Ground, GroundKind, Post, SitRep
from bot.reports import curves, maps, plans, sitreps
from bot.reports.voice import STANDINGS, Voice

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("en", ["safe", "need help", "want evacuation", "are staying"]),
        ("ar", ["بخير", "يحتاجون مساعدة", "يريدون الإجلاء", "باقون في أماكنهم"]),
    ],
)
def test_every_standing_has_its_words(language: Language, labels: list[str]) -> None:
    voice = Voice(language)
    words = [voice.term(STANDINGS, code) for code in STANDINGS]
    assert words[:4] == labels
    assert len(set(words)) == 7


def reading(people: int) -> Reading:
    figures = none()
    figures["cities"] = {"TR/Istanbul": {"safe": people, "help": 1}, "": {"no_answer": 2}}
    figures["answers"] = [0, people]
    crisis = Crisis(
        id=1,
        names={"en": "Earthquake =1+1", "ar": "زلزال"},
        drill=True,
        opened_at=NOW,
        countries=[CrisisCountry(country="TR")],
    )
    moments = [NOW.isoformat(), (NOW + timedelta(hours=1)).isoformat()]
    sitrep = SitRep(id=1, number=3, at=NOW + timedelta(hours=1))
    return Reading(
        sitrep,
        crisis,
        {"countries": {"TR": figures}, "moments": moments},
        before=None,
        countries=None,
    )


def test_a_report_of_an_exercise_says_so_and_numbers_are_numbers() -> None:
    document = sitreps.document(reading(1234), "en")
    assert document.mark == "EXERCISE"
    (table,) = [block for block in document.sections[0].blocks if isinstance(block, Table)]
    assert table.rows[0] == ["safe", Number(1234, "1,234"), Number(None, "—")]
    assert table.total[1] == Number(1237, "1,237")
    places = document.sections[-1].blocks[-1]
    assert isinstance(places, Table)
    assert [row[1] for row in places.rows] == ["all cities", "\u2068Istanbul\u2069", "no city told"]


def test_a_report_gives_the_template_no_markup() -> None:
    assert contents(sitreps.document(reading(1), "en"))["subtitle"] == "\u2068Earthquake =1+1\u2069"


def test_circles_lie_in_the_map_and_grow_with_the_people() -> None:
    voice = Voice("ar")
    cities = {"TR/Istanbul": (400, 0), "TR/Ankara": (100, 25), "": (0, 0)}
    spots = maps.spots(cities, "TR", voice)
    picture = maps.draw(["TR"], spots, voice)
    assert picture is not None
    dots = [shape for shape in picture.shapes if isinstance(shape, Dot)]
    assert [colour for colour, _label in picture.legend] == ["people", "help"]
    radii = [dot.radius for dot in dots]
    assert radii == [7.0, 3.5, 1.75]
    for dot in dots:
        assert 0 < dot.centre[0] < picture.width
        assert 0 < dot.centre[1] < picture.height
    istanbul, ankara = dots[0].centre, dots[1].centre
    assert istanbul[0] < ankara[0]  # in the west, in Arabic as well


def test_a_country_without_borders_has_no_map() -> None:
    assert maps.draw([], [], Voice("en")) is None


def test_a_curve_ends_where_all_had_answered() -> None:
    picture = curves.draw([NOW, NOW + timedelta(hours=1)], [0, 50], 50, "", Voice("en"))
    assert isinstance(picture, Picture)
    (line,) = [shape for shape in picture.shapes if getattr(shape, "colour", "") == "safe"]
    assert getattr(line, "points", None) == [(18.0, 54.0), (156.0, 6.0)]


def plan() -> Plan:
    post = Post(
        id=1,
        country="TR",
        names={"en": "Embassy", "ar": "السفارة"},
        street_addresses={},
        phone="",
        emergency_phone="+905321112233",
        email="",
    )
    ground = Ground(
        kind=GroundKind.ROUTE,
        descriptions={"en": "By the coast", "ar": "من الساحل"},
        at=NOW - timedelta(days=181),
    )
    return Plan(
        "TR",
        post,
        NOW,
        cities=[City("TR/Istanbul", people=4, fresh=1, older=1, stale=2)],
        vulnerable=Vulnerable(0, 0, 0, 0),
        caring=Care(Tie.HERE, [post]),
        numbers=None,
        neighbours=[],
        grounds=[ground],
        drill=None,
    )


def test_a_plan_prints_what_is_missing_and_what_is_old() -> None:
    document = plans.document(plan(), "en")
    warnings = [getattr(block, "text", "") for block in document.sections[0].blocks]
    assert warnings == [
        "No phone number of the post.",
        "No e-mail address of the post.",
        "No street address in this language.",
        "No meeting point entered.",
        "Some meeting points or routes are older than 180 days.",
        "50% of the places are not confirmed for 180 days.",
        "No drill was held there yet.",
    ]
    arabic = plans.document(plan(), "ar")
    assert getattr(arabic.sections[0].blocks[3], "text", "") == "لم تُدخَل أي نقطة تجمّع."
