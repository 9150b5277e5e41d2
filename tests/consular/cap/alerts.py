"""Other people's alerts, for tests: one that is right, and changes to it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.consular.cap import reading

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AREA = "<polygon>36,36 36,37 37,37 37,36 36,36</polygon>"
SQUARE = [[36.0, 36.0], [36.0, 37.0], [37.0, 37.0], [37.0, 36.0]]  # the same in a rule
ENGLISH = f"""<info>
 <language>en-GB</language><category>Met</category><event>Flood</event><urgency>Expected</urgency>
 <severity>Severe</severity><certainty>Likely</certainty>
 <effective>2026-11-23T08:00:00-00:00</effective><expires>2026-11-24T12:00:00+03:00</expires>
 <headline>Heavy rain on the coast</headline><description>Streets may be under water.</description>
 <instruction>Stay on upper floors.</instruction>
 <area><areaDesc>Hatay</areaDesc>{AREA}</area>
</info>"""
ARABIC = f"""<info>
 <language>ar</language><category>Met</category><event>سيول</event><urgency>Expected</urgency>
 <severity>Severe</severity><certainty>Likely</certainty>
 <effective>2026-11-23T08:00:00-00:00</effective><expires>2026-11-24T12:00:00+03:00</expires>
 <headline>أمطار غزيرة على الساحل</headline><description>قد تغمر المياه الشوارع.</description>
 <instruction>الزموا الطوابق العليا.</instruction>
 <area><areaDesc>هاتاي</areaDesc>{AREA}</area>
</info>"""
HEAD = """<identifier>MET-7</identifier><sender>warn@met.example</sender>
<sent>2026-11-23T10:00:00+02:00</sent>
<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>
"""


def alert(
    *changes: tuple[str, str],
    infos: str = ENGLISH + ARABIC,
    identifier: str = "MET-7",
    declared: bool = True,
) -> str:
    """An alert with these replacements made in it."""
    first = '<?xml version="1.0" encoding="UTF-8"?>\n' if declared else ""
    words = f'{first}<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{HEAD}{infos}</alert>'
    for old, new in changes:
        assert old in words, old
        words = words.replace(old, new)
    return words


def read(words: str | bytes) -> reading.Alert:
    """What we understand of the one alert in it."""
    data = words.encode() if isinstance(words, str) else words
    (found,) = reading.alerts_in(reading.root(data))
    return reading.alert_of(found, NOW)


def atom(*entries: str) -> str:
    """An Atom feed of these entries."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Warnings</title>{inside}</feed>'


def link(address: str) -> str:
    """An entry's link to an alert."""
    return f'<link rel="alternate" type="application/cap+xml" href="{address}"/>'
