"""`tammen staff`: accounts of the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.reference.places import COUNTRIES
from bot.consular.staff import accounts, factors, roles, tokens
from bot.models import Post, Role, Staff
from bot.runtime.settings import Settings
from bot.signals import bells

app = typer.Typer(no_args_is_help=True, help="Accounts of the console.")

Email = Annotated[str, typer.Argument(metavar="E-MAIL")]


@app.command()
def add(
    email: Email,
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    post: Annotated[
        str | None,
        typer.Option(help="Of a post officer: a country (TR) or the number of a post."),
    ] = None,
) -> None:
    """Add an account and print the one-time link that sets its password."""
    ground.run(_add(email, role, post))


async def _add(
    email: str,
    role: Role,
    post: str | None,
) -> None:
    settings = ground.load()
    async with ground.opened(settings) as runtime, runtime.db.begin() as session:
        country, post_id = await _post(session, post) if post else (None, None)
        account, token = await accounts.add(
            session,
            email,
            role,
            country,
            runtime.clock(),
            None,
            post_id,
        )
        number = account.id
    ground.out.print(f"id: {number}")
    _print_link(settings, token)


async def _post(
    session: AsyncSession,
    post: str,
) -> tuple[str, int | None]:
    """Return the country that `--post` names, and the post where it names one.

    Raises CommandError.
    """
    if post.upper() in COUNTRIES:
        return post.upper(), None
    existing = await session.get(Post, int(post)) if post.isdecimal() else None
    if existing is None:
        raise CommandError(f"--post {post}: neither a country code nor the number of a post")
    return existing.country, existing.id


def _print_link(
    settings: Settings,
    token: str,
) -> None:
    hours = tokens.LINK_LIFE // timedelta(hours=1)
    ground.out.print(f"link: {join_link(settings, token)}")
    ground.out.print(f"It works once, for {hours} hours.")


def join_link(
    settings: Settings,
    token: str,
) -> str:
    """Return the address of a one-time link."""
    return f"{ground.base_url(settings)}/join/{token}"


@app.command()
def link(email: Email) -> None:
    """Print a fresh one-time link for an account, to set its password anew."""
    ground.run(_link(email))


async def _link(email: str) -> None:
    settings = ground.load()
    async with ground.opened(settings) as runtime, runtime.db.begin() as session:
        account = await ground.account(session, email)
        token = await tokens.new_link(
            session,
            account,
            runtime.clock(),
            None,
        )
    _print_link(settings, token)


@app.command()
def block(email: Email) -> None:
    """Block an account: its sessions and links end, and it can do nothing from then on."""
    ground.run(_block(email))


async def _block(email: str) -> None:
    async with ground.opened(ground.load()) as runtime:
        async with runtime.db.begin() as session:
            account = await ground.account(session, email)
            await accounts.block(
                session,
                account,
                runtime.clock(),
                None,
            )
        await bells.announce(runtime.redis, roles.actor(account))
    ground.out.print("blocked")


@app.command("reset-factor")
def reset_factor(
    email: Email,
    by: Annotated[
        str | None,
        typer.Option(metavar="E-MAIL", help="The admin who does it; without it, the system."),
    ] = None,
) -> None:
    """Remove the second factors of an account whose owner lost them; its sessions end."""
    ground.run(_reset_factor(email, by))


async def _reset_factor(email: str, by: str | None) -> None:
    async with ground.opened(ground.load()) as runtime:
        async with runtime.db.begin() as session:
            account = await ground.account(session, email)
            admin = await ground.account(session, by) if by else None
            await factors.reset(
                session,
                account,
                runtime.clock(),
                admin,
            )
        await bells.announce(runtime.redis, roles.actor(account))
    ground.out.print("reset: the owner sets up a new one at the next sign-in")


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the accounts."""
    ground.run(_list(as_json))


async def _list(as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        with_factor = await factors.accounts_with_one(session)
        everyone = await accounts.everyone(session)
        listed = [_columns(account, account.id in with_factor) for account in everyone]
    if as_json:
        ground.show_json(listed)
        return
    table = Table(
        "id",
        Column("e-mail", no_wrap=True),
        "role",
        "post",
        "password",
        "factor",
        "failed",
        "blocked",
    )
    for columns in listed:
        table.add_row(*map(_cell, columns.values()))
    ground.out.print(table)


def _columns(account: Staff, has_factor: bool) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "role": account.role.value,
        "post": account.post_country,
        "has_password": account.password is not None,
        "has_second_factor": has_factor,
        "failed_sign_ins": account.failed_sign_ins,
        "is_blocked": account.blocked_at is not None,
    }


def _cell(content: object) -> str:
    if content is True:
        return "yes"
    if content is False or content is None:
        return ""
    return str(content)
