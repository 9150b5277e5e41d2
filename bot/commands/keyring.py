"""`tammen keys`: a keyring."""

from __future__ import annotations

import typer

from bot.runtime.keys import Keyring


def keys() -> None:
    """Prints a new keyring for TAMMEN_KEYS.

    To replace a key, write the new one before the old, after a comma.
    """
    typer.echo(Keyring.generate())
