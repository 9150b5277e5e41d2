"""The Rasa process: shut off from our secrets, kept running, never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.embedded import rasa
from bot.embedded.child import EmbeddedError
from tests.waiting import lives, until

SECRET = "1:c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYyE="


async def ask(nlu: rasa.Nlu, text: str, token: str | None = None) -> tuple[int, str]:
    """(status, body) of what Rasa makes of a text."""
    async with aiohttp.ClientSession() as http:
        params = {"token": nlu.token if token is None else token}
        async with http.post(
            f"{nlu.url}/model/parse", params=params, json={"text": text}
        ) as answer:
            return answer.status, await answer.text()


def pid_on(nlu: rasa.Nlu) -> int | None:
    """The process that was told to listen where `nlu` is."""
    wanted = f"NLU_PORT={nlu.url.rpartition(':')[2]}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in words:
            return int(folder.name)
    return None


async def test_it_understands_once_it_is_loaded(nlu: rasa.Nlu) -> None:
    status, body = await ask(nlu, "أنا بخير الحمد لله")
    assert status == 200
    assert "checkin_safe" in body


async def test_it_answers_only_those_with_the_token(nlu: rasa.Nlu) -> None:
    status, _body = await ask(nlu, "أنا بخير", token="guessed")
    assert status == 401


async def test_it_opens_no_chat_channel(nlu: rasa.Nlu) -> None:
    async with aiohttp.ClientSession() as http:
        message = {"sender": "anyone", "message": "أنا بخير"}
        async with http.post(f"{nlu.url}/webhooks/rest/webhook", json=message) as answer:
            assert answer.status == 404


async def test_it_is_given_none_of_our_secrets_and_ends_with_us(
    rasa_model: Path, tmp_path: Path
) -> None:
    os.environ["TAMMEN_KEYS"] = SECRET
    try:
        async with rasa.running(rasa_model, tmp_path) as nlu:
            pid = await until(lambda: pid_on(nlu))
            seen = (
                Path(f"/proc/{pid}/environ").read_bytes()
                + Path(f"/proc/{pid}/cmdline").read_bytes()
            )
            assert SECRET.encode() not in seen
            assert nlu.token.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    finally:
        del os.environ["TAMMEN_KEYS"]
    assert not lives(pid)


async def test_it_is_started_again_when_it_dies_and_keeps_texts_out_of_its_log(
    rasa_model: Path, tmp_path: Path
) -> None:
    async with rasa.running(rasa_model, tmp_path) as nlu:
        pid = await until(lambda: pid_on(nlu))
        os.kill(pid, signal.SIGKILL)
        assert await until(lambda: (now := pid_on(nlu)) and now != pid)
        await rasa.ready(nlu, rasa_model)
        assert (await ask(nlu, "نحتاج دواء السكري"))[0] == 200
    assert "السكري" not in (tmp_path / "rasa" / "log").read_text(encoding="utf-8")


async def test_a_server_that_leaves_the_first_question_unanswered_is_asked_again() -> None:
    """As one does that accepts a connection while its model still loads."""
    questions = 0

    async def status(_request: web.Request) -> web.Response:
        nonlocal questions
        questions += 1
        if questions == 1:
            await asyncio.Event().wait()
        return web.json_response({"model_file": "nlu.tar.gz"})

    async with serving(status) as nlu:
        await rasa.ready(nlu, Path("nlu.tar.gz"), seconds=30.0)
    assert questions == 2


async def test_one_that_never_has_the_model_is_given_up_and_named() -> None:
    async def status(_request: web.Request) -> web.Response:
        return web.json_response({"model_file": "another.tar.gz"})

    async with serving(status) as nlu:
        with pytest.raises(EmbeddedError, match=r"^Rasa did not answer within 0\.5 s$"):
            await rasa.ready(nlu, Path("nlu.tar.gz"), seconds=0.5)


@asynccontextmanager
async def serving(
    status: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[rasa.Nlu]:
    """Serve the status of a Rasa."""
    nlu = rasa.reserve()
    app = web.Application()
    app.router.add_get("/status", status)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", nlu.port).start()
    try:
        yield nlu
    finally:
        await runner.cleanup()


async def test_a_token_may_begin_with_a_dash(rasa_model: Path, tmp_path: Path) -> None:
    """As one in 64 does: they are drawn at random."""
    drawn = rasa.reserve()
    server = drawn._replace(token=f"-{drawn.token}")
    async with rasa.running(rasa_model, tmp_path, server) as nlu:
        await rasa.ready(nlu, rasa_model)
        status, _body = await ask(nlu, "أنا بخير")
    assert status == 200


async def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"no model at|not installed"):
        async with rasa.running(tmp_path / "models" / "gone.tar.gz", tmp_path):
            pass


def test_a_free_port_is_none_that_outgoing_connections_are_given() -> None:
    ports = {rasa.free_port() for _ in range(50)}
    assert max(ports) < 32_768
    assert len(ports) > 40  # two servers that start together get two


ROUTES_OF_RASA = [
    ("GET", "/"),
    ("GET", "/version"),
    ("GET", "/domain"),
    ("PUT", "/model"),
    ("DELETE", "/model"),
    ("POST", "/model/train"),
    ("POST", "/model/test/intents"),
    ("POST", "/model/predict"),
    ("GET", "/model/parse"),
    ("GET", "/conversations/1/tracker"),
    ("POST", "/conversations/1/messages"),
]


async def test_it_offers_nothing_but_parsing_and_its_status(nlu: rasa.Nlu) -> None:
    params = {"token": nlu.token}
    statuses = {}
    async with aiohttp.ClientSession() as http:
        for method, path in ROUTES_OF_RASA:
            async with http.request(method, f"{nlu.url}{path}", params=params, json={}) as answer:
                statuses[method, path] = answer.status
        async with http.get(f"{nlu.url}/status", params=params) as answer:
            assert answer.status == 200
    assert statuses == dict.fromkeys(ROUTES_OF_RASA, 404)


@pytest.mark.parametrize("token", [None, "", "  "])
async def test_it_does_not_start_without_a_token(tmp_path: Path, token: str | None) -> None:
    model = tmp_path / "model.tar.gz"
    model.touch()
    given = {} if token is None else {"NLU_TOKEN": token}
    env = rasa.environment(tmp_path, NLU_MODEL=str(model), **given)
    command = [str(rasa.PYTHON), "-m", "nlu.serve"]
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stderr=asyncio.subprocess.PIPE
    )
    _out, said = await process.communicate()
    assert process.returncode == 1
    assert b"NLU_TOKEN" in said
