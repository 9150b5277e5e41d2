"""Webhooks: verify, normalise, store, ring, answer. No thinking inside the request.

Requests that come at the same time are stored in one transaction (group commit): the database commits once for all,
and each is answered only after that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import delivery, inbox, outbox
from bot.channels import sms, telegram
from bot.channels.errors import ParseError
from bot.messages import Channel, Inbound
from bot.runtime import metrics
from bot.runtime.runtime import Runtime
from bot.runtime.settings import SmsAccount
from bot.signals import bells, paces

LARGEST = 1_000_000  # bytes of a body
MOST_FIELDS = 200
BATCH = 200  # messages in one transaction
WAITING = 5000  # messages not yet stored, above which we say "later" at once
COMMIT_SECONDS = 10.0

_DATABASE_AWAY = (OSError, TimeoutError, PoolTimeoutError, InterfaceError, OperationalError)

log = structlog.get_logger(__name__)

Waiting = tuple[Inbound, "asyncio.Future[int | None]"]


class UnavailableError(Exception):
    """Not stored: the database is away, or too much is waiting. The provider should come again."""


class RefusedError(Exception):
    """A request that is not taken: HTTP status and a reason of ours."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Intake:
    """Stores messages, those that wait at the same time together. One batch at a time, so that order is kept."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: deque[Waiting] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def put(self, inbound: Inbound) -> int | None:
        """Stored and committed: its person's id, None when it came before. Raises UnavailableError."""
        if len(self._waiting) >= WAITING:
            raise UnavailableError
        stored: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((inbound, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            people = await self._store(batch)
            if people:
                await bells.ring(self._runtime.redis, "in", people)

    async def _store(self, batch: list[Waiting]) -> list[int]:
        """The people of a batch with new messages; every future of it is settled."""
        try:
            people = await self._receive([inbound for inbound, _ in batch])
        except Exception as error:  # noqa: BLE001  # whatever it was, every request gets its answer
            if len(batch) > 1 and not _is_away(error):
                return await self._store_each(batch)
            log.error("not_stored", messages=len(batch), why=type(error).__name__, at=delivery.where(error))
            for _, stored in batch:
                _settle(stored, UnavailableError())
            return []
        for (_, stored), person in zip(batch, people, strict=True):
            _settle(stored, person)
        return list(dict.fromkeys(person for person in people if person is not None))

    async def _store_each(self, batch: list[Waiting]) -> list[int]:
        """One of them cannot be stored, or another process was storing the same: its neighbours must not suffer."""
        return [person for one in batch for person in await self._store([one])]

    async def _receive(self, messages: list[Inbound]) -> list[int | None]:
        async with asyncio.timeout(COMMIT_SECONDS), self._runtime.db.begin() as session:
            return await inbox.receive(session, messages, self._runtime.clock())


def _settle(stored: asyncio.Future[int | None], result: int | UnavailableError | None) -> None:
    if stored.done():  # whoever asked has left
        return
    if isinstance(result, UnavailableError):
        stored.set_exception(result)
    else:
        stored.set_result(result)


def _is_away(error: Exception) -> bool:
    return isinstance(error, _DATABASE_AWAY) or (isinstance(error, DBAPIError) and error.connection_invalidated)


def routes(runtime: Runtime) -> list[Route]:
    """The webhooks. One whose channel is not configured refuses everything."""
    intake, progress = Intake(runtime), delivery.Progress(runtime)

    async def from_telegram(request: Request) -> Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        if not runtime.settings.has_telegram or not telegram.verify(runtime.settings.telegram_secret, secret):
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
        except (UnavailableError, *_DATABASE_AWAY, DBAPIError):
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
    url = (settings.public_url or "") + request.url.path + (f"?{request.url.query}" if request.url.query else "")
    signature = request.headers.get("X-Twilio-Signature", "")
    for account in settings.sms_accounts:
        if sms.verify(account.token, url, form, signature):
            return form, account
    raise RefusedError(403, "signature")


def _fields(body: bytes) -> FormData:
    try:
        pairs: list[Any] = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise ParseError("not a form") from None
    return FormData(pairs)
