"""The reader's clock: times in forms are shown and read in it, and say so. The database keeps UTC.

The page's script tells the zone of the browser in a cookie; without it the clock is that of Tripoli.
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
_MINUTES = "%Y-%m-%dT%H:%M"


def of(visit: Visit) -> str:
    """The zone (IANA name) a form was shown in, else that of the reader's browser, else Tripoli's."""
    asked = (visit.field("zone", 60), visit.request.cookies.get(COOKIE, ""))
    return next((zone for zone in asked if zone in _known()), HOME)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def shown(at: datetime | None, zone: str) -> str:
    """A moment as a `datetime-local` field shows it; empty for none."""
    return at.astimezone(ZoneInfo(zone)).strftime(_MINUTES) if at else ""


def read(written: str, zone: str) -> datetime | None:
    """The moment a field says, in UTC; None when it is empty. Raises ConsularError."""
    plain = text.ascii_digits(written).strip().replace(" ", "T", 1)
    if not plain:
        return None
    try:
        return (
            datetime.strptime(plain[:16], _MINUTES).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        )
    except (ValueError, OverflowError):
        raise ConsularError(N_("Write a time as 2026-11-25T18:30.")) from None


def name(zone: str, language: Language, now: datetime) -> str:
    """What the zone is called: “Libya Time, GMT+02:00”."""
    locale = Locale.parse(LOCALES[language])
    offset = get_timezone_gmt(now.astimezone(ZoneInfo(zone)), locale=locale)
    if "/" not in zone or zone.startswith("Etc/"):
        return offset
    comma = "، " if language == "ar" else ", "
    return comma.join((get_timezone_location(zone, locale=locale), offset))
