"""Who looks after a country, and which number people there call first."""

from __future__ import annotations

import csv
import re

import pytest
from phonenumbers import PhoneMetadata

from bot.consular.errors import ConsularError
from bot.consular.reference import care, emergency, post_names, posts
from bot.consular.reference.care import Tie
from bot.consular.reference.places import COUNTRIES
from bot.models import EmergencyNumber, Post
from bot.runtime.runtime import Runtime

FIELDS = {"general": "112", "source": "The ministry", "as_of": "2026-01-15"}


@pytest.mark.parametrize(
    ("country", "city"),
    [
        ("NO", "Stockholm"),
        ("NZ", "Canberra"),
        ("CL", "Brasília"),
        ("SI", "Zagreb"),
        ("LI", "Bern"),
        ("PS", "Amman"),
        ("TH", "Hanoi"),
    ],
)
async def test_the_nearest_post_is_found_and_called_the_nearest(
    runtime: Runtime, country: str, city: str
) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        caring = await care.of(session, country)
        assert caring.tie is Tie.NEAREST
        (post,) = caring.posts
        assert city in post.names["en"] or country == "TH"


async def test_the_nearest_is_looked_for_from_where_the_person_is(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        in_the_north = await care.of(session, "NO", (69.65, 18.96))
        assert "Stockholm" in in_the_north.posts[0].names["en"]
        far_east = await care.of(session, "KZ", (49.95, 82.61))
        far_west = await care.of(session, "KZ", (47.1, 51.9))
        assert "Baku" in far_west.posts[0].names["en"]
        assert far_east.posts[0].id != far_west.posts[0].id


async def test_every_country_but_home_has_somebody(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        alone: list[str] = []
        for country in sorted(COUNTRIES):
            if not (await care.of(session, country)).posts:
                alone.append(country)
        assert set(alone) <= {"LY", "BV", "HM", "UM", "IO", "TF", "AQ", "GS", "BQ", "SJ"}
        assert "LY" in alone


async def test_every_post_has_the_position_of_its_city(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        without = [post.names["en"] for post in await posts.everything(session) if not post.city]
        assert without == ["Embassy of Libya, Rome (to the Holy See)"] or without == []


async def test_posts_of_an_earlier_version_get_their_city(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        session.add(Post(country="PL", names={"en": "Embassy of Libya, Warsaw", "ar": "س"}))
        session.add(Post(country="PL", names={"en": "Our own name", "ar": "س"}))
        await posts.seed(session)
        named, own = await posts.covering(session, "PL")
        assert (named.city, own.city) == ("PL/Warsaw", None)


def test_every_country_has_a_row_with_a_source_and_a_day() -> None:
    with emergency.NUMBERS.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {line["country"] for line in lines} == COUNTRIES
    assert all(line["source"] and line["date"] == "2026-11-30" for line in lines)


def test_every_number_is_one_that_the_countrys_networks_know() -> None:
    with emergency.NUMBERS.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            numbers = [line[service] for service in emergency.SERVICES if line[service]]
            if line["source"] == "unknown":
                assert numbers == []
                continue
            metadata = PhoneMetadata.short_metadata_for_region(line["country"])
            assert metadata is not None
            assert metadata.emergency is not None
            for number in numbers:
                pattern = metadata.emergency.national_number_pattern
                assert pattern is not None
                assert re.fullmatch(pattern, number), line


def numbers(**known: str) -> EmergencyNumber:
    blank = dict.fromkeys(emergency.SERVICES, "")
    return EmergencyNumber(country="XX", source="", as_of="", **{**blank, **known})


@pytest.mark.parametrize(
    ("known", "is_medical", "calls"),
    [
        ({"general": "112", "ambulance": "15", "police": "17"}, False, [("general", "112")]),
        ({"general": "112", "ambulance": "15"}, True, [("ambulance", "15")]),
        ({"general": "112"}, True, [("general", "112")]),
        ({"police": "17", "fire": "18"}, True, [("police", "17"), ("fire", "18")]),
        (
            {"ambulance": "14", "police": "17"},
            False,
            [("police", "17"), ("ambulance", "14")],
        ),
        ({}, False, []),
    ],
)
def test_the_number_that_fits_is_called_first(
    known: dict[str, str], is_medical: bool, calls: list[tuple[str, str]]
) -> None:
    assert emergency.to_call(numbers(**known), is_medical) == calls


@pytest.mark.parametrize(
    ("country", "fields", "why"),
    [
        ("ZZ", FIELDS, "Not a country"),
        ("SK", FIELDS | {"police": "call me"}, "no number to call"),
        ("SK", FIELDS | {"police": "1"}, "no number to call"),
        ("SK", FIELDS | {"source": "  "}, "source"),
        ("SK", FIELDS | {"as_of": "yesterday"}, "2026-11-30"),
        ("SK", FIELDS | {"as_of": "2999-01-01"}, "to come"),
    ],
)
def test_wrong_numbers_are_refused(
    runtime: Runtime, country: str, fields: dict[str, str], why: str
) -> None:
    with pytest.raises(ConsularError, match=why):
        emergency.checked(country, fields, runtime.clock().date())


def test_arabic_digits_are_digits(runtime: Runtime) -> None:
    checked = emergency.checked("EG", FIELDS | {"ambulance": "١٢٣"}, runtime.clock().date())
    assert checked.ambulance == "123"


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("TUNIS", "Tunis"),
        ("تونس", "Tunis"),
        ("sfax", "Sfax"),
        ("صفاقس", "Sfax"),
        ("washington", "Washington"),
        ("Den Haag", None),
        ("اسطنبول", "Istanbul"),
        ("rome", "Rome"),
        ("ua", "Kyiv"),
        ("Dar es Salaam", "Dar es Salaam"),
    ],
)
async def test_a_post_is_found_by_its_name(runtime: Runtime, name: str, city: str | None) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        if city is None:
            with pytest.raises(ConsularError, match="No post is called"):
                await post_names.chosen(session, name)
        else:
            post = await post_names.chosen(session, name)
            assert city in post.names["en"]
            assert (await post_names.chosen(session, str(post.id))).id == post.id


@pytest.mark.parametrize("name", ["embassy", "سفارة", "IT"])
async def test_a_name_of_several_posts_lists_them(runtime: Runtime, name: str) -> None:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        with pytest.raises(ConsularError, match="may be several posts"):
            await post_names.chosen(session, name)
