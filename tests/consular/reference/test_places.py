from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.consular.reference import borders, places
from bot.messages import Location

POINTS = [
    (41.01, 28.98, "TR"),
    (36.20, 36.16, "TR"),
    (36.20, 37.16, "SY"),
    (31.95, 35.93, "JO"),
    (31.90, 35.20, "PS"),
    (31.50, 34.47, "PS"),
    (33.89, 35.50, "LB"),
    (32.89, 13.19, "LY"),
    (31.20, 29.92, "EG"),
    (36.81, 10.18, "TN"),
    (15.50, 32.56, "SD"),
    (51.51, -0.13, "GB"),
    (48.86, 2.35, "FR"),
    (41.9029, 12.4534, "VA"),
    (41.89, 12.49, "IT"),
    (43.94, 12.45, "SM"),
    (-29.61, 28.23, "LS"),
    (35.90, 14.51, "MT"),
    (25.20, 55.27, "AE"),
    (64.15, -21.94, "IS"),
    (-17.71, 178.06, "FJ"),
    (22.30, 114.17, "HK"),
    (40.71, -74.01, "US"),
    (21.31, -157.86, "US"),
    (35.17, 33.36, "CY"),
]


@pytest.mark.parametrize(("latitude", "longitude", "country"), POINTS)
def test_a_point_is_in_its_country(latitude: float, longitude: float, country: str) -> None:
    assert places.country_at(latitude, longitude) == country


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(10, -40), (90, 0), (-91, 0), (34.5, 18.0), (0, 500)]
)
def test_at_sea_and_off_the_map_there_is_no_country(latitude: float, longitude: float) -> None:
    assert places.country_at(latitude, longitude) is None
    assert places.place_at(Location(latitude, longitude)) is None


def test_a_shared_position_gets_its_country_and_a_city_nearby() -> None:
    found = places.place_at(Location(36.2, 36.16))
    assert found is not None
    assert (found.country, found.latitude, found.longitude) == ("TR", 36.2, 36.16)
    assert found.city is not None
    assert found.city.startswith("TR/")


def test_in_the_desert_no_city_is_named() -> None:
    found = places.place_at(Location(25.0, 19.0))
    assert found is not None
    assert (found.country, found.city) == ("LY", None)


@pytest.mark.parametrize(
    ("value", "country", "city"),
    [("TR", "TR", None), ("TR/Istanbul", "TR", "TR/Istanbul"), ("TR/Nowhere", "TR", "TR/Nowhere")],
)
def test_a_place_is_read_from_what_was_understood(
    value: str, country: str, city: str | None
) -> None:
    place = places.place_of(value)
    assert (place.country, place.city) == (country, city)


def test_a_known_city_has_its_position() -> None:
    place = places.place_of("TR/Istanbul")
    assert place.latitude == pytest.approx(41.0, abs=0.2)
    assert place.longitude == pytest.approx(29.0, abs=0.2)


def test_names_are_in_the_readers_language() -> None:
    assert (places.country_name("TR", "ar"), places.country_name("TR", "en")) == (
        "تركيا",
        "Türkiye",
    )
    assert places.country_name("??", "ar") == "??"
    assert places.city_name("TR/Istanbul", "en") == "Istanbul"
    assert "سطنبول" in places.city_name("TR/Istanbul", "ar")
    assert places.city_name("TR/Nowhere", "ar") == "Nowhere"


def test_every_country_of_the_borders_is_one_we_name() -> None:
    assert set(borders.load(borders.VENDORED).countries) <= places.COUNTRIES
    assert {"LY", "XK", "PS", "EH"} <= places.COUNTRIES
    assert places.COUNTRIES.isdisjoint({"EU", "UN", "ZZ", "XA", "EA"})


@pytest.fixture
def own_borders() -> Iterator[None]:
    yield
    places.use_borders(None)


SQUARE = [
    [[10, 10], [20, 10], [20, 20], [10, 20], [10, 10]],
    [[14, 14], [16, 14], [16, 16], [14, 16], [14, 14]],
]


@pytest.mark.usefixtures("own_borders")
@pytest.mark.parametrize("iso", ["iso", "iso1A2"])
def test_the_borders_can_be_replaced(tmp_path: Path, iso: str) -> None:
    square = {"type": "Polygon", "coordinates": SQUARE}
    features = [
        {"properties": {iso: "XK"}, "geometry": square},
        {"properties": {iso: "EU", "nameEn": "European Union"}, "geometry": None},
    ]
    file = tmp_path / "ours.json"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    places.use_borders(file)
    assert places.country_at(12, 12) == "XK"
    assert places.country_at(15, 15) is None  # in the hole
    assert places.country_at(41.01, 28.98) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"features": [{}]}', '{"features": [{"geometry": null}]}']
)
def test_borders_that_cannot_be_read_are_refused_and_the_old_ones_stay(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.json is not GeoJSON"):
        places.use_borders(file)
    assert places.country_at(41.01, 28.98) == "TR"
