"""`tammen cases`: reading and working on cases, and legal holds, when the console is away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from bot.commands import ground, letters
from bot.consular.crises import caseload, cases, handling, holds, matches
from bot.consular.crises.caseload import Dossier, Filter, Row
from bot.consular.crises.matches import Decision
from bot.consular.crises.matching import Candidate
from bot.consular.crises.searches import Search
from bot.consular.staff import accounts
from bot.models import CaseOutcome
from bot.runtime import characters

app = typer.Typer(no_args_is_help=True, help="Read cases, work on them, and put them on hold.")
app.command()(letters.write)
app.command()(letters.thread)
app.command()(letters.hand_back)
app.command()(letters.merge)

CaseNumber = Annotated[int, typer.Argument(metavar="ID")]
PersonNumber = Annotated[int, typer.Argument(metavar="PERSON")]
By = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_cases(
    by: By,
    page: Annotated[int, typer.Option(min=1, max=100_000, help="Of fifty cases each.")] = 1,
    as_json: AsJson = False,
) -> None:
    """List the cases that are not closed, real ones first, life at risk first."""
    ground.run(_list(by, page, as_json))


async def _list(by: str, page: int, as_json: bool) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        rows = await caseload.page(session, staff, Filter(), page)
        owners = await accounts.addresses(session)
        if rows:
            await caseload.note_look(session, staff, rows, runtime.clock())
    listed = [_line(row, owners) for row in rows]
    if as_json:
        ground.show_json(listed)
        return
    for line in listed:
        columns = [str(column or "-") for column in line.values()]
        typer.echo(characters.spelled_out("\t".join(columns)))


def _line(row: Row, owners: dict[int, str]) -> dict[str, Any]:
    """Show a case in the list, by the name of each column."""
    case = row.case
    return {
        "id": case.id,
        "kind": case.kind.value,
        "state": case.state.value,
        "drill": row.is_drill,
        "opened_at": case.opened_at.isoformat(),
        "country": row.person.country,
        "name": case.about_name if case.relation else row.person.name,
        "owner": owners.get(case.owner_id or 0),
        "unread": row.unread,
        "words": row.first_words,
    }


@app.command()
def show(
    number: CaseNumber,
    by: By,
) -> None:
    """Print everything about a case, as JSON. It is seen from now on; the look is noted."""
    ground.run(_show(number, by))


async def _show(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        dossier = await caseload.look(session, staff, number, runtime.clock())
        owners = await accounts.addresses(session)
    ground.show_json(_shown(dossier, owners))


def _shown(dossier: Dossier, owners: dict[int, str]) -> dict[str, Any]:
    case = dossier.row.case
    person = dossier.row.person
    notes = [
        {"at": note.at, "by": owners[note.staff_id], "words": note.words} for note in dossier.notes
    ]
    course = [{"at": note.at, "by": note.actor, "what": note.action} for note in dossier.course]
    search = dossier.search
    return {
        **_line(dossier.row, owners),
        "words": case.note,
        "relation": case.relation,
        "matter": case.matter,
        "seen_at": case.seen_at,
        "merged_into": case.merged_into,
        "outcome": case.outcome,
        "person": person.id,
        "told_by": person.name,
        "city": person.city,
        "place_words": person.place_words,
        "position": person.location,
        "party_size": person.party_size,
        "phone": person.phone,
        "do_not_call": person.no_calls_at is not None,
        "addresses": [address.address for address in dossier.addresses],
        "sought": _sought(search) if search else None,
        "notes": notes,
        "course": course,
    }


def _sought(search: Search) -> dict[str, Any]:
    """Show what is told of somebody who is sought, who it may be, and what was decided."""
    sought = search.sought
    told = {}
    if sought is not None:
        told = {
            "last_place": sought.last_place,
            "last_contact": sought.last_contact,
            "phone": sought.phone,
            "source": sought.source,
            "record": sought.record,
            "shared_at": sought.shared_at,
        }
    return {
        **told,
        "may_be": [_candidate(candidate) for candidate in search.candidates],
        "decided": [_decision(decision) for decision in search.decisions],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    """Show a person who may be meant, and why."""
    person = candidate.person
    return {
        "person": person.id,
        "name": person.name,
        "city": person.city,
        "country": person.country,
        "points": candidate.points,
        "name_parts": candidate.name_parts,
        "same_phone": candidate.has_phone,
        "same_city": candidate.has_city,
        "same_country": candidate.has_country,
    }


def _decision(decision: Decision) -> dict[str, Any]:
    """Show what was decided about a person, and what they allow."""
    match = decision.match
    return {
        "person": match.person_id,
        "name": decision.person.name,
        "verdict": match.verdict,
        "decided_at": match.decided_at,
        "asked_at": match.asked_at,
        "may_tell": match.may_tell,
        "told_at": match.told_at,
    }


@app.command("match")
def match_person(
    number: CaseNumber,
    person: PersonNumber,
    by: By,
) -> None:
    """Say whom a report is about; that person is asked once what the reporter may be told."""
    ground.run(_decide(matches.confirm, "matched", number, person, by))


@app.command("reject")
def reject_person(
    number: CaseNumber,
    person: PersonNumber,
    by: By,
) -> None:
    """Say that a report is not about a person."""
    ground.run(_decide(matches.reject, "rejected", number, person, by))


@app.command("unmatch")
def unmatch_person(
    number: CaseNumber,
    person: PersonNumber,
    by: By,
) -> None:
    """Take back what was decided about a person and a report."""
    ground.run(_decide(matches.undo, "unmatched", number, person, by))


async def _decide(
    act: Callable[..., Awaitable[Any]],
    done: str,
    number: int,
    person_id: int,
    by: str,
) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        report = await cases.get(session, number)
        await act(session, staff, report, person_id, runtime.clock())
    ground.out.print(f"{done}: {number} {person_id}")


@app.command()
def take(
    number: CaseNumber,
    by: By,
) -> None:
    """Look after a case from now on."""
    ground.run(_take(number, by))


async def _take(number: int, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await handling.take(session, staff, case, runtime.clock())
    ground.out.print(f"taken: {number}")


@app.command()
def hand(
    number: CaseNumber,
    by: By,
    to: Annotated[
        str,
        typer.Option(metavar="E-MAIL", help="The colleague who looks after it from now on."),
    ],
) -> None:
    """Hand a case to a colleague who may look after it."""
    ground.run(_hand(number, by, to))


async def _hand(number: int, by: str, to: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        colleague = await ground.account(session, to)
        await handling.hand(session, staff, case, colleague, runtime.clock())
    ground.out.print(f"handed: {number}")


@app.command()
def close(
    number: CaseNumber,
    by: By,
    outcome: Annotated[CaseOutcome, typer.Option(help="How it ended.")],
    explanation: Annotated[
        str, typer.Option("--words", help="A word of explanation; stored encrypted.")
    ],
) -> None:
    """Close a case."""
    ground.run(_close(number, by, outcome, explanation))


async def _close(number: int, by: str, outcome: CaseOutcome, explanation: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await handling.close(session, staff, case, outcome, explanation, runtime.clock())
    ground.out.print(f"closed: {number}")


@app.command()
def reopen(
    number: CaseNumber,
    by: By,
    reason: Annotated[str, typer.Option(help="Why; stored encrypted.")],
) -> None:
    """Open a closed case again; it waits for somebody to take it."""
    ground.run(_reopen(number, by, reason))


async def _reopen(number: int, by: str, reason: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        case = await cases.get(session, number)
        await handling.reopen(session, staff, case, reason, runtime.clock())
    ground.out.print(f"reopened: {number}")


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
