"""`tammen keys`: a keyring, and what is stored under each of its keys."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.runtime.keys import Keyring

app = typer.Typer(
    invoke_without_command=True,
    help="The keyring. Alone: prints a new one for TAMMEN_KEYS.",
)
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def keys(context: typer.Context) -> None:
    """Print a new keyring, unless a command follows."""
    if context.invoked_subcommand is None:
        typer.echo(Keyring.generate())


@app.command()
def new(
    key_id: Annotated[str, typer.Option("--id", help="One letter or digit.")] = "1",
) -> None:
    """Print a new keyring of one key. Its id must be none of the old keys'."""
    typer.echo(Keyring.generate(key_id))


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Bring everything under the first key of TAMMEN_KEYS; safe to stop and to run again.

    Exits with 1 when something is left under another key.
    """
    from bot.commands import rotating  # noqa: PLC0415  # a new keyring needs none of it

    if not rotating.rotate(as_json):
        raise typer.Exit(1)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Count what is stored under each key. A key that nothing needs may leave TAMMEN_KEYS."""
    from bot.commands import rotating  # noqa: PLC0415

    rotating.show_status(as_json)


@app.command()
def check(as_json: AsJson = False) -> None:
    """Open every encrypted value in its row; name those that were moved or changed.

    Exits with 1 when one does not open.
    """
    from bot.commands import rotating  # noqa: PLC0415

    if not rotating.check(as_json):
        raise typer.Exit(1)
