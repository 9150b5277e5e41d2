"""What became of an advisory, and the call list: who sees it, what is written down, what leaves as
a file.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette

from bot.commands import figures
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.people import facts
from bot.models import Advisory, Broadcast, OutboundMessage, OutboundState, Person, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import browsing


@pytest.fixture
async def sent(runtime: Runtime, scenario: Scenario) -> int:
    """An advisory for Sudan that went out: one failed, whose name is a formula; one has it; no
    receipt of the rest.
    """
    now = runtime.clock()
    async with runtime.db.begin() as session:
        advisory = await session.get_one(Advisory, scenario.advisory_ids["sending"])
        broadcast = await session.get_one(Broadcast, advisory.broadcast_id)
        while await fan_out.fan_out(session, broadcast, 500, now):
            pass
        await session.execute(update(OutboundMessage).values(state=OutboundState.SENT, sent_at=now))
        mine = select(OutboundMessage.person_id).where(OutboundMessage.broadcast_id == broadcast.id)
        failed, has_it, *_ = await session.scalars(mine.order_by(OutboundMessage.person_id))
        await became(session, failed, OutboundState.FAILED, now)
        await became(session, has_it, OutboundState.DELIVERED, now + timedelta(seconds=8))
        await facts.set_name(session, await session.get_one(Person, failed), '=HYPERLINK("x"),سالم')
    return advisory.id


async def became(
    session: AsyncSession, person_id: int | None, state: OutboundState, at: datetime
) -> None:
    change = update(OutboundMessage).where(OutboundMessage.person_id == person_id)
    reason = "unreachable" if state is OutboundState.FAILED else None
    await session.execute(change.values(state=state, reason=reason, finished_at=at))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ar",
            (
                "سُلّم للشبكة، ولم يصل تأكيد بعد",
                "الهاتف مغلق أو خارج التغطية",
                "تيليغرام لا يؤكد الوصول",
            ),
        ),
        (
            "en",
            (
                "handed to the network, no receipt yet",
                "the phone is off or out of reach",
                "gives no receipts",
            ),
        ),
    ],
)
async def test_the_page_says_who_has_it_and_why_others_have_not(
    runtime: Runtime,
    app: Starlette,
    scenario: Scenario,
    sent: int,
    language: str,
    words: tuple[str, ...],
) -> None:
    async with browsing(
        app, language, await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        shown = (await browser.get(f"/advisories/{sent}/results")).text
        assert [word for word in words if word not in shown] == []
        assert f'href="/advisories/{sent}/not-reached"' in shown
        part = (await browser.part(f"/advisories/{sent}/results/figures")).text
        assert "<html" not in part
        assert "<tammen-curve" in part
        assert (
            f'href="/advisories/{sent}/results"' in (await browser.get(f"/advisories/{sent}")).text
        )


async def test_before_it_goes_out_there_is_nothing_to_show(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with browsing(
        app, "en", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        path = f"/advisories/{scenario.advisory_ids['draft']}/results"
        assert "It has not gone out yet." in (await browser.get(path)).text
        await browser.get("/advisories/999/results", 404)


async def test_the_call_list_is_shown_and_the_look_written_down(
    runtime: Runtime, app: Starlette, scenario: Scenario, sent: int
) -> None:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        shown = (await browser.get(f"/advisories/{sent}/not-reached")).text
        assert "شخص واحد لم تصله" in shown
        assert "الهاتف مغلق أو خارج التغطية" in shown
        await browser.get(f"/advisories/{sent}/not-reached?page=99")
        await browser.get(f"/advisories/{sent}/not-reached?page=abc")
    async with runtime.db.read() as session:
        notes = await trail.of(session, f"advisory:{sent}")
    looks = [note for note in notes if note.action == "unreached.viewed"]
    assert looks[-1].actor == f"staff:{scenario.staff[Role.HQ_OFFICER].id}"
    assert looks[-1].detail["people"] == 1


async def test_the_file_opens_in_a_spreadsheet_and_runs_nothing_there(
    runtime: Runtime, app: Starlette, scenario: Scenario, sent: int
) -> None:
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        answer = await browser.get(f"/advisories/{sent}/not-reached.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        answer.headers["content-disposition"]
        == f'attachment; filename="tammen-advisory-{sent}-not-reached.csv"'
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    heads, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heads[0] == "الاسم"
    ((name, phone, country, *_rest, why),) = rows
    assert name == '\'=HYPERLINK("x"),سالم'
    assert phone.startswith("'+")
    assert (country, why) == ("السودان", "الهاتف مغلق أو خارج التغطية")
    async with runtime.db.read() as session:
        notes = await trail.of(session, f"advisory:{sent}")
    downloads = [note for note in notes if note.action == "unreached.downloaded"]
    assert [note.detail["people"] for note in downloads] == [1]


async def test_a_post_officer_gets_the_people_of_the_post_and_the_auditor_nobody(
    runtime: Runtime, app: Starlette, scenario: Scenario, sent: int
) -> None:
    async with runtime.db.begin() as session:
        scenario.staff[Role.POST_OFFICER].post_country = "TR"
        await session.merge(scenario.staff[Role.POST_OFFICER])
    # The advisory is for Sudan: its post has a list, another post not even the page.
    for role, status in ((Role.POST_OFFICER, 404), (Role.AUDITOR, 403)):
        async with browsing(
            app, "en", await builders.cookie(runtime, scenario.staff[role])
        ) as browser:
            for path in ("not-reached", "not-reached.csv"):
                answer = await browser.get(f"/advisories/{sent}/{path}", status)
                assert "سالم" not in answer.text


async def test_what_was_withdrawn_is_not_to_be_read_out(
    runtime: Runtime, app: Starlette, scenario: Scenario, sent: int
) -> None:
    async with browsing(
        app, "en", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        await browser.post(f"/advisories/{sent}", f"/advisories/{sent}/cancel", {})
        assert (
            "do not read it to anybody"
            in (await browser.get(f"/advisories/{sent}/not-reached")).text
        )
        await browser.post(f"/advisories/{sent}", f"/advisories/{sent}/correct", {})
        assert "no longer holds" in (await browser.get(f"/advisories/{sent}/not-reached")).text


async def test_the_command_line_has_the_same_figures(runtime: Runtime, sent: int) -> None:
    async with runtime.db.read() as session:
        row = await figures.advisory(session, await session.get_one(Advisory, sent))
    assert sum(row["counts"].values()) == row["recipients"] > 2
    assert row["counts"]["delivered"] == 1
    assert row["delivered_share"] == round(1 / row["recipients"], 4)
    assert row["failed_by_reason"] == {"unreachable": 1}
    assert sum(one["recipients"] for one in row["by_channel"].values()) == row["recipients"]
    assert (row["seconds_to_50"], row["delivered_seconds_to_50"]) == (1, None)
    assert set(row) == {
        "id",
        "state",
        "recipients",
        "counts",
        "headline_ar",
        "headline_en",
        "kind",
        "severity",
        "urgency",
        "certainty",
        "category",
        "routine",
        "drill",
        "version",
        "corrects",
        "audience",
        "created_at",
        "submitted_at",
        "approved_at",
        "sent_at",
        "cancelled_at",
        "valid_from",
        "valid_until",
        "delivered_share",
        "seconds_to_50",
        "seconds_to_95",
        "delivered_seconds_to_50",
        "delivered_seconds_to_95",
        "joined_later",
        "by_channel",
        "moved",
        "by_country",
        "failed_by_reason",
        "expired_by_reason",
        "dropped_by_reason",
        "no_channel_by_reason",
        "parts",
        "cost",
        "curve",
        "versions",
    }
