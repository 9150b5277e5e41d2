"""What of a turn's replies may leave by SMS, which costs money; other channels are free.

A cry for help is answered with one message whatever the budgets say, also at a premium or
satellite number, and so is a little of what follows it: so many messages an hour to one number.
Where a crisis is, only the budgets of the number and its block count: we asked, and all may answer.
Whatever is not answered is still understood and filed. The first time in the hour its writer
hears that we go on reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import Context
from bot.channels import sms
from bot.messages import Channel, Content, Reply
from bot.models import SmsTallyKind
from bot.outbox import budgets, tallies
from bot.outbox.budgets import Account
from bot.runtime import metrics

NOTICE = Reply("utter_budget_spent")


async def affordable(
    ctx: Context,
    messages: Sequence[Content],
    notice: Content,
) -> Sequence[Content]:
    """Return what may leave of the messages of a turn; the notice may take their place."""
    if ctx.address.channel is not Channel.SMS or not messages:
        return messages
    account = await _account(ctx)
    parts = _parts(messages)
    reason = account.refusal(parts, reserve=_notice_reserve(account, notice))
    if reason is None:
        account.spend(parts)
        return messages
    if _passes(ctx, account):
        first = messages[:1]
        account.answer_cry(_parts(first))
        return first
    await _refuse(ctx, account, reason, parts)
    return _told(ctx, account, notice)


async def give_back(ctx: Context, withdrawn: Sequence[Content]) -> None:
    """Give back what replies would have cost that were withdrawn before they left."""
    if ctx.address.channel is Channel.SMS and withdrawn:
        account = await _account(ctx)
        account.spend(-_parts(withdrawn))


async def _account(ctx: Context) -> Account:
    address = ctx.address
    return await budgets.open_account(
        ctx.session,
        ctx.budget,
        address.address,
        address.region,
        ctx.now,
        ctx.is_in_crisis,
    )


def _passes(ctx: Context, account: Account) -> bool:
    """Tell whether an answer leaves beyond the budgets: to a cry, or to what follows one."""
    if ctx.is_cry:
        return account.may_answer_cry()
    return ctx.is_in_need and account.may_talk_on()


def _notice_reserve(account: Account, notice: Content) -> int:
    """Return the parts that must remain for the notice; none once it was given."""
    if account.own.told_at is not None:
        return 0
    return sms.parts(notice)


async def _refuse(
    ctx: Context,
    account: Account,
    reason: SmsTallyKind,
    parts: int,
) -> None:
    """Count what is not sent, for the number and for those who watch the costs."""
    account.refuse()
    metrics.REPLIES_REFUSED.labels(reason.value).inc()
    await tallies.count_refused(ctx.session, ctx.address.region, reason, parts, ctx.now)


def _told(ctx: Context, account: Account, notice: Content) -> Sequence[Content]:
    """Return the notice, once in an hour and where the budgets have room for it."""
    parts = sms.parts(notice)
    if account.own.told_at is not None or account.refusal(parts) is not None:
        return ()
    account.own.told_at = ctx.now
    account.spend(parts)
    return (notice,)


def _parts(messages: Sequence[Content]) -> int:
    return sum(map(sms.parts, messages))
