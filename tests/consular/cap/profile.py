"""What a CAP document must be: valid against the OASIS schema, and what Google's profile and the
standard ask beyond.

The profile is that of Google Public Alerts
(developers.google.com/public-alerts/reference/cap-google), written down here as checks of our own;
those that a schema can make are left to the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

SPACE: Any = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent / "oasis" / "CAP-v1.2.xsd")))
PAIR = re.compile(r"-?\d+(\.\d{1,6})?,-?\d+(\.\d{1,6})?")


def parsed(data: bytes) -> Any:
    """The `alert` of a document that is without fault."""
    alert = etree.fromstring(data)
    assert list(faults(data)) == []
    return alert


def faults(data: bytes) -> Iterator[str]:
    """Everything that is wrong with a document."""
    if b"<!DOCTYPE" in data:
        yield "a document type"
    alert = etree.fromstring(data)
    if not SCHEMA.validate(alert):
        yield str(SCHEMA.error_log)
    for name in ("identifier", "sender"):
        if re.search(r"[\s,<&]", one(alert, name)):
            yield f"{name} has what the standard forbids"
    if one(alert, "msgType") in ("Update", "Cancel") and not _references(alert):
        yield "an Update or Cancel without references"
    if one(alert, "scope") == "Restricted" and not one(alert, "restriction"):
        yield "restricted, without saying how"
    infos = alert.findall("c:info", SPACE)
    yield from [] if infos else ["no info"]
    if len({tuple(sorted(all_of(info, "category"))) for info in infos}) > 1:
        yield "categories differ from info to info"
    for info in infos:
        yield from _info_faults(alert, info)


def _info_faults(alert: Any, info: Any) -> Iterator[str]:
    for name in ("language", "event", "description", "headline", "expires", "senderName", "web"):
        if not one(info, name).strip():
            yield f"no {name}"
    if len(one(info, "event")) > 35:
        yield "an event of more than 35 letters"
    times = [one(info, name) or one(alert, "sent") for name in ("effective", "expires")]
    if times[1] and datetime.fromisoformat(times[0]) >= datetime.fromisoformat(times[1]):
        yield "over before it begins"
    if one(info, "headline") == one(info, "description"):
        yield "a headline that is the description"
    areas = info.findall("c:area", SPACE)
    yield from [] if areas else ["no area"]
    for area in areas:
        yield from _area_faults(area)


def _area_faults(area: Any) -> Iterator[str]:
    if not one(area, "areaDesc").strip():
        yield "an area without a name"
    if not any(area.findall(f"c:{kind}", SPACE) for kind in ("polygon", "circle", "geocode")):
        yield "an area without a shape"
    for polygon in all_of(area, "polygon"):
        pairs = polygon.split()
        if len(pairs) < 4 or pairs[0] != pairs[-1] or not all(map(PAIR.fullmatch, pairs)):
            yield f"a broken polygon: {polygon}"
    for circle in all_of(area, "circle"):
        pair, _, radius = circle.partition(" ")
        if not PAIR.fullmatch(pair) or float(radius) <= 0:
            yield f"a broken circle: {circle}"


def _references(alert: Any) -> list[str]:
    return [one_of for one_of in one(alert, "references").split() if one_of.count(",") == 2]


def one(element: Any, name: str) -> str:
    """The words of a child; "" when it is not there."""
    return str(element.findtext(f"c:{name}", "", SPACE))


def all_of(element: Any, name: str) -> list[str]:
    """The words of all children of a name, wherever they are inside."""
    return [str(found.text) for found in element.findall(f".//c:{name}", SPACE)]


def info(alert: Any, language: str) -> Any:
    """The block of a language."""
    return next(
        one
        for one in alert.findall("c:info", SPACE)
        if one.findtext("c:language", "", SPACE) == language
    )
