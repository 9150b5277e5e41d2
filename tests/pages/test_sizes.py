"""Whatever somebody types into a form, the others are answered meanwhile.

A request may not hold the loop for longer than a few ordinary pages do: the time that the loop's
thread works is measured beside that of such pages, in the same run.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.models import Role
from bot.pages.visit import Page
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.builders import Scenario
from tests.channels_on import PUBLIC, SECRET, with_channels
from tests.console.browser import browsing
from tests.pages import hostile
from tests.pages.reader import Page as Loaded
from tests.servers.telegram import Telegram, message
from tests.servers.twilio import Twilio, inbound, signed

SAME = {"Sec-Fetch-Site": "same-origin"}
ORDINARY_PAGES = 6  # that a hostile request may cost
FORM_CHARS = 40_000  # of Arabic letters in a form of the longest kind
WRITTEN = {"/advisories", "/advisories/preview", "/templates"}
HOSTILE = {
    "a long word": "ب" * 5000,
    "nine hundred words": "أ ب " * 450,
    "blanks": " \t\n" * 1600 + "x",
    "digits": "٣" * 5000,
    "numbers": "+218 91 000 " * 400,
    "nesting": "[" * 2500 + "]" * 2500,
    "rules": '{"all":[' * 600 + "]}" * 600,
    "corners": "36.2 36.1\n" * 500,
    "slashes": "/" * 5000,
    "placeholders": "{a}{b" * 1000,
    "tags": "a," * 2500,
    "marks": "\u0301" * 5000,
}

Clients = dict[Role, tuple[httpx.AsyncClient, str]]


@pytest.fixture
def settings_channels(runtime: Runtime) -> Runtime:
    return with_channels(runtime, Telegram(), Twilio(), phone_set=True)


@pytest.fixture
def whole(settings_channels: Runtime) -> Starlette:
    """The app with all its routes."""
    return create_app(settings_channels)


@pytest.fixture
async def clients(runtime: Runtime, whole: Starlette, scenario: Scenario) -> AsyncIterator[Clients]:
    """A browser of each role, signed in."""
    async with AsyncExitStack() as stack:
        opened: Clients = {}
        for role in Role:
            session = await builders.cookie(runtime, scenario.staff[role])
            browser = await stack.enter_async_context(browsing(whole, "ar", session))
            csrf = Loaded((await browser.get("/")).text).posts[0]["csrf"]
            opened[role] = (browser.client, csrf)
        yield opened


async def work_of(request: Callable[[], Awaitable[httpx.Response]]) -> tuple[float, int]:
    """Seconds that the loop's thread worked on a request, and the status of its answer.

    No garbage is collected meanwhile: it would be that of other tests.
    """
    gc.disable()
    try:
        begun = time.thread_time()
        answer = await request()
        return time.thread_time() - begun, answer.status_code
    finally:
        gc.enable()


async def least_work_of(
    request: Callable[[], Awaitable[httpx.Response]], limit: float
) -> tuple[float, int]:
    """The same, of the cheapest of three tries where the first was dear.

    On a busy machine some request is dear by chance; what a form costs, it costs each time.
    """
    spent, status = await work_of(request)
    for _ in range(2):
        if spent > limit:
            again, _status = await work_of(request)
            spent = min(spent, again)
    return spent, status


async def ordinary(clients: Clients) -> float:
    """Seconds that an ordinary page takes: the form of an advisory, once it was shown before."""
    client, _csrf = clients[Role.HQ_OFFICER]
    seconds = []
    for _ in range(4):
        spent, status = await work_of(lambda: client.get("/advisories/new"))
        assert status == 200
        seconds.append(spent)
    return sorted(seconds)[1]


def shares(page: Page) -> list[list[str]]:
    """The fields of a form: all at once, and those of an advisory also with long texts in each."""
    names = hostile.fields(page) or ["nothing"]
    if page.path not in WRITTEN:
        return [names]
    return [names, *(names[begin : begin + 8] for begin in range(0, len(names), 8))]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("typed", HOSTILE.values(), ids=HOSTILE)
async def test_a_form_full_of_it_costs_no_more_than_a_few_pages(
    whole: Starlette, clients: Clients, scenario: Scenario, typed: str
) -> None:
    limit = ORDINARY_PAGES * await ordinary(clients)
    slow, failed = [], []
    for page in hostile.pages(whole):
        if page.methods != {"POST"} or page.path == "/sign-out":
            continue
        client, csrf = clients[hostile.role_for(page)]
        path = hostile.real_address(page, scenario)
        for names in shares(page):
            chars = min(len(typed), FORM_CHARS // len(names))
            data = {"csrf": csrf, **dict.fromkeys(names, typed[:chars])}
            posting = partial(client.post, path, data=data, headers=SAME)
            spent, status = await least_work_of(posting, limit)
            if status >= 500 or status == 413:
                failed.append((page.path, names[0], status))
            if spent > limit:
                slow.append((page.path, names[0], round(spent / limit, 1)))
    assert (slow, failed) == ([], [])


@pytest.mark.timeout(600)
async def test_thousands_of_fields_and_one_huge_field_are_refused_cheaply(
    whole: Starlette, clients: Clients, scenario: Scenario
) -> None:
    limit = ORDINARY_PAGES * await ordinary(clients)
    bodies = {
        "fields": "&".join(f"f{n}=1" for n in range(5000)),
        "one field": "text_ar=" + "a" * 990_000,
        "escapes": "text_ar=" + "%D8%A8" * 160_000,
        "same field": "&".join(["group=in"] * 590),
    }
    slow, failed = [], []
    form = {**SAME, "Content-Type": "application/x-www-form-urlencoded"}
    for page in hostile.pages(whole):
        if page.methods != {"POST"} or page.path == "/sign-out":
            continue
        client, csrf = clients[hostile.role_for(page)]
        path = hostile.real_address(page, scenario)
        for name, body in bodies.items():
            content = f"csrf={csrf}&{body}"
            posting = partial(client.post, path, content=content, headers=form)
            spent, status = await least_work_of(posting, limit)
            if status >= 500:
                failed.append((page.path, name, status))
            if spent > limit:
                slow.append((page.path, name, round(spent / limit, 1)))
    assert (slow, failed) == ([], [])


UPDATES: dict[str, Any] = {
    "long text": message(1, 1001, "ب" * 400_000),
    "words": message(2, 1001, "أ ب " * 100_000),
    "entities": message(
        3, 1001, "x" * 9, entities=[{"type": "blockquote", "offset": 0, "length": 1}] * 9000
    ),
    "buttons": message(4, 1001, "x", reply_markup={"inline_keyboard": [[{"text": "x"}]] * 9000}),
    "names": message(5, 1001, "x") | {f"k{n}": n for n in range(40_000)},
    "colons": message(6, 1001, "1/1 " + "a:" * 200_000),
    "forwarded": message(7, 1001, "[1/1" * 100_000),
    "card": message(8, 1001, contact={"phone_number": "1" * 400_000, "first_name": "x" * 400_000}),
}


@pytest.mark.parametrize("name", [*UPDATES, "nesting", "arrays"])
async def test_an_update_of_any_shape_is_taken_cheaply(
    whole: Starlette, clients: Clients, name: str
) -> None:
    limit = ORDINARY_PAGES * await ordinary(clients)
    shapes = {
        "nesting": b'{"update_id":1,"x":' + b'{"a":' * 90_000 + b"1" + b"}" * 90_000 + b"}",
        "arrays": b'{"update_id":1,"message":' + b"[" * 400_000 + b"]" * 400_000 + b"}",
    }
    body = shapes.get(name) or json.dumps(UPDATES[name]).encode()[:1_000_000]
    client, _csrf = clients[Role.ADMIN]
    headers = {
        "X-Telegram-Bot-Api-Secret-Token": SECRET,
        "Content-Type": "application/json",
    }
    spent, status = await work_of(
        lambda: client.post("/hooks/telegram", content=body, headers=headers)
    )
    assert status < 500
    assert spent < limit


@pytest.mark.parametrize(
    "body", ["ب" * 200_000, "1/1 a:" * 100_000, "/" * 500_000, "fwd " * 100_000]
)
async def test_an_sms_of_any_length_is_taken_cheaply(
    whole: Starlette, clients: Clients, body: str
) -> None:
    limit = ORDINARY_PAGES * await ordinary(clients)
    client, _csrf = clients[Role.ADMIN]
    form = inbound("SM1", "+218910000001", body[:150_000])
    headers = signed(f"{PUBLIC}/hooks/sms", form)
    spent, status = await work_of(lambda: client.post("/hooks/sms", data=form, headers=headers))
    assert status in {200, 413}
    assert spent < limit
