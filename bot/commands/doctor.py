"""`tammen doctor`: is everything there, and does it work?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
from bot.consular.broadcasts import place_questions
from bot.consular.people import search
from bot.consular.reference import costs, country_reach, prices
from bot.consular.reference.costs import Bill
from bot.consular.trust import key_usage, opening
from bot.embedded import model, rasa
from bot.models import InboundMessage, InboundState, Lane
from bot.outbox import budgets
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import SettingsError, SmsAccount
from bot.signals import bells
from bot.text import sender, text

CHECK_SECONDS = 10.0
MAX_AGES = {
    "messages": timedelta(minutes=1),
    "replies": timedelta(minutes=1),
    "broadcasts": timedelta(hours=10),
}
REFUSED_STATUSES = (401, 404)
CHECKED_ROWS = 1000  # of each table, the newest: `tammen keys check` opens all


class WrongError(Exception):
    """Something is wrong; the words say what, and what to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The subject of a check, whether it is well, and what the check saw."""

    subject: str
    is_well: bool
    report: str

    def to_json(self) -> dict[str, Any]:
        """Write the finding under the names that scripts read."""
        return {"what": self.subject, "ok": self.is_well, "seen": self.report}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check settings, database, Redis, Rasa, Telegram's webhook, Twilio accounts and queues."""
    findings = ground.run(_examine())
    if as_json:
        ground.show_json([finding.to_json() for finding in findings])
    else:
        _print(findings)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        mark = "[green]ok   [/]" if finding.is_well else "[red]wrong[/]"
        ground.out.print(f"{mark} {finding.subject}:", end=" ")
        ground.out.print(finding.report, markup=False)


async def _examine() -> list[Finding]:
    try:
        settings = ground.load()
    except (SettingsError, ground.CommandError) as error:
        return [Finding("settings", is_well=False, report=str(error))]
    socket = (settings.data / ground.EMBEDDED_SOCKET).absolute()
    redis_url = settings.redis_url or f"unix://{socket}"
    findings = [
        Finding("settings", is_well=True, report="complete"),
        Finding("sender", is_well=True, report=_sender()),
    ]
    async with open_runtime(settings, redis_url) as runtime:
        for subject, check in CHECKS.items():
            findings.append(await _find(subject, check, runtime))
    return findings


def _sender() -> str:
    """Tell under which name we speak to people, in each language."""
    return " · ".join(map(sender.name, text.LANGUAGES))


async def _find(
    subject: str,
    check: Callable[[Runtime], Awaitable[str]],
    runtime: Runtime,
) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            report = await check(runtime)
    except WrongError as error:
        return _wrong(subject, str(error))
    except TimeoutError:
        return _wrong(subject, f"no answer within {CHECK_SECONDS:.0f} s")
    except (SQLAlchemyError, aiohttp.ClientError, OSError, ValueError) as error:
        return _wrong(subject, f"cannot be reached ({type(error).__name__})")
    return Finding(subject, is_well=True, report=report)


def _wrong(
    subject: str,
    report: str,
) -> Finding:
    return Finding(subject, is_well=False, report=report)


async def _database(runtime: Runtime) -> str:
    async with runtime.db.reader.connect() as connection:
        return await connection.run_sync(_schema)


def _schema(connection: Connection) -> str:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    newest = scripts.get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present != newest:
        raise WrongError(
            f"the schema is {present or 'missing'}, the newest is {newest}: run `tammen migrate`"
        )
    return f"{connection.dialect.name}, schema {present}"


def _is_embedded_redis_away(runtime: Runtime) -> bool:
    settings = runtime.settings
    if settings.redis_url is not None:
        return False
    return not (settings.data / ground.EMBEDDED_SOCKET).exists()


async def _redis(runtime: Runtime) -> str:
    if _is_embedded_redis_away(runtime):
        return "embedded, not running: `tammen run` starts it"
    await bells.is_answering(runtime.redis)
    return "answers"


async def _worker(runtime: Runtime) -> str:
    if _is_embedded_redis_away(runtime):
        return "not running: `tammen run` starts it"
    if not await bells.is_worker_alive(runtime.redis):
        raise WrongError("no worker has reported: start `tammen worker`")
    return "alive"


