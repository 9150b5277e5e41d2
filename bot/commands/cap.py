"""`tammen cap`: advisories as CAP 1.2, ours for others and others' for us."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import ground
from bot.commands.ground import CommandError
from bot.consular.advisories import lifecycle
from bot.consular.cap import documents, drafts, reading, trust
from bot.consular.errors import ConsularError
from bot.public import feeds

app = typer.Typer(
    no_args_is_help=True, help="Advisories as CAP 1.2: ours for others, others' for us."
)
SIGNATURES = {
    "known": "signed by {by}",
    "stranger": "signed, but by somebody whose certificate is not in CAP_TRUSTED_CERTS",
    "nobody": "not signed",
}

AdvisoryId = Annotated[int, typer.Argument(metavar="ID")]
AlertFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="An alert, or a feed with alerts in it.")
]
Account = Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")]
NotesById = dict[int, dict[str, Any]]


@app.command()
def show(number: AdvisoryId) -> None:
    """Print the signed CAP document of an advisory."""
    ground.run(_show(number))


async def _show(number: int) -> None:
    async with ground.reading() as (runtime, session):
        advisory = await lifecycle.get(session, number)
        document = await documents.of(session, advisory, runtime.clock())
        if document is None:
            raise ConsularError("It has not gone out, so it has no CAP document.")
        publisher = feeds.publisher(runtime.settings)
        alert = documents.xml(document, publisher)
        signer = feeds.signer(runtime.settings)
        signed = signer.sign(alert)
    sys.stdout.buffer.write(signed + b"\n")


@app.command("import")
def import_(file: AlertFile, by: Account) -> None:
    """Make a draft of each alert of a file and print its id."""
    data = _bytes(file)
    ground.run(_import(data, by))


async def _import(data: bytes, by: str) -> None:
    notes_by_id = await _drafts(data, by)
    for advisory_id, import_notes in notes_by_id.items():
        ground.out.print(f"id: {advisory_id}")
        _print_notes(import_notes)


async def _drafts(data: bytes, by: str) -> NotesById:
    """Make a draft of each new alert; return the notes on each. Raises ConsularError."""
    notes_by_id: NotesById = {}
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        trusted = trust.trusted(runtime.settings.cap_trusted_certs)
        for alert in reading.read(data, now, trusted):
            advisory = await drafts.take(session, staff, alert, now)
            if advisory is not None:
                notes_by_id[advisory.id] = advisory.import_notes or {}
        if not notes_by_id:
            raise ConsularError("It is here already.")
    return notes_by_id


def _print_notes(import_notes: dict[str, Any]) -> None:
    """Print who signed an alert, and which places somebody has to draw."""
    signature = SIGNATURES[import_notes["signed"]]
    signature = signature.format(by=import_notes["by"])
    ground.err.print(signature, markup=False)
    for name in import_notes["unread"]:
        ground.err.print(f"not understood, choose or draw it: {name}", markup=False)
    for name in import_notes["wider"]:
        ground.err.print(f"read as the whole country: {name}", markup=False)


def _bytes(path: Path) -> bytes:
    """Read a file, up to a byte more than an alert may have. Raises CommandError."""
    try:
        with path.open("rb") as file:
            return file.read(reading.MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
