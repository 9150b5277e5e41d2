"""Webhooks: verify, normalise, store, ring, answer. No thinking inside the request.

Requests that come at the same time are stored in one transaction (group commit): the database commits once for all,
and each is answered only after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import delivery, outbox
from bot.channels import sms, telegram
from bot.channels.errors import ParseError
from bot.inbox.intake import COMMIT_SECONDS, DATABASE_ERRORS, Intake, UnavailableError
from bot.messages import Channel, Inbound
from bot.runtime import metrics
from bot.runtime.runtime import Runtime
from bot.runtime.settings import SmsAccount
from bot.signals import paces

LARGEST = 1_000_000  # bytes of a body
MOST_FIELDS = 200


log = structlog.get_logger(__name__)


class RefusedError(Exception):
    """A request that is not taken: HTTP status and a reason of ours."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def routes(runtime: Runtime) -> list[Route]:
    """The webhooks. One whose channel is not configured refuses everything."""
    intake, progress = Intake(runtime), delivery.Progress(runtime)

    async def from_telegram(request: Request) -> Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        if not runtime.settings.has_telegram or not telegram.verify(
            runtime.settings.telegram_secret, secret
        ):
            raise RefusedError(403, "secret")
        inbound = telegram.parse(telegram.load(await _body(request)))
        if inbound is None:
            return Response()
        await intake.put(inbound)
        return _answered(inbound)

    async def from_sms(request: Request) -> Response:
        form, account = await _form(runtime, request)
        if inbound := sms.parse(form):
            await intake.put(replace(inbound, sender=account.name))
        return Response("<Response/>", media_type="text/xml")

    async def from_sms_status(request: Request) -> Response:
        form, account = await _form(runtime, request)
        if status := sms.parse_status(form, request.query_params.get("id"), runtime.clock()):
            metrics.RECEIPTS.labels(Channel.SMS, status.state).inc()
            async with asyncio.timeout(COMMIT_SECONDS), runtime.db.begin() as session:
                changed = await outbox.record(session, [status], runtime.clock())
            progress.note(changed)
            if status.retry is not None:
                await paces.hold(runtime.redis, account.pace_key, 0)
        return Response()

    return [
        _route("/hooks/telegram", Channel.TELEGRAM, from_telegram),
        _route("/hooks/sms", Channel.SMS, from_sms),
        _route("/hooks/sms/status", Channel.SMS, from_sms_status),
    ]


def _route(path: str, channel: Channel, handle: Callable[[Request], Awaitable[Response]]) -> Route:
    async def answer(request: Request) -> Response:
        try:
            return await handle(request)
        except RefusedError as refused:
            return _refuse(channel, refused.status, refused.why)
        except ParseError as error:
            log.warning("hook_malformed", channel=channel.value, why=str(error))
            return _refuse(channel, 400, str(error))
        except ClientDisconnect:
            return _refuse(channel, 400, "cut")
        except (UnavailableError, *DATABASE_ERRORS, DBAPIError):
            return _refuse(channel, 503, "unavailable")

    return Route(path, answer, methods=["POST"])


def _refuse(channel: Channel, status: int, why: str) -> Response:
    metrics.REFUSED.labels(channel, str(status)).inc()
    return PlainTextResponse(why, status, headers={"Retry-After": "5"} if status == 503 else None)


def _answered(inbound: Inbound) -> Response:
    """200; for a pressed button with the call that ends its waiting sign, which Telegram takes as an answer."""
    if not inbound.callback_id:
        return Response()
    return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": inbound.callback_id})


async def _body(request: Request) -> bytes:
    """The body. Raises RefusedError when it is too large, whatever its length says."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise RefusedError(413, "too large")
    return bytes(body)


async def _form(runtime: Runtime, request: Request) -> tuple[FormData, SmsAccount]:
    """A form and the account of ours that signed it. Raises ParseError, RefusedError."""
    settings, form = runtime.settings, _fields(await _body(request))
    url = (
        (settings.public_url or "")
        + request.url.path
        + (f"?{request.url.query}" if request.url.query else "")
    )
    signature = request.headers.get("X-Twilio-Signature", "")
    for account in settings.sms_accounts:
        if sms.verify(account.token, url, form, signature):
            return form, account
    raise RefusedError(403, "signature")


def _fields(body: bytes) -> FormData:
    try:
        pairs: list[Any] = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise ParseError("not a form") from None
    return FormData(pairs)
