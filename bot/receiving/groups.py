"""Groups on Telegram: we say once that people write to us alone, and keep nothing said there."""

from __future__ import annotations

import asyncio

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from telegram.error import TelegramError

from bot.channels import telegram
from bot.channels.errors import SendError
from bot.channels.telegram_updates import Group as Seen
from bot.messages import Content, Form, Outbound
from bot.models import Group, binding
from bot.models.upserts import insert_into
from bot.runtime.runtime import Runtime
from bot.signals import paces
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

PRIVATE_CHAT = "https://t.me/{name}"

log = structlog.get_logger(__name__)


class Groups:
    """The groups that we are in. Each is spoken to once, however many of us receive updates."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._notices: set[asyncio.Task[None]] = set()

    async def note(self, seen: Seen) -> None:
        """Note a group; begin to tell it where to write when nobody did yet.

        Raises what the database raises.
        """
        async with self._runtime.db.begin() as session:
            is_new = await _add(session, seen)
        if is_new:
            notice = asyncio.create_task(self._tell(seen.chat))
            self._notices.add(notice)
            notice.add_done_callback(self._notices.discard)

    async def _tell(self, chat: str) -> None:
        """Send the notice at the pace of all messages."""
        settings = self._runtime.settings
        token = settings.telegram_token or ""
        credentials = telegram.Credentials(token, settings.telegram_api)
        await self._take_turn()
        try:
            await _send_notice(self._runtime, credentials, chat)
        except (TelegramError, SendError) as error:
            log.warning("group_not_told", why=type(error).__name__)

    async def _take_turn(self) -> None:
        """Wait for a place at the pace of the bot; without one, send all the same."""
        settings = self._runtime.settings
        turn = await paces.take(
            self._runtime.redis,
            settings.telegram_pace_key,
            settings.telegram_rate,
            units=1,
        )
        if turn is not None:
            await asyncio.sleep(turn.wait)


async def _send_notice(runtime: Runtime, credentials: telegram.Credentials, chat: str) -> None:
    """Send the notice to a group. Raises TelegramError, SendError."""
    user = await telegram.bot(runtime.http, credentials).get_me()
    notice = _notice(user.username or "")
    outbound = Outbound(
        0,
        chat,
        Form.CHAT,
        notice,
    )
    await telegram.send(runtime.http, credentials, outbound)


async def _add(session: AsyncSession, seen: Seen) -> bool:
    """Add the row of a group; return whether it has still to be told.

    One that grew into another kind of group was told under the id it had before.
    """
    was_told = False
    if seen.earlier:
        was_told = await _known(session, seen.earlier) is not None
    known = await _known(session, seen.chat)
    if known is not None:
        known.chat = seen.chat  # earlier rows have none
        return False
    columns = {"group_index": seen.chat, "chat": seen.chat}
    adding = insert_into(session, Group)
    adding = adding.on_conflict_do_nothing()
    adding = adding.returning(Group.id)
    rows = binding.bound_rows(Group, [columns])
    added = await session.execute(adding, rows)
    is_new = bool(added.scalars().all())
    return is_new and not was_told


async def _known(session: AsyncSession, chat: str) -> Group | None:
    """Look up a group, whichever key made its index."""
    same = select(Group)
    same = same.where(Group.index == chat)
    return await session.scalar(same)


def _notice(name: str) -> Content:
    """Word the notice in every language: nobody knows who reads a group."""
    link = PRIVATE_CHAT.format(name=name)
    words = [say("group_notice", language, Form.TEXT, link=link) for language in LANGUAGES]
    return Content("\n".join(words))
