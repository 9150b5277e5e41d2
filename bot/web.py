"""The web process: webhooks, reply links, the console, the phone page and what machines ask, on one
Starlette app.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bot.channels import phone as phone_channel
from bot.channels import words
from bot.console import screens
from bot.console.advisories.sharing import SharedFigures
from bot.inbox import intake as inbox_intake
from bot.messages import Inbound
from bot.pages import rendering
from bot.pages.entrance import MAX_PAGES_AT_ONCE
from bot.pages.language import preferred
from bot.pages.refusals import Refusals
from bot.pages.sharing import Shared
from bot.pages.shield import BodyLimit, Headers, OwnAddress, SameOrigin
from bot.phone import page as phone_page
from bot.public import feeds, health, reply, survey, verify
from bot.receiving import webhooks
from bot.runtime.keys import KeyringError
from bot.runtime.runtime import Runtime


def create_app(runtime: Runtime) -> Starlette:
    """Everything that answers over HTTP, on this runtime."""
    app = Starlette(
        routes=_routes(runtime),
        middleware=[
            Middleware(
                Headers, is_https=(runtime.settings.public_url or "").startswith("https://")
            ),
            Middleware(OwnAddress, public_url=runtime.settings.public_url),
            Middleware(Refusals),
            Middleware(BodyLimit),
            Middleware(SameOrigin),
        ],
        exception_handlers={
            HTTPException: _refused,
            ClientDisconnect: _left,
            Exception: _failed,
        },
    )
    app.state.runtime = runtime
    app.state.results = SharedFigures(runtime.clock.monotonic)
    app.state.pages_at_once = asyncio.Semaphore(MAX_PAGES_AT_ONCE)
    app.state.boards = Shared[Response]()
    app.state.phone = phone_page.Wires(_inbox(runtime), phone_channel.as_text, words.read)
    return app


def _inbox(runtime: Runtime) -> Callable[[Inbound], Awaitable[int | None]]:
    """The same way in as the webhooks'. Raises HTTPException 503 while nothing can be stored."""
    intake = inbox_intake.Intake(runtime)

    async def put(inbound: Inbound) -> int | None:
        try:
            return await intake.put(inbound)
        except inbox_intake.UnavailableError as error:
            raise HTTPException(503) from error

    return put


def _routes(runtime: Runtime) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        *webhooks.routes(runtime),
        *feeds.ROUTES,
        *health.ROUTES,
        *reply.ROUTES,
        *survey.ROUTES,
        *verify.ROUTES,
        *screens.ROUTES,
        Mount("/static", StaticFiles(directory=rendering.STATIC)),
    ]
    return [*routes, *phone_page.ROUTES] if runtime.settings.has_phone else routes


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return _page(request, status, dict(headers or {}))


async def _left(_request: Request, _error: Exception) -> Response:
    """Answer nobody: whoever asked went away, or was too slow, in the middle of a form."""
    return Response(status_code=408)


async def _failed(request: Request, error: Exception) -> Response:
    """An error of ours: Starlette raises it again after this answer, so that it is logged with its
    traceback.
    """
    return _page(request, 500, {}, is_unopened=isinstance(error, KeyringError))


def _page(
    request: Request,
    status: int,
    headers: dict[str, str],
    is_unopened: bool = False,
) -> Response:
    """Render an error; `is_unopened`: an encrypted value is not where it belongs."""
    template = (
        "public/reply_gone.html"
        if status == 404 and request.url.path.startswith(("/r/", "/s/"))
        else "error.html"
    )
    context = {"status": status, "is_unopened": is_unopened}
    page = rendering.render(template, preferred(request), context)
    return HTMLResponse(page, status, headers)
