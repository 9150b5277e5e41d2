"""Health for machines: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable

import aiohttp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.runtime.runtime import Runtime
from bot.signals import bells

CHECK_TIMEOUT_SECONDS = 2.0
# Without Rasa the bot still understands buttons, numbers and key words.
OPTIONAL_PARTS = frozenset({"nlu"})
OUTAGES = (SQLAlchemyError, aiohttp.ClientError, OSError, TimeoutError)

Check = Callable[[Runtime], Awaitable[bool]]


async def live(_request: Request) -> Response:
    """Answer that the process is alive."""
    return JSONResponse({"live": True})


async def ready(request: Request) -> Response:
    """Answer whether it can receive, store and reply, and name the parts that are missing."""
    missing = await find_missing(request.app.state.runtime)
    is_ready = OPTIONAL_PARTS.issuperset(missing)
    status = 200 if is_ready else 503
    return JSONResponse({"ready": is_ready, "missing": missing}, status)


async def metrics(request: Request) -> Response:
    """Answer in Prometheus's text format. Raises HTTPException 404 for those it is not for."""
    if not _may_measure(request):
        raise HTTPException(404)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _may_measure(request: Request) -> bool:
    """Whether the request has our token; without one, whether nobody beyond this machine asks."""
    settings = request.app.state.runtime.settings
    if settings.metrics_token is None:
        return bool(settings.is_private)
    expected = f"Bearer {settings.metrics_token}"
    shown = request.headers.get("authorization", "")
    return hmac.compare_digest(shown.encode(), expected.encode())


async def find_missing(runtime: Runtime) -> list[str]:
    """Name the parts that do not answer, as INTERFACE names them."""
    answers = await asyncio.gather(*(_answers(check, runtime) for check in CHECKS.values()))
    return [name for name, is_there in zip(CHECKS, answers, strict=True) if not is_there]


async def _answers(check: Check, runtime: Runtime) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await check(runtime)
    except OUTAGES:
        return False


async def _database(runtime: Runtime) -> bool:
    async with runtime.db.read() as session:
        await session.execute(text("SELECT 1 FROM alembic_version"))
    return True


async def _redis(runtime: Runtime) -> bool:
    return await bells.is_answering(runtime.redis)


async def _worker(runtime: Runtime) -> bool:
    return await bells.is_worker_alive(runtime.redis)


async def _nlu(runtime: Runtime) -> bool:
    settings = runtime.settings
    if settings.nlu_url is None:
        return False
    status_url = f"{settings.nlu_url}/status"
    token = {"token": settings.nlu_token} if settings.nlu_token else {}
    async with runtime.http.get(status_url, params=token) as answer:
        return answer.status == 200


CHECKS: dict[str, Check] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "nlu": _nlu,
}
ROUTES = [
    Route("/health/live", live),
    Route("/health/ready", ready),
    Route("/metrics", metrics),
]
