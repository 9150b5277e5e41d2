"""What is kept, how long and why; when the retention last ran, and what it removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from bot.consular.crises import holds
from bot.consular.people import joining, splitting
from bot.consular.staff import accounts
from bot.consular.trust import retention, runs
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit
from bot.runtime.limits import Periods

RUNS_ON_PAGE = 24


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the retention: what goes, after which time, and why then.

    `period` is None for what goes once no case is open.
    """

    name: str  # under which a run counts what it removed
    content: str
    reason: str
    period: timedelta | None


async def show(visit: Visit) -> Response:
    """Show the rules, the last runs, and the cases on hold."""
    async with visit.runtime.db.read() as session:
        latest = await runs.latest(session, RUNS_ON_PAGE)
        removed = await runs.removed_since(session, visit.now - runs.SUMMED)
        held = await holds.held(session)
        emails = await accounts.addresses(session)
    return visit.page(
        "office/retention.html",
        rules=rules(visit.runtime.settings.periods),
        runs=latest,
        removed=removed,
        held=held,
        emails=emails,
    )


def rules(periods: Periods) -> list[Rule]:
    """Return every rule, in the order of the page."""
    return [
        Rule(
            "received",
            N_("Messages as people wrote them"),
            N_("to understand what came before, and to answer complaints"),
            periods.received,
        ),
        Rule("sent", N_("Our replies"), N_("to know what a person was told"), periods.replies),
        Rule(
            "positions",
            N_("Exact positions"),
            N_("to find somebody; the town stays, and a point within a kilometre"),
            None,
        ),
        *_of_crises(periods),
        Rule(
            "strangers",
            N_("People who never agreed and have no case"),
            N_("they may come back and register"),
            periods.strangers,
        ),
        Rule(
            "silent",
            N_("People who have told us nothing"),
            N_("so old a record helps nobody"),
            periods.silent,
        ),
        Rule(
            "waited",
            N_("People who asked to be forgotten"),
            N_("from the closing of their last case, in case it was a mistake"),
            retention.CLOSED_CASE_REST,
        ),
        Rule(
            "merges",
            N_("What it takes to undo a merge of two records"),
            N_("a merge may be a mistake"),
            splitting.UNDO_LIFE,
        ),
        Rule(
            "typed",
            N_("Numbers that somebody typed and that never wrote"),
            N_("for the code that was sent there"),
            joining.CODE_LIFE,
        ),
        Rule(
            "forgotten",
            N_("Addresses of people who were forgotten"),
            N_("for the goodbye to leave"),
            retention.FAREWELL_LIFE,
        ),
        Rule(
            "audit",
            N_("Notes of the audit trail"),
            N_("who did what; they hold no names, and their seals stay"),
            periods.audit,
        ),
    ]


def _of_crises(periods: Periods) -> list[Rule]:
    """Return the rules of what a crisis leaves behind."""
    return [
        Rule(
            "answers",
            N_("Answers to “are you safe?”"),
            N_("for the boards and the report of a crisis; while it is open they stay"),
            periods.answers,
        ),
        Rule(
            "outreach",
            N_("What officers did to reach people in a crisis"),
            N_("to know who told what; while the crisis is open it stays"),
            periods.answers,
        ),
        Rule(
            "cases",
            N_("Closed cases"),
            N_("for questions of courts and families"),
            periods.cases,
        ),
        Rule(
            "trips",
            N_("Trips that are over"),
            N_("to see how they ended; where people live stays"),
            periods.trips,
        ),
        *_of_surveys(periods),
    ]


def _of_surveys(periods: Periods) -> list[Rule]:
    """Return the rules of closed surveys; counts stay."""
    return [
        Rule(
            "survey_answers",
            N_("Answers to surveys that are closed"),
            N_("until the results are made use of; figures that show nobody stay"),
            periods.surveys,
        ),
        Rule(
            "sign_ups",
            N_("Sign-ups for events, from the end of answering"),
            N_("to know who came; counts stay"),
            periods.surveys,
        ),
        Rule(
            "survey_asks",
            N_("Who was asked by a survey that is closed"),
            N_("for the same; counts stay"),
            periods.surveys,
        ),
    ]


ROUTES = [Page("/retention", show, may="upkeep")]
