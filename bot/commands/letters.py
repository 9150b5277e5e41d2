"""`tammen cases write`, `thread`, `hand-back` and `merge`: letters, when the console is away."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.consular.crises import caseload, cases, joining_cases, letters
from bot.consular.crises.letters import Sheet
from bot.consular.staff import accounts
from bot.models import LetterDirection
from bot.runtime import characters

CaseNumber = Annotated[int, typer.Argument(metavar="ID")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]


def write(
    number: CaseNumber,
    by: By,
    words: Annotated[str, typer.Option(help="The letter; stored encrypted.")],
) -> None:
    """Write to the person of a case; the bot is silent from then on."""
    ground.run(
        _write(
            number,
            by,
            words,
        )
    )


async def _write(
    number: int,
    by: str,
    words: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await letters.write(
            session,
            staff,
            case,
            words,
            runtime.clock(),
        )
    ground.out.print(f"written: {number}")


def thread(
    number: CaseNumber,
    by: By,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the letters of a case, the first one first. The look is noted."""
    ground.run(
        _thread(
            number,
            by,
            as_json,
        )
    )


async def _thread(
    number: int,
    by: str,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        dossier = await caseload.look(
            session,
            staff,
            number,
            runtime.clock(),
        )
        owners = await accounts.addresses(session)
    listed = [_line(sheet, owners) for sheet in dossier.thread]
    if as_json:
        ground.show_json(listed)
        return
    for line in listed:
        columns = [str(column or "-") for column in line.values()]
        typer.echo(characters.spelled_out("\t".join(columns)))


def _line(sheet: Sheet, owners: dict[int, str]) -> dict[str, Any]:
    """Show a letter, by the name of each column."""
    letter = sheet.letter
    is_ours = letter.direction is LetterDirection.OUT
    return {
        "at": letter.at.isoformat(),
        "direction": letter.direction.value,
        "by": owners.get(letter.staff_id or 0) if is_ours else None,
        "state": sheet.state.value if sheet.state else None,
        "words": letter.words,
    }


def hand_back(
    number: CaseNumber,
    by: By,
) -> None:
    """Let the bot answer the person of a case again; they are told."""
    ground.run(_hand_back(number, by))


async def _hand_back(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await letters.hand_back(
            session,
            staff,
            case,
            runtime.clock(),
        )
    ground.out.print(f"handed back: {number}")


def merge(
    number: CaseNumber,
    into: Annotated[int, typer.Argument(metavar="INTO", help="The older case, which goes on.")],
    by: By,
) -> None:
    """Join a case into an older one of the same person; it is closed."""
    ground.run(
        _merge(
            number,
            into,
            by,
        )
    )


async def _merge(
    number: int,
    into: int,
    by: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        older = await cases.get(session, into)
        await joining_cases.merge(
            session,
            staff,
            case,
            older,
            runtime.clock(),
        )
    ground.out.print(f"joined: {number} into {into}")
