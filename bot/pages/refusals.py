"""What was refused to whom, for the log and the metrics: by page, never by address or words."""

from __future__ import annotations

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.runtime import metrics

STAFF_ID = "tammen.staff_id"  # in the scope: who asks, once that is known
REFUSED_STATUSES = range(400, 500)
NOT_FOUND = 404

log = structlog.get_logger(__name__)


class Refusals:
    """Count every refusal, and log it, unless somebody tries addresses that we do not have."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _note(scope, message["status"])
            await send(message)

        await self.app(scope, receive, sending)


def _note(scope: Scope, status: int) -> None:
    if status not in REFUSED_STATUSES:
        return
    metrics.REFUSALS.labels(str(status)).inc()
    page = getattr(scope.get("endpoint"), "__name__", "")
    if status == NOT_FOUND and not page:
        return
    log.info(
        "refused",
        status=status,
        method=scope["method"],
        page=page,
        staff_id=scope.get(STAFF_ID),
    )
