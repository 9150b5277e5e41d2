"""`tammen cap`: advisories as CAP 1.2, out and in."""

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
SIGNED = {
    "known": "signed by {by}",
    "stranger": "signed, but by somebody whose certificate is not in CAP_TRUSTED_CERTS",
    "nobody": "not signed",
}


@app.command()
def show(number: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Prints the signed CAP document of an advisory."""
    ground.run(_show(number))


async def _show(number: int) -> None:
    async with ground.reading() as (runtime, session):
        found = await documents.of(session, await lifecycle.get(session, number), runtime.clock())
        if found is None:
            raise ConsularError("It has not gone out, so it has no CAP document.")
        signed = feeds.signer(runtime.settings).sign(
            documents.xml(found, feeds.publisher(runtime.settings))
        )
    sys.stdout.buffer.write(signed + b"\n")


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An alert, or a feed with alerts in it.")
    ],
    by: Annotated[str, typer.Option(metavar="E-MAIL", help="The account that acts.")],
) -> None:
    """Makes a draft of each alert of a file and prints its id."""
    ground.run(_import(_bytes(file), by))


async def _import(data: bytes, by: str) -> None:
    async with ground.acting(by) as (runtime, session, staff):
        now = runtime.clock()
        alerts = reading.read(data, now, trust.trusted(runtime.settings.cap_trusted_certs))
        made = filter(None, [await drafts.take(session, staff, alert, now) for alert in alerts])
        notes = {advisory.id: advisory.import_notes or {} for advisory in made}
        if not notes:
            raise ConsularError("It is here already.")
    for number, said in notes.items():
        ground.out.print(f"id: {number}")
        _tell(said)


def _tell(said: dict[str, Any]) -> None:
    """Who signed an alert, and which places somebody has to draw."""
    ground.err.print(SIGNED[said["signed"]].format(by=said["by"]), markup=False)
    for name in said["unread"]:
        ground.err.print(f"not understood, choose or draw it: {name}", markup=False)
    for name in said["wider"]:
        ground.err.print(f"read as the whole country: {name}", markup=False)


def _bytes(path: Path) -> bytes:
    """A file, as long as it is not too long. Raises CommandError."""
    try:
        with path.open("rb") as file:
            return file.read(reading.MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
