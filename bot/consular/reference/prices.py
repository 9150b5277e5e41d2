"""Prices of an SMS part by country: staff keep the table, as providers change their prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference.places import COUNTRIES
from bot.models import SmsPrice
from bot.text import text

ELSEWHERE = ""  # the price of every country that has none of its own
MICROS = 1_000_000  # in a dollar
MAX_DOLLARS = 10  # a part: more is a slip of the finger
DEFAULT_MICROS = 100_000  # 10 cents, until somebody sets a price


async def table(session: AsyncSession) -> dict[str, int]:
    """Return millionths of a dollar by country code; `ELSEWHERE` is always among them."""
    prices = {ELSEWHERE: DEFAULT_MICROS}
    for price in await session.scalars(select(SmsPrice).order_by(SmsPrice.country)):
        prices[price.country] = price.micros
    return prices


def of(prices: Mapping[str, int], country: str) -> int:
    """Return the price of one part to a number of this country, in millionths of a dollar."""
    return prices.get(country, prices[ELSEWHERE])


def price(country: str, dollars: str) -> int | None:
    """Read the price of one part, written as "0.35" or "٠٫٣٥", in millionths of a dollar.

    None for an empty one, which removes the country's own. Raises ConsularError.
    """
    if country != ELSEWHERE and country not in COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=Quote(country[:20]))
    if not dollars.strip():
        return None
    return _micros(dollars)


async def set_price(
    session: AsyncSession,
    country: str,
    micros: int | None,
    actor: str,
    now: datetime,
) -> None:
    """Set the price of one part, which a second person approved; None removes it."""
    before = await session.get(SmsPrice, country)
    micros_before = before.micros if before is not None else None
    await session.execute(delete(SmsPrice).where(SmsPrice.country == country))
    if micros is not None:
        session.add(SmsPrice(country=country, micros=micros))
    await session.flush()
    subject = f"price:{country or 'all'}"
    await trail.note(
        session,
        actor,
        "price.set",
        subject,
        now,
        micros=micros,
        micros_before=micros_before,
    )


def _micros(dollars: str) -> int:
    plain = text.ascii_digits(dollars).replace("٫", ".").replace(",", ".").strip()
    try:
        price = Decimal(plain)
    except InvalidOperation:
        price = Decimal(-1)
    if not price.is_finite() or not 0 <= price <= MAX_DOLLARS:
        raise ConsularError(
            "A price is a number of dollars from 0 to {most}, such as 0.35.", most=MAX_DOLLARS
        )
    return int(price * MICROS)
