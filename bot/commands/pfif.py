"""`tammen pfif`: missing people in files of other organisations that search, out and in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.consular.crises import pfif, pfif_reading
from bot.consular.errors import ConsularError
from bot.models import Crisis

app = typer.Typer(no_args_is_help=True, help="Missing people as PFIF 1.4, out and in.")

By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


@app.command()
def export(
    crisis: Annotated[int, typer.Argument(metavar="CRISIS")],
    by: By,
) -> None:
    """Print the reports of a crisis that their reporters let us share, as one document."""
    ground.run(_export(crisis, by))


async def _export(crisis_id: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await _crisis(session, crisis_id)
        host = urlsplit(runtime.settings.public_url or "").hostname or pfif.NO_HOST
        document = await pfif.export(session, staff, crisis, host, runtime.clock())
    typer.echo(document.decode(), nl=False)


@app.command("import")
def take(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
        ),
    ],
    by: By,
    crisis: Annotated[
        int | None,
        typer.Option(metavar="CRISIS", help="The crisis that the reports belong to."),
    ] = None,
) -> None:
    """Make a report of each person in a file; a file with a mistake is refused as a whole."""
    ground.run(_take(file, by, crisis))


async def _take(file: Path, by: str, crisis_id: int | None) -> None:
    records = pfif_reading.read(file.read_bytes())
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await _crisis(session, crisis_id) if crisis_id else None
        taken = await pfif.take(session, staff, records, crisis, runtime.clock())
    ground.out.print(
        f"reports: {len(taken.case_ids)} new, {taken.known} known, {taken.expired} old"
    )


async def _crisis(session: AsyncSession, crisis_id: int) -> Crisis:
    crisis = await session.get(Crisis, crisis_id)
    if crisis is None:
        raise ConsularError("There is no such crisis.")
    return crisis
