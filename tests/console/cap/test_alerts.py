"""The screen for other people's alerts: a file becomes a draft, feeds are followed, and what is
wrong says why.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from lxml import etree
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.cap import subscriptions
from bot.consular.cap.drawing import CapError
from bot.messages import Language
from bot.models import Advisory, CapFeed, Role
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.consular.cap.alerts import ARABIC, AREA, alert, atom, link
from tests.consular.cap.test_signing import own_signer
from tests.pages.reader import Page

SCREEN = "/advisories/cap"


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    async with browsing(
        app, "ar", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as browser:
        yield browser


async def upload(browser: Browser, words: str | bytes, status: int = 303) -> httpx.Response:
    """Sends a file from the screen."""
    csrf = Page((await browser.get(SCREEN)).text).posts[0]["csrf"]
    answer = await browser.client.post(
        f"{SCREEN}/import",
        data={"csrf": csrf},
        files={
            "file": (
                "تنبيه.xml",
                words.encode() if isinstance(words, str) else words,
                "application/xml",
            )
        },
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == status
    if status == 422:
        Page(answer.text).check(browser.language)
    return answer


async def count(runtime: Runtime) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(Advisory)) or 0


async def test_the_screen_is_reached_from_the_list_and_tells_where_others_read_ours(
    officer: Browser,
) -> None:
    assert f'href="{SCREEN}"' in (await officer.get("/advisories")).text
    page = (await officer.get(SCREEN)).text
    assert "http://tammen.example/feeds/advisories.atom" in page
    assert "http://tammen.example/feeds/advisories.rss" in page


async def test_a_file_becomes_a_draft(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    answer = await upload(officer, alert())
    page = (await officer.get(answer.headers["location"])).text
    assert "صار مسودة" in page
    assert "أمطار غزيرة على الساحل" in page
    async with runtime.db.read() as session:
        row = (await session.scalars(select(Advisory).order_by(Advisory.id.desc()).limit(1))).one()
    assert row.created_by == scenario.staff[Role.HQ_OFFICER].id
    assert "هو عندنا من قبل" in (await upload(officer, alert(), 422)).text


async def test_a_feed_with_alerts_in_it_becomes_several_drafts(
    runtime: Runtime, officer: Browser
) -> None:
    before = await count(runtime)
    inside = [
        f"<content>{alert(('MET-7', name), declared=False)}</content>"
        for name in ("MET-8", "MET-9")
    ]
    answer = await upload(officer, atom(*inside))
    assert answer.headers["location"].startswith("/advisories?")
    assert await count(runtime) == before + 2
    await officer.get(answer.headers["location"])


async def test_a_draft_without_a_headline_in_the_readers_language_is_still_found(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    where = (await upload(officer, alert(infos=ARABIC))).headers["location"]
    async with browsing(
        app, "en", await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    ) as second:
        assert "أمطار غزيرة على الساحل" in (await second.get("/advisories")).text
        await second.get(where)
    none = (
        await upload(officer, alert((">ar<", ">tr<"), ("MET-7", "MET-8"), infos=ARABIC))
    ).headers["location"]
    assert "بلا عنوان بعد" in (await officer.get(none)).text


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (alert(("<alert", "<!DOCTYPE alert><alert")), "قد يكون فخًا"),
        (alert().encode("utf-16"), "ليس بترميز UTF-8"),
        (alert(("36,36 36,37", "x")), "منطقة غير صحيحة"),
        (alert(("Actual", "Test")), "ليس موجهًا إلى الناس"),
        (atom(link("https://met.example/7.xml")), "أضف عنوانها"),
        (b"", "ليس XML"),
    ],
)
async def test_what_is_refused_says_why_and_changes_nothing(
    runtime: Runtime, officer: Browser, words: str | bytes, reason: str
) -> None:
    before = await count(runtime)
    assert reason in (await upload(officer, words, 422)).text
    assert await count(runtime) == before


async def test_one_that_is_wrong_takes_none_of_a_file(runtime: Runtime, officer: Browser) -> None:
    before = await count(runtime)
    inside = [alert(declared=False), alert(("Severe<", "Bad<"), ("MET-7", "MET-8"), declared=False)]
    await upload(officer, atom(*(f"<content>{one}</content>" for one in inside)), 422)
    assert await count(runtime) == before


async def test_a_form_without_a_file_says_so(officer: Browser) -> None:
    await officer.post(SCREEN, f"{SCREEN}/import", {}, 422)


async def test_a_feed_is_followed_and_given_up(runtime: Runtime, officer: Browser) -> None:
    await officer.post(
        SCREEN, f"{SCREEN}/feeds", {"url": "https://met.example/all.atom", "minutes": "30"}
    )
    async with runtime.db.begin() as session:
        (feed,) = await subscriptions.everything(session)
        await subscriptions.note(
            session,
            feed.id,
            runtime.clock(),
            None,
            CapError("Its server answered {status}.", status=500),
        )
    page = (await officer.get(SCREEN)).text
    assert "https://met.example/all.atom" in page
    assert "ردّ الخادم: 500." in page
    await officer.post(SCREEN, f"{SCREEN}/feeds/{feed.id}/remove", {})
    async with runtime.db.read() as session:
        assert await session.get(CapFeed, feed.id) is None
    await officer.post(SCREEN, f"{SCREEN}/feeds/{feed.id}/remove", {}, 409)


@pytest.mark.parametrize(
    "form", [{"url": "ftp://x", "minutes": "30"}, {"url": "https://x.example", "minutes": "٥x"}]
)
async def test_a_feed_that_is_none_keeps_what_was_written(
    officer: Browser, form: dict[str, str]
) -> None:
    answer = await officer.post(SCREEN, f"{SCREEN}/feeds", form, 422)
    assert f'value="{form["url"]}"' in answer.text


async def test_a_draft_says_who_signed_it_and_which_places_are_left(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    code = "<geocode><valueName>UGC</valueName><value>TRZ001</value></geocode>"
    bare = alert((AREA, code))
    answer = await upload(officer, bare)
    page = (await officer.get(answer.headers["location"])).text
    Page(page).check("ar")
    assert "غير موقّع" in page
    assert "<bdi>هاتاي (UGC TRZ001)</bdi>" in page
    async with browsing(
        create_app(runtime), "en", await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    ) as english:
        assert "Not signed: nothing shows" in (await english.get(answer.headers["location"])).text


async def test_a_signature_is_told_or_refused(
    runtime: Runtime, scenario: Scenario, tmp_path: Path, officer: Browser
) -> None:
    signer = own_signer(tmp_path)
    signed = signer.sign(etree.fromstring(alert().encode()))
    answer = await upload(officer, signed)
    assert "موقّع، لكن من جهة لا نعرفها" in (await officer.get(answer.headers["location"])).text
    before = await count(runtime)
    changed = signed.replace("أمطار".encode(), "لا أمطار".encode())
    assert "التوقيع غير صحيح" in (await upload(officer, changed, 422)).text
    assert await count(runtime) == before


async def test_a_service_we_trust_is_named(
    runtime: Runtime, scenario: Scenario, tmp_path: Path
) -> None:
    signer = own_signer(tmp_path)
    settings = runtime.settings.model_copy(
        update={"cap_trusted_certs": tmp_path / "certificate.pem"}
    )
    trusting = replace(runtime, settings=settings)
    cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(create_app(trusting), "ar", cookie) as browser:
        answer = await upload(browser, signer.sign(etree.fromstring(alert().encode())))
        page = (await browser.get(answer.headers["location"])).text
    Page(page).check("ar")
    assert "موقّع من جهة نثق بها" in page
    assert "<bdi>وزارة الخارجية</bdi>" in page


@pytest.mark.parametrize(("language", "words"), [("ar", "وثيقة CAP"), ("en", "CAP document")])
async def test_an_advisory_leads_to_its_document_and_the_feeds(
    runtime: Runtime, app: Starlette, scenario: Scenario, language: Language, words: str
) -> None:
    cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, language, cookie) as browser:
        listed = (await browser.get("/advisories")).text
        draft = (await browser.get(f"/advisories/{scenario.advisory_ids['draft']}")).text
        number = scenario.advisory_ids["sending"]
        page = (await browser.get(f"/advisories/{number}")).text
        assert f'<a href="/feeds/cap/{number}.xml" type="application/cap+xml">{words}</a>' in page
        for path in (
            f"/feeds/advisories.atom?lang={language}",
            f"/feeds/advisories.rss?lang={language}",
        ):
            assert f'href="{path}"' in page
            assert f'href="{path}"' in listed
            assert (await browser.client.get(path)).status_code == 200
        assert (await browser.client.get(f"/feeds/cap/{number}.xml")).status_code == 200
    assert "/feeds/" not in draft
