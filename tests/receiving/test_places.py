"""Places as the channels send them: shared, typed, or as a link, through the real webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot import actions
from bot.conversation.turns import handle
from bot.dialogue import checking
from bot.models import OutboundMessage, Person
from bot.practice.talk import EXACT
from bot.receiving import webhooks
from bot.runtime.runtime import Runtime
from tests.channels_on import PUBLIC, SECRET, with_channels
from tests.servers.telegram import Telegram, message
from tests.servers.twilio import Twilio, inbound, signed

FLOWS = checking.load(actions=actions.ACTIONS)
TELEGRAM, SMS = "/hooks/telegram", "/hooks/sms"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
NUMBER = "+249912345678"
LOCATION = {"latitude": 33.51, "longitude": 36.29}
VENUE = {"location": LOCATION, "title": "بيت", "address": "شارع"}

Sent = tuple[str | None, str | None]


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    channels = with_channels(runtime, Telegram(), Twilio())
    app = Starlette(routes=webhooks.routes(channels))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inside:8000") as opened:
        yield opened


async def answered(runtime: Runtime) -> tuple[Person, str]:
    """Answer what came in; return the person, and the last reply."""
    async with runtime.db.read() as session:
        person = (await session.scalars(select(Person))).one()
    await handle(runtime, FLOWS, person.id, EXACT)
    async with runtime.db.read() as session:
        person = (await session.scalars(select(Person))).one()
        replies = await session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        texts = [reply.content["text"] for reply in replies if reply.content]
    return person, texts[-1] if texts else ""


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (None, {"location": LOCATION}),
        (None, {"location": LOCATION, "venue": VENUE}),
        ("33.51, 36.29", {}),
        ("٣٣٫٥١، ٣٦٫٢٩", {}),
        ("33°30'36\"N 36°17'24\"E", {}),
        ("lat:33.51 lon:36.29", {}),
        ("https://maps.google.com/?q=33.51,36.29", {}),
        ("https://www.google.com/maps/@33.51,36.29,15z", {}),
        ("https://www.openstreetmap.org/#map=15/33.51/36.29", {}),
        ("geo:33.51,36.29", {}),
    ],
)
async def test_a_position_by_telegram(
    text: str | None, more: dict[str, Any], client: httpx.AsyncClient, runtime: Runtime
) -> None:
    response = await client.post(TELEGRAM, headers=HEADERS, json=message(1, 1001, text, **more))
    assert response.status_code == 200
    person, reply = await answered(runtime)
    assert person.city == "SY/Damascus"
    assert person.position == "33.51,36.29"
    assert person.location is None  # no case needs it exactly
    assert "دمشق، سوريا" in reply


@pytest.mark.parametrize(
    ("texts", "place"),
    [
        (["33.51, 36.29"], ("SY", "SY/Damascus", None)),
        (["https://maps.apple.com/?ll=33.51,36.29"], ("SY", "SY/Damascus", None)),
        (["مكاني", "🇸🇩"], ("SD", None, None)),
        (["مكاني", "SD"], ("SD", None, None)),
        (["مكاني", "istanbul'da"], ("TR", "TR/Istanbul", None)),
        (["مكاني", "Allemagne"], ("DE", None, None)),
        (["مكاني", "عمان", "2"], ("OM", None, None)),
        (["مكاني", "عمان", "١"], ("JO", "JO/Amman", None)),
        (["مكاني", "كامبو 5"], ("SD", None, "كامبو 5")),
        (["مكاني", "https://maps.app.goo.gl/AbCd", "كسلا"], ("SD", "SD/Kassala", None)),
    ],
)
async def test_a_place_by_sms_from_a_sudanese_number(
    texts: list[str],
    place: tuple[str, str | None, str | None],
    client: httpx.AsyncClient,
    runtime: Runtime,
) -> None:
    for number, text in enumerate(texts):
        form = inbound(f"SM{number}", NUMBER, text)
        response = await client.post(SMS, data=form, headers=signed(PUBLIC + SMS, form))
        assert response.status_code == 200
        person, _reply = await answered(runtime)
    assert (person.country, person.city, person.place_words) == place


async def test_the_words_are_encrypted_at_rest(client: httpx.AsyncClient, runtime: Runtime) -> None:
    for number, text in enumerate(["مكاني", "مدرسة النور"]):
        form = inbound(f"SM{number}", NUMBER, text)
        await client.post(SMS, data=form, headers=signed(PUBLIC + SMS, form))
        await answered(runtime)
    async with runtime.db.read() as session:
        raw = (await session.connection()).exec_driver_sql
        rows = await raw("SELECT place_words FROM people")
        (sealed,) = rows.one()
    assert bytes("مدرسة النور", "utf-8") not in bytes(sealed)
