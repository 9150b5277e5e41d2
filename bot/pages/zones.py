"""The reader's clock: forms show and read times in it, and say so. The database keeps UTC.

The page's script tells the zone of the browser in a cookie; without it, Tripoli's clock holds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.dates import get_timezone_gmt, get_timezone_location

from bot.consular.errors import ConsularError
from bot.messages import Language
from bot.pages.rendering import LOCALES, N_
from bot.pages.visit import Visit
from bot.text import text

COOKIE = "tammen_zone"
HOME = "Africa/Tripoli"
MINUTES_FORMAT = "%Y-%m-%dT%H:%M"
MAX_ZONE_CHARS = 60


def of(visit: Visit) -> str:
    """Return the zone (IANA name) of the form, else of the reader's browser, else Tripoli's."""
    zone_of_form = visit.field("zone", MAX_ZONE_CHARS)
    if zone_of_form in _zones():
        return zone_of_form
    zone_of_browser = visit.request.cookies.get(COOKIE, "")
    if zone_of_browser in _zones():
        return zone_of_browser
    return HOME


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def shown(at: datetime | None, zone: str) -> str:
    """Format a moment for a `datetime-local` field; empty for none."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return local.strftime(MINUTES_FORMAT)


def read(written: str, zone: str) -> datetime | None:
    """Read a field as a moment in UTC; None when it is empty. Raises ConsularError."""
    plain = text.ascii_digits(written).strip().replace(" ", "T", 1)
    if not plain:
        return None
    try:
        local = datetime.strptime(plain[:16], MINUTES_FORMAT).replace(tzinfo=ZoneInfo(zone))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConsularError(N_("Write a time as 2026-11-25T18:30.")) from None


def name(
    zone: str,
    language: Language,
    now: datetime,
) -> str:
    """Name the zone: “Libya Time, GMT+02:00”."""
    locale = Locale.parse(LOCALES[language])
    offset = get_timezone_gmt(now.astimezone(ZoneInfo(zone)), locale=locale)
    if "/" not in zone or zone.startswith("Etc/"):
        return offset
    location = get_timezone_location(zone, locale=locale)
    comma = "، " if language == "ar" else ", "
    return f"{location}{comma}{offset}"
