from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consular.advisories import advice, corrections, lifecycle, progress, wording
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.errors import AudienceError, ConsularError
from bot.consular.staff import accounts, roles
from bot.messages import Channel, Form
from bot.models import AdvisoryState, AuditNote, Broadcast, OutboundMessage, OutboundState, Role
from bot.runtime.runtime import Runtime
from tests import builders


async def test_an_advisory_goes_from_draft_to_everyone_in_the_country(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        reader = await builders.person(session, now, "telegram:1001")
        await builders.person(session, now, "telegram:1002", country="SD")
        advisory, broadcast = await builders.approved(session, team, now)
        assert await builders.fan_out(session, broadcast.id, now) == 1
        row = await session.scalar(select(OutboundMessage))
        assert row is not None
        assert (row.person_id, row.channel, row.state) == (
            reader.id,
            Channel.TELEGRAM,
            OutboundState.QUEUED,
        )
        assert (await lifecycle.counts(session, advisory))["queued"] == 1
        notes = [note.action for note in await trail.of(session, f"advisory:{advisory.id}")]
        assert notes == ["advisory.approved", "advisory.submitted", "advisory.drafted"]


async def test_the_submitter_cannot_approve_even_with_the_role(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.approver, now)
        await lifecycle.submit(session, team.approver, advisory, now)
        with pytest.raises(ConsularError, match="Somebody other than the submitter"):
            await lifecycle.approve(session, team.approver, advisory, now)
        assert await session.scalar(select(func.count()).select_from(Broadcast)) == 0


@pytest.mark.parametrize("role", ["admin", "officer", "post", "auditor"])
async def test_only_an_approver_approves(runtime: Runtime, role: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.approver, now)
        await lifecycle.submit(session, team.approver, advisory, now)
        with pytest.raises(ConsularError, match="may not do that"):
            await lifecycle.approve(session, getattr(team, role), advisory, now)


async def test_a_post_officer_writes_for_the_own_country_alone(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.draft(session, team.post, now)
        with pytest.raises(ConsularError, match="looks after TR only"):
            await builders.draft(session, team.post, now, audience={"countries": ["TR", "SD"]})
        elsewhere = await builders.draft(session, team.officer, now, audience={"countries": ["SD"]})
        with pytest.raises(ConsularError, match="looks after TR only"):
            await corrections.withdraw(session, team.post, elsewhere, now)


async def test_a_blocked_account_does_nothing(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await accounts.block(session, team.officer, now, team.admin)
        with pytest.raises(ConsularError):
            await builders.draft(session, team.officer, now)


async def test_what_was_approved_is_frozen(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory, broadcast = await builders.approved(session, team, now)
        advisory.texts = builders.texts_by_language({"text_ar": "نص آخر"})
        await session.flush()
        said = fan_out.content(broadcast, "ar", Form.CHAT)
        assert (
            said.text == f"📢 {builders.ADVISORY['headline_ar']}\n\n{builders.ADVISORY['text_ar']}"
        )
        assert fan_out.content(broadcast, "ar", Form.TEXT).text.startswith(
            builders.ADVISORY["headline_ar"] + "\n"
        )
        assert fan_out.content(broadcast, "en", Form.TEXT).language == "en"


async def test_an_edit_after_the_approver_began_to_read_stops_the_approval(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now)
        await lifecycle.submit(session, team.officer, advisory, now)
        seen = wording.version(advisory)
        await lifecycle.edit(
            session, team.officer, advisory, builders.wording(text_ar="كل شيء بخير."), now
        )
        assert advisory.state is AdvisoryState.DRAFT
        await lifecycle.submit(session, team.officer, advisory, now)
        with pytest.raises(ConsularError, match="Read it again"):
            await lifecycle.approve(session, team.approver, advisory, now, seen=seen)


@pytest.mark.parametrize("field", ["headline_en", "headline_ar", "text_en", "text_ar"])
@pytest.mark.parametrize("value", ["", "  \n ", "\u200f\u202e"])
async def test_a_draft_may_be_unfinished_but_is_not_submitted_before_both_languages_are_there(
    runtime: Runtime, field: str, value: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now, **{field: value})
        with pytest.raises(ConsularError, match="in both languages"):
            await lifecycle.submit(session, team.officer, advisory, now)
        assert advisory.state is AdvisoryState.DRAFT


@pytest.mark.parametrize(
    "field", ["headline_en", "headline_ar", "text_en", "text_ar", "sms_ar", "instruction_ar"]
)
async def test_words_that_do_not_fit_are_refused(runtime: Runtime, field: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError, match="at most"):
            await builders.draft(session, team.officer, now, **{field: "م" * 5000})


BAD_AUDIENCES: list[object] = [
    "TR",
    {"countries": []},
    {"countries": "TR"},
    {"countries": ["XX"]},
    {"countries": ["tr"]},
    {"countries": [7]},
    {"countries": ["TR", "TR"]},
    {"everyone": True},
    {"countries": ["TR"], "cities": []},
    ["TR"],
]


@pytest.mark.parametrize("audience", BAD_AUDIENCES)
async def test_an_audience_that_means_nothing_is_refused(
    runtime: Runtime, audience: object
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(AudienceError):
            await builders.draft(session, team.officer, now, audience=audience)


async def test_a_cancelled_advisory_stops_and_keeps_its_counts(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        people = [await builders.person(session, now, f"telegram:{n}") for n in range(6)]
        advisory, broadcast = await builders.approved(session, team, now)
        assert await fan_out.fan_out(session, broadcast, 4, now) == 4
        await builders.set_state(session, OutboundState.DELIVERED, people[0])
        await corrections.withdraw(session, team.officer, advisory, now)
        assert await fan_out.fan_out(session, broadcast, 4, now) == 0
        counts = await lifecycle.counts(session, advisory)
        assert (counts["delivered"], counts["dropped"], sum(counts.values())) == (1, 3, 4)


async def test_it_is_sent_once_nobody_waits_any_more(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        advisory, broadcast = await builders.approved(session, team, now)
        assert await progress.settle(session, now) == [advisory.id]
        assert advisory.state is AdvisoryState.SENDING
        assert await progress.settle(session, now) == []
        await builders.fan_out(session, broadcast.id, now)
        for state in (OutboundState.QUEUED, OutboundState.SENDING):
            await builders.set_state(session, state)
            assert await progress.settle(session, now) == []
        await builders.set_state(session, OutboundState.FAILED)
        assert await progress.settle(session, now) == [advisory.id]
        assert (advisory.state, advisory.sent_at) == (AdvisoryState.SENT, now)
        assert await progress.settle(session, now) == []


async def test_people_are_told_the_latest_advisories_for_their_country(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first, _ = await builders.approved(session, team, now)
        await builders.approved(session, team, now, audience={"countries": ["SD"]})
        await builders.draft(session, team.officer, now)
        latest, _ = await builders.approved(
            session, team, runtime.clock(), audience={"countries": ["SD", "TR"]}
        )
        latest.approved_at = now + timedelta(hours=1)
        await session.flush()
        assert await advice.for_country(session, "TR", now, 3) == [latest, first]
        assert await advice.for_country(session, "TR", now, 1) == [latest]


async def test_an_approval_that_does_not_commit_leaves_nothing(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now)
        await lifecycle.submit(session, team.officer, advisory, now)

    async def cut_off() -> None:
        async with runtime.db.begin() as session:
            mine = await lifecycle.get(session, advisory.id)
            await lifecycle.approve(session, team.approver, mine, now)
            raise ConnectionError("the power went out")

    with pytest.raises(ConnectionError):
        await cut_off()
    async with runtime.db.read() as session:
        assert (await lifecycle.get(session, advisory.id)).state is AdvisoryState.SUBMITTED
        assert await session.scalar(select(func.count()).select_from(Broadcast)) == 0
        approved = select(AuditNote).where(AuditNote.action == "advisory.approved")
        assert (await session.scalars(approved)).all() == []


def test_permissions_name_every_role() -> None:
    assert set(roles.PERMISSIONS) == set(Role)
    assert [role for role in Role if "approve" in roles.PERMISSIONS[role]] == [Role.APPROVER]
    assert roles.PERMISSIONS[Role.AUDITOR] == {"board", "audit", "upkeep"}
