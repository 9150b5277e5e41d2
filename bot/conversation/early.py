"""What is read before the conversation: answers to questions that no flow asked."""

from __future__ import annotations

from bot.actions import Context
from bot.conversation import asked, joins, wardens
from bot.messages import Reply

_READERS = (joins.reply, asked.reply, wardens.reply)


async def reply(ctx: Context) -> Reply | None:
    """Return the reply of the first that knows what a message answers; None for conversation."""
    for read in _READERS:
        reply = await read(ctx)
        if reply is not None:
            return reply
    return None
