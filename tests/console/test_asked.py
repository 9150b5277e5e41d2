"""The counts of "is this from you?" in the console."""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette

from bot.consular.advisories import verification
from bot.consular.advisories.verification import Verdict
from bot.models import Role, TextOutcome
from bot.runtime.runtime import Runtime
from tests import builders, verifying
from tests.console.browser import browsing


async def test_counts_are_shown_by_day_and_beside_their_advisory(
    runtime: Runtime, app: Starlette
) -> None:
    sent = await verifying.crossing(runtime)
    now = runtime.clock()
    changed = Verdict(TextOutcome.CHANGED, sent.broadcast.id)
    async with runtime.db.begin() as session:
        for _ in range(12):
            await verification.count(session, verification.UNKNOWN, now)
        await verification.count(session, changed, now)
        await verification.count(session, changed, now - timedelta(days=8))
    session_cookie = await builders.cookie(runtime, sent.team.officer)
    async with browsing(app, "en", session_cookie) as browser:
        month = await browser.get("/advisories/asked")
        week = await browser.get("/advisories/asked?days=7")
        strange = await browser.get("/advisories/asked?days=%F0%9F%9A%A8")
        file = await browser.client.get("/advisories/asked.csv?days=30")
        about = await browser.get(f"/advisories/{sent.advisory.id}/results")
    assert [page.text.count('<th scope="row">') for page in (month, week, strange)] == [3, 2, 3]
    assert f'"{now.date().isoformat()}","12","1","0","0","0","0"' in file.text
    assert "Ours, but changed by somebody: 2" in about.text


async def test_an_auditor_sees_no_advisories_and_no_counts(
    runtime: Runtime, app: Starlette
) -> None:
    async with runtime.db.begin() as session:
        auditor = await builders.account(session, Role.AUDITOR, runtime.clock())
    async with browsing(app, "ar", await builders.cookie(runtime, auditor)) as browser:
        await browser.get("/advisories/asked", 403)
