"""The look-up of an SMS in doubt at its provider, before it is sent again.

In doubt is a row whose worker died while it stood in `sending` ("lost"), and one whose answer never
came ("unclear"). Once claimed anew it is ours alone, so no two workers look or send at the same
time, and no transaction waits for the provider.
"""

from __future__ import annotations

import structlog
from sqlalchemy import select

from bot import outbox
from bot.channels import sms
from bot.channels.errors import SendError
from bot.delivery.wires import sms_credentials
from bot.messages import Channel, Content, Outbound, Status
from bot.models import OutboundMessage, OutboundState
from bot.outbox import Claimed, Result
from bot.runtime.runtime import Runtime

# Tries (some ten minutes) after which a row is sent although no provider answered the look-up: late
# is worse than twice.
MAX_LOOK_UPS = 8

log = structlog.get_logger(__name__)


def is_in_doubt(message: Claimed) -> bool:
    """Tell whether the provider may have a row, and can be asked about it."""
    return message.channel is Channel.SMS and message.reason in outbox.DOUBT_REASONS


async def look_up(runtime: Runtime, message: Claimed, content: Content) -> Result | None:
    """Look for a row in doubt at every account; None when none of ours sent it.

    Raises SendError when the look-up should be tried again later.
    """
    outbound = Outbound(message.id, message.address, message.form, content)
    outage = None
    for credentials in sms_credentials(runtime):
        now = runtime.clock()
        try:
            statuses = await sms.find(
                runtime.http,
                credentials,
                outbound,
                message.created_at,
                now,
            )
        except SendError as error:
            outage = error
            continue
        status = await _unclaimed(runtime, statuses)
        if status:
            sender = credentials.name
            log.info("found_at_provider", row=message.id, sender=sender, state=status.state)
            return _result(message, status, sender, sms.parts(content))
    if outage and message.attempts <= MAX_LOOK_UPS:
        raise outage
    return None


async def _unclaimed(runtime: Runtime, statuses: list[Status]) -> Status | None:
    """Return the first message of the provider's that does not belong to another row of ours."""
    if not statuses:
        return None
    provider_ids = [status.provider_id for status in statuses]
    query = select(OutboundMessage.provider_id).where(OutboundMessage.provider_id.in_(provider_ids))
    async with runtime.db.read() as session:
        claimed_ids = set(await session.scalars(query))
    for status in statuses:
        if status.provider_id not in claimed_ids:
            return status
    return None


def _result(message: Claimed, status: Status, sender: str, parts: int) -> Result:
    return Result(
        message.id,
        message.address_id,
        OutboundState(status.state),
        status.provider_id,
        parts,
        sender,
        status.reason or None,
        stop=status.stop,
    )
