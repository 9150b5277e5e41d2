"""Runs `tammen` again and again without importing its code again and again.

    python -m tests.servers.forking SOCKET

A client sends the words, the environment and the folder of a command as a line of JSON, with its
standard input, output and error. It gets the number of the process, and its exit code when it ends;
when the client leaves earlier, the process is killed.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.__main__ import main as tammen
from bot.dialogue import checking

ONLY_FOR_ALEMBIC = "bot.migrations."
LONGEST_LINE = 1 << 16  # bytes
STREAMS = 3  # standard input, output and error
WAITING_CLIENTS = 64
TAMMEN = Path(sys.executable).with_name("tammen")


@dataclass(frozen=True, slots=True)
class Command:
    """A command to run, and where its standard streams lead."""

    words: list[str]
    environment: dict[str, str]
    folder: str
    streams: list[int]

    def run(self) -> None:
        """Become this command. Only a forked process may do so."""
        os.setsid()
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)
            os.close(stream)
        for output in (sys.stdout, sys.stderr):
            assert isinstance(output, io.TextIOWrapper)
            output.reconfigure(line_buffering=True)
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        sys.argv = [str(TAMMEN), *self.words]
        tammen()


def import_everything() -> None:
    """Import all code and read the flows, which every command then has; no garbage collector looks
    at them again.
    """
    for module in pkgutil.walk_packages(bot.__path__, "bot."):
        is_program = module.name.endswith("__main__")
        if not is_program and not module.name.startswith(ONLY_FOR_ALEMBIC):
            importlib.import_module(module.name)
    checking.load()
    gc.freeze()


class Server:
    """Forks a process for every client and says when that ended."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{path}.early")
        self._listener.listen(WAITING_CLIENTS)
        Path(f"{path}.early").rename(path)  # whoever sees it may connect
        self._ends, self._end = socket.socketpair()  # told by the kernel when a process ends
        self._end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        signal.set_wakeup_fd(self._end.fileno(), warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._ends, selectors.EVENT_READ)
        self._clients: dict[int, socket.socket] = {}

    def command(self) -> Command:
        """Serve for ever. Every forked process returns from here, with the command it runs."""
        while True:
            for key, _events in self._selector.select():
                if key.fileobj is self._ends:
                    self._ends.recv(LONGEST_LINE)
                    self._report()
                elif key.fileobj is self._listener:
                    command = self._fork()
                    if command:
                        return command
                else:
                    self._leave(key.data)

    def _fork(self) -> Command | None:
        """Fork a process for the next client. Return its command in that process alone."""
        client, _address = self._listener.accept()
        command = _read(client)
        pid = os.fork()
        if not pid:
            client.close()
            self._close()
            return command
        for stream in command.streams:
            os.close(stream)
        self._clients[pid] = client
        self._selector.register(client, selectors.EVENT_READ, pid)
        client.sendall(b"%d\n" % pid)
        return None

    def _close(self) -> None:
        """Give up what a forked process must not hold."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for end in (self._listener, self._ends, self._end, *self._clients.values()):
            end.close()

    def _report(self) -> None:
        """Tell clients of processes that ended."""
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            client = self._clients.pop(pid)
            with suppress(KeyError):
                self._selector.unregister(client)
            with suppress(OSError):
                client.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
            client.close()

    def _leave(self, pid: int) -> None:
        """Kill the process of a client that went away."""
        client = self._clients.get(pid)
        if client:
            self._selector.unregister(client)
            os.kill(pid, signal.SIGKILL)


def _read(client: socket.socket) -> Command:
    """Read what to run from a client."""
    line, streams, _flags, _address = socket.recv_fds(client, LONGEST_LINE, STREAMS)
    while not line.endswith(b"\n"):
        line += client.recv(LONGEST_LINE)
    return Command(**json.loads(line), streams=list(streams))


if __name__ == "__main__":
    import_everything()
    Server(sys.argv[1]).command().run()
