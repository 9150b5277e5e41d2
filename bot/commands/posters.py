"""`tammen poster`: the poster of a post, to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.reference import post_names
from bot.delivery import bot_name
from bot.reports import posters


def poster(
    post: Annotated[
        str,
        typer.Option(metavar="POST", help="Its number, or the name of its city or country."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write it; else a file in this folder."),
    ] = None,
) -> None:
    """Write the poster of a post as PDF: A4, in both languages, with its codes."""
    ground.run(_poster(post, out))


async def _poster(name: str, out: Path | None) -> None:
    async with ground.opened(ground.load()) as runtime:
        async with runtime.db.read() as session:
            post = await post_names.chosen(session, name)
        bot = await bot_name.look_up(runtime)
        ways = posters.ways(runtime.settings, bot)
        content = await posters.write(post, ways)
    path = out or Path(f"poster-{post.id}.pdf")
    try:
        path.write_bytes(content)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    ground.out.print(f"file: {path}", markup=False)
    ground.out.print(f"telegram: {ways.bot_name or 'not on it, the bot is not known'}")
    ground.out.print(f"sms: {ways.sms_number or 'not on it, no number takes an SMS'}")
