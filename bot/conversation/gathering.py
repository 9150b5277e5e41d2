"""What arrives in pieces is answered once.

"We did not understand" and "we have it" wait a moment: more may follow. When it does, its answer
takes their place.
"""

from __future__ import annotations

from datetime import timedelta

from bot import outbox
from bot.actions import Context
from bot.conversation import allowance, replies
from bot.dialogue.engine import Turn
from bot.messages import Kind

PATIENCE = timedelta(seconds=2)
RETRY = "utter_retry_"  # a question that was not answered, asked again
# Replies that say nothing which the next reply does not say as well.
PROVISIONAL = frozenset(
    {
        "utter_welcome",
        "utter_cannot_handle",
        "utter_clarify",
        "utter_noted",
        "utter_noted_first",
        "utter_doubt_noted",
    }
)


async def queue(ctx: Context, turn: Turn, message_id: int) -> bool:
    """Queue the replies of a turn; tell whether they wait for more to come.

    Those that wait already give way.
    """
    if turn.state.reply_waits and turn.replies:
        withdrawn = await outbox.withdraw(ctx.session, ctx.address.id, ctx.now)
        await allowance.give_back(ctx, withdrawn)
    waits = _may_wait(turn)
    due_at = ctx.now + PATIENCE if waits else ctx.now
    await replies.queue(
        ctx,
        turn.replies,
        message_id,
        due_at,
        turn.ends_keyboard,
    )
    return waits


def _may_wait(turn: Turn) -> bool:
    """Tell whether the replies to a text may give way to those of the next one."""
    heard = turn.heard
    if heard.kind is not Kind.TEXT or heard.by == "exact" or not turn.replies:
        return False
    return all(_is_provisional(reply.key) for reply in turn.replies)


def _is_provisional(key: str) -> bool:
    return key in PROVISIONAL or key.startswith(RETRY)
