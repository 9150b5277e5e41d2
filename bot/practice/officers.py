"""Officers who are played: they take cases in the order of triage, close some, and call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import call_list, caseload, cases, checkins, crises, handling
from bot.consular.crises.caseload import Filter
from bot.consular.drills.scenarios import WHOLE, OfficersPlan
from bot.consular.staff import accounts
from bot.models import Call, CaseOutcome, CaseState, CheckInStatus, Person, Role, Staff

ADDRESS = "officer-{number}@drill.example"
CLOSING_WORDS = "تمرين / exercise"


@dataclass(slots=True)
class Officer:
    """An officer, what they work on, and when they are free for something else."""

    staff: Staff
    free_at: datetime
    case_id: int | None = None
    called: set[int] = field(default_factory=set)  # people


class Officers:
    """The officers of a rehearsal."""

    def __init__(
        self,
        plan: OfficersPlan,
        crisis_id: int,
        officers: Sequence[Officer],
        random: Random,
    ) -> None:
        self._plan = plan
        self._crisis_id = crisis_id
        self._officers = officers
        self._random = random

    async def work(self, session: AsyncSession, now: datetime) -> None:
        """Let whoever is free end their case and take the next."""
        free = [officer for officer in self._officers if officer.free_at <= now]
        for officer in free:
            if officer.case_id is not None:
                await self._end_case(session, officer, now)
        for officer in free:
            if not await self._take_case(session, officer, now):
                return

    async def _take_case(
        self,
        session: AsyncSession,
        officer: Officer,
        now: datetime,
    ) -> bool:
        """Take the gravest case that waits, once there was time to see it; False for none."""
        waiting = Filter(stage="open", owner="nobody", crisis_id=self._crisis_id)
        rows = await caseload.page(session, officer.staff, waiting, 1, 1)
        if not rows:
            return False
        case = rows[0].case
        reaction = timedelta(minutes=self._plan.reaction_minutes)
        if case.opened_at + reaction > now:
            return False
        await caseload.look(session, officer.staff, case.id, now)
        await handling.take(session, officer.staff, case, now)
        officer.case_id = case.id
        officer.free_at = now + timedelta(minutes=self._plan.case_minutes)
        return True

    async def call(self, session: AsyncSession, now: datetime) -> None:
        """Let whoever is free call the next person on their list."""
        crisis = await crises.get(session, self._crisis_id)
        lists: dict[int, list[Call]] = {}
        for call in await call_list.listed(session, crisis):
            lists.setdefault(call.officer_id, []).append(call)
        for officer in self._officers:
            if officer.free_at <= now and officer.case_id is None:
                own_list = lists.get(officer.staff.id, [])
                await self._call_next(session, officer, own_list, now)

    async def _call_next(
        self,
        session: AsyncSession,
        officer: Officer,
        calls: Sequence[Call],
        now: datetime,
    ) -> None:
        """Call a person once, and write down how they are where somebody picks up."""
        for call in calls:
            if call.person_id in officer.called:
                continue
            officer.called.add(call.person_id)
            officer.free_at = now + timedelta(minutes=self._plan.call_minutes)
            if self._random.random() * WHOLE < self._plan.reaches:
                person = await session.get_one(Person, call.person_id)
                await checkins.record(session, person, CheckInStatus.SAFE, "staff", now)
            return

    async def _end_case(
        self,
        session: AsyncSession,
        officer: Officer,
        now: datetime,
    ) -> None:
        """Close a case, or keep it and go on to the next: some take longer than an exercise."""
        case = await cases.get(session, officer.case_id or 0)
        officer.case_id = None
        is_closed = case.state is CaseState.CLOSED
        is_over = self._random.random() * WHOLE < self._plan.closes
        if is_over and not is_closed:
            await handling.close(
                session,
                officer.staff,
                case,
                CaseOutcome.ADVISED,
                CLOSING_WORDS,
                now,
            )


async def enlist(
    session: AsyncSession,
    plan: OfficersPlan,
    now: datetime,
) -> list[Officer]:
    """Add the accounts of the officers where they are missing. Nobody can sign in with them."""
    officers: list[Officer] = []
    for number in range(1, plan.number + 1):
        email = ADDRESS.format(number=number)
        staff = await accounts.by_email(session, email)
        if staff is None:
            staff, _token = await accounts.add(
                session,
                email,
                Role.HQ_OFFICER,
                None,
                now,
                None,
            )
        staff.blocked_at = None
        officers.append(Officer(staff, now))
    await session.flush()
    return officers


async def dismiss(session: AsyncSession, officers: Sequence[Staff], now: datetime) -> None:
    """Block the accounts: they are only for a rehearsal."""
    for officer in officers:
        account = await accounts.get(session, officer.id)
        account.blocked_at = now
    await session.flush()
