"""`tammen changes`: what waits for a second person, and the decision, by that person's own code."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.commands.ground import Code
from bot.commands.staff import join_link
from bot.consular.changes import changes
from bot.consular.staff import accounts
from bot.models import Change

app = typer.Typer(
    no_args_is_help=True,
    help="Changes that need two people: list them, approve or refuse one.",
)

ChangeNumber = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


@app.command("list")
def list_(
    by: By,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the changes that wait and that the account proposed or may decide on."""
    ground.run(_list(by, as_json))


async def _list(by: str, as_json: bool) -> None:
    async with ground.reading() as (_runtime, session):
        account = await ground.account(session, by)
        emails = await accounts.addresses(session)
        waiting = await changes.waiting(session, account)
        shown = [_shown(change, emails) for change in waiting]
    if as_json:
        ground.show_json(shown)
        return
    for change in shown:
        line = "{id}: {kind} {subject}, proposed by {proposed_by}".format(**change)
        ground.out.print(line, markup=False)


def _shown(change: Change, emails: dict[int, str]) -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": change.kind.value,
        "subject": change.subject,
        "proposed": change.proposed,
        "proposed_by": emails[change.proposed_by],
        "proposed_at": change.proposed_at.isoformat(),
    }


@app.command()
def approve(number: ChangeNumber, by: By, code: Code = "") -> None:
    """Approve a change as a second person: it happens now. A link is printed once."""
    ground.run(_approve(number, by, code))


async def _approve(number: int, by: str, code: str) -> None:
    await ground.prove(by, code)
    async with ground.acting(by) as (runtime, session, staff):
        link = await changes.approve(session, staff, number, runtime.clock())
        settings = runtime.settings
    ground.out.print(f"id: {number}")
    ground.out.print("state: approved")
    if link is not None:
        ground.out.print(f"link: {join_link(settings, link.token)}")


@app.command()
def refuse(number: ChangeNumber, by: By, code: Code = "") -> None:
    """Refuse a change as a second person."""
    ground.run(_refuse(number, by, code))


async def _refuse(number: int, by: str, code: str) -> None:
    await ground.prove(by, code)
    async with ground.acting(by) as (runtime, session, staff):
        await changes.refuse(session, staff, number, runtime.clock())
    ground.out.print(f"id: {number}")
    ground.out.print("state: refused")
