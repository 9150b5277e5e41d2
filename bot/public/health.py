"""What machines ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.runtime.runtime import Runtime
from bot.signals import bells

PATIENCE = 2.0  # seconds for each part to answer
MAY_BE_MISSING = frozenset(
    {"nlu"}
)  # without Rasa the bot still understands buttons, numbers and key words
AWAY = (SQLAlchemyError, RedisError, aiohttp.ClientError, OSError, TimeoutError)


async def live(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"live": True})


async def ready(request: Request) -> Response:
    """Whether it can receive, store and answer; names what is missing."""
    missing = await find_missing(request.app.state.runtime)
    is_ready = MAY_BE_MISSING.issuperset(missing)
    return JSONResponse({"ready": is_ready, "missing": missing}, 200 if is_ready else 503)


async def metrics(_request: Request) -> Response:
    """Prometheus's text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def find_missing(runtime: Runtime) -> list[str]:
    """The parts that do not answer, by INTERFACE's names."""
    found = await asyncio.gather(*(_answers(check, runtime) for check in CHECKS.values()))
    return [name for name, is_there in zip(CHECKS, found, strict=True) if not is_there]


async def _answers(check: Callable[[Runtime], Awaitable[bool]], runtime: Runtime) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            return await check(runtime)
    except AWAY:
        return False


async def _database(runtime: Runtime) -> bool:
    async with runtime.db.read() as session:
        await session.execute(text("SELECT 1 FROM alembic_version"))
    return True


async def _redis(runtime: Runtime) -> bool:
    return bool(await runtime.redis.ping())


async def _worker(runtime: Runtime) -> bool:
    return await bells.is_worker_alive(runtime.redis)


async def _nlu(runtime: Runtime) -> bool:
    if runtime.settings.nlu_url is None:
        return False
    async with runtime.http.get(
        f"{runtime.settings.nlu_url}/status", params=_token(runtime)
    ) as answer:
        return answer.status == 200


def _token(runtime: Runtime) -> dict[str, str]:
    return {"token": runtime.settings.nlu_token} if runtime.settings.nlu_token else {}


CHECKS: dict[str, Callable[[Runtime], Awaitable[bool]]] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "nlu": _nlu,
}
ROUTES = [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]
