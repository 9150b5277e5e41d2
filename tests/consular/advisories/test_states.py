"""Every move between states, allowed or not, as the tables say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import corrections, lifecycle
from bot.consular.crises import cases, crises, handling
from bot.consular.errors import ConsularError, check_move
from bot.models import AdvisoryState, CaseKind, CaseState, CrisisState
from bot.runtime.runtime import Runtime
from tests import builders, closing

TABLES: dict[str, dict[Any, frozenset[Any]]] = {
    "advisory": dict(lifecycle.TRANSITIONS),
    "case": dict(cases.TRANSITIONS),
    "crisis": dict(crises.TRANSITIONS),
}
MOVES = [
    (name, now, wanted) for name, table in TABLES.items() for now in table for wanted in type(now)
]


@pytest.mark.parametrize(("name", "now", "wanted"), MOVES)
def test_a_move_is_made_only_when_the_table_allows_it(
    name: str, now: StrEnum, wanted: StrEnum
) -> None:
    if wanted in TABLES[name][now]:
        assert check_move(TABLES[name], now, wanted) is wanted
    else:
        with pytest.raises(
            ConsularError, match=f"It is {now.value} and cannot become {wanted.value}"
        ):
            check_move(TABLES[name], now, wanted)


@pytest.mark.parametrize("kind", [AdvisoryState, CaseState, CrisisState])
def test_every_state_is_in_its_table_and_the_last_ones_are_final(kind: type[StrEnum]) -> None:
    table = next(table for table in TABLES.values() if isinstance(next(iter(table)), kind))
    assert set(table) == set(kind)
    is_reopened = kind is CaseState
    assert any(not allowed for allowed in table.values()) is not is_reopened


Act = Callable[[AsyncSession, builders.Team, Any, Any], Awaitable[Any]]
ACTS: dict[str, tuple[Act, AdvisoryState]] = {
    "edit": (
        lambda s, t, a, now: lifecycle.edit(s, t.officer, a, builders.wording(), now),
        AdvisoryState.DRAFT,
    ),
    "submit": (
        lambda s, t, a, now: lifecycle.submit(s, t.officer, a, now),
        AdvisoryState.SUBMITTED,
    ),
    "approve": (
        lambda s, t, a, now: lifecycle.approve(s, t.approver, a, now),
        AdvisoryState.APPROVED,
    ),
    "cancel": (
        lambda s, t, a, now: corrections.withdraw(s, t.officer, a, now),
        AdvisoryState.CANCELLED,
    ),
}
FORBIDDEN = [
    (act, state)
    for act, (_, wanted) in ACTS.items()
    for state in AdvisoryState
    if wanted not in lifecycle.TRANSITIONS[state]
]


@pytest.mark.parametrize(("act", "state"), FORBIDDEN)
async def test_a_forbidden_act_on_an_advisory_is_refused_and_changes_nothing(
    runtime: Runtime, act: str, state: AdvisoryState
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        advisory = await builders.draft(session, team.officer, now)
        advisory.state = state
        await session.flush()
        with pytest.raises(ConsularError):
            await ACTS[act][0](session, team, advisory, now)
        await session.refresh(advisory)
        assert (advisory.state, advisory.broadcast_id) == (state, None)


async def test_a_closed_case_is_neither_taken_nor_closed_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        case = await cases.open_case(session, person, CaseKind.MEDICAL, "أحتاج دواء السكر", now)
        await handling.take(session, team.officer, case, now)
        with pytest.raises(ConsularError):
            await handling.take(session, team.officer, case, now)
        await closing.close_case(session, team.officer, case, now)
        for act in (handling.take, closing.close_case):
            with pytest.raises(ConsularError, match="It is closed"):
                await act(session, team.officer, case, now)


async def test_a_crisis_is_closed_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        await crises.close(session, team.officer, crisis, now)
        with pytest.raises(ConsularError, match="It is closed"):
            await crises.close(session, team.officer, crisis, now)
