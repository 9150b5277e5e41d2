"""A small world for the pages: accounts of every role, people, a crisis, cases, advisories, posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle, progress, templates, wording
from bot.consular.crises import cases, checkins, crises
from bot.consular.people import facts
from bot.consular.reference import posts
from bot.consular.staff import accounts, sessions
from bot.messages import Channel
from bot.models import AdvisoryText, CaseKind, CheckInStatus, Person, Role, Staff
from bot.runtime.runtime import Runtime
from tests import population

COUNTRIES = ("TR", "SD", "EG", "TN")
WORDS = (
    "Leave Khartoum by the eastern road",
    "غادروا الخرطوم من الطريق الشرقي",
    "The road to Port Sudan is open until six in the evening.\nTake water and your papers.",
    "الطريق إلى بورتسودان مفتوح حتى السادسة مساءً.\nخذوا الماء وأوراقكم.",
)
ANSWERS = (
    [CheckInStatus.SAFE] * 34
    + [CheckInStatus.HELP] * 3
    + [CheckInStatus.EVACUATE] * 6
    + [CheckInStatus.MEDICAL] * 1
)


@dataclass(frozen=True, slots=True)
class World:
    """What was made: ids by name, accounts by role."""

    staff: dict[Role, Staff]
    person_id: int
    crisis_id: int
    advisory_ids: dict[str, int]
    case_id: int
    post_id: int
    template_id: int


async def build(runtime: Runtime, n: int = 60) -> World:
    """Fills an empty database."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        staff = {role: await _account(session, role, now) for role in Role}
        await population.people(session, n, COUNTRIES, Channel.PHONE, now - timedelta(days=20))
        await posts.seed(session)
        crisis = await crises.open_crisis(
            session,
            staff[Role.HQ_OFFICER],
            {"en": "Fighting in Khartoum", "ar": "اشتباكات الخرطوم"},
            ["SD", "EG"],
            False,
            now,
        )
        found = list(
            await session.scalars(select(Person).where(Person.country == "SD").order_by(Person.id))
        )
        await facts.set_name(session, found[0], "سالم بن عمران")
        await facts.set_phone(session, found[0], "+218912345678", verified=False, now=now)
        case_id = await _answers(session, found, now)
        advisory_ids = await _advisories(session, staff, now)
        await templates.seed(session, now)
        template_id = (await templates.everything(session))[0].id
        post_id = (await posts.covering(session, "TR"))[0].id
    return World(staff, found[0].id, crisis.id, advisory_ids, case_id, post_id, template_id)


async def _account(session: AsyncSession, role: Role, now: datetime) -> Staff:
    country = "SD" if role is Role.POST_OFFICER else None
    account, _token = await accounts.add(
        session, f"{role.value}@tammen.example", role, country, now, None
    )
    return account


async def _answers(session: AsyncSession, found: list[Person], now: datetime) -> int:
    """People in Sudan answer; some become cases. The id of the most urgent one."""
    for person, status in zip(found, ANSWERS, strict=False):
        await checkins.record(session, person, status, "phone", now)
    life = await cases.open_case(
        session, found[0], CaseKind.LIFE, "محاصرون في البيت والقصف قريب", now
    )
    medical = await cases.open_case(
        session, found[1], CaseKind.MEDICAL, "والدتي تحتاج الأنسولين", now
    )
    await cases.open_case(session, found[2], CaseKind.RELATIVE, "ابحثوا عن أخي", now)
    medical.opened_at = now - timedelta(minutes=80)
    life.opened_at = now - timedelta(minutes=42)
    await session.execute(
        update(Person).where(Person.id == found[-1].id).values(placed_at=now - timedelta(days=300))
    )
    return life.id


async def _advisories(
    session: AsyncSession, staff: dict[Role, Staff], now: datetime
) -> dict[str, int]:
    """One in each state that people act on."""
    officer, made = staff[Role.HQ_OFFICER], {}
    for state in ("draft", "submitted", "sending", "cancelled"):
        made[state] = await lifecycle.draft(session, officer, _said(), now)
    for state in ("submitted", "sending"):
        await lifecycle.submit(session, officer, made[state], now)
    await lifecycle.approve(session, staff[Role.APPROVER], made["sending"], now)
    await progress.settle(session, now)
    await corrections.withdraw(session, officer, made["cancelled"], now)
    return {state: advisory.id for state, advisory in made.items()}


def _said() -> wording.Draft:
    headline_en, headline_ar, text_en, text_ar = WORDS
    arabic, english = AdvisoryText(headline_ar, text_ar), AdvisoryText(headline_en, text_en)
    return wording.Draft({"ar": arabic, "en": english}, {"countries": ["SD"]})


async def cookie(runtime: Runtime, account: Staff) -> str:
    """A session of this account, as the browser's cookie holds it."""
    async with runtime.db.begin() as session:
        token, _row = await sessions.sign_in(session, account, runtime.clock())
    return token
