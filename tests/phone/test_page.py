"""The phone page: what is sent comes into the inbox, and nobody reads another browser's
conversation.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot import outbox
from bot.consular.crises import crises
from bot.inbox import rows as inbox_rows
from bot.messages import Button, Channel, Contact, Content, Form, Inbound, Kind, Location
from bot.models import Address, InboundMessage, OutboundMessage, OutboundState, Person, Role
from bot.runtime.runtime import Runtime
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing


async def send(browser: Browser, form: Form, fields: Mapping[str, str], n: int = 1) -> str:
    page = f"/phone?n={n}"
    answer = await browser.post(page, f"/phone/{n}/{form.value}", dict(fields))
    assert answer.headers["location"] == page
    return (await browser.get(page)).text


async def inbox_of(runtime: Runtime) -> list[Inbound]:
    async with runtime.db.read() as session:
        rows = await session.scalars(select(InboundMessage).order_by(InboundMessage.id))
        return [Inbound.from_json(row.content) for row in rows]


@pytest.mark.parametrize(
    ("form", "fields", "kind", "text", "payload"),
    [
        (Form.CHAT, {"text": "أنا بخير"}, Kind.TEXT, "أنا بخير", ""),
        (Form.CHAT, {"text": "/start abc"}, Kind.COMMAND, "start", "abc"),
        (Form.CHAT, {"button": "/safe"}, Kind.BUTTON, "/safe", ""),
        (Form.CHAT, {"contact": "1"}, Kind.CONTACT, "", ""),
        (Form.CHAT, {"latitude": "41.01", "longitude": "28.95"}, Kind.LOCATION, "", ""),
        (Form.TEXT, {"text": "نجدة"}, Kind.TEXT, "نجدة", ""),
        (Form.TEXT, {"button": "/safe", "text": "1"}, Kind.TEXT, "1", ""),
    ],
)
async def test_what_is_sent_comes_into_the_inbox(
    runtime: Runtime,
    app: Starlette,
    form: Form,
    fields: dict[str, str],
    kind: Kind,
    text: str,
    payload: str,
) -> None:
    async with browsing(app) as browser:
        await send(browser, form, fields)
    [inbound] = await inbox_of(runtime)
    assert (inbound.channel, inbound.form, inbound.kind) == (Channel.PHONE, form, kind)
    assert (inbound.text, inbound.payload) == (text, payload)
    number = inbound.address.partition(":")[2]
    assert inbound.address == f"{form.value}:{number}"
    assert number.startswith("+999")
    assert inbound.phone == (number if form is Form.TEXT else "")
    assert inbound.contact == (Contact(number, own=True) if kind is Kind.CONTACT else None)
    assert inbound.location == (Location(41.01, 28.95) if kind is Kind.LOCATION else None)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": "  \u200f "},
        {"latitude": "north", "longitude": "1"},
        {"latitude": "91", "longitude": "1"},
    ],
)
async def test_nothing_said_is_nothing_sent(
    runtime: Runtime, app: Starlette, fields: dict[str, str]
) -> None:
    async with browsing(app) as browser:
        await send(browser, Form.CHAT, fields)
    assert await inbox_of(runtime) == []


async def test_one_sees_ones_own_words_at_once_and_then_that_they_were_read(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        shown = await send(browser, Form.CHAT, {"text": "<b>أنا بخير</b>"})
        assert "&lt;b&gt;أنا بخير" in shown
        assert "طمّن يكتب" in shown
        async with runtime.db.begin() as session:
            row = await session.scalar(select(InboundMessage))
            assert row is not None
            await inbox_rows.finish(session, row, None, runtime.clock())
        later = (await browser.part("/phone/1/chat")).text
        assert "طمّن يكتب" not in later
        assert "ticks handled" in later


async def deliver(
    runtime: Runtime, clock: SetClock, content: Content, state: OutboundState
) -> None:
    """The bot's answer to whoever wrote last."""
    async with runtime.db.begin() as session:
        address = (await session.scalars(select(Address).order_by(Address.id.desc()))).first()
        assert address is not None
        person = await session.get_one(Person, address.person_id)
        row = await outbox.reply(
            session,
            person=person,
            address=address,
            content=content,
            inbound_id=None,
            now=clock.advance(seconds=1),
        )
        row.state, row.sent_at = state, clock()


