"""The search for the person a report is about: what is told, who it may be, what was decided.

Each look at people who may be meant is written into the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import matches, matching, reports
from bot.consular.crises.matches import Decision
from bot.consular.crises.matching import Candidate
from bot.consular.staff import roles
from bot.models import Case, MatchVerdict, SoughtPerson, Staff

HOUSEHOLD = "household"  # the matter of somebody to be added: nobody seeks them


@dataclass(frozen=True, slots=True)
class Search:
    """What an officer sees of a search; candidates are the likeliest first.

    There are no candidates once the report has its person. `is_settled`: it has one, whom another
    post may look after.
    """

    sought: SoughtPerson | None
    candidates: list[Candidate]
    decisions: list[Decision]
    is_settled: bool

    @property
    def confirmed(self) -> Decision | None:
        """Return the person whom the report is about, if the account may see them."""
        for decision in self.decisions:
            if decision.match.verdict is MatchVerdict.CONFIRMED:
                return decision
        return None

    @property
    def rejected(self) -> list[Decision]:
        """List people of whom an officer said that they are not meant."""
        rejections: list[Decision] = []
        for decision in self.decisions:
            if decision.match.verdict is MatchVerdict.REJECTED:
                rejections.append(decision)
        return rejections


async def look(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    now: datetime,
) -> Search | None:
    """Open the search of a report, and note whose records were shown; None for other cases."""
    if report.relation is None or report.matter == HOUSEHOLD:
        return None
    is_settled = await matches.confirmed(session, report) is not None
    candidates: list[Candidate] = []
    if not is_settled:
        candidates = await matching.candidates(session, staff, report)
    search = Search(
        await reports.of(session, report),
        candidates,
        await matches.decisions(session, staff, report),
        is_settled,
    )
    await _note(session, staff, report, search, now)
    return search


async def _note(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    search: Search,
    now: datetime,
) -> None:
    """Note the look at each person who is shown, and at the page of them."""
    shown = [candidate.person for candidate in search.candidates]
    shown.extend(decision.person for decision in search.decisions)
    if not shown:
        return
    actor = roles.actor(staff)
    subject = f"case:{report.id}"
    await trail.note(session, actor, "matches.viewed", subject, now, people=len(shown))
    for person in shown:
        subject = f"person:{person.id}"
        await trail.note(session, actor, "matches.viewed", subject, now, case=report.id)
