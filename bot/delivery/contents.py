"""What a claimed row says: its own content, or its broadcast's."""

from __future__ import annotations

import re

from bot.consular.broadcasts import fan_out
from bot.consular.people import reply_links
from bot.messages import Content, Form
from bot.models import Broadcast
from bot.outbox import Claimed
from bot.runtime.runtime import Runtime

MAX_BROADCASTS = 100  # kept in memory
LINK = "{link}"
SEPARATE_LINK = "{link} "
_GLUED_LINK = re.compile(r"\{link\}(?=\S)")


class Contents:
    """The contents of claimed rows. It keeps the broadcasts that it read lately."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._broadcasts: dict[int, Broadcast] = {}

    async def of(self, message: Claimed) -> Content:
        """Return the content to send, links filled in. Raises what the database raises."""
        if message.content is not None:
            return message.content
        broadcast = await self._broadcast(message.broadcast_id or 0)
        content = fan_out.content(broadcast, message.language, message.form)
        if message.form is Form.TEXT and LINK in content.text:
            return self._fill_link(content, message)
        return content

    async def _broadcast(self, broadcast_id: int) -> Broadcast:
        if broadcast_id not in self._broadcasts:
            if len(self._broadcasts) >= MAX_BROADCASTS:
                self._broadcasts.clear()
            async with self._runtime.db.read() as session:
                self._broadcasts[broadcast_id] = await session.get_one(Broadcast, broadcast_id)
        return self._broadcasts[broadcast_id]

    def _fill_link(self, content: Content, message: Claimed) -> Content:
        """Put the recipient's reply link in its place; without a public address, leave it out."""
        link = ""
        public_url = self._runtime.settings.public_url
        if public_url:
            keyring, now = self._runtime.keyring, self._runtime.clock()
            link = reply_links.reply_link(keyring, public_url, message.person_id, now)
        # without a blank, apps take what follows for a part of the link
        separate_text = _GLUED_LINK.sub(SEPARATE_LINK, content.text)
        text = separate_text.replace(LINK, link)
        text = text.strip()
        return Content(
            text,
            content.buttons,
            language=content.language,
        )
