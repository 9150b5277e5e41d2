"""What an SMS part costs by country: a table staff keep, because providers change their prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference.places import COUNTRIES
from bot.consular.staff import roles
from bot.models import SmsPrice, Staff
from bot.text import text

ELSEWHERE = ""  # the price of every country that has none of its own
MICROS = 1_000_000  # in a dollar
DEAREST = 10  # dollars a part: more is a slip of the finger
_UNKNOWN = 100_000  # 10 cents, while nobody wrote a price


async def table(session: AsyncSession) -> dict[str, int]:
    """Millionths of a dollar by country code; `ELSEWHERE` is always there."""
    rows = await session.scalars(select(SmsPrice).order_by(SmsPrice.country))
    return {ELSEWHERE: _UNKNOWN} | {row.country: row.micros for row in rows}


def of(prices: Mapping[str, int], country: str) -> int:
    """The price of one part to a number of this country, in millionths of a dollar."""
    return prices.get(country, prices[ELSEWHERE])


async def set_price(
    session: AsyncSession, staff: Staff, country: str, dollars: str, now: datetime
) -> None:
    """The price of one part, as "0.35" or "٠٫٣٥"; empty takes the country's own away. Raises ConsularError."""
    roles.require(staff, "settings")
    if country != ELSEWHERE and country not in COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(country[:20]))
    micros = _micros(dollars) if dollars.strip() else None
    await session.execute(delete(SmsPrice).where(SmsPrice.country == country))
    if micros is not None:
        session.add(SmsPrice(country=country, micros=micros))
    await session.flush()
    await trail.note(
        session, roles.actor(staff), "price.set", f"price:{country or 'all'}", now, micros=micros
    )


def _micros(dollars: str) -> int:
    try:
        value = Decimal(text.ascii_digits(dollars).replace("٫", ".").replace(",", ".").strip())
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= DEAREST:
        raise ConsularError(
            "A price is a number of dollars from 0 to {most}, such as 0.35.", most=DEAREST
        )
    return int(value * MICROS)
