"""The ground of commands: settings, a database that is ready, the account that acts, and output."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import terminal
from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.reference import places
from bot.consular.staff import accounts, codes
from bot.models import Staff
from bot.runtime import characters, files, log, settings
from bot.runtime.runtime import Runtime, open_runtime
from bot.runtime.settings import Settings
from bot.signals import bells
from bot.text import sender

T = TypeVar("T")

out = terminal.console()
err = terminal.console(stderr=True)

Code = Annotated[
    str,
    typer.Option(help="The account's own code, from its page Changes; asked for at a terminal."),
]
EMBEDDED_SOCKET = "valkey/socket"  # in the data folder, while `tammen run` runs


class CommandError(Exception):
    """A command that cannot run; one line says why. Nothing was changed."""


def load() -> Settings:
    """Load the settings and set up logging by them. Raises SettingsError, CommandError."""
    loaded = settings.load()
    log.configure(loaded.log)
    if loaded.database_url is None or loaded.data.exists():
        files.close_to_others(loaded.data)
    try:
        places.use_borders(loaded.borders)
    except ValueError as error:
        raise CommandError(f"TAMMEN_BORDERS: {error}") from error
    sender.use({"ar": loaded.sender_name_ar, "en": loaded.sender_name_en})
    return loaded


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


async def prepare(runtime: Runtime) -> None:
    """Bring the schema up to date, and fill an empty one with posts and templates."""
    from bot.consular.advisories import templates  # noqa: PLC0415  # most commands need none of it
    from bot.consular.crises import ready_replies  # noqa: PLC0415
    from bot.consular.people import search_keys  # noqa: PLC0415
    from bot.consular.reference import country_reach, emergency, posts  # noqa: PLC0415
    from bot.migrations import migrate  # noqa: PLC0415

    await migrate(runtime.db)
    await search_keys.renew(runtime.db)
    async with runtime.db.begin() as session:
        await posts.seed(session)
        await emergency.seed(session)
        await country_reach.seed(session)
        await templates.seed(session, runtime.clock())
        await ready_replies.seed(session, runtime.clock())


@asynccontextmanager
async def opened(loaded: Settings) -> AsyncIterator[Runtime]:
    """Open a runtime for a command. It makes the embedded database when there is none.

    Raises CommandError.
    """
    trail.SHELL_USER.set(_shell_user())
    socket = (loaded.data / EMBEDDED_SOCKET).absolute()
    async with open_runtime(loaded, loaded.redis_url or f"unix://{socket}") as runtime:
        if loaded.database_url is None:
            await prepare(runtime)
        else:
            await _refuse_empty(runtime)
        yield runtime


def _shell_user() -> str:
    """Name the system's user; a container may have only a number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


async def _refuse_empty(runtime: Runtime) -> None:
    async with runtime.db.writer.connect() as connection:
        if not await connection.run_sync(_has_tables):
            raise CommandError("The database is empty: run `tammen migrate` first.")


def _has_tables(connection: Connection) -> bool:
    return inspect(connection).has_table("alembic_version")


@asynccontextmanager
async def acting(by: str) -> AsyncIterator[tuple[Runtime, AsyncSession, Staff]]:
    """Open a transaction of the account with this e-mail address; ring the senders after it."""
    async with opened(load()) as runtime:
        async with runtime.db.begin() as session:
            yield runtime, session, await account(session, by)
        if runtime.settings.redis_url or (runtime.settings.data / EMBEDDED_SOCKET).exists():
            await bells.ring(runtime.redis, "out")  # else the worker's sweep finds it


async def prove(by: str, code: str) -> None:
    """Check that whoever approves at this shell holds the account's own code; it works once.

    A wrong attempt counts, so it is committed. Raises ConsularError.
    """
    if not code and sys.stdin.isatty():
        code = typer.prompt("Code")
    async with opened(load()) as runtime:
        async with runtime.db.begin() as session:
            staff = await account(session, by)
            is_right = await codes.use(session, staff, code, runtime.clock())
        if not is_right:
            raise codes.refusal()


@asynccontextmanager
async def reading() -> AsyncIterator[tuple[Runtime, AsyncSession]]:
    """Open a transaction that reads."""
    async with opened(load()) as runtime, runtime.db.read() as session:
        yield runtime, session


async def account(session: AsyncSession, email: str) -> Staff:
    """Return the account of an e-mail address. Raises ConsularError."""
    existing = await accounts.by_email(session, email)
    if existing is None:
        raise ConsularError("There is no account with this e-mail address.")
    return existing


def base_url(loaded: Settings) -> str:
    """Return the address of the web process, without a slash at the end."""
    return loaded.site


def show_json(document: Any) -> None:
    """Print a JSON document on standard output."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    typer.echo(characters.spelled_out(text))


def show_line(document: Any) -> None:
    """Print a JSON document on one line of standard output."""
    line = json.dumps(document, ensure_ascii=False, default=str)
    typer.echo(characters.spelled_out(line))


def read_text(path: Path) -> str:
    """Read a UTF-8 file. Raises CommandError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CommandError(f"{path}: {why}") from error
