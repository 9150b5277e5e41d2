"""The command line as a person or a script meets it: real processes, their
output and exit codes.
"""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.embedded.rasa import free_port
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT
from tests.servers import postgres
from tests.shell import TAMMEN, Said, Shell, draft, staffed, tammen

__all__ = ["staffed", "tammen"]  # fixtures
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow


async def test_a_crisis_from_the_terminal(staffed: Shell) -> None:
    names = ("--name-en", "Earthquake", "--name-ar", "زلزال")
    refused = await staffed(
        "crises", "open", *names, "--country", "SD", "--by", "post@mofa.example"
    )
    assert (refused.code, refused.err) == (1, "tammen: This account looks after Türkiye only.\n")
    made = await staffed(
        "crises", "open", *names, "--country", "TR", "--drill", "--by", "post@mofa.example"
    )
    board = (await staffed("crises", "board", made.id, "--json")).json
    assert (board["id"], board["state"], board["drill"]) == (int(made.id), "open", True)
    assert set(board["counts"]) == {
        "safe",
        "help",
        "evacuate",
        "staying",
        "no_answer",
        "not_asked",
        "unreachable",
    }
    assert sum(board["counts"].values()) == board["people"] > 0
    assert (board["opened_by"], board["closed_by"]) == ("post@mofa.example", None)
    assert "no_answer" in (await staffed("crises", "board", made.id)).out
    assert (await staffed("crises", "close", made.id, "--by", "officer@mofa.example")).code == 0
    assert (await staffed("crises", "close", made.id, "--by", "officer@mofa.example")).code == 1
    assert (await staffed("crises", "board", made.id, "--json")).json["state"] == "closed"


async def test_what_was_not_understood_is_for_officers_at_headquarters(staffed: Shell) -> None:
    refused = await staffed("nlu", "misunderstood", "--by", "post@mofa.example")
    assert (refused.code, refused.err) == (1, "tammen: This account may not do that.\n")
    listed = await staffed("nlu", "misunderstood", "--by", "officer@mofa.example", "--json")
    assert (listed.code, listed.json) == (0, [])


async def test_the_rights_of_a_person_from_the_terminal(staffed: Shell) -> None:
    exported = (await staffed("export", "person", "1")).json
    assert exported["person"]["synthetic"] is True
    assert exported["addresses"][0]["address"].startswith("chat:+999")
    assert (await staffed("erase", "person", "1")).code == 0
    for command in ("export", "erase"):
        gone = await staffed(command, "person", "1")
        assert (gone.code, gone.err) == (1, "tammen: There is no such person.\n")


async def test_a_hold_from_the_terminal(staffed: Shell) -> None:
    nowhere = await staffed(
        "cases", "hold", "99", "--reason", "court", "--by", "officer@mofa.example"
    )
    assert (nowhere.code, nowhere.err) == (1, "tammen: There is no such case.\n")
    number = await staffed.case()
    words = ("cases", "hold", number, "--reason", "court order 7")
    refused = await staffed(*words, "--by", "post@mofa.example")
    assert (refused.code, refused.err) == (1, "tammen: This account may not do that.\n")
    held = await staffed(*words, "--by", "officer@mofa.example")
    assert (held.code, held.out) == (0, f"held: {number}\n")
    kept = await staffed("erase", "person", "2")
    assert (kept.code, "on hold" in kept.err) == (2, True)
    released = await staffed("cases", "release", number, "--by", "officer@mofa.example")
    assert (released.code, released.out) == (0, f"released: {number}\n")
    assert (await staffed("erase", "person", "2")).code == 0


