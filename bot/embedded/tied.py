"""Become another program, which the kernel ends when its parent ends, even by `kill -9`.

    python -I -S tied.py PARENT SIGNAL COMMAND [ARGUMENT…]

This file stands alone, on the standard library: it runs between fork and exec, where Python code of
a parent with threads may not.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
EXIT_NO_PARENT = 78


def main(parent: int, signal: int, command: list[str]) -> None:
    """Tie this process to the process `parent`, where there is Linux; execute the command."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        library.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    # The parent may have ended before the tie was made.
    if os.getppid() != parent:
        sys.exit(EXIT_NO_PARENT)
    program = command[0]
    os.execvp(program, command)


if __name__ == "__main__":
    _, parent_argument, signal_argument, *command_arguments = sys.argv
    main(
        int(parent_argument),
        int(signal_argument),
        command_arguments,
    )
