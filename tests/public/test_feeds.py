"""What other services read without an account: Atom, RSS and signed CAP documents."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from lxml import etree

from bot.consular.advisories import corrections, lifecycle
from bot.consular.cap import signing
from bot.consular.staff import accounts
from bot.public import feeds
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.console.browser import Browser, browsing
from tests.consular.cap import profile

ATOM: Any = {"a": "http://www.w3.org/2005/Atom"}
PATHS = ["/feeds/advisories.atom", "/feeds/advisories.rss", "/feeds/cap/1.xml"]


async def publish(runtime: Runtime, **changes: Any) -> int:
    """An advisory on its way. Its id."""
    async with runtime.db.begin() as session:
        made = await builders.team(session, runtime.clock())
        advisory, _ = await builders.approved(session, made, runtime.clock(), **changes)
        return advisory.id


async def read(browser: Browser, path: str) -> Any:
    """XML of an address."""
    return etree.fromstring((await browser.client.get(path)).content)


async def test_the_document_of_an_advisory_is_signed_and_valid(runtime: Runtime) -> None:
    number = await publish(runtime)
    async with browsing(create_app(runtime)) as browser:
        answer = await browser.client.get(f"/feeds/cap/{number}.xml")
    assert answer.headers["content-type"] == "application/cap+xml; charset=utf-8"
    alert = profile.parsed(answer.content)
    assert profile.one(alert, "sender") == "advisories@tammen.invalid"
    assert etree.QName(alert[-1]).localname == "Signature"
    certificate = feeds.signer(runtime.settings).certificate
    assert signing.is_signed_by(answer.content, certificate)
    assert not signing.is_signed_by(
        answer.content.replace("بيوتكم".encode(), "سياراتكم".encode()), certificate
    )


async def test_the_atom_feed_links_to_what_holds(runtime: Runtime) -> None:
    number = await publish(runtime)
    async with browsing(create_app(runtime)) as browser:
        feed = await read(browser, "/feeds/advisories.atom")
        english = await read(browser, "/feeds/advisories.atom?lang=en")
    for name in ("id", "title", "updated", "author/a:name"):
        assert feed.findtext(f"a:{name}", "", ATOM)
    (entry,) = feed.findall("a:entry", ATOM)
    assert entry.findtext("a:id", "", ATOM) == f"tag:tammen.invalid,2026:tammen-{number}-1"
    assert entry.findtext("a:title", "", ATOM) == builders.ADVISORY["headline_ar"]
    assert (
        entry.findtext("a:updated", "", ATOM)
        == feed.findtext("a:updated", "", ATOM)
        == "2026-11-23T09:00:00Z"
    )
    link = entry.find("a:link", ATOM)
    assert (link.get("href"), link.get("type")) == (
        f"http://127.0.0.1:8000/feeds/cap/{number}.xml",
        feeds.CAP_TYPE,
    )
    assert english.findtext("a:entry/a:title", "", ATOM) == builders.ADVISORY["headline_en"]
    assert english.findtext("a:id", "", ATOM) == feed.findtext("a:id", "", ATOM)


async def test_the_rss_feed_says_the_same(runtime: Runtime) -> None:
    number = await publish(runtime)
    async with browsing(create_app(runtime)) as browser:
        feed = await read(browser, "/feeds/advisories.rss")
    assert (feed.tag, feed.get("version")) == ("rss", "2.0")
    assert all(feed.findtext(f"channel/{name}") for name in ("title", "link", "description"))
    (item,) = feed.findall("channel/item")
    assert item.findtext("title") == builders.ADVISORY["headline_ar"]
    assert item.findtext("link").endswith(f"/feeds/cap/{number}.xml")
    assert item.find("guid").get("isPermaLink") == "false"
    assert parsedate_to_datetime(item.findtext("pubDate")) == runtime.clock()


@pytest.mark.parametrize("path", PATHS)
async def test_what_did_not_change_is_not_sent_again(runtime: Runtime, path: str) -> None:
    await publish(runtime)
    async with browsing(create_app(runtime)) as browser:
        first = await browser.client.get(path)
        assert first.headers["cache-control"] == "public, max-age=60"
        tag = first.headers["etag"]
        for known in (tag, f'W/{tag}, "other"', "*"):
            again = await browser.client.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (
            await browser.client.get(path, headers={"If-None-Match": '"other"'})
        ).status_code == 200
        assert (await browser.client.head(path)).headers["etag"] == tag
        assert "set-cookie" not in first.headers


async def test_a_feed_changes_when_something_is_cancelled(runtime: Runtime) -> None:
    number = await publish(runtime)
    async with browsing(create_app(runtime)) as browser:
        before = await browser.client.get("/feeds/advisories.atom")
        async with runtime.db.begin() as session:
            officer = await accounts.by_email(session, "hq_officer@mofa.example")
            assert officer is not None
            advisory = await lifecycle.get(session, number)
            await corrections.withdraw(
                session, officer, advisory, runtime.clock() + timedelta(minutes=1)
            )
        after = await browser.client.get(
            "/feeds/advisories.atom", headers={"If-None-Match": before.headers["etag"]}
        )
        assert after.status_code == 200
        links = [
            link.get("href")
            for link in etree.fromstring(after.content).iterfind("a:entry/a:link", ATOM)
        ]
        assert links == [f"http://127.0.0.1:8000/feeds/cap/{number}-cancel.xml"]
        cancel = await browser.client.get(f"/feeds/cap/{number}-cancel.xml")
        assert profile.one(profile.parsed(cancel.content), "msgType") == "Cancel"


async def test_drills_and_what_is_over_are_not_in_the_feeds(runtime: Runtime) -> None:
    await publish(runtime, drill=True)
    async with browsing(create_app(runtime)) as browser:
        for path in PATHS[:2]:
            answer = await browser.client.get(path)
            assert b"/feeds/cap/" not in answer.content
        assert b">Exercise<" in (await browser.client.get(PATHS[2])).content


@pytest.mark.parametrize("key", ["7", "7-cancel", "x", "1.xml", "%D9%A1"])
async def test_an_address_without_a_document_is_not_found(runtime: Runtime, key: str) -> None:
    async with browsing(create_app(runtime)) as browser:
        await browser.get(f"/feeds/cap/{key}.xml", 404)