async def _nlu(runtime: Runtime) -> str:
    settings = runtime.settings
    if settings.nlu_url is None:
        return _embedded_nlu(runtime)
    params = {"token": settings.nlu_token} if settings.nlu_token else None
    async with runtime.http.get(f"{settings.nlu_url}/status", params=params) as answer:
        if answer.status != 200:
            raise WrongError(f"NLU_URL answers {answer.status}")
        status = await answer.json()
    if not status.get("model_file"):
        raise WrongError("NLU_URL answers, but has no model")
    return "answers, with a model"


def _embedded_nlu(runtime: Runtime) -> str:
    reason = rasa.missing()
    if reason is not None:
        raise WrongError(reason)
    if model.is_trained(model.path(runtime.settings.data)):
        return "embedded, trained"
    return "embedded, to be trained by the next `tammen run`"


async def _second_factor(runtime: Runtime) -> str:
    settings = runtime.settings
    if settings.needs_second_factor:
        return "required of everyone who sees names"
    if settings.is_loopback:
        return "OFF: only this machine reaches the console, a password alone opens it"
    raise WrongError("OFF: a password alone opens the console; set SECOND_FACTOR=required")


async def _telegram(runtime: Runtime) -> str:
    settings = runtime.settings
    if not settings.has_telegram:
        return "not configured"
    url = f"{settings.telegram_api}/bot{settings.telegram_token}/getWebhookInfo"
    async with runtime.http.get(url) as answer:
        if answer.status in REFUSED_STATUSES:
            raise WrongError("TELEGRAM_BOT_TOKEN is not a bot's: copy it again from @BotFather")
        document = await answer.json(content_type=None)
    expected = ""
    if settings.public_url:
        expected = f"{settings.public_url}/hooks/telegram"
    return _webhook(document.get("result") or {}, expected)


def _webhook(
    info: dict[str, Any],
    expected: str,
) -> str:
    """Say how updates come: by a webhook, or by polling when none is expected."""
    pending = info.get("pending_update_count", 0)
    error = info.get("last_error_message")
    if info.get("url", "") != expected:
        raise WrongError("the webhook is set elsewhere: start `tammen worker` with this PUBLIC_URL")
    if error and pending:
        raise WrongError(f"Telegram cannot deliver: {error} ({pending} updates wait)")
    way = "webhook" if expected else "polling"
    return f"{way}, {pending} updates wait"


async def _twilio(runtime: Runtime) -> str:
    accounts = runtime.settings.sms_accounts
    for account in accounts:
        await _check_sms_account(runtime, account)
    match len(accounts):
        case 0:
            return "not configured"
        case 1:
            return "the account is active"
        case _:
            return "both accounts are active"


async def _check_sms_account(
    runtime: Runtime,
    account: SmsAccount,
) -> None:
    name = account.name.upper()
    url = f"{account.api}/2010-04-01/Accounts/{account.account}.json"
    auth = aiohttp.BasicAuth(account.account, account.token)
    async with runtime.http.get(url, auth=auth) as answer:
        if answer.status in REFUSED_STATUSES:
            raise WrongError(f"{name}_ACCOUNT_SID or {name}_AUTH_TOKEN is wrong")
        document = await answer.json(content_type=None)
    status = document.get("status")
    if status != "active":
        ordinal = "second " if account.name == "twilio2" else ""
        raise WrongError(f"the {ordinal}account is {status}")


async def _reach(runtime: Runtime) -> str:
    """Name the countries of posts of which nobody found out whether an SMS is answered."""
    async with runtime.db.read() as session:
        unknown = await country_reach.unknown_of_posts(session)
        registered = await country_reach.registered_countries(session)
    parts: list[str] = []
    if unknown:
        parts.append(f"not known whether answers come back from {', '.join(unknown)}")
    if registered and runtime.settings.sms_accounts:
        parts.append(f"senders must be registered for {', '.join(registered)}")
    if not runtime.settings.public_url:
        parts.append("PUBLIC_URL is not set: where no SMS returns, people must be called")
    return "; ".join(parts) or "known for every country with a post"


