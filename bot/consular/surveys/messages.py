"""Messages of surveys: behind everything else that is sent, and never by night."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import quiet
from bot.messages import Form, Reply
from bot.models import Address, Lane, OutboundMessage, OutboundState, Person
from bot.text import rendering, sms
from bot.text.text import language_of


async def queue(
    session: AsyncSession,
    person: Person,
    address: Address,
    reply: Reply,
    now: datetime,
) -> OutboundMessage:
    """Queue a message for the morning where the person is, or for now where it is day."""
    language = language_of(person.language)
    content = rendering.render(reply, language, address.form)
    stored = content.to_json()
    if address.form is Form.TEXT:
        stored["text"] = sms.for_sms(content.text)
    message = OutboundMessage(
        person_id=person.id,
        address_id=address.id,
        channel=address.channel,
        form=address.form,
        language=language,
        lane=Lane.ROUTINE,
        state=OutboundState.QUEUED,
        content=stored,
        attempts=0,
        created_at=now,
        due_at=quiet.morning(now, person.timezone),
    )
    session.add(message)
    await session.flush()
    return message