async def test_an_answer_shows_its_buttons_on_one_phone_and_a_list_on_the_other(
    runtime: Runtime, app: Starlette, clock: SetClock
) -> None:
    content = Content(
        "هل أنت بخير؟", (Button("أنا بخير", "/safe"), Button("أحتاج مساعدة", "/needhelp"))
    )
    async with browsing(app) as browser:
        await send(browser, Form.CHAT, {"text": "سلام"})
        await deliver(runtime, clock, content, OutboundState.DELIVERED)
        chat = (await browser.part("/phone/1/chat")).text
        assert 'name="button" value="/safe"' in chat
        await send(browser, Form.TEXT, {"text": "سلام"})
        await deliver(runtime, clock, content, OutboundState.DELIVERED)
        text = (await browser.part("/phone/1/text")).text
        assert "1. أنا بخير\n2. أحتاج مساعدة" in text
        clock.advance(seconds=1)
        await send(browser, Form.CHAT, {"button": "/needhelp"})
        assert (
            "أحتاج مساعدة"
            in (await browser.part("/phone/1/chat")).text.rpartition('class="line mine"')[2]
        )


async def test_a_headline_stands_out_and_its_signs_are_only_signs(
    runtime: Runtime, app: Starlette, clock: SetClock
) -> None:
    headline = "📢 *ابقوا* في <b>بيوتكم</b>"
    async with browsing(app) as browser:
        await send(browser, Form.CHAT, {"text": "سلام"})
        await deliver(
            runtime,
            clock,
            Content(f"{headline}\n\nالطرق مقفلة", heading=len(headline)),
            OutboundState.SENT,
        )
        shown = (await browser.part("/phone/1/chat")).text
    assert "<strong>📢 *ابقوا* في &lt;b&gt;بيوتكم&lt;/b&gt;</strong>\n\nالطرق مقفلة" in shown


async def test_what_has_not_arrived_is_not_shown(
    runtime: Runtime, app: Starlette, clock: SetClock
) -> None:
    async with browsing(app) as browser:
        await send(browser, Form.CHAT, {"text": "سلام"})
        for state in (
            OutboundState.QUEUED,
            OutboundState.SENDING,
            OutboundState.FAILED,
            OutboundState.DROPPED,
        ):
            await deliver(runtime, clock, Content(f"سر {state}"), state)
        assert "سر" not in (await browser.part("/phone/1/chat")).text


async def test_a_roll_call_is_shown_with_the_reply_link_of_its_reader(
    runtime: Runtime, app: Starlette, scenario: Scenario, clock: SetClock
) -> None:
    async with browsing(app) as browser:
        await send(browser, Form.TEXT, {"text": "سلام"})
        async with runtime.db.begin() as session:
            crisis = await crises.open_crisis(
                session,
                scenario.staff[Role.HQ_OFFICER],
                {"en": "Drill", "ar": "تدريب"},
                ["TN"],
                True,
                clock(),
                has_link=True,
            )
            address = (await session.scalars(select(Address).order_by(Address.id.desc()))).first()
            assert address is not None
            values = {
                "channel": Channel.PHONE,
                "form": Form.TEXT,
                "language": "ar",
                "lane": 1,
                "created_at": clock(),
            }
            row = OutboundMessage(
                person_id=address.person_id,
                address_id=address.id,
                broadcast_id=crisis.broadcast_id,
                due_at=clock(),
                state=OutboundState.DELIVERED,
                sent_at=clock(),
                **values,
            )
            session.add(row)
        shown = (await browser.part("/phone/1/text")).text
        link = shown.partition('href="http://tammen.example')[2].partition('"')[0]
        assert link.startswith("/r/")
        assert "هل أنت بخير" in (await browser.get(link)).text


async def test_a_browser_has_many_numbers_and_each_its_own_conversation(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        assert "الرسالة الأولى" in await send(browser, Form.CHAT, {"text": "الرسالة الأولى"})
        answer = await browser.post("/phone", "/phone/numbers", {})
        assert answer.headers["location"] == "/phone?n=2"
        assert "الرسالة الأولى" not in await send(browser, Form.CHAT, {"text": "من رقم آخر"}, n=2)
        assert "الرسالة الأولى" in (await browser.get("/phone?n=1")).text
        await browser.get("/phone/3/chat", 404)


async def test_no_browser_reads_the_conversation_of_another(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser, browsing(app) as stranger:
        await send(browser, Form.CHAT, {"text": "كلام خاص"})
        assert "كلام خاص" not in (await stranger.get("/phone?n=1")).text
        assert "كلام خاص" not in (await stranger.part("/phone/1/chat")).text
        body, _, signature = browser.client.cookies["tammen_phones"].partition(".")
        forged = (
            base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b'"]', b'0"]'))
            .decode()
            .rstrip("=")
        )
        for cookie in (f"{forged}.{signature}", forged, "", "é.é", f"{body}.{signature[:-2]}"):
            stranger.client.cookies.clear()
            headers = {b"Cookie": f"tammen_phones={cookie}".encode()}
            answer = await stranger.client.get("/phone/1/chat", headers=headers)
            assert answer.status_code == 404


async def test_the_page_has_no_words_of_the_visitor_in_its_addresses(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        shown = await send(browser, Form.CHAT, {"text": "اسمي سالم"})
    assert "+999" not in str([part.partition('"')[0] for part in shown.split('href="')[1:]])
