"""Wrong advisories put right, withdrawn, overridden, returned."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import advice, corrections, lifecycle, overrides, progress, versions
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError
from bot.messages import Form
from bot.models import Advisory, AdvisoryKind, AdvisoryState, OutboundMessage, OutboundState
from bot.runtime.runtime import Runtime
from tests import builders

State = OutboundState
REASON = "الجسر ينهار الآن ولا أحد غيري هنا"


async def recipients(session: AsyncSession, broadcast_id: int | None) -> set[int | None]:
    mine = OutboundMessage.broadcast_id == broadcast_id
    return set(await session.scalars(select(OutboundMessage.person_id).where(mine)))


async def state_of(session: AsyncSession, advisory: Advisory) -> str:
    await session.refresh(advisory)
    return advisory.state.value


async def test_a_correction_goes_to_exactly_those_who_got_or_may_have_got_the_wrong_one(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        everybody = [await builders.person(session, now, f"telegram:{n}") for n in range(9)]
        wrong, sent = await builders.approved(session, team, now)
        await progress.settle(session, now)
        await builders.fan_out(session, sent.id, now)
        had = {
            State.SENT: {},
            State.DELIVERED: {},
            State.READ: {},
            State.SENDING: {},
            State.FAILED: {"reason": "unclear"},
            State.NO_CHANNEL: {},
            State.DROPPED: {"reason": "stopped"},
        }
        for person, (state, more) in zip(everybody, had.items(), strict=False):
            row = OutboundMessage.person_id == person.id
            await session.execute(update(OutboundMessage).where(row).values(state=state, **more))
        lost = (
            OutboundMessage.person_id == everybody[7].id
        )  # queued again after a worker died: perhaps it was sent
        await session.execute(update(OutboundMessage).where(lost).values(reason="lost", attempts=1))
        right = await corrections.begin(session, team.officer, wrong, now)
        assert (wrong.state, right.kind, right.texts["ar"].text) == (
            AdvisoryState.CANCELLED,
            AdvisoryKind.UPDATE,
            wrong.texts["ar"].text,
        )
        await lifecycle.edit(
            session, team.officer, right, builders.wording(text_ar="الطريق مفتوح."), now
        )
        await lifecycle.submit(session, team.officer, right, now)
        broadcast = await lifecycle.approve(session, team.approver, right, now)
        await builders.fan_out(session, broadcast.id, now)
        wanted = {everybody[n].id for n in (0, 1, 2, 3, 4, 7)}
        assert await recipients(session, broadcast.id) == wanted
        assert broadcast.corrects_id == sent.id
        again = await corrections.begin(session, team.officer, right, now)
        assert [one.id for one in await corrections.history(session, again)] == [
            wrong.id,
            right.id,
            again.id,
        ]


async def test_a_second_correction_reaches_those_whom_the_first_one_missed(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        both, first_alone, neither = [
            await builders.person(session, now, f"telegram:{n}") for n in range(3)
        ]
        wrong, sent = await builders.approved(session, team, now)
        await progress.settle(session, now)
        await builders.fan_out(session, sent.id, now)
        await builders.set_state(session, State.SENT, both, first_alone)
        right, second = await corrected(session, team, wrong, now)
        got = (OutboundMessage.broadcast_id == second, OutboundMessage.person_id == both.id)
        await session.execute(update(OutboundMessage).where(*got).values(state=State.DELIVERED))
        _, third = await corrected(session, team, right, now)
        assert await recipients(session, third) == {both.id, first_alone.id}
        assert neither.id not in await recipients(session, second)


async def corrected(
    session: AsyncSession, team: builders.Team, wrong: Advisory, now: datetime
) -> tuple[Advisory, int]:
    """A correction that is out, and its broadcast."""
    right = await corrections.begin(session, team.officer, wrong, now)
    await lifecycle.submit(session, team.officer, right, now)
    broadcast = await lifecycle.approve(session, team.approver, right, now)
    await progress.settle(session, now)
    await builders.fan_out(session, broadcast.id, now)
    return right, broadcast.id


async def test_a_draft_of_a_correction_keeps_its_audience_whatever_is_saved(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        wrong, _ = await builders.approved(session, team, now)
        right = await corrections.begin(session, team.officer, wrong, now)
        for audience in ({"countries": ["SD"]}, {}):
            await lifecycle.edit(
                session, team.officer, right, builders.wording(audience=audience), now
            )
            assert right.audience == {"received": wrong.id}
        await lifecycle.submit(session, team.officer, right, now)
        await lifecycle.return_(session, team.approver, right, "الطريق مفتوح منذ ساعة", now)
        await lifecycle.edit(session, team.officer, right, builders.wording(), now)
        assert right.audience == {"received": wrong.id}


async def test_what_went_out_whole_stops_when_its_correction_begins(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        wrong, sent = await builders.approved(session, team, now)
        await builders.fan_out(session, sent.id, now)
        await builders.set_state(session, State.SENT)
        await progress.settle(session, now)
        assert await state_of(session, wrong) == "sent"
        await corrections.begin(session, team.officer, wrong, now)
        assert await state_of(session, wrong) == "cancelled"
        assert await advice.for_country(session, "TR", now, 5) == []


async def test_what_has_a_correction_gets_no_second_one_beside_it(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        wrong, _ = await builders.approved(session, team, now)
        first = await corrections.begin(session, team.officer, wrong, now)
        with pytest.raises(ConsularError, match="has a correction already"):
            await corrections.begin(session, team.approver, wrong, now)
        await corrections.withdraw(
            session, team.officer, first, now
        )  # thrown away before anybody got it
        second = await corrections.begin(session, team.officer, wrong, now)
        await lifecycle.submit(session, team.officer, second, now)
        await lifecycle.approve(session, team.approver, second, now)
        third = await corrections.begin(session, team.officer, second, now)
        with pytest.raises(ConsularError, match="has a correction already"):
            await corrections.begin(session, team.officer, wrong, now)
        assert await corrections.correction_of(session, wrong) == second
        assert await corrections.correction_of(session, second) == third


async def test_only_what_went_out_is_corrected(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        draft = await builders.draft(session, team.officer, now)
        with pytest.raises(ConsularError, match="has not gone out"):
            await corrections.begin(session, team.officer, draft, now)


async def test_a_post_officer_corrects_and_withdraws_for_the_own_country_alone(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for audience, may in (({"countries": ["TR"]}, True), ({"countries": ["SD"]}, False)):
            advisory, _ = await builders.approved(session, team, now, audience=audience)
            await progress.settle(session, now)
            if may:
                right = await corrections.begin(session, team.post, advisory, now)
                await lifecycle.edit(session, team.post, right, builders.wording(), now)
                await corrections.withdraw(session, team.post, right, now)
            else:
                with pytest.raises(ConsularError, match="looks after TR only"):
                    await corrections.begin(session, team.post, advisory, now)
                with pytest.raises(ConsularError, match="looks after TR only"):
                    await corrections.withdraw(session, team.post, advisory, now, tell=True)


async def test_a_withdrawal_tells_those_who_got_it_in_both_languages(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first, second = [await builders.person(session, now, f"telegram:{n}") for n in range(2)]
        advisory, sent = await builders.approved(session, team, now)
        await progress.settle(session, now)
        await builders.fan_out(session, sent.id, now)
        await builders.set_state(session, State.SENT, first)
        told = await corrections.withdraw(session, team.officer, advisory, now, tell=True)
        assert told is not None
        await builders.fan_out(session, told.id, now)
        assert await recipients(session, told.id) == {first.id}
        assert advisory.texts["ar"].headline in fan_out.content(told, "ar", Form.CHAT).text
        assert advisory.texts["en"].headline in fan_out.content(told, "en", Form.TEXT).text
        assert (await lifecycle.counts(session, advisory))["dropped"] == 1
        assert second.id not in await recipients(session, told.id)
        assert await advice.for_country(session, "TR", now, 5) == []


async def test_a_withdrawal_before_anything_left_tells_nobody(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        draft = await builders.draft(session, team.officer, now)
        assert await corrections.withdraw(session, team.officer, draft, now, tell=True) is None
        assert draft.state is AdvisoryState.CANCELLED
        with pytest.raises(ConsularError, match="It is cancelled"):
            await corrections.withdraw(session, team.officer, draft, now)


async def test_one_officer_alone_sends_only_with_a_reason_and_a_second_person_confirms(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now)
        await lifecycle.submit(session, team.officer, advisory, now)
        for empty in ("", "عاجل", " " * 40):
            with pytest.raises(ConsularError, match="Write the reason"):
                await lifecycle.override(session, team.officer, advisory, empty, now)
        with pytest.raises(ConsularError, match="may not do that"):
            await lifecycle.override(session, team.admin, advisory, REASON, now)
        await session.refresh(advisory)
        await lifecycle.override(session, team.officer, advisory, REASON, now)
        assert await overrides.unseen(session) == [advisory]
        with pytest.raises(ConsularError, match="may not do that"):
            await overrides.acknowledge(session, team.officer, advisory, now)
        await overrides.acknowledge(session, team.approver, advisory, now)
        assert await overrides.unseen(session) == []
        events = [note.action for note in await trail.of(session, f"advisory:{advisory.id}")]
        assert events[:2] == ["advisory.override_seen", "advisory.overridden"]


async def test_an_approver_who_sent_alone_cannot_confirm_it(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.approver, now)
        await lifecycle.submit(session, team.approver, advisory, now)
        await lifecycle.override(session, team.approver, advisory, REASON, now)
        with pytest.raises(ConsularError, match="Somebody other"):
            await overrides.acknowledge(session, team.approver, advisory, now)


async def test_what_is_returned_has_a_reason_and_is_written_anew(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now)
        await lifecycle.submit(session, team.officer, advisory, now)
        await lifecycle.return_(session, team.approver, advisory, "اسم المدينة غير صحيح", now)
        assert (advisory.state, advisory.return_reason) == (
            AdvisoryState.RETURNED,
            "اسم المدينة غير صحيح",
        )
        with pytest.raises(ConsularError, match="It is returned"):
            await lifecycle.approve(session, team.approver, advisory, now)
        await lifecycle.edit(
            session, team.officer, advisory, builders.wording(text_ar="كلام أصح"), now
        )
        kept = [row.content["texts"]["ar"]["text"] for row in await versions.of(session, advisory)]
        assert kept == ["كلام أصح", builders.ADVISORY["text_ar"]]


UNFINISHED = [
    ({"text_ar": "اتصلوا على {phone}"}, "Still to be filled in: phone"),
    ({"sms_en": "short"}, "shorter SMS is missing in Arabic"),
    ({"instruction_ar": "ابقوا"}, "instruction is missing in English"),
    ({"text_en": "x" * 3000, "instruction_en": "y" * 1200, "instruction_ar": "ص"}, "at most 4000"),
    ({"audience": {}}, "An audience is one of"),
]


@pytest.mark.parametrize(("changes", "why"), UNFINISHED)
async def test_what_is_not_finished_cannot_be_submitted(
    runtime: Runtime, changes: dict[str, object], why: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now, **changes)
        with pytest.raises(ConsularError, match=why):
            await lifecycle.submit(session, team.officer, advisory, now)


async def test_it_goes_out_at_its_time_and_not_after(runtime: Runtime) -> None:
    now = runtime.clock()
    begins, ends = now + timedelta(hours=1), now + timedelta(hours=2)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await builders.person(session, now, "telegram:1")
        advisory, sent = await builders.approved(
            session, team, now, valid_from=begins, valid_until=ends
        )
        assert await state_of(session, advisory) == "scheduled"
        assert await fan_out.open_ones(session, now) == []
        assert await progress.settle(session, now) == []
        assert [one.id for one in await fan_out.open_ones(session, begins)] == [sent.id]
        assert await progress.settle(session, begins) == [advisory.id]
        await builders.fan_out(session, sent.id, begins)
        assert await progress.settle(session, ends) == [advisory.id]
        assert await state_of(session, advisory) == "expired"
        assert (await lifecycle.counts(session, advisory))["expired"] == 1
        assert await fan_out.open_ones(session, ends) == []


async def test_a_time_that_ends_before_it_begins_is_refused(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for begins, ends in ((None, now), (now + timedelta(hours=2), now + timedelta(hours=1))):
            advisory = await builders.draft(
                session, team.officer, now, valid_from=begins, valid_until=ends
            )
            with pytest.raises(ConsularError, match="over before it begins"):
                await lifecycle.submit(session, team.officer, advisory, now)


async def test_it_is_expired_also_when_its_rows_ended_before_anybody_looked(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    ends = now + timedelta(hours=2)
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        got, late = [await builders.person(session, now, f"telegram:{n}") for n in range(2)]
        advisory, sent = await builders.approved(session, team, now, valid_until=ends)
        await builders.fan_out(session, sent.id, now)
        await progress.settle(session, now)
        await builders.set_state(session, State.SENT, got)
        await builders.set_state(session, State.EXPIRED, late)
        assert await progress.settle(session, ends) == [advisory.id]
        assert await state_of(session, advisory) == "expired"
