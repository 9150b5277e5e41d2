"""Every page of the console, in one table; each states who may use it."""

from __future__ import annotations

from bot.console import advisories, audit, auth, board, cases, crises, people, posts, staff

ROUTES = [
    *auth.ROUTES,
    *board.ROUTES,
    *crises.ROUTES,
    *cases.ROUTES,
    *advisories.ROUTES,
    *people.ROUTES,
    *posts.ROUTES,
    *staff.ROUTES,
    *audit.ROUTES,
]
