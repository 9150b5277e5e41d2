"""What is answered before the conversation, which knows nothing of it: codes, and our questions."""

from __future__ import annotations

from bot.actions import Context
from bot.conversation import asked, joins, links, surveys, wardens
from bot.messages import Reply

_READERS = (joins.reply, links.reply, asked.reply, surveys.reply, wardens.reply)


async def reply(ctx: Context) -> Reply | None:
    """Return the reply of the first that knows what a message answers; None for conversation."""
    for read in _READERS:
        reply = await read(ctx)
        if reply is not None:
            return reply
    return None
