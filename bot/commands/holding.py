"""`tammen cases`: legal holds, for the day the console is away."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands import ground
from bot.consular.crises import cases, holds

app = typer.Typer(no_args_is_help=True, help="Put cases on hold: nothing of them is deleted.")

CaseNumber = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


@app.command()
def hold(
    number: CaseNumber,
    by: By,
    reason: Annotated[
        str,
        typer.Option(help="Why it must be kept; stored encrypted."),
    ],
) -> None:
    """Put a case on hold: neither retention nor an erasure removes its person or messages."""
    ground.run(
        _hold(
            number,
            by,
            reason,
        )
    )


async def _hold(
    number: int,
    by: str,
    reason: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await holds.hold(
            session,
            staff,
            case,
            reason,
            runtime.clock(),
        )
    ground.out.print(f"held: {number}")


@app.command()
def release(
    number: CaseNumber,
    by: By,
) -> None:
    """Lift the hold on a case; what waited for it is deleted within an hour."""
    ground.run(_release(number, by))


async def _release(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await holds.release(
            session,
            staff,
            case,
            runtime.clock(),
        )
    ground.out.print(f"released: {number}")
