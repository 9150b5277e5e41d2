"""Every page of the console, in one table; each states who may use it."""

from __future__ import annotations

from bot.console import (
    advisories,
    advisory_steps,
    advisory_templates,
    atlas,
    audit,
    auth,
    board,
    cap,
    cases,
    crises,
    people,
    posts,
    prices,
    results,
    staff,
)

ROUTES = [
    *auth.ROUTES,
    *board.ROUTES,
    *crises.ROUTES,
    *cases.ROUTES,
    *advisories.ROUTES,
    *advisory_steps.ROUTES,
    *advisory_templates.ROUTES,
    *atlas.ROUTES,
    *prices.ROUTES,
    *cap.ROUTES,
    *results.ROUTES,
    *people.ROUTES,
    *posts.ROUTES,
    *staff.ROUTES,
    *audit.ROUTES,
]
