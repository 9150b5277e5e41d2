"""CAP in: what is right is understood; what is hostile or broken is refused with a reason."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from bot.consular.audiences import rules
from bot.consular.cap import drawing, geocodes, reading
from bot.consular.cap.drawing import CapError
from bot.consular.cap.reading import NotForUsError
from bot.consular.reference import places
from tests.consular.cap.alerts import AREA, NOW, SQUARE, alert, atom, link, read

KHARTOUM = {"latitude": 15.5, "longitude": 32.5, "km": 20.0}


def nested(depth: int) -> str:
    return alert(("<scope>", "<x>" * depth + "</x>" * depth + "<scope>"))


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "an external entity": (
        alert(
            ("<alert", '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert'),
            ("Flood", "&x;"),
        ),
        "DTD",
    ),
    "a parameter entity": (
        alert(
            ("<alert", '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]><alert')
        ),
        "DTD",
    ),
    "a billion laughs": (
        alert(("<alert", f'<!DOCTYPE alert [<!ENTITY l0 "ha">{BOMB}]><alert'), ("Flood", "&l9;")),
        "DTD",
    ),
    "laughs in an attribute": (
        alert(("<alert", f'<!DOCTYPE alert [<!ENTITY l0 "ha">{BOMB}]><alert z="&l9;"')),
        "DTD",
    ),
    "a document type alone": (alert(("<alert", "<!DOCTYPE alert><alert")), "DTD"),
    "an entity that is not declared": (alert(("Flood", "&xxe;")), "not XML"),
    "sixty megabytes": (alert(("Flood", "x" * 60_000_000)), "larger than 5 MB"),
    "deep nesting": (nested(100_000), "not XML"),
    "UTF-16": (alert(("UTF-8", "UTF-16")).encode("utf-16"), "not UTF-8"),
    "UTF-16 without a mark": (alert(declared=False).encode("utf-16-le"), "not UTF-8"),
    "UTF-7": (alert(("UTF-8", "UTF-7")), "not UTF-8"),
    "Latin-1": (
        alert(("UTF-8", "ISO-8859-1"), ("Flood", "Überflutung")).encode("latin-1", "replace"),
        "not UTF-8",
    ),
    "letters that are cut": (alert().encode()[:-900][:-1] + b"\xd8", "not UTF-8"),
    "a document that breaks off": (alert()[:-20], "not XML"),
    "nothing": ("", "not XML"),
    "no XML": ("أنا بخير", "not XML"),
    "HTML": ("<html><body>Not found</body></html>", "neither a CAP 1.2 alert"),
    "CAP 1.1": (alert(("cap:1.2", "cap:1.1")), "CAP 1.1"),
    "CAP 1.0": (
        alert(("urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0")),
        "CAP 1.0",
    ),
    "no info": (alert(infos=""), "lacks info"),
    "no sender": (alert(("<sender>warn@met.example</sender>", "")), "lacks sender"),
    "no event": (
        alert(("<event>Flood</event>", ""), ("<headline>Heavy rain on the coast</headline>", "")),
        "lacks event",
    ),
    "no scope": (alert(("<scope>Public</scope>", "")), "lacks scope"),
    "a sender with a comma": (alert(("warn@met.example", "warn@met.example,other")), "commas"),
    "an endless identifier": (alert(("MET-7", "7" * 600)), "too long"),
    "a status that is none": (alert(("Actual", "Real")), "status is not what CAP has: Real"),
    "a severity that is none": (alert(("Severe<", "Terrible<")), "severity is not what CAP has"),
    "a category that is none": (alert((">Met<", ">Weather<")), "category is not what CAP has"),
    "a kind that is none": (alert((">Alert<", ">Alarm<")), "msgType is not what CAP has"),
    "a time without its zone": (
        alert(("2026-11-24T12:00:00+03:00", "2026-11-24T12:00:00")),
        "expires is not a time",
    ),
    "a day that is none": (alert(("2026-11-24T12", "2026-02-30T12")), "expires is not a time"),
    "a year before all others": (
        alert(("2026-11-23T08:00:00-00:00", "0001-01-01T00:00:00+14:00")),
        "is not a time",
    ),
    "over before it begins": (
        alert(("2026-11-24T12:00:00+03:00", "2026-11-23T07:00:00-00:00")),
        "over before it begins",
    ),
    "sent next week": (
        alert(("2026-11-23T10:00:00+02:00", "2026-12-01T10:00:00+02:00")),
        "in the future",
    ),
    "three corners": (alert((AREA, "<polygon>36,36 36,37 36,36</polygon>")), "area is broken"),
    "a polygon that is open": (
        alert((AREA, "<polygon>36,36 36,37 37,37 37,36</polygon>")),
        "area is broken",
    ),
    "a polygon of words": (alert((AREA, "<polygon>a,b c,d e,f a,b</polygon>")), "area is broken"),
    "a polygon of NaN": (alert((AREA, "<polygon>nan,1 2,2 3,1 nan,1</polygon>")), "area is broken"),
    "a polygon off the earth": (
        alert((AREA, "<polygon>91,36 36,37 37,37 91,36</polygon>")),
        "area is broken",
    ),
    "a polygon without a comma": (
        alert((AREA, "<polygon>36 36 36 37 37 37 36 36</polygon>")),
        "area is broken",
    ),
    "a polygon of one place": (
        alert((AREA, "<polygon>36,36 36,36 36,36 36,36</polygon>")),
        "3 to 200 corners",
    ),
    "a flat polygon": (
        alert((AREA, "<polygon>36,36 36,37 36,38 36,36</polygon>")),
        "crosses itself",
    ),
    "a polygon that crosses itself": (
        alert((AREA, "<polygon>36,36 37,37 36,37 37,36 36,36</polygon>")),
        "crosses itself",
    ),
    "a polygon around the world": (
        alert((AREA, "<polygon>0,-179 1,179 2,0 0,-179</polygon>")),
        "around the world",
    ),
    "a circle without a radius": (alert((AREA, "<circle>36,36</circle>")), "circle is broken"),
    "a circle of half the earth": (alert((AREA, "<circle>36,36 9000</circle>")), "radius of up to"),
}
OVER = alert(
    ("2026-11-24T12:00:00+03:00", "2026-11-23T08:59:00-00:00"), ("10:00:00+02:00", "09:00:00+02:00")
)
NOT_FOR_US = {
    "a test": (alert(("Actual", "Test")), "Test"),
    "a draft": (alert(("Actual", "Draft")), "Draft"),
    "a heartbeat": (alert(("Actual", "System")), "System"),
    "a receipt": (alert((">Alert<", ">Ack<")), "receipt"),
    "a restricted one": (alert(("Public", "Restricted")), "not public"),
    "one that is over": (OVER, "over already"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_or_broken_is_refused_with_a_reason(name: str) -> None:
    words, reason = HOSTILE[name]
    began = time.process_time()
    with pytest.raises(CapError, match=reason):
        read(words)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", NOT_FOR_US)
def test_what_is_not_for_people_is_told_apart(name: str) -> None:
    words, reason = NOT_FOR_US[name]
    with pytest.raises(NotForUsError, match=reason):
        read(words)


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_whatever_comes_is_read_or_refused(noise: bytes, place: int) -> None:
    data = alert().encode()
    for given_ in (
        noise,
        data[:place] + noise + data[place:],
        data[:place] + noise + data[place + len(noise) :],
    ):
        with suppress(CapError):
            for one in reading.alerts_in(reading.root(given_)):
                reading.alert_of(one, NOW)


@pytest.mark.parametrize(
    ("areas", "whom"),
    [
        ("", {}),
        (
            "<circle>36.2,36.16 50</circle>",
            {"circle": {"latitude": 36.2, "longitude": 36.16, "km": 50.0}},
        ),
        ("<circle>36.2,36.16 0</circle>", {}),
        (
            "<geocode><valueName>ISO 3166-1 alpha-2</valueName><value>tr</value></geocode>",
            {"countries": ["TR"]},
        ),
        (
            "<geocode><valueName>iso3166-1</valueName><value>SD</value></geocode>",
            {"countries": ["SD"]},
        ),
        ("<geocode><valueName>ISO3166-2</valueName><value>TR</value></geocode>", {}),
        (
            "<geocode><valueName>ISO3166-2</valueName><value>TR-34</value></geocode>",
            {"countries": ["TR"]},
        ),
        (
            "<geocode><valueName>ISO 3166-1 alpha-3</valueName><value>sdn</value></geocode>",
            {"countries": ["SD"]},
        ),
        (
            "<geocode><valueName>ISO3166-1-numeric</valueName><value>729</value></geocode>",
            {"countries": ["SD"]},
        ),
        (
            "<geocode><valueName>ISO 3166-1</valueName><value>LBY</value></geocode>",
            {"countries": ["LY"]},
        ),
        ("<geocode><valueName>ISO 3166-1 numeric</valueName><value>000</value></geocode>", {}),
        ("<geocode><valueName>EMMA_ID</valueName><value>TR-34</value></geocode>", {}),
        ("<geocode><valueName>ISO 3166-1</valueName><value>ZZ</value></geocode>", {}),
        ("<geocode><valueName>SAME</valueName><value>TR</value></geocode>", {}),
        (
            (
                f"{AREA}<circle>15.5,32.5 20</circle>"
                "<geocode><valueName>ISO 3166</valueName><value>EG</value></geocode>"
            ),
            {"any": [{"countries": ["EG"]}, {"polygon": SQUARE}, {"circle": KHARTOUM}]},
        ),
    ],
)
def test_areas_are_an_audience(areas: str, whom: dict[str, Any]) -> None:
    found = read(alert((AREA, areas))).infos[0].audience
    assert found == whom
    if found:
        rules.check(found)


def code(name: str, value: str) -> str:
    return f"<geocode><valueName>{name}</valueName><value>{value}</value></geocode>"


@pytest.mark.parametrize(
    ("area", "unread", "wider"),
    [
        (AREA, [], []),
        (AREA + code("UGC", "TRZ001"), [], []),
        (code("UGC", "TRZ001") + code("FIPS6", "048001"), ["هاتاي (UGC TRZ001, FIPS6 048001)"], []),
        (code("EMMA_ID", "TR031") + code("ISO 3166-1", "TR"), ["هاتاي (EMMA_ID TR031)"], []),
        (code("ISO 3166-1", "TR"), [], []),
        (code("ISO 3166-2", "TR-31"), [], ["هاتاي (ISO 3166-2 TR-31)"]),
        ("", ["هاتاي"], []),
        ("<circle>36.2,36.16 0</circle>", ["هاتاي"], []),
    ],
)
def test_places_that_are_not_understood_are_told_by_name(
    area: str, unread: list[str], wider: list[str]
) -> None:
    found = read(alert((AREA, area))).infos[1]
    assert (found.unread, found.wider) == (unread, wider)


def test_every_country_has_a_code_of_three_letters_and_one_of_three_digits() -> None:
    for names in (str.isalpha, str.isdigit):
        known = {geocodes.country("ISO 3166-1", code) for code in geocodes.ALPHA2 if names(code)}
        assert known >= set(places.COUNTRIES)


def test_a_coastline_is_drawn_more_coarsely() -> None:
    north = [f"{36 + (n % 2) / 100},{36 + n / 1000}" for n in range(1000)]
    text = " ".join([*north, "37,37", "37,36", north[0]])
    drawn = drawing.polygon(text)
    assert len(drawn.corners) <= 200
    assert (37.0, 37.0) in drawn.corners
    assert (37.0, 36.0) in drawn.corners
    coast = shapely.Polygon([tuple(map(float, pair.split(","))) for pair in text.split()])
    lost = shapely.symmetric_difference(coast, shapely.Polygon(drawn.corners))
    assert lost.area < coast.area / 100


def test_sides_may_touch() -> None:
    drawn = drawing.polygon("36,36 38,36 38,38 37,36 36,38 36,36")
    assert len(drawn.corners) == 5


def test_of_very_many_areas_staff_choose_by_hand() -> None:
    many = "".join(f"<circle>{n},{n} 5</circle>" for n in range(30))
    found = read(alert((AREA, many))).infos[0]
    assert (found.audience, found.unread) == ({}, ["Hatay"])


def test_a_feed_is_its_alerts_and_its_links() -> None:
    inline = f'<content type="application/xml">{alert(declared=False)}</content>'
    html = '<link rel="alternate" type="text/html" href="https://met.example/7.html"/>'
    plain = '<link href="../9.xml"/>'
    feed = reading.root(
        atom(inline, html + link("/cap/8.xml"), plain, link("/cap/8.xml"), "<id>x</id>").encode()
    )
    assert len(reading.alerts_in(feed)) == 1
    found = reading.links_in(feed, "https://met.example/feeds/all.atom")
    assert found == ["https://met.example/cap/8.xml", "https://met.example/9.xml"]
    rss = '<rss version="2.0"><channel><item><link>https://a.example/1</link></item>'
    rss += "<item><link>https://a.example/h</link>"
    rss += '<enclosure url="https://a.example/2.cap" type="application/cap+xml"/>'
    rss += "</item></channel></rss>"
    assert reading.links_in(reading.root(rss.encode()), "") == [
        "https://a.example/1",
        "https://a.example/2.cap",
    ]
