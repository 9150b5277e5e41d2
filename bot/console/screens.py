"""Every page of the console, in one table; each states who may use it."""

from __future__ import annotations

from bot.console.advisories import atlas, results, steps, templates, writing
from bot.console.cap import alerts
from bot.console.crises import (
    board,
    call_pages,
    case_pages,
    cases,
    course_pages,
    crises,
    evacuations,
    exchange,
    exercises,
    files,
    holds,
    letters,
    manifest_files,
    matches,
    outreach,
    people_files,
    replies,
    reports,
    seat_forms,
    transport_pages,
)
from bot.console.crises import people as crisis_people
from bot.console.crises import wardens as crisis_wardens
from bot.console.office import audit, changes, costs, notices, plans, posts, prices, retention
from bot.console.people import community, people, wardens
from bot.console.staff import accounts, lost_factors, own_account, second_factor, signing_in

ROUTES = [
    *signing_in.ROUTES,
    *second_factor.ROUTES,
    *own_account.ROUTES,
    *board.ROUTES,
    *crises.ROUTES,
    *course_pages.ROUTES,
    *call_pages.ROUTES,
    *crisis_wardens.ROUTES,
    *crisis_people.ROUTES,
    *people_files.ROUTES,
    *outreach.ROUTES,
    *reports.ROUTES,
    *cases.ROUTES,
    *case_pages.ROUTES,
    *matches.ROUTES,
    *exchange.ROUTES,
    *holds.ROUTES,
    *exercises.ROUTES,
    *evacuations.ROUTES,
    *transport_pages.ROUTES,
    *seat_forms.ROUTES,
    *manifest_files.ROUTES,
    *letters.ROUTES,
    *files.ROUTES,
    *replies.ROUTES,
    *writing.ROUTES,
    *steps.ROUTES,
    *templates.ROUTES,
    *atlas.ROUTES,
    *prices.ROUTES,
    *alerts.ROUTES,
    *results.ROUTES,
    *people.ROUTES,
    *wardens.ROUTES,
    *community.ROUTES,
    *posts.ROUTES,
    *plans.ROUTES,
    *accounts.ROUTES,
    *lost_factors.ROUTES,
    *audit.ROUTES,
    *changes.ROUTES,
    *costs.ROUTES,
    *retention.ROUTES,
    *notices.ROUTES,
]
