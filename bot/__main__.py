"""The command line: `tammen --help`."""

from __future__ import annotations

import sys

from bot.commands import tree
from bot.runtime import files

INTERRUPTED = 130  # exit code, as shells have it for Ctrl-C

app = tree.root("Tammen (طمّن): the line between citizens abroad and those who look after them.")


def main() -> None:
    """Run a command; say in one line what went wrong."""
    files.make_private()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        from bot.commands import failures  # noqa: PLC0415  # most commands do not fail

        failure = failures.explain(error)
        if failure is None:
            raise
        message, code = failure
        from rich.console import Console  # noqa: PLC0415  # it takes a third of a short command

        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"tammen: {message}", markup=False)
        sys.exit(code)


if __name__ == "__main__":
    main()
