"""What a claimed row says."""

from __future__ import annotations

from bot.consular.broadcasts import fan_out
from bot.consular.people import reply_links
from bot.messages import Content, Form
from bot.models import Broadcast
from bot.outbox import Claimed
from bot.runtime.runtime import Runtime


class Contents:
    """What a claimed row says: its own content, or the broadcast's in its language and form."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._broadcasts: dict[int, Broadcast] = {}

    async def of(self, row: Claimed) -> Content:
        """The content to send, links filled in. Raises what the database raises."""
        if row.content is not None:
            return row.content
        content = fan_out.content(
            await self._broadcast(row.broadcast_id or 0), row.language, row.form
        )
        return (
            self._linked(content, row)
            if row.form is Form.TEXT and "{link}" in content.text
            else content
        )

    async def _broadcast(self, broadcast_id: int) -> Broadcast:
        if broadcast_id not in self._broadcasts:
            if len(self._broadcasts) >= 100:
                self._broadcasts.clear()
            async with self._runtime.db.read() as session:
                self._broadcasts[broadcast_id] = await session.get_one(Broadcast, broadcast_id)
        return self._broadcasts[broadcast_id]

    def _linked(self, content: Content, row: Claimed) -> Content:
        url, link = self._runtime.settings.public_url, ""
        if url:
            link = reply_links.reply_link(
                self._runtime.keyring, url, row.person_id, self._runtime.clock()
            )
        return Content(
            content.text.replace("{link}", link).strip(), content.buttons, language=content.language
        )
