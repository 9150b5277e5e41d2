"""A message that no database takes: its writer and staff hear of it, and the next one is taken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.inbox.intake import Intake
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import CaseKind, InboundMessage, InboundState
from bot.receiving import webhooks
from bot.runtime.runtime import Runtime
from bot.text.catalogues import say
from tests.channels_on import PUBLIC, SECRET, with_channels
from tests.correspondent import CHAT, NUMBER, Correspondent
from tests.servers.telegram import Telegram, button, message
from tests.servers.twilio import Twilio, inbound, signed_bytes

HALF = "\ud800"  # half of a character, as a broken phone may write it


@pytest.fixture
def channels(runtime: Runtime) -> Runtime:
    return with_channels(runtime, Telegram(), Twilio())


@pytest.fixture
async def client(channels: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=webhooks.routes(channels))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside") as opened:
        yield opened


async def update(client: httpx.AsyncClient, data: Any) -> int:
    """Telegram posts an update; the status of the answer."""
    headers = {
        "X-Telegram-Bot-Api-Secret-Token": SECRET,
        "Content-Type": "application/json",
    }
    body = json.dumps(data).encode()
    return (await client.post("/hooks/telegram", content=body, headers=headers)).status_code


async def test_staff_and_the_writer_hear_of_a_message_that_could_not_be_stored(
    line: Correspondent,
) -> None:
    no_words: Any = object()
    unstorable = Inbound(Channel.TELEGRAM, "5", str(CHAT), Kind.TEXT, Form.CHAT, text=no_words)
    await Intake(line.runtime).put(unstorable)
    await line.settle()
    assert [call.fields["text"] for call in line.shown()] == [say("utter_fault", "ar", Form.CHAT)]
    assert list(await line.cases()) == [CaseKind.FAULT]
    assert [row.state for row in await line.rows(InboundMessage)] == [InboundState.FAILED]

    await line.write("أنا بخير")
    assert len(line.shown()) > 1


@pytest.mark.parametrize(
    "data",
    [
        message(1, 1001, f"نجدة{HALF}"),
        message(
            1,
            1001,
            caption=f"نجدة{HALF}",
            photo=[{"file_id": "1", "file_unique_id": "1", "width": 1, "height": 1}],
        ),
        message(1, 1001, contact={"phone_number": "12", "first_name": HALF}),
        message(1, 1001, location={"latitude": 1.0, "longitude": 1.0}, caption=HALF),
        message(1, 1001, HALF),
        button(1, 1001, f"/safe{HALF}"),
        button(1, 1001, "/safe") | {"odd": {HALF: [HALF]}},
    ],
    ids=["text", "caption", "card", "place", "nothing else", "button", "unknown field"],
)
async def test_half_a_character_is_replaced_and_the_message_stored(
    client: httpx.AsyncClient, runtime: Runtime, data: dict[str, Any]
) -> None:
    assert await update(client, data) == 200
    (content,) = await contents(runtime)
    assert HALF not in str(content)


async def test_a_button_whose_call_has_half_a_character_is_answered(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    data = button(1, 1001, "/safe")
    data["callback_query"]["id"] = f"cb{HALF}"
    assert await update(client, data) == 200
    assert len(await contents(runtime)) == 1


async def test_an_sms_that_is_not_utf_8_is_stored_with_what_can_be_read(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    broken = "help \udcff"  # the byte FF, as it is signed
    data = inbound("SM1", NUMBER, broken)
    headers = signed_bytes(PUBLIC + "/hooks/sms", data)
    body = urlencode(data, errors="surrogateescape").encode()
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/hooks/sms", content=body, headers={**headers, **form_type})
    assert answer.status_code == 200
    assert [content["text"] for content in await contents(runtime)] == ["help \ufffd"]
    forged = await client.post("/hooks/sms", content=body + b"x", headers={**headers, **form_type})
    assert forged.status_code == 403


async def contents(runtime: Runtime) -> list[dict[str, Any]]:
    async with runtime.db.read() as session:
        return list(await session.scalars(select(InboundMessage.content)))


async def test_what_cannot_be_stored_is_stored_without_its_words(channels: Runtime) -> None:
    no_words: Any = object()
    unstorable = Inbound(Channel.TELEGRAM, "5", str(CHAT), Kind.TEXT, Form.CHAT, text=no_words)
    assert await Intake(channels).put(unstorable) is not None
    (content,) = await contents(channels)
    assert content["is_unreadable"] is True
    assert "text" not in content
