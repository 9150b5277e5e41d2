"""`tammen audit`: is the audit trail whole?"""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands import ground
from bot.consular.audit import seals

app = typer.Typer(no_args_is_help=True, help="The audit trail.")


@app.callback()
def audit() -> None:
    """Look at the audit trail."""


@app.command()
def verify(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Compare every note with its seal; exit 1 when one was changed or removed."""
    is_whole = ground.run(_verify(as_json))
    if not is_whole:
        raise typer.Exit(1)


async def _verify(as_json: bool) -> bool:
    async with ground.reading() as (runtime, session):
        verdict = await seals.verify(session, runtime.keyring)
    report = {
        "sealed": verdict.sealed,
        "waiting": verdict.waiting,
        "broken": list(verdict.broken),
        "last_seal": verdict.last_seal,
    }
    if as_json:
        ground.show_json(report)
    else:
        for name, figure in report.items():
            ground.out.print(f"{name}: {figure}", markup=False)
    return not verdict.broken
