"""Letters on the page of a case, ready replies, and two cases that become one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.audit import trail
from bot.consular.crises import cases, files, handling, letters, ready_replies
from bot.consular.staff import accounts
from bot.models import (
    AuditNote,
    Case,
    CaseKind,
    CaseLetter,
    OutboundMessage,
    OutboundState,
    Person,
    ReadyReply,
    Role,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 300
PDF = b"%PDF-1.7\n" + b"0" * 100
WORDS = "أين أنت بالضبط؟"
LINES = "#thread ol.letters > li"


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


async def receive(runtime: Runtime, case_id: int, words: str) -> None:
    """Have the person of a case answer the officer."""
    async with runtime.db.begin() as session:
        case = await cases.get(session, case_id)
        await letters.receive(session, case, words, "ar", runtime.clock())


async def count_looks(runtime: Runtime) -> int:
    query = select(func.count()).select_from(AuditNote).where(AuditNote.action == "person.viewed")
    async with runtime.db.read() as session:
        return await session.scalar(query) or 0


async def test_a_letter_is_written_answered_and_handed_back(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/cases/{scenario.case_id}"
    page = Page((await officer.get(path)).text)
    assert page.text("#thread") == "No letters yet."
    assert "سالم بن عمران" in page.text('label[for="letter-words"]')
    answer = await officer.post(path, f"{path}/write", {"words": WORDS})
    assert answer.headers["location"] == f"{path}?done=written"
    await receive(runtime, scenario.case_id, "خلف المدرسة")
    async with runtime.db.begin() as session:
        message = (await session.scalars(select(OutboundMessage).where(
            OutboundMessage.content.is_not(None)))).all()[-1]  # fmt: skip
        message.state, message.finished_at = OutboundState.DELIVERED, runtime.clock()
    page = Page((await officer.get(path)).text)
    assert page.texts(f"{LINES} .said") == [WORDS, "خلف المدرسة"]
    assert page.text(f"{LINES}.out .state").startswith("delivered")
    assert "hq_officer@mofa.example" in page.text(f"{LINES}.out")
    assert "the bot is silent" in page.text("#thread .notice")
    await officer.post(path, f"{path}/hand-back", {})
    await officer.post(path, f"{path}/hand-back", {}, 409)
    page = Page((await officer.get(path)).text)
    assert page.count("#thread .notice") == 0
    assert page.count(f'form[action="{path}/hand-back"]') == 0


async def test_what_cannot_be_sent_stays_in_its_box(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/cases/{scenario.case_id}"
    for words, refusal in (
        ("نتصل بك من {phone}", "write something for {phone} first"),
        ("ب" * 2001, "2000 characters at most"),
    ):
        page = Page((await officer.post(path, f"{path}/write", {"words": words}, 409)).text)
        assert refusal in page.text(".wrong")
        assert page.text("#letter-words") == words
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(CaseLetter)) == 0


async def test_the_live_part_shows_new_letters_and_notes_the_look(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/cases/{scenario.case_id}"
    await officer.post(path, f"{path}/write", {"words": WORDS})
    page = Page((await officer.get(path)).text)
    address = page.only("#thread").attributes["hx-get"] or ""
    looks = await count_looks(runtime)
    assert Page((await officer.part(address)).text).count(LINES) == 1
    assert await count_looks(runtime) == looks
    await receive(runtime, scenario.case_id, "خلف المدرسة")
    part = Page((await officer.part(address)).text)
    assert part.texts(f"{LINES} .said") == [WORDS, "خلف المدرسة"]
    assert part.text(f"{LINES}.in .tag") == "new"
    assert await count_looks(runtime) == looks + 1
    assert part.only("#thread").attributes["hx-get"] != address


async def test_a_new_letter_is_a_red_number_until_the_owner_reads_it(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:5", country="SD", name="هدى")
        case = await cases.open_case(session, person, CaseKind.HUMAN, "أريد موظفًا", now)
        await handling.take(session, scenario.staff[Role.POST_OFFICER], case, now)
    before = Page((await officer.get("/posts")).text).figure('#alarm [data-figure="cases"]')
    await receive(runtime, case.id, "متى تتصلون؟")
    for path in ("/posts", f"/cases/{case.id}", "/people"):  # no owner's look
        alarm = Page((await officer.get(path)).text).figure('#alarm [data-figure="cases"]')
        assert alarm == before + 1
    listed = Page((await officer.get("/cases")).text)
    assert listed.text(f'#state-{case.id} [data-figure="unread"]') == "1 new letter"
    live = listed.only("#news").attributes["hx-get"] or ""
    part = Page((await officer.part(live)).text)
    assert part.text(f'#state-{case.id} [data-figure="unread"]') == "1 new letter"
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "ar", token) as owner:
        assert "رسالة جديدة واحدة" in (await owner.get("/cases")).text
        page = Page((await owner.get(f"/cases/{case.id}")).text)
        assert page.texts(f"{LINES} .said") == ["متى تتصلون؟"]
        assert Page((await owner.get("/cases")).text).count('[data-figure="unread"]') == 0
    assert Page((await officer.get("/posts")).text).figure('#alarm [data-figure="cases"]') == before


async def test_without_an_address_the_page_offers_the_number(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, country="SD", phone="+249912345678")
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
    path = f"/cases/{case.id}"
    page = Page((await officer.get(path)).text)
    assert page.count("#letter-words") == 0
    assert page.text("#thread ~ .notice a") == "+249912345678"
    refused = Page((await officer.post(path, f"{path}/write", {"words": WORDS}, 409)).text)
    assert "call +249912345678 instead" in refused.text(".wrong")
    async with runtime.db.begin() as session:
        (await session.get_one(Person, person.id)).no_calls_at = now
    page = Page((await officer.get(path)).text)
    assert "asked not to be called" in page.text("#thread ~ .notice")
    assert page.count('#thread ~ .notice a[href^="tel:"]') == 0


async def test_a_ready_reply_fills_the_box_in_the_language_of_the_person(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        await ready_replies.seed(session, runtime.clock())
        await session.get_one(Case, scenario.case_id)
    path = f"/cases/{scenario.case_id}"
    page = Page((await officer.get(path)).text)
    options = page.texts("select[name=reply] option")
    assert len(options) == 9
    assert options[1].startswith("We read you")
    part = await officer.part(f"{path}/ready?reply=6")
    words = Page(part.text).text("#letter-words")
    assert words.startswith("سالم بن عمران، طلبك عندنا برقم")
    assert str(scenario.case_id) in words
    whole = Page((await officer.get(f"{path}/ready?reply=6")).text)  # without scripts
    assert whole.text("#letter-words") == words
    await officer.get(f"{path}/ready?reply=77", 404)
    await officer.get("/cases/9999/ready?reply=1", 404)


async def test_headquarters_keep_the_ready_replies(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    texts = {"text_ar": "نحن معك يا {name}", "text_en": "We are with you, {name}"}
    await officer.post("/replies/new", "/replies", texts)
    page = Page((await officer.get("/replies")).text)
    assert page.texts("ul.replies > li .said") == ["نحن معك يا {name}", "We are with you, {name}"]
    refused = await officer.post("/replies/new", "/replies", texts | {"text_en": "Hello"}, 422)
    assert "stands in one language only" in Page(refused.text).text(".wrong")
    await officer.post("/replies/1", "/replies/1", texts | {"text_en": "With you, {name}"})
    await officer.post("/replies", "/replies/1/retire", {})
    await officer.post("/replies", "/replies/1/retire", {}, 409)
    page = Page((await officer.get("/replies")).text)
    assert page.text("#reply-1 .tag") == "retired"
    assert "With you" in page.text("#reply-1")
    assert (
        Page((await officer.get(f"/cases/{scenario.case_id}")).text).count("select[name=reply]")
        == 0
    )
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "ar", token) as post:
        assert Page((await post.get("/replies")).text).count("ul.replies a, ul.replies form") == 0
        await post.get("/replies/new", 403)
        await post.post("/cases", "/replies", texts, 403)
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(ReadyReply)) == 1


async def test_two_cases_are_joined_and_the_newer_leads_to_the_older(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        newer = await cases.open_case(
            session, person, CaseKind.HUMAN, "أريد موظفًا", runtime.clock()
        )
    path = f"/cases/{newer.id}"
    page = Page((await officer.get(path)).text)
    assert page.texts("select[name=other] option") == [
        f"life at risk · case {scenario.case_id}",
    ]
    answer = await officer.post(path, f"{path}/merge", {"other": str(scenario.case_id)})
    assert answer.headers["location"] == f"/cases/{scenario.case_id}?done=case_merged"
    older = Page((await officer.get(answer.headers["location"])).text)
    assert "أريد موظفًا" in older.text("#said ~ .said")
    assert "joined a newer case into this one" in older.text("#course ~ .timeline")
    closed = Page((await officer.get(path)).text)
    assert closed.only(f'a[href="/cases/{scenario.case_id}"]').text() == (
        f"It goes on in case {scenario.case_id}"
    )
    assert closed.count(f'form[action="{path}/reopen"], form[action="{path}/undo"]') == 0
    await officer.post(path, f"{path}/merge", {"other": str(scenario.case_id)}, 409)
    await officer.post(path, f"{path}/merge", {"other": "x"}, 409)


async def test_a_post_of_another_country_reads_and_writes_nothing(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        stranger, _token = await accounts.add(
            session, "ankara@mofa.example", Role.POST_OFFICER, "TR", runtime.clock(), None
        )
        await ready_replies.seed(session, runtime.clock())
    path = f"/cases/{scenario.case_id}"
    async with browsing(app, "en", await builders.cookie(runtime, stranger)) as browser:
        await browser.get(f"{path}/thread", 404)
        await browser.get(f"{path}/ready?reply=1", 404)
        await browser.post("/cases", f"{path}/write", {"words": WORDS}, 404)
        await browser.post("/cases", f"{path}/hand-back", {}, 409)
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(CaseLetter)) == 0


async def test_images_are_shown_and_everything_else_is_downloaded(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        for source, content in enumerate((PNG, PDF, b"<html>")):
            await files.expect(session, person, "document", str(source), now)
            (waiting,) = await files.claim(session, now)
            await files.store(session, waiting.id, content)
        await files.expect(session, person, "voice", "v", now)
    path = f"/cases/{scenario.case_id}"
    page = Page((await officer.get(path)).text)
    assert page.only("ul.files img").attributes["src"] == f"{path}/files/1"
    assert "Download: document" in page.text(f'ul.files a[href="{path}/files/2"]')
    assert "not kept" in page.texts("ul.files li")[2]
    assert "on its way" in page.texts("ul.files li")[3]
    image = await officer.client.get(f"{path}/files/1")
    assert (image.content, image.headers["content-type"]) == (PNG, "image/png")
    assert image.headers["content-disposition"].startswith("inline;")
    document = await officer.client.get(f"{path}/files/2")
    assert (document.content, document.headers["content-type"]) == (PDF, "application/pdf")
    assert document.headers["content-disposition"].startswith("attachment;")
    for answer in (image, document):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
    for number in (3, 4, 77):
        await officer.get(f"{path}/files/{number}", 404)
    async with runtime.db.begin() as session:
        stranger, _token = await accounts.add(
            session, "ankara@mofa.example", Role.POST_OFFICER, "TR", now, None
        )
        looks = await trail.of(session, f"case:{scenario.case_id}")
    assert [note.action for note in looks[:2]] == ["case.file_read"] * 2
    async with browsing(app, "en", await builders.cookie(runtime, stranger)) as browser:
        await browser.get(f"{path}/files/1", 404)
