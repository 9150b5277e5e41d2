"""Budgets of replies by SMS: what one number, its block, its country and all may get in an hour.

Texting in must not make us pay: who answers every text for ever pays whoever sends them. The rows
are locked until the turn commits, so all workers share a budget and a turn that fails spends none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import BudgetScope, ReplySpending, SmsTallyKind
from bot.models.upserts import insert_into
from bot.runtime.limits import ReplyBudget
from bot.text import numbers

HOUR = timedelta(hours=1)  # from the first reply on
NEARLY = 0.95  # of a budget: what is left has no room for longer replies


def _limits(budget: ReplyBudget) -> dict[BudgetScope, int]:
    """Return the parts that may leave in each scope."""
    return {
        BudgetScope.NUMBER: budget.number,
        BudgetScope.BLOCK: budget.block,
        BudgetScope.COUNTRY: budget.country,
        BudgetScope.ALL: budget.all_numbers,
    }


@dataclass(frozen=True, slots=True)
class Account:
    """What a number and those around it got in this hour, locked, and the limits.

    A number that is dear has no account but its own, for cries for help.
    """

    limits: ReplyBudget
    is_dear: bool
    spendings: Mapping[BudgetScope, ReplySpending]

    @property
    def own(self) -> ReplySpending:
        """Return what the number itself got."""
        return self.spendings[BudgetScope.NUMBER]

    def refusal(self, parts: int, reserve: int = 0) -> SmsTallyKind | None:
        """Return why so many parts may not leave; None when they may.

        `reserve` are parts of the number's own budget that must remain.
        """
        if self.is_dear:
            return SmsTallyKind.DEAR
        for scope, limit in _limits(self.limits).items():
            if scope not in self.spendings:
                continue
            needed = parts + reserve if scope is BudgetScope.NUMBER else parts
            if self.spendings[scope].parts + needed > limit:
                return SmsTallyKind(scope.value)
        return None

    def may_answer_cry(self) -> bool:
        """Tell whether one more cry for help is answered beyond the budget."""
        return self.own.cries < self.limits.cries

    def may_talk_on(self) -> bool:
        """Tell whether what follows a cry is answered beyond the budget: the next cry has room."""
        return self.own.cries < self.limits.cries // 2

    def spend(self, parts: int) -> None:
        """Count parts that leave; a negative number gives back what does not leave after all."""
        for spending in self.spendings.values():
            spending.parts = max(0, spending.parts + parts)

    def answer_cry(self, parts: int) -> None:
        """Count the answer to a cry for help beyond the budget."""
        self.own.cries += 1
        self.spend(parts)

    def refuse(self) -> None:
        """Count a turn without its reply."""
        for spending in self.spendings.values():
            spending.refused += 1


async def open_account(
    session: AsyncSession,
    limits: ReplyBudget,
    number: str,
    country: str | None,
    now: datetime,
    is_in_crisis: bool = False,
) -> Account:
    """Lock what a number (E.164) and those around it got in this hour.

    In a crisis the country and everybody are not among them: a hundred thousand may answer at once.
    """
    is_dear = numbers.is_dear(number)
    keys = {BudgetScope.NUMBER: number}
    if not is_dear:
        keys[BudgetScope.BLOCK] = numbers.block(number)
    if not is_dear and not is_in_crisis:
        keys[BudgetScope.COUNTRY] = country or ""
        keys[BudgetScope.ALL] = ""
    spendings = await _locked(session, keys, now)
    for spending in spendings.values():
        if spending.began_at <= now - HOUR:
            _begin_anew(spending, now)
    return Account(limits, is_dear, spendings)


async def refused(session: AsyncSession, number: str, now: datetime) -> int:
    """Count the turns of a number within this hour that got no reply."""
    query = select(ReplySpending.refused).where(
        ReplySpending.scope == BudgetScope.NUMBER,
        ReplySpending.key == number,
        ReplySpending.began_at > now - HOUR,
    )
    return await session.scalar(query) or 0


async def spent(session: AsyncSession, budget: ReplyBudget, now: datetime) -> list[BudgetScope]:
    """Return the scopes that many share in which a budget is nearly spent in this hour."""
    scopes = []
    for scope in (BudgetScope.COUNTRY, BudgetScope.ALL):
        most = select(func.max(ReplySpending.parts)).where(
            ReplySpending.scope == scope,
            ReplySpending.began_at > now - HOUR,
        )
        parts = await session.scalar(most) or 0
        if parts >= NEARLY * _limits(budget)[scope]:
            scopes.append(scope)
    return scopes


async def _locked(
    session: AsyncSession,
    keys: Mapping[BudgetScope, str],
    now: datetime,
) -> dict[BudgetScope, ReplySpending]:
    """Lock the rows of these keys, made where there are none; in one order, so that none waits
    for one that waits for it.
    """
    rows = []
    for scope in sorted(keys):
        row = {
            "scope": scope,
            "scope_key": keys[scope],
            "began_at": now,
            "parts": 0,
            "cries": 0,
            "refused": 0,
        }
        rows.append(row)
    adding = insert_into(session, ReplySpending).values(rows)
    # the update changes nothing: it locks
    locking = adding.on_conflict_do_update(
        index_elements=["scope", "scope_key"],
        set_={"scope": adding.excluded.scope},
    )
    added = await session.execute(locking.returning(ReplySpending.id))
    ids = list(added.scalars())
    spendings = await session.scalars(select(ReplySpending).where(ReplySpending.id.in_(ids)))
    return {spending.scope: spending for spending in spendings}


def _begin_anew(spending: ReplySpending, now: datetime) -> None:
    spending.began_at = now
    spending.parts = 0
    spending.cries = 0
    spending.refused = 0
    spending.told_at = None
