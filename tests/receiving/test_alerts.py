"""Feeds of other people's alerts: what is new becomes a draft once, and no feed can do harm."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from lxml import etree
from sqlalchemy import select

from bot.consular.cap import subscriptions as cap_subscriptions
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts
from bot.conversation.understanding import Understander, understand
from bot.models import Advisory, AdvisoryState, AuditNote, CapFeed, Role
from bot.receiving import alerts
from bot.runtime import outside
from bot.runtime.runtime import Runtime
from bot.worker import loop
from tests.consular.cap.alerts import alert, atom, link
from tests.consular.cap.test_signing import own_signer
from tests.servers.feeds import FeedServer
from tests.waiting import until


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    async with FeedServer().running() as running:
        yield running


async def follow(runtime: Runtime, url: str, minutes: int = 15) -> int:
    """A feed that is looked at. Its id."""
    async with runtime.db.begin() as session:
        officer = await accounts.by_email(session, "officer@mofa.example")
        if officer is None:
            officer, _ = await accounts.add(
                session, "officer@mofa.example", Role.HQ_OFFICER, None, runtime.clock(), None
            )
        return (await cap_subscriptions.add(session, officer, url, minutes, runtime.clock())).id


async def drafts(runtime: Runtime) -> list[Advisory]:
    async with runtime.db.read() as session:
        return list(await session.scalars(select(Advisory).order_by(Advisory.id)))


async def problem(runtime: Runtime, feed_id: int) -> str:
    """What was wrong at the last look, in words; "" when nothing was."""
    async with runtime.db.read() as session:
        found = cap_subscriptions.problem(await session.get_one(CapFeed, feed_id))
    return str(found) if found else ""


async def look(runtime: Runtime, later: float = 0) -> int:
    runtime.clock.advance(minutes=later)  # type: ignore[attr-defined]  # the tests' clock
    return await alerts.look(runtime, private=True)


async def test_what_is_new_in_a_feed_becomes_a_draft_once(
    runtime: Runtime, server: FeedServer
) -> None:
    server.pages["/all.atom"] = atom(
        link("/7.xml"), f"<content>{alert(('MET-7', 'MET-8'), declared=False)}</content>"
    )
    server.pages["/7.xml"] = alert()
    feed = await follow(runtime, f"{server.url}/all.atom")
    assert await look(runtime) == 1
    made = await drafts(runtime)
    assert sorted(str(one.imported_from).split(",")[1] for one in made) == ["MET-7", "MET-8"]
    assert {(one.state, one.created_by) for one in made} == {(AdvisoryState.DRAFT, None)}
    assert await problem(runtime, feed) == ""
    assert await look(runtime) == 0  # not due
    assert await look(runtime, 15) == 1
    assert server.asked == [
        "/all.atom",
        "/7.xml",
        "/all.atom",
    ]  # nothing changed: not even the links are asked for
    server.pages["/all.atom"] = atom(link("/7.xml"), link("/9.xml"))
    server.pages["/9.xml"] = alert(("MET-7", "MET-9"))
    assert await look(runtime, 15) == 1
    assert len(await drafts(runtime)) == 3


async def test_an_address_may_be_a_single_alert(runtime: Runtime, server: FeedServer) -> None:
    server.pages["/7.xml"] = alert()
    await follow(runtime, f"{server.url}/7.xml")
    await look(runtime)
    assert len(await drafts(runtime)) == 1


async def test_one_alert_that_is_refused_does_not_stop_the_others(
    runtime: Runtime, server: FeedServer
) -> None:
    server.pages |= {
        "/all.atom": atom(link("/1.xml"), link("/2.xml"), link("/3.xml"), link("/4.xml")),
        "/1.xml": alert(("36,36 36,37", "999,36 36,37")),
        "/3.xml": alert(("Actual", "Test")),
        "/4.xml": alert(),
    }
    feed = await follow(runtime, f"{server.url}/all.atom")
    await look(runtime)
    assert [str(one.imported_from).split(",")[1] for one in await drafts(runtime)] == ["MET-7"]
    assert (await problem(runtime, feed)).startswith("An area is broken")
    server.pages["/1.xml"] = server.pages["/2.xml"] = alert(("MET-7", "MET-8"))
    await look(runtime, 15)  # what failed is asked for again, though the feed is the same
    assert len(await drafts(runtime)) == 2
    assert await problem(runtime, feed) == ""


async def test_a_feed_s_alerts_are_told_by_who_signed_them(
    runtime: Runtime, server: FeedServer, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    signed = own_signer(tmp_path).sign(etree.fromstring(alert().encode())).decode()
    other = (
        own_signer(tmp_path_factory.mktemp("other"))
        .sign(etree.fromstring(alert(("MET-7", "MET-8")).encode()))
        .decode()
    )
    server.pages |= {
        "/all.atom": atom(*map(link, ("/1.xml", "/2.xml", "/3.xml", "/4.xml"))),
        "/1.xml": signed,
        "/2.xml": other,
        "/3.xml": alert(("MET-7", "MET-9")),
        "/4.xml": signed.replace("MET-7", "MET-10"),
    }
    settings = runtime.settings.model_copy(
        update={"cap_trusted_certs": tmp_path / "certificate.pem"}
    )
    feed = await follow(runtime, f"{server.url}/all.atom")
    await alerts.look(replace(runtime, settings=settings), private=True)
    told = [(one.import_notes or {}).get("signed") for one in await drafts(runtime)]
    assert told == ["known", "stranger", "nobody"]
    assert (await problem(runtime, feed)).startswith("Its signature is broken")


async def test_tests_and_what_is_over_are_no_problem(runtime: Runtime, server: FeedServer) -> None:
    server.pages["/all.atom"] = atom(
        f"<content>{alert(('Actual', 'Test'), declared=False)}</content>"
    )
    feed = await follow(runtime, f"{server.url}/all.atom")
    await look(runtime)
    assert (await drafts(runtime), await problem(runtime, feed)) == ([], "")


async def too_long(request: web.Request) -> web.StreamResponse:
    """Sixty megabytes, packed small, of a length that is not told."""
    return web.Response(
        body=gzip.compress(b"x" * 60_000_000, 1), headers={"Content-Encoding": "gzip"}
    )


async def elsewhere(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("file:///etc/passwd")


async def around(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(request.path)


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.close()
    return web.Response()


async def broken(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (too_long, "It is larger than 5 MB."),
        (elsewhere, "Its server cannot be reached."),
        (around, "Its server cannot be reached."),
        (cut, "Its server cannot be reached."),
        (broken, "Its server answered 500."),
    ],
)
async def test_a_feed_that_goes_wrong_says_why_and_the_next_one_is_looked_at(
    runtime: Runtime, server: FeedServer, answer: object, words: str
) -> None:
    server.answers["/bad"] = answer  # type: ignore[assignment]  # one of those above
    server.pages["/good"] = alert()
    bad, good = (
        await follow(runtime, f"{server.url}/bad"),
        await follow(runtime, f"{server.url}/good"),
    )
    assert await look(runtime) == 2
    assert (await problem(runtime, bad), await problem(runtime, good)) == (words, "")
    assert len(await drafts(runtime)) == 1


async def test_a_server_that_hangs_is_given_up(runtime: Runtime, server: FeedServer) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    server.answers["/slow"] = hang
    async with outside.open_outside(0.2, private=True) as http:
        with pytest.raises(ConsularError, match="took too long"):
            await alerts.fetch(http, f"{server.url}/slow")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433"]
)
async def test_addresses_inside_are_never_asked(
    runtime: Runtime, server: FeedServer, host: str
) -> None:
    server.pages["/all.atom"] = alert()
    feed = await follow(runtime, f"http://{host}:{server.port}/all.atom")
    assert await alerts.look(runtime) == 1
    assert await problem(runtime, feed) in (
        "Its address is inside of a private net.",
        "Its server cannot be reached.",
    )
    assert (server.asked, await drafts(runtime)) == ([], [])


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "fd00::1",
        "fe80::1%1",
        "224.0.0.1",
        "0.1.2.3",
        "192.88.99.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "2001:0:a00:1::1",
        "2001:db8::1",
        "fec0::1",
        "ff02::1",
        "5f00::1",
    ],
)
async def test_no_socket_is_opened_to_a_private_net(address: str) -> None:
    with pytest.raises(outside.PrivateAddressError):
        outside._public_socket((2, 1, 6, "", (address, 80)))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::1.1.1.1"])
def test_a_socket_is_opened_to_the_public_net(address: str) -> None:
    outside._public_socket((2, 1, 6, "", (address, 80))).close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "https://",
        "https://a b/",
        "https://u:p@example.org/",
        "https://example.org/" + "x" * 500,
        "http://[",
        "http://example.org:99999/",
    ],
)
async def test_an_address_that_is_none_is_refused(runtime: Runtime, url: str) -> None:
    with pytest.raises(ConsularError, match="whole address"):
        await follow(runtime, url)


async def test_a_feed_is_added_once_and_removed(runtime: Runtime) -> None:
    feed = await follow(runtime, "https://met.example/all.atom", 30)
    with pytest.raises(ConsularError, match="already"):
        await follow(runtime, "https://met.example/all.atom")
    with pytest.raises(ConsularError, match="5 to 1440"):
        await follow(runtime, "https://met.example/other.atom", 1)
    async with runtime.db.begin() as session:
        officer = await accounts.by_email(session, "officer@mofa.example")
        assert officer is not None
        await cap_subscriptions.remove(session, officer, feed, runtime.clock())
        assert await cap_subscriptions.everything(session) == []
        with pytest.raises(ConsularError, match="no such feed"):
            await cap_subscriptions.remove(session, officer, feed, runtime.clock())
        notes = await session.scalars(
            select(AuditNote.action).where(AuditNote.subject == f"feed:{feed}")
        )
        assert sorted(notes) == ["feed.added", "feed.removed"]


async def test_a_feed_is_taken_by_one_worker(runtime: Runtime) -> None:
    await follow(runtime, "https://met.example/all.atom", 30)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        feed = await cap_subscriptions.take_due(session, now)
        assert feed is not None
        assert feed.due_at == now + timedelta(minutes=30)
    async with runtime.db.begin() as session:
        assert await cap_subscriptions.take_due(session, now) is None


async def test_the_worker_looks_at_feeds(runtime: Runtime) -> None:
    feed = await follow(runtime, "http://127.0.0.1:9/all.atom")
    stop = asyncio.Event()
    task = asyncio.create_task(loop.run(runtime, stop, partial(understand, Understander())))
    try:
        await until(lambda: problem(runtime, feed))
    finally:
        stop.set()
        await task
