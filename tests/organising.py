"""Organisations abroad for tests: entered by one officer, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import organisations
from bot.consular.reference.organisation_entries import Entry
from bot.models import Organisation
from bot.runtime.runtime import Runtime

NOBODY = "staff:0"
TODAY = date(2026, 11, 23)
SCHOOL: Mapping[str, Any] = {
    "country": "GB",
    "city": "GB/Manchester",
    "kind": "school",
    "names": {"ar": "المدرسة الليبية بمانشستر", "en": "Libyan School Manchester"},
    "descriptions": {
        "ar": "دروس السبت من الابتدائي إلى الثانوي.",
        "en": "Saturday lessons, primary to secondary.",
    },
    "phone": "+441612345678",
    "email": "office@school.example",
    "website": "https://school.example",
    "contact_name": "نجوى الورفلي",
    "contact_agreed_on": "2026-10-01",
    "source": "call to the office",
    "checked_on": "2026-11-01",
}
# Others, by what differs from the school: the nearest to Manchester first.
OTHERS: tuple[Mapping[str, Any], ...] = (
    {
        "city": "GB/Leeds",
        "kind": "association",
        "names": {"ar": "رابطة الليبيين في ليدز", "en": "Leeds Libyan Association"},
        "phone": "+441132345678",
        "website": "",
    },
    {
        "city": "GB/London",
        "kind": "student_union",
        "names": {"ar": "اتحاد الطلبة الليبيين بلندن", "en": "Libyan Student Union London"},
        "phone": "+442072345678",
        "checked_on": "2025-06-01",
    },
    {
        "city": "",
        "kind": "charity",
        "names": {"ar": "جمعية البر الليبية", "en": "Libyan Relief UK"},
        "phone": "",
        "email": "help@relief.example",
        "website": "",
    },
)
ACTS = ("list organisations", "list a school in Britain")


def entry(**changed: Any) -> Entry:
    """Return the school in Manchester as an officer types it, or what differs from it."""
    return Entry(**{**SCHOOL, **changed})


def other(number: int, **changed: Any) -> Entry:
    """Return one of the others; nobody is named in it."""
    unnamed = {"contact_name": "", "contact_agreed_on": "", "descriptions": {"ar": "", "en": ""}}
    return Entry(**{**SCHOOL, **unnamed, **OTHERS[number], **changed})


async def kept(session: AsyncSession, typed: Entry, now: datetime) -> Organisation:
    """Keep an organisation, as if a second person had approved it."""
    return await organisations.save(session, typed, None, NOBODY, now)


async def act(runtime: Runtime, named: str) -> None:
    """Do what staff did before somebody asks: list the school, or the others too."""
    now = runtime.clock()
    day = (now - timedelta(days=20)).date().isoformat()
    async with runtime.db.begin() as session:
        await kept(session, entry(checked_on=day, contact_agreed_on=day), now)
        if named == "list a school in Britain":
            return
        for number in range(len(OTHERS)):
            checked_on = OTHERS[number].get("checked_on", day)
            await kept(session, other(number, checked_on=checked_on), now)