async def test_a_case_from_the_terminal(staffed: Shell) -> None:
    number = await staffed.case()
    by = ("--by", "officer@mofa.example")
    assert (await staffed("cases", "list", *by, "--json")).json == []
    early = await staffed("cases", "take", number, *by)
    assert (early.code, early.err) == (1, "tammen: It is closed: reopen it first.\n")
    reopened = await staffed("cases", "reopen", number, "--reason", "اتصل أخوه", *by)
    assert (reopened.code, reopened.out) == (0, f"reopened: {number}\n")
    (listed,) = (await staffed("cases", "list", *by, "--json")).json
    assert (listed["id"], listed["kind"], listed["state"]) == (int(number), "life", "open")
    assert (listed["owner"], listed["words"], listed["drill"]) == (None, "محاصرون", True)
    assert (await staffed("cases", "list", *by)).out.startswith(f"{number}\tlife\topen\t")
    assert (await staffed("cases", "list", *by, "--page", "2", "--json")).json == []
    assert (await staffed("cases", "take", number, *by)).out == f"taken: {number}\n"
    handed = await staffed("cases", "hand", number, "--to", "approver@mofa.example", *by)
    assert (handed.code, handed.out) == (0, f"handed: {number}\n")
    shown = (await staffed("cases", "show", number, *by)).json
    assert shown["owner"] == "approver@mofa.example"
    assert shown["notes"][0]["words"] == "اتصل أخوه"
    assert shown["course"][-1]["what"] == "case.handed"
    ending = ("cases", "close", number, *by, "--words", "وصل بيته")
    assert (await staffed(*ending, "--outcome", "gone")).code == 2
    closed = await staffed(*ending, "--outcome", "found")
    assert (closed.code, closed.out) == (0, f"closed: {number}\n")
    assert (await staffed("cases", "show", number, *by)).json["outcome"] == "found"


async def test_accounts_from_the_terminal(staffed: Shell) -> None:
    listed = (await staffed("staff", "list", "--json")).json
    assert [(row["email"], row["role"], row["post"]) for row in listed] == [
        ("officer@mofa.example", "hq_officer", None),
        ("approver@mofa.example", "approver", None),
        ("post@mofa.example", "post_officer", "TR"),
    ]
    assert "officer@mofa.example" in (await staffed("staff", "list")).out
    link = await staffed("staff", "link", "officer@mofa.example", PORT="8123")
    assert re.search(r"^link: http://127\.0\.0\.1:8123/join/[\w-]{20,}$", link.out, re.MULTILINE)
    assert (await staffed("staff", "block", "officer@mofa.example")).code == 0
    refused = await staffed(*draft(staffed))
    assert (refused.code, refused.err) == (1, "tammen: This account may not do that.\n")
    assert (await staffed("staff", "add", "a@b.cc", "--role", "king")).code == 2
    assert (
        await staffed("staff", "add", "a@b.cc", "--role", "post_officer", "--post", "nowhere")
    ).code == 2


async def test_lost_second_factors_from_the_terminal(staffed: Shell) -> None:
    reset = ("staff", "reset-factor", "officer@mofa.example")
    refused = await staffed(*reset, "--by", "approver@mofa.example")
    assert (refused.code, refused.err) == (1, "tammen: This account may not do that.\n")
    assert (await staffed(*reset)).code == 0
    unknown = await staffed("staff", "reset-factor", "nobody@mofa.example")
    assert unknown.code == 1
    [officer, *_] = (await staffed("staff", "list", "--json")).json
    assert (officer["has_second_factor"], officer["failed_sign_ins"]) == (False, 0)


@pytest.mark.parametrize(
    ("settings", "is_well", "report"),
    [
        ({}, True, "OFF"),
        ({"PUBLIC_URL": "https://tammen.example"}, True, "required"),
        ({"HOST": "0.0.0.0"}, True, "required"),
        ({"PUBLIC_URL": "https://tammen.example", "SECOND_FACTOR": "off"}, False, "OFF"),
    ],
)
async def test_the_doctor_says_whether_a_password_is_enough(
    staffed: Shell, settings: dict[str, str], is_well: bool, report: str
) -> None:
    findings = (await staffed("doctor", "--json", **settings)).json
    [finding] = [finding for finding in findings if finding["what"] == "second factor"]
    assert finding["ok"] is is_well
    assert report in finding["seen"]


