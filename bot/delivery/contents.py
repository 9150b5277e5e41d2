"""What a claimed row says: its own content, or its broadcast's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from bot.consular.broadcasts import fan_out, place_question_words, variants
from bot.consular.people import reply_links
from bot.consular.reference import country_reach
from bot.messages import Channel, Content, Form
from bot.models import Broadcast, Lane, SmsWay, closures
from bot.outbox import Claimed
from bot.runtime.runtime import Runtime

MAX_BROADCASTS = 100  # kept in memory
LINK = "{link}"
SEPARATE_LINK = "{link} "
REACH_SECONDS = 30.0  # after which the table of countries is read again, for messages of one's own
# How somebody can answer who just wrote by SMS, whatever their country says.
ANSWERED_WAYS = {
    SmsWay.LINK: SmsWay.ANSWER,
    SmsWay.READ: SmsWay.PLAIN_ANSWER,
}
_GLUED_LINK = re.compile(r"\{link\}(?=\S)")


class UnsendableError(Exception):
    """Nothing may go to this address; `reason` is a key of `results.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Contents:
    """The contents of claimed rows. It keeps the broadcasts that it read lately."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._broadcasts: dict[int, Broadcast] = {}
        self._ways: Mapping[str, SmsWay] = {}
        self._ways_hold_until = -math.inf

    async def of(self, message: Claimed) -> Content:
        """Return the content to send, links filled in. Raises what the database raises.

        Raises UnsendableError where nothing may go to the country of the number.
        """
        region = message.region if message.channel is Channel.SMS else None
        if message.content is not None:
            return await self._own(message, message.content, region)
        broadcast = await self._broadcast(message.broadcast_id or 0)
        if region in country_reach.closed(variants.ways(broadcast)):
            raise UnsendableError(closures.COUNTRY_REFUSES)
        content = fan_out.content(
            broadcast,
            message.language,
            message.form,
            region,
        )
        if message.form is Form.TEXT and LINK in content.text:
            return self._fill_link(content, message)
        return content

    async def _own(
        self,
        message: Claimed,
        content: Content,
        region: str | None,
    ) -> Content:
        """Fit what is said to one person alone to the country of their number.

        Whoever just wrote by SMS can do so again: their answer keeps its choices.
        """
        by_country = await self._ways_by_country()
        way = by_country.get(region or "", SmsWay.ANSWER)
        if way is SmsWay.NOTHING:
            raise UnsendableError(closures.COUNTRY_REFUSES)
        if message.is_answer:
            way = ANSWERED_WAYS.get(way, way)
        answer_link = ""
        is_answered_by_link = message.lane == Lane.REPLY or _asks_place(content)
        if way is SmsWay.LINK and is_answered_by_link:
            answer_link = self._link(message)
        return variants.fit(
            content,
            content.language,
            way,
            answer_link,
        )

    async def _ways_by_country(self) -> Mapping[str, SmsWay]:
        """Return how people answer an SMS, by country, as the table says now."""
        now = self._runtime.clock.monotonic()
        if now >= self._ways_hold_until:
            async with self._runtime.db.read() as session:
                self._ways = await country_reach.ways(session)
            self._ways_hold_until = now + REACH_SECONDS
        return self._ways

    async def _broadcast(self, broadcast_id: int) -> Broadcast:
        if broadcast_id not in self._broadcasts:
            if len(self._broadcasts) >= MAX_BROADCASTS:
                self._broadcasts.clear()
            async with self._runtime.db.read() as session:
                self._broadcasts[broadcast_id] = await session.get_one(Broadcast, broadcast_id)
        return self._broadcasts[broadcast_id]

    def _fill_link(self, content: Content, message: Claimed) -> Content:
        """Put the recipient's reply link in its place; without a public address, leave it out."""
        link = self._link(message)
        # without a blank, apps take what follows for a part of the link
        separate_text = _GLUED_LINK.sub(SEPARATE_LINK, content.text)
        text = separate_text.replace(LINK, link)
        text = text.strip()
        return Content(
            text,
            content.buttons,
            language=content.language,
        )

    def _link(self, message: Claimed) -> str:
        """Return the recipient's reply link; "" without a public address."""
        public_url = self._runtime.settings.public_url
        if not public_url:
            return ""
        return reply_links.reply_link(
            self._runtime.keyring,
            public_url,
            message.person_id,
            self._runtime.clock(),
        )


def _asks_place(content: Content) -> bool:
    """Tell whether a message asks "are you still there?": its link takes the answer."""
    return any(place_question_words.is_answer(button.payload) for button in content.buttons)
