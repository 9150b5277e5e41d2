"""`tammen export`, `erase` and `seed`: the rights of people, and synthetic people."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.ext.asyncio import AsyncSession

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.audit import trail
from bot.consular.crises import cases
from bot.consular.drills import seed
from bot.consular.errors import ConsularError
from bot.consular.trust import export, rights
from bot.messages import Channel
from bot.models import Person
from bot.runtime.settings import Settings

TELEGRAM_API = "https://api.telegram.org"
TWILIO_API = "https://api.twilio.com"
DEFAULT_COUNTRIES = ("TR", "TN", "EG", "IT", "GB", "DE")

exports = typer.Typer(no_args_is_help=True, help="Everything we keep about a person, as JSON.")
erasures = typer.Typer(no_args_is_help=True, help="Forget a person.")

PersonNumber = Annotated[int, typer.Argument(metavar="ID")]


@exports.command("person")
def export_person(number: PersonNumber) -> None:
    """Print everything we keep about a person, as JSON."""
    ground.run(_export(number))


async def _export(number: int) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        person = await _person(session, number)
        exported = await export.export(session, person)
        subject = f"person:{number}"
        await trail.note(session, trail.SYSTEM, "person.exported", subject, runtime.clock())
    ground.show_json(exported)


@erasures.command("person")
def erase_person(
    number: PersonNumber,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Do not ask, even on a terminal."),
    ] = False,
) -> None:
    """Delete everything about a person. Nobody can undo it."""
    if not yes and ground.out.is_terminal:
        typer.confirm(f"Delete everything about person {number} for good?", abort=True)
    ground.run(_erase(number))


async def _erase(number: int) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        person = await _person(session, number)
        if await cases.has_open(session, person):
            raise CommandError(
                f"person {number} has an open case: close it first, or nobody would look after them"
            )
        if await rights.is_on_hold(session, number):
            raise CommandError(
                f"person {number} has a case on hold: lift it first with `tammen cases release`"
            )
        await rights.erase(session, person, trail.SYSTEM, runtime.clock())
    ground.out.print(f"erased: {number}")


async def _person(session: AsyncSession, number: int) -> Person:
    person = await session.get(Person, number, with_for_update=True)
    if person is None:
        raise ConsularError("There is no such person.")
    return person


def seed_people(
    number: Annotated[
        int,
        typer.Option("--people", min=1, help="How many."),
    ],
    country: Annotated[
        list[str] | None,
        typer.Option(metavar="CC", help="Where, as often as needed."),
    ] = None,
    channel: Annotated[
        Channel,
        typer.Option(help="How we reach them."),
    ] = Channel.PHONE,
    seed_number: Annotated[
        int,
        typer.Option("--seed", help="The same number makes the same people."),
    ] = 1,
) -> None:
    """Make up people for drills and benchmarks. Only a drill asks and counts them."""
    countries = [code.upper() for code in country or DEFAULT_COUNTRIES]
    ground.run(_seed(number, countries, channel, seed_number))


async def _seed(
    number: int,
    countries: list[str],
    channel: Channel,
    seed_number: int,
) -> None:
    settings = ground.load()
    _refuse_real_provider(settings, channel)
    async with ground.opened(settings) as runtime:
        with _progress() as progress:
            task = progress.add_task("People", total=number)

            def report(done: int) -> None:
                progress.update(task, completed=done)

            async with runtime.db.begin() as session:
                now = runtime.clock()
                await seed.people(session, number, countries, channel, seed_number, now, report)
    ground.out.print(f"people: {number}")


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=ground.err, disable=not ground.err.is_terminal)


def _refuse_real_provider(settings: Settings, channel: Channel) -> None:
    """Refuse addresses at a real provider: nobody must get a message by accident."""
    for name in _real_providers(settings, channel):
        raise CommandError(
            f"{name} is the real provider's: synthetic people are for a stand-in of it, "
            "or use --channel phone"
        )


def _real_providers(settings: Settings, channel: Channel) -> list[str]:
    """Return the names of the settings that hold a real provider's address."""
    names: list[str] = []
    if channel is Channel.TELEGRAM and settings.telegram_api == TELEGRAM_API:
        names.append("TELEGRAM_API_URL")
    if channel is Channel.SMS and settings.twilio_api == TWILIO_API:
        names.append("TWILIO_API_URL")
    has_second_account = bool(settings.twilio2_account)
    if channel is Channel.SMS and has_second_account and settings.twilio2_api == TWILIO_API:
        names.append("TWILIO2_API_URL")
    return names
