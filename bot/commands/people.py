"""`tammen export`, `erase` and `seed`: the rights of people, and synthetic people."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
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
from bot.consular.trust import erasures as traces
from bot.consular.trust import export, looks, own_copy, rights
from bot.consular.trust.erasures import Erased
from bot.consular.trust.looks import Looks
from bot.documents import html
from bot.messages import Channel, Language
from bot.models import Person
from bot.runtime.settings import Settings
from bot.text.text import LANGUAGES, language_of

TELEGRAM_API = "https://api.telegram.org"
TWILIO_API = "https://api.twilio.com"
MAX_CHECKED_NOTES = 10_000
DEFAULT_COUNTRIES = ("TR", "TN", "EG", "IT", "GB", "DE")

exports = typer.Typer(no_args_is_help=True, help="Everything we keep about a person, as JSON.")
erasures = typer.Typer(no_args_is_help=True, help="Forget a person.")

PersonNumber = Annotated[int, typer.Argument(metavar="ID")]


@exports.command("person")
def export_person(
    number: PersonNumber,
    readable: Annotated[
        bool,
        typer.Option("--readable", help="As an HTML page for the person, not as JSON."),
    ] = False,
    language: Annotated[
        str,
        typer.Option("--lang", metavar="ar|en", help="The language of the page."),
    ] = "ar",
) -> None:
    """Print everything we keep about a person: as JSON, or as a page that they can read."""
    if language not in LANGUAGES:
        raise CommandError(f"{language} is none of our languages: {', '.join(LANGUAGES)}")
    ground.run(_page(number, language_of(language)) if readable else _export(number))


@exports.command("who-saw")
def who_saw(
    number: PersonNumber,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print which offices looked at a person's data, and what they did, newest first."""
    ground.run(_who_saw(number, as_json))


async def _export(number: int) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        person = await _person(session, number)
        exported = await export.export(session, person)
        subject = f"person:{number}"
        await trail.note(session, trail.SYSTEM, "person.exported", subject, runtime.clock())
    ground.show_json(exported)


async def _page(number: int, language: Language) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        person = await _person(session, number)
        now = runtime.clock()
        document = await own_copy.write(session, person, language, now)
        await trail.note(session, trail.SYSTEM, "person.exported", f"person:{number}", now)
    print(html.write(document).decode())


async def _who_saw(number: int, as_json: bool) -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.begin() as session:
        await _person(session, number)
        seen = await looks.of(session, number)
    latest = [
        {
            "at": look.at.isoformat(),
            "office": look.office,
            "country": look.country,
            "act": look.act,
        }
        for look in seen.latest
    ]
    if as_json:
        ground.show_json({"latest": latest, "earlier": seen.earlier, "lists": seen.lists})
        return
    _print_looks(seen)


def _print_looks(seen: Looks) -> None:
    for look in seen.latest:
        office = f"{look.office} {look.country or ''}".strip()
        ground.out.print(f"{look.at:%Y-%m-%d %H:%M} · {office} · {look.act}")
    for month, count in seen.earlier.items():
        ground.out.print(f"{month}: {count}")
    ground.out.print(f"lists: {seen.lists}")


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


@erasures.command("check")
def check_erasure(
    number: PersonNumber,
    words: Annotated[
        bool,
        typer.Option("--words", help="Also look for words, from standard input, one a line."),
    ] = False,
) -> None:
    """Prove that nothing is left of a person: every table is looked through, decrypted."""
    lines = sys.stdin.read().splitlines() if words else []
    ground.run(_check(number, [line.strip() for line in lines if line.strip()]))


async def _check(number: int, words: list[str]) -> None:
    """Count what is left. Raises CommandError where anything is."""
    left: dict[str, int] = {}
    async with ground.opened(ground.load()) as runtime, runtime.db.read() as session:
        left.update(await traces.remaining(session, number))
        for line, text in enumerate(words, 1):
            for column, count in (await traces.holding(session, text)).items():
                left[f"words {line} in {column}"] = count
        notes = len(await trail.of(session, f"person:{number}", MAX_CHECKED_NOTES))
    for place, count in left.items():
        ground.out.print(f"{place}: {count}")
    ground.out.print(f"audit notes, which name nobody: {notes}")
    if left:
        raise CommandError(f"something is left of person {number}: see above")
    ground.out.print(f"nothing is left: {number}")


@erasures.command("list")
def list_erasures() -> None:
    """Print who was erased, as numbers and times: keep it beside the backups."""
    ground.run(_list())


async def _list() -> None:
    async with ground.opened(ground.load()) as runtime, runtime.db.read() as session:
        for erased in await traces.listed(session):
            print(f"{erased.person_id}\t{erased.erased_at.isoformat()}")


@erasures.command("again")
def erase_again(
    file: Annotated[Path, typer.Argument(help="What `erase list` printed.", metavar="FILE")],
) -> None:
    """After a backup was restored, erase those again who had been erased since it was made."""
    erased = [_erased(number, line) for number, line in enumerate(_lines(file), 1)]
    ground.run(_again(erased))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        raise CommandError(
            f"{file} cannot be read: give the file that `erase list` wrote"
        ) from None


def _erased(number: int, line: str) -> Erased:
    """Read a line of a list. Raises CommandError."""
    person_id, _, moment = line.partition("\t")
    try:
        erased_at = datetime.fromisoformat(moment)
        return Erased(int(person_id), erased_at.astimezone(UTC))
    except ValueError:
        raise CommandError(f"line {number} is no line of `erase list`: nobody was erased") from None


async def _again(erased: list[Erased]) -> None:
    count = 0
    held: list[int] = []
    async with ground.opened(ground.load()) as runtime:
        for former in erased:
            async with runtime.db.begin() as session:
                person = await traces.returned(session, former)
                if person is None:
                    continue
                if await rights.is_on_hold(session, person.id):
                    held.append(person.id)
                    continue
                await rights.erase(session, person, trail.SYSTEM, runtime.clock())
                count += 1
    ground.out.print(f"erased again: {count}")
    if held:
        raise CommandError(
            f"a case on hold keeps {len(held)} of them: lift it with `tammen cases release`, "
            f"then run this again (people {', '.join(map(str, held))})"
        )


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
