"""The command line as a person or a script meets it: real processes, their output and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.embedded.rasa import free_port
from bot.keys import Keyring
from bot.settings import ROOT
from tests.consular import world
from tests.servers import postgres

pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow

TAMMEN = ROOT / ".venv" / "bin" / "tammen"


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def id(self) -> str:
        """The number of an `id: …` line."""
        found = re.search(r"^id: (\d+)$", self.out, re.MULTILINE)
        assert found, self
        return found[1]

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `tammen` on a data folder of its own."""

    folder: Path
    env: dict[str, str]

    async def __call__(self, *words: str, given: str = "", **env: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            TAMMEN, *words, cwd=self.folder, env=self.env | env, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(given.encode()), 100)
        return Said(process.returncode or 0, out.decode(), err.decode())

    def file(self, name: str, text: str | bytes) -> str:
        """A file to give to a command."""
        path = self.folder / f"{len(list(self.folder.iterdir()))}-{name}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)


@pytest.fixture
def tammen(tmp_path: Path) -> Shell:
    """`tammen` on an empty data folder and SQLite."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Shell(tmp_path, kept | {"TAMMEN_DATA": str(tmp_path / "var"), "TAMMEN_KEYS": Keyring.generate()})


@pytest.fixture
async def staffed(tammen: Shell) -> Shell:
    """With an officer, an approver and a post officer for Turkey, and 30 people in Turkey and Sudan."""
    for email, *more in (("officer", "hq_officer"), ("approver", "approver"), ("post", "post_officer", "--post", "TR")):
        made = await tammen("staff", "add", f"{email}@mofa.example", "--role", *more)
        assert made.code == 0, made
    made = await tammen("seed", "--people", "30", "--country", "tr", "--country", "SD")
    assert (made.code, made.out) == (0, "people: 30\n"), made
    return tammen


def draft(shell: Shell, by: str = "officer@mofa.example", files: Mapping[str, str | bytes] | None = None) -> list[str]:
    """The words of a draft command; `files` are written instead of good ones."""
    texts: dict[str, str | bytes] = {
        "en": f"{world.WORDS['headline_en']}\n\n{world.WORDS['text_en']}\n",
        "ar": f"\ufeff{world.WORDS['headline_ar']}\r\n\r\n{world.WORDS['text_ar']}\r\n",
        "audience": '{"countries": ["TR"]}',
    }
    options = [
        word for name, text in (texts | dict(files or {})).items() for word in (f"--{name}", shell.file(name, text))
    ]
    return ["advisories", "draft", *options, "--by", by]


async def test_an_advisory_from_the_terminal(staffed: Shell) -> None:
    made = await staffed(*draft(staffed))
    officer, approver = ("--by", "officer@mofa.example"), ("--by", "approver@mofa.example")
    assert (await staffed("advisories", "submit", made.id, *officer)).code == 0
    own = await staffed("advisories", "approve", made.id, *officer)
    assert (own.code, own.err) == (1, "tammen: This account may not do that.\n")
    assert (await staffed("advisories", "approve", made.id, *approver)).code == 0
    shown = (await staffed("advisories", "show", made.id, "--json")).json
    assert (shown["id"], shown["state"]) == (int(made.id), "approved")
    assert set(shown["counts"]) == {
        "queued", "sending", "sent", "delivered", "read", "failed", "expired", "dropped", "no_channel"
    }  # fmt: skip
    assert sum(shown["counts"].values()) == shown["recipients"]
    assert (await staffed("advisories", "cancel", made.id, *officer)).code == 0
    again = await staffed("advisories", "cancel", made.id, *officer)
    assert (again.code, again.err) == (1, "tammen: It is cancelled and cannot become cancelled.\n")
    plain = await staffed("advisories", "show", made.id)
    assert f"headline_ar: {world.WORDS['headline_ar']}" in plain.out


async def test_all_of_an_advisory_from_the_terminal_and_its_correction(staffed: Shell) -> None:
    officer, approver = ("--by", "officer@mofa.example"), ("--by", "approver@mofa.example")
    sms = ("--sms-ar", staffed.file("sms", "لا تخرجوا الليلة\n"), "--sms-en", staffed.file("sms", "Stay in tonight\n"))
    cap = ("--severity", "Severe", "--urgency", "Expected", "--certainty", "Likely", "--category", "Geo", "--drill")
    times = ("--valid-from", "2026-11-24T18:30+02:00", "--valid-until", "2099-01-01T00:00")
    wrong = await staffed(*draft(staffed), "--valid-from", "tomorrow")
    assert (wrong.code, "write a time as" in wrong.err) == (2, True)
    whole, reason = (*sms, *cap, *times), ("--reason", "الجسر ينهار الآن")
    for more, step, by, state in ((whole, "return", approver, "returned"), ((), "override", officer, "approved")):
        made = await staffed(*draft(staffed), *more)
        assert (await staffed("advisories", "submit", made.id, *officer)).code == 0
        moved = await staffed("advisories", step, made.id, *reason, *by)
        assert f"state: {state}" in moved.out
    en, ar = staffed.file("en", "Use the bridge\n\nIt stands.\n"), staffed.file("ar", "اعبروا الجسر\n\nالجسر سليم.\n")
    right = await staffed("advisories", "correct", made.id, "--en", en, "--ar", ar, *officer)
    shown = (await staffed("advisories", "show", right.id, "--json")).json
    assert (shown["headline_ar"], shown["audience"]) == ("اعبروا الجسر", {"received": int(made.id)})


BAD_FILES: list[tuple[dict[str, str | bytes], int, str]] = [
    ({"en": "Only a headline"}, 2, "write the headline on the first line"),
    ({"en": "Headline\nno empty line"}, 2, "write the headline on the first line"),
    ({"ar": "\n\n"}, 2, "write the headline on the first line"),
    ({"ar": "عنوان\n\nنص".encode("utf-16")}, 2, "it is not UTF-8"),
    ({"audience": "{countries: TR}"}, 2, "not JSON, line 1"),
    ({"audience": '{"countries": ["XX"]}'}, 1, "Not a country code: XX."),
    ({"audience": "[]"}, 1, "An audience is one of: countries,"),
]


async def test_files_that_cannot_be_used_are_refused_in_one_line(staffed: Shell) -> None:
    tries = await asyncio.gather(*(staffed(*draft(staffed, files=files)) for files, _, _ in BAD_FILES))
    for said, (_, code, words) in zip(tries, BAD_FILES, strict=True):
        assert said.code == code, said
        assert words in said.err
        assert said.err.count("\n") == 1
        assert said.out == ""
    missing = await staffed("advisories", "draft", *("--en", "no", "--ar", "no", "--audience", "no", "--by", "x@y.zz"))
    assert (missing.code, missing.err.strip()) == (2, "tammen: no: No such file or directory")
    nobody = await staffed(*draft(staffed, by="nobody@mofa.example"))
    assert (nobody.code, nobody.err) == (1, "tammen: There is no account with this e-mail address.\n")
    assert (await staffed("advisories", "show", "1")).code == 1


async def test_a_crisis_from_the_terminal(staffed: Shell) -> None:
    names = ("--name-en", "Earthquake", "--name-ar", "زلزال")
    refused = await staffed("crises", "open", *names, "--country", "SD", "--by", "post@mofa.example")
    assert (refused.code, refused.err) == (1, "tammen: This account looks after TR only.\n")
    made = await staffed("crises", "open", *names, "--country", "TR", "--drill", "--by", "post@mofa.example")
    board = (await staffed("crises", "board", made.id, "--json")).json
    assert (board["id"], board["state"], board["drill"]) == (int(made.id), "open", True)
    assert set(board["counts"]) == {"safe", "help", "evacuate", "no_answer", "unreachable"}
    assert sum(board["counts"].values()) == board["people"] > 0
    assert "no_answer" in (await staffed("crises", "board", made.id)).out
    assert (await staffed("crises", "close", made.id, "--by", "officer@mofa.example")).code == 0
    assert (await staffed("crises", "close", made.id, "--by", "officer@mofa.example")).code == 1
    assert (await staffed("crises", "board", made.id, "--json")).json["state"] == "closed"


async def test_the_rights_of_a_person_from_the_terminal(staffed: Shell) -> None:
    exported = (await staffed("export", "person", "1")).json
    assert exported["person"]["synthetic"] is True
    assert exported["addresses"][0]["address"].startswith("chat:+999")
    assert (await staffed("erase", "person", "1")).code == 0
    for command in ("export", "erase"):
        gone = await staffed(command, "person", "1")
        assert (gone.code, gone.err) == (1, "tammen: There is no such person.\n")


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
    assert (await staffed("staff", "add", "a@b.cc", "--role", "post_officer", "--post", "nowhere")).code == 2


async def test_settings_that_are_wrong_are_all_named(tammen: Shell) -> None:
    said = await tammen("migrate", PORT="-1", DATABASE_URL="mysql://x", TELEGRAM_BOT_TOKEN="?", TAMMEN_KEYS="nope")
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
        made = await tammen("seed", "--people", "3", "--channel", channel, **{name: "http://127.0.0.1:9"})
        assert made.code == 0, made
    assert (await tammen("seed", "--people", "0")).code == 2
    assert (await tammen("seed", "--people", "3", "--country", "XX")).code == 1


async def test_the_schema_comes_first_on_a_database_of_ones_own(tammen: Shell, postgresql_server: str) -> None:
    await postgres.execute(postgresql_server, "CREATE DATABASE bare")
    url = f"{postgresql_server}/bare"
    try:
        early = await tammen("staff", "list", DATABASE_URL=url)
        assert (early.code, early.err) == (2, "tammen: The database is empty: run `tammen migrate` first.\n")
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


# --- doctor -----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def providers() -> AsyncIterator[Callable[..., str]]:
    """A server that answers as Telegram and as Twilio; call it with the paths and answers to give."""
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
        answers.update({path: (200, body) if isinstance(body, dict) else body for path, body in paths.items()})
        return f"http://127.0.0.1:{port}"

    yield given
    await runner.cleanup()


SID = "AC" + "0" * 32
WEBHOOK = "/bot1:abc/getWebhookInfo"
ACCOUNT = f"/2010-04-01/Accounts/{SID}.json"


def findings(said: Said) -> dict[str, tuple[bool, str]]:
    return {row["what"]: (row["ok"], row["seen"]) for row in said.json}


async def test_the_doctor_finds_a_new_house_well_but_for_what_is_missing(tammen: Shell) -> None:
    before = findings(await tammen("doctor", "--json"))
    assert before["settings"] == (True, "complete")
    assert before["database"] == (False, "the schema is missing, the newest is 0002: run `tammen migrate`")
    await tammen("migrate")
    said = await tammen("doctor", "--json", NLU_URL="http://127.0.0.1:9")
    after = findings(said)
    assert said.code == 1
    assert after["database"][0]
    assert after["rasa"] == (False, "cannot be reached (ClientConnectorError)")
    assert after["telegram"] == after["twilio"] == (True, "not configured")
    assert after["queues"][0]


async def test_the_doctor_asks_the_providers(tammen: Shell, providers: Callable[..., str]) -> None:
    await tammen("migrate")
    good = {"url": "https://tammen.example/hooks/telegram", "pending_update_count": 2}
    api = providers(**{WEBHOOK: {"result": good}, ACCOUNT: {"status": "active"}, "/status": {"model_file": "x.tar.gz"}})
    env = {
        "PUBLIC_URL": "https://tammen.example", "TELEGRAM_BOT_TOKEN": "1:abc", "TELEGRAM_API_URL": api,
        "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "Tammen", "TWILIO_API_URL": api,
        "NLU_URL": api,
    }  # fmt: skip
    said = await tammen("doctor", **env)
    assert said.code == 0, said
    assert "webhook, 2 updates wait" in said.out
    providers(**{
        WEBHOOK: {"result": {"url": "https://elsewhere.example"}}, ACCOUNT: (401, {}), "/status": {"model_file": None},
    })  # fmt: skip
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


# --- processes --------------------------------------------------------------------------------------------------------


async def test_a_port_in_use_is_said_at_once(tammen: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("run", "web"):
            said = await tammen(command, PORT=str(port))
            assert said.code == 2
            assert said.err.startswith(f"tammen: Cannot listen on 127.0.0.1:{port}")
            assert said.err.count("\n") == 1


async def test_everything_in_one_process_starts_greets_and_leaves_nothing_behind(tammen: Shell) -> None:
    port, rasa = free_port(), f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        TAMMEN, "run", cwd=tammen.folder, env=tammen.env | {"PORT": str(port), "NLU_URL": rasa},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
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
