"""`tammen doctor`: is everything there, and does it work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot import migrations, outbox
from bot.commands import ground
from bot.embedded import model, rasa
from bot.models import InboundMessage, InboundState, Lane
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import SettingsError, SmsAccount
from bot.signals import bells

SECONDS = 10.0  # for each check
OLD = {
    "messages": timedelta(minutes=1),
    "replies": timedelta(minutes=1),
    "broadcasts": timedelta(hours=10),
}


class WrongError(Exception):
    """Something is wrong; the words say what, and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what was seen."""

    what: str
    ok: bool
    seen: str


def doctor(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Checks settings, database, Redis, Rasa, Telegram's webhook, the Twilio account and the queues."""
    findings = ground.run(_examine())
    if as_json:
        ground.show_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "[green]ok   [/]" if finding.ok else "[red]wrong[/]"
            ground.out.print(f"{mark} {finding.what}:", end=" ")
            ground.out.print(finding.seen, markup=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


async def _examine() -> list[Finding]:
    try:
        loaded = ground.load()
    except (SettingsError, ground.CommandError) as error:
        return [Finding("settings", ok=False, seen=str(error))]
    socket = (loaded.data / ground.EMBEDDED_SOCKET).absolute()
    async with open_runtime(loaded, loaded.redis_url or f"unix://{socket}") as runtime:
        found = [Finding("settings", ok=True, seen="complete")]
        for what, check in CHECKS.items():
            found.append(await _find(what, check, runtime))
        return found


async def _find(what: str, check: Callable[[Runtime], Awaitable[str]], runtime: Runtime) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            return Finding(what, ok=True, seen=await check(runtime))
    except WrongError as error:
        return Finding(what, ok=False, seen=str(error))
    except TimeoutError:
        return Finding(what, ok=False, seen=f"no answer within {SECONDS:.0f} s")
    except (SQLAlchemyError, aiohttp.ClientError, OSError, ValueError) as error:
        return Finding(what, ok=False, seen=f"cannot be reached ({type(error).__name__})")


async def _database(runtime: Runtime) -> str:
    async with runtime.db.reader.connect() as connection:
        return await connection.run_sync(_schema)


def _schema(connection: Connection) -> str:
    newest = ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present != newest:
        raise WrongError(
            f"the schema is {present or 'missing'}, the newest is {newest}: run `tammen migrate`"
        )
    return f"{connection.dialect.name}, schema {present}"


async def _redis(runtime: Runtime) -> str:
    settings = runtime.settings
    if settings.redis_url is None and not (settings.data / ground.EMBEDDED_SOCKET).exists():
        return "embedded, not running: `tammen run` starts it"
    await bells.is_answering(runtime.redis)
    return "answers"


async def _worker(runtime: Runtime) -> str:
    settings = runtime.settings
    if settings.redis_url is None and not (settings.data / ground.EMBEDDED_SOCKET).exists():
        return "not running: `tammen run` starts it"
    if not await bells.is_worker_alive(runtime.redis):
        raise WrongError("none has been heard of: start `tammen worker`")
    return "alive"


async def _nlu(runtime: Runtime) -> str:
    settings = runtime.settings
    if settings.nlu_url is None:
        return _embedded_nlu(runtime)
    params = {"token": settings.nlu_token} if settings.nlu_token else None
    async with runtime.http.get(f"{settings.nlu_url}/status", params=params) as answer:
        if answer.status != 200:
            raise WrongError(f"NLU_URL answers {answer.status}")
        loaded = (await answer.json()).get("model_file")
    if not loaded:
        raise WrongError("NLU_URL answers, but has no model")
    return "answers, with a model"


def _embedded_nlu(runtime: Runtime) -> str:
    if why := rasa.missing():
        raise WrongError(why)
    is_trained = model.is_trained(model.path(runtime.settings.data))
    return "embedded, trained" if is_trained else "embedded, to be trained by the next `tammen run`"


async def _telegram(runtime: Runtime) -> str:
    settings = runtime.settings
    if not settings.has_telegram:
        return "not configured"
    async with runtime.http.get(
        f"{settings.telegram_api}/bot{settings.telegram_token}/getWebhookInfo"
    ) as answer:
        if answer.status in (401, 404):
            raise WrongError("TELEGRAM_BOT_TOKEN is not a bot's: copy it again from @BotFather")
        told = (await answer.json(content_type=None)).get("result") or {}
    return _webhook(told, f"{settings.public_url}/hooks/telegram" if settings.public_url else "")


def _webhook(told: dict[str, Any], wanted: str) -> str:
    pending = told.get("pending_update_count", 0)
    if told.get("url", "") != wanted:
        raise WrongError("the webhook is set elsewhere: start `tammen worker` with this PUBLIC_URL")
    if told.get("last_error_message") and pending:
        raise WrongError(
            f"Telegram cannot deliver: {told['last_error_message']} ({pending} updates wait)"
        )
    return f"{'webhook' if wanted else 'polling'}, {pending} updates wait"


async def _twilio(runtime: Runtime) -> str:
    accounts = runtime.settings.sms_accounts
    for account in accounts:
        await _sms_account(runtime, account)
    found = {0: "not configured", 1: "the account is active"}
    return found.get(len(accounts), "both accounts are active")


async def _sms_account(runtime: Runtime, account: SmsAccount) -> None:
    name = account.name.upper()
    url = f"{account.api}/2010-04-01/Accounts/{account.account}.json"
    async with runtime.http.get(
        url, auth=aiohttp.BasicAuth(account.account, account.token)
    ) as answer:
        if answer.status in (401, 404):
            raise WrongError(f"{name}_ACCOUNT_SID or {name}_AUTH_TOKEN is wrong")
        status = (await answer.json(content_type=None)).get("status")
    if status != "active":
        raise WrongError(f"the {'second ' if account.name == 'twilio2' else ''}account is {status}")


async def _queues(runtime: Runtime) -> str:
    now = runtime.clock()
    waiting = select(func.min(InboundMessage.received_at)).where(
        InboundMessage.state == InboundState.PENDING
    )
    async with runtime.db.read() as session:
        oldest = await session.scalar(waiting)
        backlog = await outbox.backlog(session, now)
    ages = {"messages": now - oldest if oldest else timedelta()}
    for name, lanes in (("replies", {Lane.REPLY}), ("broadcasts", set(Lane) - {Lane.REPLY})):
        ages[name] = max(
            (now - row.oldest for row in backlog if row.lane in lanes), default=timedelta()
        )
    said = ", ".join(f"{name} {age.total_seconds():.0f} s" for name, age in ages.items())
    if any(age > OLD[name] for name, age in ages.items()):
        raise WrongError(f"the oldest wait too long: {said}")
    return f"the oldest wait: {said}"


CHECKS: dict[str, Callable[[Runtime], Awaitable[str]]] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "rasa": _nlu,
    "telegram": _telegram,
    "twilio": _twilio,
    "queues": _queues,
}
