"""A browser for tests that checks every page it loads, keeps cookies, and posts forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette

from bot.pages import cookies
from tests.pages.reader import Page

HOST = "tammen.example"
SITE = f"http://{HOST}"


class Browser:
    """Loads pages of the app, keeps cookies, posts forms as a person would."""

    def __init__(self, client: httpx.AsyncClient, language: str) -> None:
        self.client = client
        self.language = language

    async def get(self, path: str, status: int = 200) -> httpx.Response:
        """A page, inspected."""
        answer = await self.client.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        if answer.headers.get("content-type", "").startswith("text/html"):
            Page(answer.text).check(self.language)
        return answer

    async def part(self, path: str) -> httpx.Response:
        """A part of a page, as htmx asks for it."""
        answer = await self.client.get(path, headers={"HX-Request": "true"})
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer

    async def post(
        self, page: str, path: str, fields: Mapping[str, str | list[str]], status: int = 303
    ) -> httpx.Response:
        """A form of `page` (its CSRF field comes along), sent to `path`."""
        shown = Page((await self.client.get(page)).text)
        data = {"csrf": shown.posts[0]["csrf"] if shown.posts else "", **fields}
        answer = await self.client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        if status != 303 and answer.headers.get("content-type", "").startswith("text/html"):
            Page(answer.text).check(self.language)
        return answer


@asynccontextmanager
async def browsing(
    app: Starlette, language: str = "ar", session: str = ""
) -> AsyncIterator[Browser]:
    """A browser on the app; `session` is the cookie of somebody who is signed in."""
    kept = httpx.Cookies()
    if session:
        name = cookies.name_of(app.state.runtime, cookies.SESSION)
        kept.set(name, session, domain=HOST)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Accept-Language": language}
    async with httpx.AsyncClient(
        transport=transport, base_url=SITE, headers=headers, cookies=kept
    ) as client:
        yield Browser(client, language)
