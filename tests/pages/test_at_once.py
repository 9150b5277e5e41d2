"""Many who come at once are served one after the other, and nobody's form waits behind pages."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response

from bot.pages.entrance import MAX_PAGES_AT_ONCE
from bot.pages.visit import ANYONE, Page, Visit
from tests.waiting import until

VISITORS = 100


class Room:
    """A page that counts who is in it, until it lets them go."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.doors = asyncio.Event()

    async def show(self, _visit: Visit) -> Response:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.doors.wait()
        self.inside -= 1
        return PlainTextResponse("well")


async def take(_visit: Visit) -> Response:
    return PlainTextResponse("taken")


@pytest.fixture
def room(app: Starlette) -> Room:
    """A page of the application at /room, and a form at /taken."""
    here = Room()
    page = Page("/room", here.show, may=ANYONE)
    form = Page("/taken", take, may=ANYONE, methods=("POST",), is_proof=True)
    app.router.routes[:0] = [page, form]
    return here


async def test_so_many_pages_are_made_at_once_and_forms_pass_by(app: Starlette, room: Room) -> None:
    transport = httpx.ASGITransport(app)
    headers = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://inside", headers=headers
    ) as client:
        visits = [asyncio.create_task(client.get("/room")) for _ in range(VISITORS)]
        await until(lambda: room.inside == MAX_PAGES_AT_ONCE)
        assert (await client.post("/taken", data={"word": "now"})).text == "taken"
        assert (await client.get("/health/live")).status_code == 200
        room.doors.set()
        answers = await asyncio.gather(*visits)
    assert {answer.status_code for answer in answers} == {200}
    assert room.most == MAX_PAGES_AT_ONCE