async def _keys(runtime: Runtime) -> str:
    """Say which keys are needed. The audit trail is read by `tammen keys status` alone."""
    keyring = runtime.keyring
    async with runtime.db.read() as session:
        usage = await key_usage.read(session)
    missing = usage.missing(keyring)
    if missing:
        count = sum(usage.total(key_id) for key_id in missing)
        raise WrongError(
            f"{count} values need key {', '.join(missing)}: put it back into TAMMEN_KEYS, last"
        )
    async with runtime.db.read() as session:
        result = await opening.check(session, keyring, newest=CHECKED_ROWS)
    if result.unopened:
        raise WrongError(
            f"{result.unopened} values do not open where they are: run `tammen keys check`"
        )
    count = usage.outdated(keyring)
    if count:
        return f"{count} values are not under key {keyring.current_id}: run `tammen keys rotate`"
    return f"everything is under key {keyring.current_id}"


async def _queues(runtime: Runtime) -> str:
    ages = await _ages(runtime)
    described = [f"{name} {age.total_seconds():.0f} s" for name, age in ages.items()]
    report = ", ".join(described)
    if any(age > MAX_AGES[name] for name, age in ages.items()):
        raise WrongError(f"the oldest wait too long: {report}")
    return f"the oldest wait: {report}"


async def _ages(runtime: Runtime) -> dict[str, timedelta]:
    """Return how long the oldest of each queue has waited."""
    now = runtime.clock()
    is_pending = InboundMessage.state == InboundState.PENDING
    oldest_message = select(func.min(InboundMessage.received_at)).where(is_pending)
    async with runtime.db.read() as session:
        received_at = await session.scalar(oldest_message)
        backlog = await outbox.backlog(session, now)
    oldest = {
        "messages": now if received_at is None else received_at,
        "replies": now,
        "broadcasts": now,
    }
    for queue in backlog:
        name = "replies" if queue.lane == Lane.REPLY else "broadcasts"
        oldest[name] = min(oldest[name], queue.oldest)
    return {name: now - moment for name, moment in oldest.items()}


async def _costs(runtime: Runtime) -> str:
    """Say what SMS cost; wrong while a budget that many share is spent."""
    now = runtime.clock()
    async with runtime.db.read() as session:
        today = await costs.today(session, now)
        month = await costs.this_month(session, now)
        spent = await budgets.spent(session, runtime.settings.reply_budget, now)
    report = (
        f"{_dollars(today)} today, {_dollars(month)} this month, "
        f"{today.refused} replies not sent today"
    )
    if spent:
        names = ", ".join(spent)
        raise WrongError(
            f"replies by SMS stopped within this hour, budgets spent: {names} ({report})"
        )
    return report


async def _places(runtime: Runtime) -> str:
    """Say how many of all places are believed, and how many people are to be asked about theirs."""
    now = runtime.clock()
    async with runtime.db.read() as session:
        everywhere = await search.by_country(session, now)
        has_link = runtime.settings.public_url is not None
        due = await place_questions.count_due(session, now, has_link)
    people = sum(count for _country, count, _stale in everywhere)
    stale = sum(count for _country, _people, count in everywhere)
    report = f"{people - stale} people present, {stale} doubtful, {sum(due.values())} to be asked"
    if not runtime.settings.freshness_questions_per_hour:
        return f"{report}; nobody is asked: FRESHNESS_QUESTIONS_PER_HOUR is 0"
    return report


def _dollars(bill: Bill) -> str:
    return f"${bill.total.micros / prices.MICROS:.2f}"


CHECKS: dict[str, Callable[[Runtime], Awaitable[str]]] = {
    "database": _database,
    "redis": _redis,
    "worker": _worker,
    "keys": _keys,
    "rasa": _nlu,
    "second factor": _second_factor,
    "telegram": _telegram,
    "twilio": _twilio,
    "reach": _reach,
    "queues": _queues,
    "SMS costs": _costs,
    "places": _places,
}
