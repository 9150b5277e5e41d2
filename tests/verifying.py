"""Advisories and roll calls of which tests show copies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle
from bot.models import Advisory, Broadcast
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team

HEADLINE_AR = "إغلاق معبر رأس جدير"
TEXT_AR = (
    "أُغلق معبر رأس جدير حتى إشعار آخر بسبب السيول. لا تتوجهوا إليه، واستعملوا معبر ذهيبة من "
    "الساعة 8 صباحًا يوم 5 ديسمبر. للاستفسار اتصلوا على +216 71 234 567 أو تابعوا "
    "https://tammen.example/borders والرسوم 30 دينارًا فقط."
)
HEADLINE_EN = "Ras Jedir crossing closed"
TEXT_EN = (
    "The Ras Jedir crossing is closed until further notice because of floods. Do not go there; use "
    "the Dehiba crossing from 8 in the morning on 5 December. For questions call +216 71 234 567 "
    "or see https://tammen.example/borders and pay the fee of 30 dinars only."
)
WORDS = {
    "headline_ar": HEADLINE_AR,
    "text_ar": TEXT_AR,
    "headline_en": HEADLINE_EN,
    "text_en": TEXT_EN,
}
TEXTS = {"ar": TEXT_AR, "en": TEXT_EN}
HEADLINES = {"ar": HEADLINE_AR, "en": HEADLINE_EN}


@dataclass(frozen=True, slots=True)
class Crossing:
    """The advisory about the crossing, who wrote it, and what it was frozen into."""

    team: Team
    advisory: Advisory
    broadcast: Broadcast


async def crossing(runtime: Runtime, **changes: Any) -> Crossing:
    """Approve the advisory about the crossing."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory, broadcast = await builders.approved(session, team, now, **{**WORDS, **changes})
    return Crossing(team, advisory, broadcast)


async def correct(session: AsyncSession, wrong: Crossing, now: Any, **changes: Any) -> Broadcast:
    """Correct the advisory, and approve the correction."""
    officer = wrong.team.officer
    advisory = await session.get_one(Advisory, wrong.advisory.id)
    right = await corrections.begin(session, officer, advisory, now)
    draft = builders.wording(**{**WORDS, **changes})
    await lifecycle.edit(session, officer, right, draft, now)
    await lifecycle.submit(session, officer, right, now)
    later = now + timedelta(minutes=1)
    return await lifecycle.approve(session, wrong.team.approver, right, later)
