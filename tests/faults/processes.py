"""Who descends from a process, asked of the kernel."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")


class Life(NamedTuple):
    """A process: its number is used again one day, number and start together never."""

    pid: int
    started: int
    command: str


def descendants(pid: int) -> set[Life]:
    """Children, their children, and so on."""
    children: dict[int, list[int]] = defaultdict(list)
    lives: dict[int, Life] = {}
    for folder in PROC.glob("[0-9]*"):
        if found := _read(folder):
            parent, life = found
            children[parent].append(life.pid)
            lives[life.pid] = life
    found_pids, more = set[int](), [pid]
    while more:
        more = [child for parent in more for child in children[parent]]
        found_pids.update(more)
    return {lives[child] for child in found_pids}


def is_alive(life: Life) -> bool:
    """Whether it still runs; a zombie does not."""
    found = _read(PROC / str(life.pid))
    return found is not None and found[1].started == life.started


def _read(folder: Path) -> tuple[int, Life] | None:
    """(parent, process); None when it is gone or a zombie."""
    try:
        state, parent, *rest = (
            (folder / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        )
        command = (
            (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        )
    except OSError:
        return None
    return None if state == "Z" else (int(parent), Life(int(folder.name), int(rest[17]), command))
