"""Replies in words: for a language and a screen, and as few messages as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import outbox
from bot.actions import Context
from bot.conversation import allowance
from bot.messages import Content, Reply
from bot.text.rendering import render

MAX_MESSAGE_CHARS = 3500  # of replies that are sent as one message


async def queue(
    ctx: Context,
    replies: Sequence[Reply],
    inbound_id: int,
    due_at: datetime,
    ends_keyboard: bool = False,
) -> None:
    """Queue the replies of a turn for the address that the person wrote from, to leave then.

    `ends_keyboard`: the buttons for sharing that are on the screen go away with them. By SMS only
    what the budget allows is queued.
    """
    contents = [render(reply, ctx.language, ctx.address.form) for reply in replies]
    messages = combined(contents)
    if ctx.page and messages:
        messages[-1] = replace(messages[-1], page=ctx.page, page_name=ctx.page_name)
    if ends_keyboard and messages:
        messages[0] = replace(messages[0], ends_keyboard=True)
    notice = render(allowance.NOTICE, ctx.language, ctx.address.form)
    for content in await allowance.affordable(ctx, messages, notice):
        await outbox.reply(
            ctx.session,
            person=ctx.person,
            address=ctx.address,
            content=content,
            inbound_id=inbound_id,
            now=ctx.now,
            due_at=due_at,
            preferred_sender=ctx.inbound.sender,
            is_passing=ctx.is_passing,
        )


def combined(contents: Sequence[Content]) -> list[Content]:
    """Combine texts into few messages; a text with buttons ends its message."""
    messages: list[Content] = []
    for content in contents:
        if messages and _fits_before(messages[-1], content):
            text = f"{messages[-1].text}\n{content.text}"
            messages[-1] = replace(content, text=text, asks=content.asks or messages[-1].asks)
        else:
            messages.append(content)
    return messages


def _fits_before(message: Content, content: Content) -> bool:
    """Tell whether a message can go on with this content."""
    if message.buttons or message.ask_location or message.ask_contact:
        return False
    return len(message.text) + len(content.text) < MAX_MESSAGE_CHARS
