"""A browser for tests that inspects every page it loads: title, language, labels, ids, CSRF fields,
inline code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import httpx
from starlette.applications import Starlette

from bot.text.text import direction

SITE = "http://tammen.example"
VOID = {"input", "meta", "link", "img", "br"}
NEEDS_NO_LABEL = {"hidden", "submit", "button"}


class Page(HTMLParser):
    """What a page is made of, as far as the checks need it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root: dict[str, str] = {}
        self.title = ""
        self.ids: list[str] = []
        self.labelled: set[str] = set()  # ids that a label names
        self.bare: list[dict[str, str]] = []  # fields outside any label
        self.posts: list[dict[str, str]] = []  # hidden fields of each form that posts
        self.inline: list[str] = []  # what the content security policy stops
        self._open: list[str] = []
        self._in_post = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        self.root = named if tag == "html" else self.root
        self.ids += [named["id"]] if "id" in named else []
        self.inline += [name for name in named if name == "style" or name.startswith("on")]
        self.labelled |= {named["for"]} if tag == "label" and "for" in named else set()
        if tag == "form":
            self._in_post = named.get("method") == "post"
            self.posts += [{}] if self._in_post else []
        if tag in {"input", "select", "textarea"}:
            self._field(named)
        if tag not in VOID:
            self._open.append(tag)

    def _field(self, named: dict[str, str]) -> None:
        if named.get("type") == "hidden" and self._in_post:
            self.posts[-1][named.get("name", "")] = named.get("value", "")
        if named.get("type") not in NEEDS_NO_LABEL and "label" not in self._open:
            self.bare.append(named)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        self._in_post = self._in_post and tag != "form"

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["title"]:
            self.title += data
        if self._open[-1:] in (["script"], ["style"]) and data.strip():
            self.inline.append(self._open[-1])


def inspect(html: str, language: str) -> Page:
    """The page, or the part of one, when nothing is wrong with it."""
    page = Page(html)
    if html.startswith("<!doctype"):
        assert page.title.strip(), "a page without a title"
        assert page.root == {"lang": language, "dir": direction(language)}
    assert len(page.ids) == len(set(page.ids)), f"an id twice: {sorted(page.ids)}"
    assert [field for field in page.bare if field.get("id") not in page.labelled] == [], (
        "a field without a label"
    )
    assert all(post.get("csrf") for post in page.posts), "a form without a CSRF field"
    assert page.inline == [], "inline code, which the content security policy stops"
    return page


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
            inspect(answer.text, self.language)
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
            inspect(answer.text, self.language)
        return answer


@asynccontextmanager
async def browsing(
    app: Starlette, language: str = "ar", session: str = ""
) -> AsyncIterator[Browser]:
    """A browser on the app; `session` is the cookie of somebody who is signed in."""
    cookies = {"tammen_session": session} if session else {}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Accept-Language": language}
    async with httpx.AsyncClient(
        transport=transport, base_url=SITE, headers=headers, cookies=cookies
    ) as client:
        yield Browser(client, language)
