"""Webhooks: only what is signed is stored, once, and every request gets its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot import outbox
from bot.embedded.rasa import free_port
from bot.inbox import intake as inbox_intake
from bot.messages import Channel, Form, Inbound, Kind
from bot.models import (
    Broadcast,
    BroadcastKind,
    InboundMessage,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.outbox import Result
from bot.receiving import webhooks
from bot.runtime.database import open_database
from bot.runtime.redis import open_redis
from bot.runtime.runtime import Runtime
from bot.signals import bells, paces
from tests import builders
from tests.channels_on import PUBLIC, SECRET, with_channels
from tests.servers.telegram import Telegram, button, membership, message
from tests.servers.twilio import TOKEN as TWILIO_TOKEN
from tests.servers.twilio import TOKEN_2, Twilio, inbound, signed, status

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
TELEGRAM, SMS, STATUS = "/hooks/telegram", "/hooks/sms", "/hooks/sms/status"
NUMBER = "+218910000001"


@pytest.fixture
def channels(runtime: Runtime) -> Runtime:
    return with_channels(runtime, Telegram(), Twilio())


@pytest.fixture
async def client(channels: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(channels) as opened:
        yield opened


def _client(runtime: Runtime) -> httpx.AsyncClient:
    app = Starlette(routes=webhooks.routes(runtime))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside:8000")


async def update(
    client: httpx.AsyncClient, data: Any, secret: str | None = SECRET
) -> httpx.Response:
    headers = {"Content-Type": JSON}
    if secret is not None:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    body = {"content": data} if isinstance(data, bytes) else {"json": data}
    return await client.post(TELEGRAM, headers=headers, **body)


async def form(
    client: httpx.AsyncClient, path: str, data: dict[str, str], **signing: str
) -> httpx.Response:
    headers = signed(PUBLIC + path, data, **signing)
    return await client.post(path, data=data, headers=headers)


async def stored(runtime: Runtime) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(InboundMessage)) or 0


async def test_an_update_is_stored_and_the_bell_rung(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    assert (await update(client, message(1, 1001, "أنا بخير"))).status_code == 200
    async with runtime.db.read() as session:
        person = (await session.scalars(select(Person))).one()
        row = (await session.scalars(select(InboundMessage))).one()
    assert Inbound.from_json(row.content).text == "أنا بخير"
    assert await anext(bells.bells(runtime.redis, "in")) == [person.id]


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET.upper()])
async def test_an_update_without_our_secret_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, secret: str | None
) -> None:
    assert (await update(client, message(1, 1001, "مرحبا"), secret)).status_code == 403
    assert await stored(runtime) == 0


async def test_a_repeated_update_is_taken_and_has_no_second_effect(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    answers = [await update(client, message(1, 1001, "أنا بخير")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert await stored(runtime) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"update_id": 5},
        {"update_id": 6, "telepathy": {}},
        {"update_id": 7, "message": [1]},
        {
            "update_id": 8,
            "channel_post": message(1, 5, "خبر")["message"]
            | {"chat": {"id": -1, "type": "channel"}},
        },
    ],
    ids=["empty", "unknown kind", "unreadable", "a channel's"],
)
async def test_a_kind_we_do_not_know_is_taken_and_ignored(
    client: httpx.AsyncClient, runtime: Runtime, data: dict[str, Any]
) -> None:
    assert (await update(client, data)).status_code == 200
    assert await stored(runtime) == 0


async def test_a_sticker_is_stored_for_a_kind_answer(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    assert (
        await update(client, message(1, 1001, dice={"emoji": "🎲", "value": 3}))
    ).status_code == 200
    assert await stored(runtime) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"update_id": "x"}', b"\xff"])
async def test_what_is_no_update_is_refused_with_a_reason(
    client: httpx.AsyncClient, runtime: Runtime, body: bytes
) -> None:
    answer = await update(client, body)
    assert (answer.status_code, bool(answer.text)) == (400, True)


@pytest.mark.parametrize("path", [TELEGRAM, SMS, STATUS])
async def test_a_body_over_a_megabyte_is_too_large(client: httpx.AsyncClient, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:  # does not say how long it is
        for _ in range(11):
            yield b"x" * 100_000

    sent_type = JSON if path == TELEGRAM else FORM
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": sent_type}
    assert (await client.post(path, content=endless(), headers=headers)).status_code == 413


async def test_a_pressed_button_stops_waiting_by_the_answer_itself(
    client: httpx.AsyncClient,
) -> None:
    answer = await update(client, button(1, 1001, "/safe"))
    assert answer.json() == {"method": "answerCallbackQuery", "callback_query_id": "cb1"}


async def test_whoever_blocks_the_bot_is_not_written_to(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    await update(client, message(1, 1001, "مرحبا"))
    await update(client, membership(2, 1001, "kicked"))
    assert (await builders.address_at(runtime, "telegram:1001")).stop_reason == "blocked"
    await update(client, membership(3, 1001, "member"))
    assert (await builders.address_at(runtime, "telegram:1001")).stopped_at is None


async def test_a_signed_sms_is_stored_and_answered_with_empty_twiml(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    answer = await form(client, SMS, inbound("SM1", NUMBER, "أنا بخير 🌹"))
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.headers["content-type"].startswith("text/xml")
    async with runtime.db.read() as session:
        assert (await session.scalars(select(Person.phone))).one() == NUMBER


async def test_an_sms_without_a_good_signature_is_refused(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    data = inbound("SM1", NUMBER, "أنا بخير")
    assert (await form(client, SMS, data, token="wrong")).status_code == 403
    assert (await client.post(SMS, data=data)).status_code == 403
    inside = signed("http://inside:8000" + SMS, data)  # the Host header is not to be believed
    assert (await client.post(SMS, data=data, headers=inside)).status_code == 403
    assert await stored(runtime) == 0


async def test_the_second_sms_account_signs_as_well_and_it_is_known_who_was_written_to(
    runtime: Runtime,
) -> None:
    both = with_channels(runtime, twilio=Twilio(), second=Twilio())
    async with _client(both) as client:
        for number, token in enumerate((TWILIO_TOKEN, TOKEN_2, "somebody-else")):
            answer = await form(
                client, SMS, inbound(f"SM{number}", NUMBER, "أنا بخير"), token=token
            )
            assert answer.status_code == (403 if token == "somebody-else" else 200)
    async with runtime.db.read() as session:
        kept = await session.scalars(select(InboundMessage.content).order_by(InboundMessage.id))
        assert [content["sender"] for content in kept] == ["twilio", "twilio2"]


async def test_a_repeated_sms_has_no_second_effect(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    for _ in range(2):
        assert (await form(client, SMS, inbound("SM1", NUMBER, "نعم"))).status_code == 200
    assert await stored(runtime) == 1


@pytest.mark.parametrize("body", [b"no form", b"&".join([b"a=b"] * 300)])
async def test_what_is_no_form_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": FORM}
    assert (await client.post(SMS, content=body, headers=headers)).status_code == 400


@pytest.mark.parametrize("path", [TELEGRAM, SMS, STATUS])
async def test_a_body_of_another_type_is_refused(client: httpx.AsyncClient, path: str) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "text/plain"}
    assert (await client.post(path, content=b"{}", headers=headers)).status_code == 415


async def test_a_signed_form_without_a_sender_is_refused(client: httpx.AsyncClient) -> None:
    assert (await form(client, SMS, {"MessageSid": "SM1", "Body": "نعم"})).status_code == 400


async def test_a_channel_that_is_not_configured_takes_nothing(runtime: Runtime) -> None:
    async with _client(runtime) as client:
        derived = (
            runtime.settings.telegram_secret
        )  # anyone could compute it while there is no token
        assert (await update(client, message(1, 1001, "مرحبا"), derived)).status_code == 403
        assert (await form(client, SMS, inbound("SM1", NUMBER, "نعم"), token="")).status_code == 403


async def _sent_sms(runtime: Runtime) -> int:
    row_id = await builders.reply(runtime, f"sms:{NUMBER}")
    async with runtime.db.begin() as session:
        (row,) = await outbox.claim(session, Channel.SMS, [0], 1, runtime.clock())
        result = Result(row.id, row.address_id, OutboundState.SENT, provider_id="SM9", parts=1)
        await outbox.mark(session, [result], runtime.clock())
    return row_id


async def test_receipts_move_an_sms_to_delivered_and_never_back(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    row_id = await _sent_sms(runtime)
    for state in ("queued", "delivered", "sent", "failed"):
        answer = await form(client, f"{STATUS}?id={row_id}", status("SM9", state))
        assert answer.status_code == 200
    assert (await builders.message(runtime, row_id)).state is OutboundState.DELIVERED


async def test_a_receipt_before_the_row_knows_its_sid_is_not_lost(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    row_id = await builders.reply(runtime, f"sms:{NUMBER}")
    async with runtime.db.begin() as session:
        await outbox.claim(session, Channel.SMS, [0], 1, runtime.clock())
    await form(client, f"{STATUS}?id={row_id}", status("SM9", "delivered"))
    row = await builders.message(runtime, row_id)
    assert (row.state, row.provider_id) == (OutboundState.DELIVERED, "SM9")


async def test_a_receipt_whose_query_was_altered_is_refused(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    row_id = await _sent_sms(runtime)
    data = status("SM9", "failed")
    headers = signed(f"{PUBLIC}{STATUS}?id={row_id + 1}", data)
    assert (
        await client.post(f"{STATUS}?id={row_id}", data=data, headers=headers)
    ).status_code == 403
    assert (await builders.message(runtime, row_id)).state is OutboundState.SENT


async def test_a_receipt_for_an_unknown_sid_is_taken_and_ignored(client: httpx.AsyncClient) -> None:
    assert (await form(client, f"{STATUS}?id=12345", status("SMx", "delivered"))).status_code == 200
    assert (await form(client, STATUS, status("SMx", "delivered"))).status_code == 200


async def test_a_receipt_that_says_stop_stops_the_number(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    row_id = await _sent_sms(runtime)
    await form(client, f"{STATUS}?id={row_id}", status("SM9", "undelivered", 21610))
    assert (await builders.address_at(runtime, f"sms:{NUMBER}")).stop_reason == "blocked"


async def test_a_receipt_that_says_their_queue_was_full_queues_it_again_and_slows_the_sender(
    client: httpx.AsyncClient, runtime: Runtime, channels: Runtime
) -> None:
    row_id = await _sent_sms(runtime)
    await form(client, f"{STATUS}?id={row_id}", status("SM9", "failed", 30001))
    row = await builders.message(runtime, row_id)
    assert (row.state, row.due_at) == (
        OutboundState.QUEUED,
        runtime.clock() + timedelta(seconds=60),
    )
    key = channels.settings.sms_accounts[0].pace_key
    assert await paces.present(runtime.redis, key, 10) == pytest.approx(7, abs=0.2)


async def test_progress_of_an_advisory_is_announced_when_receipts_come(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    row_id = await _sent_sms(runtime)
    async with runtime.db.begin() as session:
        broadcast = Broadcast(
            kind=BroadcastKind.ROLL_CALL,
            lane=1,
            contents={},
            audience={},
            created_at=runtime.clock(),
        )
        session.add(broadcast)
        await session.flush()
        (await session.get_one(OutboundMessage, row_id)).broadcast_id = broadcast.id
    heard = bells.announcements(runtime.redis, ["broadcast:1"])
    assert await anext(heard) == "broadcast:1"
    await form(client, f"{STATUS}?id={row_id}", status("SM9", "delivered"))
    assert await asyncio.wait_for(anext(heard), 5) == "broadcast:1"
    await heard.aclose()  # type: ignore[attr-defined]  # a generator


def _inbound(number: int, **more: Any) -> Inbound:
    return Inbound(
        Channel.TELEGRAM, str(number), f"{number % 40}", Kind.TEXT, Form.CHAT, text="نعم", **more
    )


async def test_many_at_once_are_stored_together(channels: Runtime) -> None:
    intake = inbox_intake.Intake(channels)
    people = await asyncio.gather(*(intake.put(_inbound(n)) for n in range(500)))
    assert None not in people
    assert len(set(people)) == 40
    assert await stored(channels) == 500


async def test_one_that_cannot_be_stored_does_not_fail_its_neighbours(channels: Runtime) -> None:
    intake = inbox_intake.Intake(channels)
    # the database refuses it
    broken = replace(_inbound(7), channel="pigeon")  # type: ignore[arg-type]
    answers = await asyncio.gather(
        *(intake.put(_inbound(n)) for n in range(5)),
        intake.put(broken),
        *(intake.put(_inbound(n)) for n in range(10, 15)),
    )
    # it is set aside: asked for again, it would come back for ever
    assert [answer is None for answer in answers] == [False] * 5 + [True] + [False] * 5
    assert await stored(channels) == 10


async def test_without_a_database_the_provider_is_asked_to_come_again(channels: Runtime) -> None:
    away = open_database(
        f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/none", channels.keyring
    )
    async with _client(replace(channels, db=away)) as client:
        for answer in (
            await update(client, message(1, 1001, "مرحبا")),
            await form(client, SMS, inbound("SM1", NUMBER, "مرحبا")),
            await form(client, STATUS, status("SM1", "delivered")),
        ):
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
    await away.close()


async def test_without_redis_a_message_is_taken_all_the_same(
    channels: Runtime, tmp_path: Path
) -> None:
    redis = open_redis(f"unix://{tmp_path}/nobody")
    async with _client(replace(channels, redis=redis)) as client:
        assert (await update(client, message(1, 1001, "نجدة"))).status_code == 200
    assert await stored(channels) == 1
    await redis.aclose()


async def test_nothing_personal_is_in_a_refusal(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    body = urlencode({"Body": "اسمي سالم الزنتاني", "From": NUMBER}).encode()
    answer = await client.post(SMS, content=body + b"&\xff", headers={"X-Twilio-Signature": "x"})
    answers = [answer.text, (await update(client, '{"text": "سالم الزنتاني"'.encode())).text]
    said = capsys.readouterr()
    for text in (*answers, said.out, said.err):
        assert "سالم" not in text
        assert NUMBER not in text
