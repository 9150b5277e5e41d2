"""What people read and who may act changes only when two people agree."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.changes import changes, kinds
from bot.consular.changes.kinds import (
    Accrediting,
    CrisisName,
    EmergencyNumbers,
    NewAccount,
    NewLink,
    OrganisationEntry,
    OrganisationRemoval,
    PostChange,
    PostClosing,
    PostMove,
    PostOpening,
    PriceChange,
    ReachChange,
    SurveyOpening,
)
from bot.consular.crises import transports
from bot.consular.errors import ConsularError
from bot.consular.reference import posts, prices
from bot.consular.staff import accounts, codes, totp
from bot.consular.surveys import drafts
from bot.models import Broadcast, Change, ChangeKind, ChangeState, Role, Staff, TransportKind
from bot.runtime.patience import FREE_TRIES
from bot.runtime.runtime import Runtime
from tests import builders, evacuating, organising, surveying
from tests.clock import SetClock

OWN_WORDS = {"en": "Embassy is hit. All go NOW", "ar": "قُصفت السفارة. اخرجوا الآن"}
NUMBER = "+249 91 234 5678"
NUMBERS = {"general": "112", "source": "The ministry", "as_of": "2026-01-15"}
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


async def of_each_kind(session: AsyncSession, runtime: Runtime) -> dict[ChangeKind, kinds.Change]:
    """A change of each kind, which an admin or an officer may propose."""
    now = runtime.clock()
    await posts.seed(session)
    (embassy, *_) = await posts.covering(session, "TR")
    (closed,) = await posts.covering(session, "SK")
    closed.closed_at = now
    officer = await accounts.by_email(session, "hq_officer@mofa.example")
    assert officer is not None
    crisis = await builders.earthquake(session, officer, now, names=OWN_WORDS)
    bus = await transports.draft(
        session, officer, crisis, "TR", TransportKind.BUS, 40, evacuating.words(now), now
    )
    organisation = await organising.kept(session, organising.other(0), now)
    written = await drafts.write(session, officer, surveying.survey(now), now)
    return {
        ChangeKind.TRANSPORT: evacuating.announcement(bus),
        ChangeKind.SURVEY: SurveyOpening(written.id),
        ChangeKind.POST: PostChange(embassy.id, {"emergency_phone": NUMBER}),
        ChangeKind.POST_MOVE: PostMove(embassy.id, "TR/Izmir", {}),
        ChangeKind.POST_CLOSING: PostClosing(embassy.id, None),
        ChangeKind.POST_OPENING: PostOpening(closed.id),
        ChangeKind.ACCREDITATION: Accrediting(embassy.id, "TM", "Decree 3", "2026-01-15", False),
        ChangeKind.EMERGENCY_NUMBER: EmergencyNumbers("TR", NUMBERS),
        ChangeKind.CRISIS_NAME: CrisisName(crisis.id, has_link=False),
        ChangeKind.PRICE: PriceChange("TR", 250_000),
        ChangeKind.REACH: ReachChange("TR", "whatsapp", "yes", "a colleague", "2026-01-02"),
        ChangeKind.NEW_ACCOUNT: NewAccount("omar@mofa.example", Role.APPROVER, None),
        ChangeKind.NEW_LINK: NewLink(officer.id),
        ChangeKind.ORGANISATION: OrganisationEntry(None, organising.entry()),
        ChangeKind.ORGANISATION_REMOVAL: OrganisationRemoval(organisation.id, "it closed"),
    }


async def second_admin(session: AsyncSession, runtime: Runtime) -> Staff:
    admin, _token = await accounts.add(
        session, "huda@mofa.example", Role.ADMIN, None, runtime.clock(), None
    )
    return admin


@pytest.mark.parametrize("kind", list(ChangeKind))
async def test_nobody_is_their_own_second_person(runtime: Runtime, kind: ChangeKind) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        change = (await of_each_kind(session, runtime))[kind]
        proposed = await changes.propose(session, team.admin, change, now)
        with pytest.raises(ConsularError):
            await changes.approve(session, team.admin, proposed.id, now)
        for bystander in (team.post, team.auditor, team.officer):
            with pytest.raises(ConsularError, match="may not"):
                await changes.approve(session, bystander, proposed.id, now)
        assert proposed.state is ChangeState.WAITING


@pytest.mark.parametrize("kind", list(ChangeKind))
async def test_a_decision_is_made_once(runtime: Runtime, kind: ChangeKind) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        admin = await second_admin(session, runtime)
        is_of_accounts = kind in changes.OF_ACCOUNTS
        second = admin if is_of_accounts else team.approver
        change = (await of_each_kind(session, runtime))[kind]
        proposed = await changes.propose(session, team.admin, change, now)
        with pytest.raises(ConsularError, match="waits for a second person"):
            await changes.propose(session, team.admin, change, now)
        link = await changes.approve(session, second, proposed.id, now)
        assert (link is not None) == is_of_accounts
        for decide in (changes.approve, changes.refuse):
            with pytest.raises(ConsularError, match="cannot become"):
                await decide(session, second, proposed.id, now)


async def test_an_emergency_number_changes_when_a_second_person_agrees(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        change = (await of_each_kind(session, runtime))[ChangeKind.POST]
        proposed = await changes.propose(session, team.post, change, now)
        (embassy, *_) = await posts.covering(session, "TR")
        assert embassy.emergency_phone == ""
        await changes.approve(session, team.approver, proposed.id, now)
        assert embassy.emergency_phone == NUMBER
        saved, approved, _proposed = await trail.of(session, f"post:{embassy.id}")
        assert {saved.action, approved.action} == {"post.saved", "change.approved"}
        details = saved.detail if saved.action == "post.saved" else approved.detail
        assert details == {"emergency_phone": ["", NUMBER]}


async def test_a_post_officer_proposes_for_the_own_post_only(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await posts.seed(session)
        (embassy, *_) = await posts.covering(session, "SD")
        with pytest.raises(ConsularError, match="looks after"):
            await changes.propose(
                session, team.post, PostChange(embassy.id, {"emergency_phone": NUMBER}), now
            )
        assert await session.scalar(select(func.count()).select_from(Change)) == 0


async def test_a_refused_or_withdrawn_change_does_not_happen(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for decide, who in ((changes.refuse, team.approver), (changes.withdraw, team.admin)):
            proposed = await changes.propose(session, team.admin, PriceChange("TR", 1), now)
            await decide(session, who, proposed.id, now)
        assert "TR" not in await prices.table(session)
        with pytest.raises(ConsularError):
            await changes.withdraw(session, team.approver, proposed.id, now)


async def test_an_admin_cannot_make_himself_a_second_person(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        made_up = NewAccount("puppet@mofa.example", Role.APPROVER, None)
        proposed = await changes.propose(session, team.admin, made_up, now)
        with pytest.raises(ConsularError):
            await changes.approve(session, team.admin, proposed.id, now)
        assert await accounts.by_email(session, "puppet@mofa.example") is None
        link = await changes.approve(
            session, await second_admin(session, runtime), proposed.id, now
        )
        assert link is not None
        assert link.account.email == "puppet@mofa.example"


async def test_everybody_concerned_is_told_of_a_new_link(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        admin = await second_admin(session, runtime)
        proposed = await changes.propose(session, team.admin, NewLink(team.officer.id), now)
        assert await changes.told(session, team.officer, now) == []
        await changes.approve(session, admin, proposed.id, now)
        for person in (team.officer, team.approver, team.admin, admin):
            assert await changes.told(session, person, now) == [proposed]
        assert await changes.told(session, team.post, now) == []
        assert await changes.told(session, team.officer, now + timedelta(days=4)) == []


async def test_own_words_of_a_crisis_reach_people_after_a_second_person(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.post, now, names=OWN_WORDS)
        asked = await session.get_one(Broadcast, crisis.broadcast_id)
        for language, words in OWN_WORDS.items():
            assert words not in str(asked.contents[language])
        assert "Türkiye" in str(asked.contents["en"])
        proposed = await changes.propose(session, team.post, CrisisName(crisis.id, False), now)
        await changes.approve(session, team.approver, proposed.id, now)
        assert crisis.public_names == OWN_WORDS
        assert "Embassy is hit" in str(asked.contents["en"])


async def test_a_code_for_the_shell_works_once_and_for_its_owner(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        digits = await codes.make(session, team.approver, now)
        assert not await codes.use(session, team.officer, digits, now)
        assert await codes.use(session, team.approver, digits, now)
        assert not await codes.use(session, team.approver, digits, now)
        late = await codes.make(session, team.approver, now)
        assert not await codes.use(session, team.approver, late, now + codes.CODE_LIFE)


async def test_a_code_cannot_be_guessed_for_long(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        digits = await codes.make(session, team.approver, now)
        for _ in range(codes.MAX_ATTEMPTS):
            assert not await codes.use(session, team.approver, "wrong", now)
        later = now + timedelta(minutes=1)
        assert not await codes.use(session, team.approver, digits, later)


async def wrong_code(runtime: Runtime, clock: SetClock, email: str) -> int:
    """Type a wrong code; return the seconds to wait when it was not even looked at."""
    async with runtime.db.begin() as session:
        account = await accounts.by_email(session, email)
        assert account is not None
        try:
            assert not await codes.use(session, account, "123456", clock())
        except ConsularError as error:
            wait = error.parameters["seconds"]
            assert isinstance(wait, int)
            return wait
    return 0


async def test_wrong_codes_at_a_shell_wait_as_wrong_passwords_do(
    runtime: Runtime, clock: SetClock
) -> None:
    email = "approver@mofa.example"
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        await totp.add(session, team.approver, SECRET, code_now(clock), clock())
    free = [await wrong_code(runtime, clock, email) for _ in range(FREE_TRIES)]
    assert free == [0] * FREE_TRIES
    waits = []
    for _ in range(10):
        waits.append(await wrong_code(runtime, clock, email))
        assert await wrong_code(runtime, clock, email) == waits[-1]  # an early one costs nothing
        clock.advance(seconds=waits[-1])
        assert await wrong_code(runtime, clock, email) == 0
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900]


async def test_a_right_code_after_the_wait_begins_anew_and_others_never_wait(
    runtime: Runtime, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        await totp.add(session, team.approver, SECRET, code_now(clock), clock())
    for _ in range(FREE_TRIES):
        await wrong_code(runtime, clock, team.approver.email)
    assert await wrong_code(runtime, clock, team.approver.email) == 2
    assert await wrong_code(runtime, clock, team.officer.email) == 0
    clock.advance(minutes=1)
    async with runtime.db.begin() as session:
        account = await session.get_one(Staff, team.approver.id)
        assert await codes.use(session, account, code_now(clock), clock())
    assert await wrong_code(runtime, clock, team.approver.email) == 0


def code_now(clock: SetClock) -> str:
    """What the approver's app shows now."""
    return totp.code_at(SECRET, int(clock().timestamp()) // totp.STEP_SECONDS)
