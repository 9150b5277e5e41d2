"""An SMS in doubt is looked up at its provider before it is sent again.

In doubt is a row whose worker died while it stood in `sending` ("lost"), and one whose answer never came ("unclear").
Once claimed anew it is ours alone, so no two workers ask or send at the same time, and no transaction waits for the
provider.
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

ASKED = 8  # tries (some ten minutes) after which a row is sent although nobody could be asked: late is worse than twice

log = structlog.get_logger(__name__)


def is_in_doubt(row: Claimed) -> bool:
    """Whether its provider may have it, and can be asked."""
    return row.channel is Channel.SMS and row.reason in outbox.PERHAPS


async def look_up(runtime: Runtime, row: Claimed, content: Content) -> Result | None:
    """What became of a row in doubt; None when no account of ours sent it. Raises SendError: ask again later."""
    outbound, away = Outbound(row.id, row.address, row.form, content), None
    for account in sms_credentials(runtime):
        try:
            taken = await sms.find(runtime.http, account, outbound, row.created_at, runtime.clock())
        except SendError as error:
            away = error
            continue
        if status := await _new(runtime, taken):
            log.info("found_at_provider", row=row.id, sender=account.name, state=status.state)
            return _result(row, status, account.name, sms.parts(content))
    if away and row.attempts <= ASKED:
        raise away
    return None


async def _new(runtime: Runtime, taken: list[Status]) -> Status | None:
    """The first that is not known as another row's."""
    query = select(OutboundMessage.provider_id).where(
        OutboundMessage.provider_id.in_([s.provider_id for s in taken])
    )
    async with runtime.db.read() as session:
        known = set(await session.scalars(query)) if taken else set()
    return next((status for status in taken if status.provider_id not in known), None)


def _result(row: Claimed, status: Status, sender: str, parts: int) -> Result:
    state = OutboundState(status.state)
    return Result(
        row.id,
        row.address_id,
        state,
        status.provider_id,
        parts,
        sender,
        status.reason or None,
        stop=status.stop,
    )
