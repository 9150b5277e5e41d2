"""`tammen staff`: accounts of the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.reference.places import COUNTRIES
from bot.consular.staff import accounts, tokens
from bot.models import Post, Role, Staff
from bot.runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Accounts of the console.")

Email = Annotated[str, typer.Argument(metavar="E-MAIL")]


@app.command()
def add(
    email: Email,
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    post: Annotated[
        str | None, typer.Option(help="Of a post officer: a country (TR) or the number of a post.")
    ] = None,
) -> None:
    """Makes an account and prints the one-time link that sets its password."""
    ground.run(_add(email, role, post))


async def _add(email: str, role: Role, post: str | None) -> None:
    loaded = ground.load()
    async with ground.opened(loaded) as runtime, runtime.db.begin() as session:
        country = await _country(session, post) if post else None
        made, token = await accounts.add(session, email, role, country, runtime.clock(), None)
    ground.out.print(f"id: {made.id}")
    _show_link(loaded, token)


async def _country(session: AsyncSession, post: str) -> str:
    if post.upper() in COUNTRIES:
        return post.upper()
    found = await session.get(Post, int(post)) if post.isdecimal() else None
    if found is None:
        raise CommandError(f"--post {post}: neither a country code nor the number of a post")
    return found.country


def _show_link(loaded: Settings, token: str) -> None:
    hours = tokens.LINK_LIFE // timedelta(hours=1)
    ground.out.print(
        f"link: {join_link(loaded, token)}", f"It works once, for {hours} hours.", sep="\n"
    )


def join_link(loaded: Settings, token: str) -> str:
    """The address of a one-time link."""
    return f"{ground.base_url(loaded)}/join/{token}"


@app.command()
def link(email: Email) -> None:
    """Prints a fresh one-time link for an account, to set its password anew."""
    ground.run(_link(email))


async def _link(email: str) -> None:
    loaded = ground.load()
    async with ground.opened(loaded) as runtime, runtime.db.begin() as session:
        token = await tokens.new_link(
            session, await ground.account(session, email), runtime.clock(), None
        )
    _show_link(loaded, token)


@app.command()
def block(email: Email) -> None:
    """Ends an account's sessions and links; it can do nothing from then on."""
    ground.run(_block(email))


async def _block(email: str) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        await accounts.block(session, await ground.account(session, email), runtime.clock(), None)
    ground.out.print("blocked")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Lists the accounts."""
    ground.run(_list(as_json))


async def _list(as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        rows = [_row(account) for account in await accounts.everyone(session)]
    if as_json:
        ground.show_json(rows)
        return
    table = Table("id", "e-mail", "role", "post", "password", "blocked")
    for row in rows:
        words = [
            "yes" if value is True else "" if value in (None, False) else str(value)
            for value in row.values()
        ]
        table.add_row(*words)
    ground.out.print(table)


def _row(account: Staff) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "role": account.role.value,
        "post": account.post_country,
        "has_password": account.password is not None,
        "is_blocked": account.blocked_at is not None,
    }
