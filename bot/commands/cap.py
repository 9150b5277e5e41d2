"""`tammen cap`: advisories as CAP 1.2, out and in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot import feeds
from bot.commands import ground
from bot.consular import advisories, cap
from bot.consular.errors import ConsularError

app = typer.Typer(no_args_is_help=True, help="Advisories as CAP 1.2: ours for others, others' for us.")


@app.command()
def show(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Prints the signed CAP document of an advisory."""
    ground.run(_show(number))


async def _show(number: int) -> None:
    async with ground.reading() as (runtime, session):
        found = await cap.of(session, await advisories.get(session, number), runtime.clock())
        if found is None:
            raise ConsularError("It has not gone out, so it has no CAP document.")
        signed = feeds.signer(runtime.settings).sign(cap.xml(found, feeds.publisher(runtime.settings)))
    sys.stdout.buffer.write(signed + b"\n")