async def test_settings_that_are_wrong_are_all_named(tammen: Shell) -> None:
    said = await tammen(
        "migrate", PORT="-1", DATABASE_URL="mysql://x", TELEGRAM_BOT_TOKEN="?", TAMMEN_KEYS="nope"
    )
    assert said.code == 2
    for name in ("PORT", "DATABASE_URL", "TELEGRAM_BOT_TOKEN", "TAMMEN_KEYS"):
        assert f"  {name}: " in said.err
    assert "Traceback" not in said.err
    borders = await tammen("migrate", TAMMEN_BORDERS=tammen.file("borders.json", "{}"))
    assert (borders.code, "TAMMEN_BORDERS" in borders.err) == (2, True)


async def test_synthetic_people_never_get_real_messages(tammen: Shell) -> None:
    for channel, name in (("telegram", "TELEGRAM_API_URL"), ("sms", "TWILIO_API_URL")):
        refused = await tammen("seed", "--people", "3", "--channel", channel)
        assert (refused.code, name in refused.err) == (2, True), refused
        made = await tammen(
            "seed", "--people", "3", "--channel", channel, **{name: "http://127.0.0.1:9"}
        )
        assert made.code == 0, made
    assert (await tammen("seed", "--people", "0")).code == 2
    assert (await tammen("seed", "--people", "3", "--country", "XX")).code == 1


async def test_the_schema_comes_first_on_a_database_of_ones_own(
    tammen: Shell, postgresql_server: str
) -> None:
    await postgres.execute(postgresql_server, "CREATE DATABASE bare")
    url = f"{postgresql_server}/bare"
    try:
        early = await tammen("staff", "list", DATABASE_URL=url)
        assert (early.code, early.err) == (
            2,
            "tammen: The database is empty: run `tammen migrate` first.\n",
        )
        assert (await tammen("migrate", DATABASE_URL=url)).code == 0
        assert (await tammen("migrate", DATABASE_URL=url)).code == 0
        assert (await tammen("staff", "list", "--json", DATABASE_URL=url)).json == []
    finally:
        await postgres.execute(postgresql_server, "DROP DATABASE bare WITH (FORCE)")


async def test_a_database_that_is_away_is_said_in_a_line(tammen: Shell) -> None:
    said = await tammen("staff", "list", DATABASE_URL="postgresql://a:b@127.0.0.1:9/none")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert said.err.startswith("tammen: the database cannot be used: ")


async def test_keys_prints_a_keyring(tammen: Shell) -> None:
    keyring = Keyring.parse((await tammen("keys")).out.strip())
    assert keyring.decrypt(keyring.encrypt(b"1", b"test"), b"test") == b"1"


async def test_flows_are_checked_and_drawn(tammen: Shell) -> None:
    checked = await tammen("flows", "check")
    assert checked.code == 0, checked
    assert (await tammen("flows", "draw")).out.startswith("flowchart TD")
    assert (await tammen("flows", "draw", "register")).out.startswith("flowchart TD")
    unknown = await tammen("flows", "draw", "nothing")
    assert (unknown.code, unknown.err) == (2, "tammen: there is no flow nothing\n")


# --- doctor ---------------------------------------------------------------------------------------


@pytest.fixture
async def providers() -> AsyncIterator[Callable[..., str]]:
    """A server that answers as Telegram and as Twilio; call it with the paths and answers to
    give.
    """
    answers: dict[str, tuple[int, Any]] = {}

    async def answer(request: web.Request) -> web.Response:
        status, body = answers.get(request.path, (404, {}))
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port := free_port())
    await site.start()

    def given(**paths: Any) -> str:
        answers.update(
            {path: (200, body) if isinstance(body, dict) else body for path, body in paths.items()}
        )
        return f"http://127.0.0.1:{port}"

    yield given
    await runner.cleanup()


SID = "AC" + "0" * 32
WEBHOOK = "/bot1:abc/getWebhookInfo"
ACCOUNT = f"/2010-04-01/Accounts/{SID}.json"


def findings(said: Said) -> dict[str, tuple[bool, str]]:
    return {row["what"]: (row["ok"], row["seen"]) for row in said.json}


