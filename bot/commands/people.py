"""`tammen export`, `tammen erase`, `tammen seed`: people's rights, and people who do not exist."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.trust import export, rights
from bot.messages import Channel
from bot.models import Person
from bot.practice import seed
from bot.runtime.settings import Settings

exports = typer.Typer(no_args_is_help=True, help="What is kept about a person, as JSON.")
erasures = typer.Typer(no_args_is_help=True, help="Forgets a person.")

Id = Annotated[int, typer.Argument(metavar="ID")]
REAL = {Channel.TELEGRAM: "https://api.telegram.org", Channel.SMS: "https://api.twilio.com"}
COUNTRIES = ("TR", "TN", "EG", "IT", "GB", "DE")


@exports.command("person")
def export_person(number: Id) -> None:
    """Prints all that is kept about a person, as JSON."""
    ground.run(_export(number))


async def _export(number: int) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        person = await _person(session, number)
        exported = await export.export(session, person)
        await trail.note(
            session, trail.SYSTEM, "person.exported", f"person:{number}", runtime.clock()
        )
    ground.show_json(exported)


@erasures.command("person")
def erase_person(
    number: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, even on a terminal.")] = False,
) -> None:
    """Deletes everything about a person. It cannot be undone."""
    if not yes and ground.out.is_terminal:
        typer.confirm(f"Delete everything about person {number} for good?", abort=True)
    ground.run(_erase(number))


async def _erase(number: int) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        await rights.erase(session, await _person(session, number), trail.SYSTEM, runtime.clock())
    ground.out.print(f"erased: {number}")


async def _person(session: AsyncSession, number: int) -> Person:
    person = await session.get(Person, number, with_for_update=True)
    if person is None:
        raise ConsularError("There is no such person.")
    return person


def seed_people(
    number: Annotated[int, typer.Option("--people", min=1, help="How many.")],
    country: Annotated[
        list[str] | None, typer.Option(metavar="CC", help="Where, as often as needed.")
    ] = None,
    channel: Annotated[Channel, typer.Option(help="How they are reached.")] = Channel.PHONE,
    number_of_seed: Annotated[
        int, typer.Option("--seed", help="The same number makes the same people.")
    ] = 1,
) -> None:
    """Adds synthetic nationals for drills and benchmarks, marked as such."""
    countries = [code.upper() for code in country or COUNTRIES]
    ground.run(_seed(number, countries, channel, number_of_seed))


async def _seed(number: int, countries: list[str], channel: Channel, seed_: int) -> None:
    loaded = ground.load()
    _refuse_real(loaded, channel)
    async with ground.opened(loaded) as runtime:
        with _progress() as progress:
            task = progress.add_task("People", total=number)
            async with runtime.db.begin() as session:
                await seed.people(
                    session, number, countries, channel, seed_, runtime.clock(),
                    lambda done: progress.update(task, completed=done),
                )  # fmt: skip
    ground.out.print(f"people: {number}")


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=ground.err, disable=not ground.err.is_terminal)


def _refuse_real(loaded: Settings, channel: Channel) -> None:
    """Nobody is to be written to by accident."""
    used = {"TELEGRAM_API_URL": loaded.telegram_api} if channel is Channel.TELEGRAM else {}
    if channel is Channel.SMS:
        used = {"TWILIO_API_URL": loaded.twilio_api}
        used |= {"TWILIO2_API_URL": loaded.twilio2_api} if loaded.twilio2_account else {}
    for name in [name for name, address in used.items() if address == REAL[channel]]:
        raise CommandError(
            f"{name} is the real provider's: synthetic people are for a stand-in of it, or use --channel phone"
        )
