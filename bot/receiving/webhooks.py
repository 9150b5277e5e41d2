"""Webhooks: verify, normalise, store, ring, answer. No thinking inside the request."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
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
from bot.receiving.groups import Groups
from bot.runtime import metrics
from bot.runtime.runtime import Runtime
from bot.runtime.settings import SmsAccount
from bot.signals import paces

MAX_BODY_BYTES = 1_000_000
MAX_BYTES_READ_AT_ONCE = 32_768  # a longer update is read beside the loop: it may take long
MAX_FIELDS = 200
RETRY_AFTER_SECONDS = 5
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"
TELEGRAM_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
TWILIO_SIGNATURE_HEADER = "X-Twilio-Signature"

log = structlog.get_logger(__name__)

Handler = Callable[["Desk", Request], Awaitable[Response]]


class RefusedError(Exception):
    """A request that we do not take: HTTP status and a reason of ours."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of the house that the webhooks hand messages and receipts to."""

    runtime: Runtime
    intake: Intake
    groups: Groups
    progress: delivery.Progress


def routes(runtime: Runtime) -> list[Route]:
    """Return the webhooks. One whose channel is not configured refuses everything."""
    desk = Desk(
        runtime=runtime,
        intake=Intake(runtime),
        groups=Groups(runtime),
        progress=delivery.Progress(runtime),
    )
    return [
        _route(desk, "/hooks/telegram", Channel.TELEGRAM, from_telegram),
        _route(desk, "/hooks/sms", Channel.SMS, from_sms),
        _route(desk, "/hooks/sms/status", Channel.SMS, from_sms_status),
    ]


async def from_telegram(desk: Desk, request: Request) -> Response:
    """Store an update of Telegram."""
    settings = desk.runtime.settings
    secret = request.headers.get(TELEGRAM_SECRET_HEADER)
    if not settings.has_telegram:
        raise RefusedError(403, "secret")
    if not telegram.verify(settings.telegram_secret, secret):
        raise RefusedError(403, "secret")
    _check_type(request, JSON_TYPE)
    body = await _body(request)
    if len(body) > MAX_BYTES_READ_AT_ONCE:
        update, inbound = await asyncio.to_thread(_read_update, body)
    else:
        update, inbound = _read_update(body)
    if inbound is None:
        group = telegram.group(update)
        if group is not None:
            await desk.groups.note(group)
        return Response()
    await desk.intake.put(inbound)
    return _answer(inbound)


def _check_type(request: Request, expected: str) -> None:
    """Refuse a body of another type than the provider's. Raises RefusedError."""
    content_type = request.headers.get("content-type", "")
    sent_type, _, _options = content_type.partition(";")
    if sent_type.strip() != expected:
        raise RefusedError(415, "type")


def _read_update(body: bytes) -> tuple[dict[str, Any], Inbound | None]:
    """Read an update and what it says to us. Raises ParseError."""
    update = telegram.load(body)
    return update, telegram.parse(update)


async def from_sms(desk: Desk, request: Request) -> Response:
    """Store an SMS."""
    form, account = await _signed_form(desk.runtime, request)
    inbound = sms.parse(form)
    if inbound is not None:
        await desk.intake.put(replace(inbound, sender=account.name))
    return Response("<Response/>", media_type="text/xml")


async def from_sms_status(desk: Desk, request: Request) -> Response:
    """Record what became of an SMS that we sent."""
    runtime = desk.runtime
    form, account = await _signed_form(runtime, request)
    message_id = request.query_params.get("id")
    status = sms.parse_status(form, message_id, runtime.clock())
    if status is None:
        return Response()
    metrics.RECEIPTS.labels(Channel.SMS, status.state).inc()
    async with asyncio.timeout(COMMIT_SECONDS), runtime.db.begin() as session:
        broadcast_ids = await outbox.record(session, [status], runtime.clock())
    desk.progress.note(broadcast_ids)
    if status.reason == "flood":
        await paces.hold(runtime.redis, account.pace_key, 0)
    return Response()


def _route(
    desk: Desk,
    path: str,
    channel: Channel,
    handler: Handler,
) -> Route:
    return Route(path, partial(_handle, desk, channel, handler), methods=["POST"])


async def _handle(
    desk: Desk,
    channel: Channel,
    handler: Handler,
    request: Request,
) -> Response:
    """Run a handler; whatever it refuses becomes an answer that the provider understands."""
    try:
        return await handler(desk, request)
    except RefusedError as refused:
        return _refuse(channel, refused.status, refused.why)
    except ParseError as error:
        log.warning("hook_malformed", channel=channel.value, why=str(error))
        return _refuse(channel, 400, str(error))
    except ClientDisconnect:
        return _refuse(channel, 400, "cut")
    except (UnavailableError, *DATABASE_ERRORS, DBAPIError):
        return _refuse(channel, 503, "unavailable")


def _refuse(
    channel: Channel,
    status: int,
    why: str,
) -> Response:
    metrics.REFUSED.labels(channel, str(status)).inc()
    response = PlainTextResponse(why, status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _answer(inbound: Inbound) -> Response:
    """Answer 200; for a pressed button, with the call that ends its waiting sign."""
    if not inbound.callback_id:
        return Response()
    call = {"method": "answerCallbackQuery", "callback_query_id": inbound.callback_id}
    return JSONResponse(call)


async def _body(request: Request) -> bytes:
    """Read the body. Raises RefusedError when it is too large, whatever its length says."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise RefusedError(413, "too large")
    return bytes(body)


async def _signed_form(runtime: Runtime, request: Request) -> tuple[FormData, SmsAccount]:
    """Read a form, and find our account that signed it. Raises ParseError, RefusedError."""
    settings = runtime.settings
    _check_type(request, FORM_TYPE)
    form = _form(await _body(request))
    url = _public_url(settings.public_url or "", request)
    signature = request.headers.get(TWILIO_SIGNATURE_HEADER, "")
    for account in settings.sms_accounts:
        if sms.verify(account.token, url, form, signature):
            return form, account
    raise RefusedError(403, "signature")


def _public_url(base: str, request: Request) -> str:
    """Return the address that the provider signed: never the one a proxy made of it."""
    url = f"{base}{request.url.path}"
    if request.url.query:
        return f"{url}?{request.url.query}"
    return url


def _form(body: bytes) -> FormData:
    """Read a form; bytes that are not UTF-8 stay in it as surrogate escapes. Raises ParseError."""
    try:
        pairs: list[Any] = parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="surrogateescape",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise ParseError("not a form") from None
    return FormData(pairs)
