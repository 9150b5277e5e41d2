"""The command line: `tammen --help`."""

from __future__ import annotations

import sys

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.commands import advisories, cap, crises, doctor, ground, people, serving, staff, talking
from bot.commands.ground import CommandError
from bot.consular.cap.signing import SigningError
from bot.consular.errors import ConsularError
from bot.consular.reference import refusals
from bot.dialogue.flow import FlowError
from bot.embedded.child import EmbeddedError
from bot.embedded.progress import step
from bot.runtime.keys import Keyring, KeyringError
from bot.runtime.runtime import open_runtime
from bot.runtime.settings import SettingsError

USAGE = 2  # exit code: the settings or the files given are wrong
REFUSED = 1  # exit code: it was understood, and refused

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tammen (طمّن): the line between citizens abroad and those who look after them.",
)


def migrate() -> None:
    """Brings the database to the newest schema; safe to run again."""
    ground.run(_migrate())


async def _migrate() -> None:
    async with open_runtime(ground.load(), "unix:///nonexistent") as runtime:
        with step("The database"):
            await ground.prepare(runtime)


def keys() -> None:
    """Prints a new keyring for TAMMEN_KEYS; to replace a key, write the new one before the old, after a comma."""
    typer.echo(Keyring.generate())


app.command()(serving.run)
app.command("web")(serving.web_alone)
app.command("worker")(serving.worker_alone)
app.command()(migrate)
app.command("understand")(talking.understand_texts)
app.command("talk")(talking.talk_here)
app.add_typer(talking.flows, name="flows")
app.command("seed")(people.seed_people)
app.add_typer(staff.app, name="staff")
app.add_typer(advisories.app, name="advisories")
app.add_typer(cap.app, name="cap")
app.add_typer(crises.app, name="crises")
app.command()(doctor.doctor)
app.add_typer(people.exports, name="export")
app.add_typer(people.erasures, name="erase")
app.command()(keys)


def main() -> None:
    """Runs a command; what is wrong is said in a line, without a traceback."""
    try:
        app()
    except (SettingsError, CommandError, SigningError) as error:
        _fail(error, USAGE)
    except ConsularError as error:
        _fail(CommandError(refusals.explain(error, "en")), REFUSED)
    except (EmbeddedError, FlowError, KeyringError) as error:
        _fail(error, REFUSED)
    except (SQLAlchemyError, OSError) as error:
        _fail(_database_words(error), REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)


def _database_words(error: Exception) -> CommandError:
    """What the database said, without the statement and its values."""
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    return CommandError(f"the database cannot be used: {said}")


def _fail(error: Exception, code: int) -> None:
    ground.err.print(f"tammen: {error}", markup=False)
    sys.exit(code)


if __name__ == "__main__":
    main()
