"""`tammen crises people`, `mark`, `called`, `unmark`, `ask`: the people behind a board."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import ground, spreadsheet_files
from bot.commands.crises import By, CrisisNumber, app
from bot.commands.ground import CommandError
from bot.commands.spreadsheet_files import CsvFile, Rows, XlsxFile
from bot.consular.audiences import answering
from bot.consular.audiences.answering import Sending
from bot.consular.audiences.standings import COUNTS
from bot.consular.crises import asking_again, outreach, roster, roster_cells, roster_entries
from bot.consular.crises.outreach import Word
from bot.consular.crises.roster import Filter
from bot.consular.crises.roster_entries import Entry
from bot.consular.people import reply_links
from bot.consular.people.household_needs import NEEDS
from bot.messages import Channel
from bot.models import CheckInStatus, Crisis, OutreachKind, OutreachMeans, OutreachSource
from bot.runtime import characters
from bot.runtime.runtime import Runtime

SLICE_PEOPLE = 500

PersonNumber = Annotated[int, typer.Argument(metavar="PERSON", help="The number of the record.")]
STANDINGS = (*COUNTS, roster.STALE)
Standing = Annotated[
    str,
    typer.Option(metavar="STANDING", help=f"One of {', '.join(STANDINGS)}."),
]
Words = Annotated[str, typer.Option("--words", help="In their words; stored encrypted.")]


@app.command()
def people(
    number: CrisisNumber,
    by: By,
    standing: Standing = "",
    country: Annotated[str, typer.Option(metavar="CC", help="A country.")] = "",
    city: Annotated[str, typer.Option(metavar="CC/NAME", help="A city, as TR/Istanbul.")] = "",
    tag: Annotated[str, typer.Option(help="A tag, as vulnerable.")] = "",
    need: Annotated[str, typer.Option(help=f"A need: {', '.join(NEEDS)}.")] = "",
    channel: Annotated[Channel | None, typer.Option(help="Reached by.")] = None,
    csv_file: CsvFile = None,
    xlsx_file: XlsxFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the people of a crisis: vulnerable ones first, then the longest without news."""
    _check_choices(standing, need)
    filters = Filter(
        standing=standing,
        country=country.upper(),
        city=city,
        tag=tag,
        need=need,
        channel=channel,
    )
    ground.run(_people(number, by, filters, csv_file, xlsx_file, as_json))


def _check_choices(standing: str, need: str) -> None:
    """Refuse a standing or a need that there is not. Raises CommandError."""
    if standing not in ("", *STANDINGS):
        choices = ", ".join(STANDINGS)
        raise CommandError(f"--standing is one of {choices}")
    if need not in ("", *NEEDS):
        choices = ", ".join(NEEDS)
        raise CommandError(f"--need is one of {choices}")


