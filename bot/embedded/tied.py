"""Becomes another program that the kernel ends when its parent ends, even by `kill -9`.

    python -I -S tied.py PARENT SIGNAL COMMAND [ARGUMENT…]

A file of its own, standard library only: it runs between fork and exec, where Python code of a
threaded parent may not.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PARENT_IS_GONE = 78


def main(parent: int, signal: int, command: list[str]) -> None:
    """Ties this process to `parent` (its pid) by `signal` and executes `command`; only Linux has
    such a tie.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the tie was made
        sys.exit(PARENT_IS_GONE)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