async def test_the_doctor_finds_a_new_house_well_but_for_what_is_missing(tammen: Shell) -> None:
    newest = max((ROOT / "bot" / "migrations" / "versions").glob("0*.py")).name[:4]
    before = findings(await tammen("doctor", "--json"))
    assert before["settings"] == (True, "complete")
    assert before["database"] == (
        False,
        f"the schema is missing, the newest is {newest}: run `tammen migrate`",
    )
    await tammen("migrate")
    said = await tammen("doctor", "--json", NLU_URL="http://127.0.0.1:9")
    after = findings(said)
    assert said.code == 1
    costs = "$0.00 today, $0.00 this month, 0 replies not sent today"
    assert after["SMS costs"] == (True, costs)
    assert after["database"][0]
    assert after["rasa"] == (False, "cannot be reached (ClientConnectorError)")
    assert after["telegram"] == after["twilio"] == (True, "not configured")
    assert after["queues"][0]


async def test_the_doctor_asks_the_providers(tammen: Shell, providers: Callable[..., str]) -> None:
    await tammen("migrate")
    good = {"url": "https://tammen.example/hooks/telegram", "pending_update_count": 2}
    api = providers(
        **{
            WEBHOOK: {"result": good},
            ACCOUNT: {"status": "active"},
            "/status": {"model_file": "x.tar.gz"},
        }
    )
    env = {
        "PUBLIC_URL": "https://tammen.example",
        "TELEGRAM_BOT_TOKEN": "1:abc",
        "TELEGRAM_API_URL": api,
        "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": "t",
        "TWILIO_FROM": "Tammen",
        "TWILIO_API_URL": api,
        "NLU_URL": api,
    }
    said = await tammen("doctor", **env)
    assert said.code == 0, said
    assert "webhook, 2 updates wait" in said.out
    providers(
        **{
            WEBHOOK: {"result": {"url": "https://elsewhere.example"}},
            ACCOUNT: (401, {}),
            "/status": {"model_file": None},
        }
    )
    said = await tammen("doctor", "--json", **env)
    seen = findings(said)
    assert said.code == 1
    assert "set elsewhere" in seen["telegram"][1]
    assert "TWILIO_AUTH_TOKEN is wrong" in seen["twilio"][1]
    assert "has no model" in seen["rasa"][1]
    providers(**{WEBHOOK: (401, {}), ACCOUNT: {"status": "suspended"}})
    seen = findings(await tammen("doctor", "--json", **env))
    assert "TELEGRAM_BOT_TOKEN" in seen["telegram"][1]
    assert seen["twilio"] == (False, "the account is suspended")
    wrong = await tammen("doctor", "--json", PORT="0")
    assert (wrong.code, wrong.json[0]["what"], wrong.json[0]["ok"]) == (1, "settings", False)


# --- processes ------------------------------------------------------------------------------------


async def test_a_port_in_use_is_said_at_once(tammen: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("run", "web"):
            said = await tammen(command, PORT=str(port))
            assert said.code == 2
            assert said.err.startswith(f"tammen: Cannot listen on 127.0.0.1:{port}")
            assert said.err.count("\n") == 1


async def test_everything_in_one_process_starts_greets_and_leaves_nothing_behind(
    tammen: Shell,
) -> None:
    port, rasa = free_port(), f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        TAMMEN,
        "run",
        cwd=tammen.folder,
        env=tammen.env | {"PORT": str(port), "NLU_URL": rasa},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        link = await asyncio.wait_for(_first_account(process.stdout), 60)
        assert link.startswith(f"http://127.0.0.1:{port}/join/")
        await asyncio.wait_for(_until_ready(port), 60)
        children = _children(process.pid)
        assert children
        doctor = findings(await tammen("doctor", "--json", NLU_URL=rasa))
        assert (doctor["redis"], doctor["worker"]) == ((True, "answers"), (True, "alive"))
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert not any(Path(f"/proc/{child}").exists() for child in children)
    finally:
        if process.returncode is None:
            process.kill()


async def _first_account(output: asyncio.StreamReader) -> str:
    while line := (await output.readline()).decode():
        if line.startswith("First account:"):
            return line.split()[-1]
    raise AssertionError("it ended without a greeting")


async def _until_ready(port: int) -> None:
    """Ready, though nobody answers for Rasa."""
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                told = await answer.json()
                if told == {"ready": True, "missing": ["nlu"]}:
                    return
            await asyncio.sleep(0.1)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]