async def _people(
    number: int,
    by: str,
    filters: Filter,
    csv_file: Path | None,
    xlsx_file: Path | None,
    as_json: bool,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await roster.find(session, staff, number)
        now = runtime.clock()
        ids = await roster.everybody(session, staff, crisis, filters, now)
        how = "downloaded" if csv_file or xlsx_file else "viewed"
        await roster.note_look(session, staff, crisis, how, ids, now)
    async with ground.reading() as (runtime, _session):
        if csv_file is None and xlsx_file is None:
            await _print(runtime, crisis, ids, as_json)
            return
        await _write(runtime, crisis, ids, csv_file, xlsx_file)
    ground.out.print(f"people: {len(ids)}")


async def _write(
    runtime: Runtime,
    crisis: Crisis,
    ids: Sequence[int],
    csv_file: Path | None,
    xlsx_file: Path | None,
) -> None:
    """Write the list into the files that were asked for."""
    titles = roster_cells.titles(spreadsheet_files.LANGUAGE)
    if csv_file is not None:
        rows = _portions(runtime, crisis, ids)
        await spreadsheet_files.write_csv(csv_file, titles, rows)
    if xlsx_file is not None:
        rows = _portions(runtime, crisis, ids)
        await spreadsheet_files.write_xlsx(xlsx_file, titles, rows)


async def _portions(
    runtime: Runtime,
    crisis: Crisis,
    ids: Sequence[int],
) -> AsyncIterator[Rows]:
    """Yield the cells of the people, some hundred at a time."""
    for start in range(0, len(ids), SLICE_PEOPLE):
        listed = await _slice(runtime, crisis, ids, start)
        yield _rows(listed)


async def _print(
    runtime: Runtime,
    crisis: Crisis,
    ids: Sequence[int],
    as_json: bool,
) -> None:
    listed: list[dict[str, Any]] = []
    for start in range(0, len(ids), SLICE_PEOPLE):
        for entry in await _slice(runtime, crisis, ids, start):
            listed.append(_shown(entry))
    if as_json:
        ground.show_json(listed)
        return
    for line in listed:
        columns = [str(column or "-") for column in line.values()]
        typer.echo(characters.spelled_out("\t".join(columns)))


async def _slice(
    runtime: Runtime,
    crisis: Crisis,
    ids: Sequence[int],
    start: int,
) -> list[Entry]:
    portion = ids[start : start + SLICE_PEOPLE]
    async with runtime.db.read() as session:
        return await roster_entries.entries(session, crisis, portion)


def _rows(listed: Sequence[Entry]) -> list[list[str]]:
    return [roster_cells.cells(entry, spreadsheet_files.LANGUAGE) for entry in listed]


def _shown(entry: Entry) -> dict[str, Any]:
    """Show a person in the list, by the name of each column."""
    person = entry.person
    answered_at = entry.answer.at.isoformat() if entry.answer else None
    return {
        "person": person.id,
        "exercise": person.synthetic,
        "name": person.name,
        "phone": entry.phone,
        "country": person.country,
        "city": person.city,
        "household": person.party_size,
        "vulnerable": entry.is_vulnerable,
        "needs": list(entry.needs),
        "emergency_contact": _contact(entry),
        "standing": entry.standing,
        "answered_at": answered_at,
        "via": entry.answer.via if entry.answer else None,
        "told_by": entry.told.source if entry.told else None,
        "question": entry.roll_call,
        "calls": len(entry.calls),
        "case": entry.case.id if entry.case else None,
        "next": entry.next_step,
        "do_not_call": person.no_calls_at is not None,
    }


def _contact(entry: Entry) -> dict[str, Any] | None:
    """Show whom to call next; None where the person named nobody."""
    contact = entry.contact
    if contact is None:
        return None
    return {"name": contact.name, "relation": contact.relation, "phone": contact.phone}


@app.command()
def mark(  # an option for each thing that was told
    number: CrisisNumber,
    person: PersonNumber,
    by: By,
    status: Annotated[CheckInStatus, typer.Option(help="How the person is.")],
    said_by: Annotated[OutreachSource, typer.Option("--said-by", help="Who told it.")],
    how: Annotated[OutreachMeans, typer.Option("--how", help="How they know it.")],
    relation: Annotated[
        str,
        typer.Option(help=f"Of a relative: one of {', '.join(outreach.RELATIONS)}."),
    ] = "",
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M%z"], help="When, as 2026-11-30T03:10+00:00."),
    ] = None,
    words: Words = "",
) -> None:
    """Mark what somebody told of a person, after a call; print the number of the mark."""
    word = Word(
        status,
        said_by,
        how,
        relation=relation,
        at=at,
        words=words,
    )
    ground.run(_mark(number, person, by, word))


async def _mark(number: int, person: int, by: str, word: Word) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await roster.find(session, staff, number)
        attempt = await outreach.tell(session, staff, crisis, person, word, runtime.clock())
    ground.out.print(f"marked: {attempt.id}")


@app.command()
def called(
    number: CrisisNumber,
    person: PersonNumber,
    by: By,
    result: Annotated[OutreachKind, typer.Option(help="no_answer or wrong_number.")],
    words: Words = "",
) -> None:
    """Write down a call in vain."""
    ground.run(_called(number, person, by, result, words))


async def _called(
    number: int,
    person: int,
    by: str,
    result: OutreachKind,
    words: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await roster.find(session, staff, number)
        attempt = await outreach.call(
            session,
            staff,
            crisis,
            person,
            result,
            words,
            runtime.clock(),
        )
    ground.out.print(f"called: {attempt.id}")


@app.command()
def unmark(
    mark_number: Annotated[int, typer.Argument(metavar="MARK", help="What `mark` printed.")],
    by: By,
) -> None:
    """Take back a mark or a call: its author within 10 minutes, headquarters at any time."""
    ground.run(_unmark(mark_number, by))


async def _unmark(mark_number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        await outreach.undo(session, staff, mark_number, runtime.clock())
    ground.out.print(f"taken back: {mark_number}")


@app.command()
def ask(
    number: CrisisNumber,
    person: PersonNumber,
    by: By,
) -> None:
    """Send the question once more to one person, by another channel where there is one."""
    ground.run(_ask(number, person, by))


async def _ask(number: int, person: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        crisis = await roster.find(session, staff, number)

        def link(of_person: int) -> str:
            public_url = runtime.settings.public_url
            if not public_url:
                return ""
            return reply_links.reply_link(
                runtime.keyring,
                public_url,
                of_person,
                runtime.clock(),
            )

        attempt = await asking_again.ask(session, staff, crisis, person, link, runtime.clock())
        groups = await asking_again.way_of(session, attempt)
        sending = Sending(asks=True, has_link=runtime.settings.public_url is not None)
    for line in answering.sentences(groups, sending, "en"):
        ground.out.print(line, markup=False, soft_wrap=True)
    ground.out.print(f"asked again: {person}")
