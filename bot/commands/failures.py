"""What a command says when it cannot be done: one line, without a traceback."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from bot.commands.ground import CommandError
from bot.consular.cap.signing import SigningError
from bot.consular.errors import ConsularError
from bot.consular.reference import refusals
from bot.dialogue.flow import FlowError
from bot.embedded.child import EmbeddedError
from bot.runtime.keys import KeyringError
from bot.runtime.settings import SettingsError

USAGE = 2  # exit code: the settings or the files given are wrong
REFUSED = 1  # exit code: it was understood, and refused

Failure = tuple[str, int]


def explain(error: Exception) -> Failure | None:
    """Give the words and the exit code for an error; None when the error is a mistake of ours."""
    match error:
        case SettingsError() | CommandError() | SigningError():
            return str(error), USAGE
        case ConsularError():
            return refusals.explain(error, "en"), REFUSED
        case EmbeddedError() | FlowError() | KeyringError():
            return str(error), REFUSED
        case SQLAlchemyError() | OSError():
            return f"the database cannot be used: {_first_line(error)}", REFUSED
        case _:
            return None


def _first_line(error: Exception) -> str:
    """Take what the database said, without the statement and its values."""
    original = getattr(error, "orig", None) or error
    return str(original).partition("\n")[0]
