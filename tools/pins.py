"""Read what is pinned: the packages of the locks, and the files of other projects."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Iterator, NamedTuple

from tools.environments import ENVIRONMENTS, ROOT

PYPI = "PyPI"
NPM = "npm"
DEBIAN = "Debian"
MANIFEST = ROOT / "bot" / "pages" / "static" / "vendor" / "MANIFEST.json"
FONTS = ROOT / "bot" / "documents" / "fonts" / "MANIFEST.json"
PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


class Pin(NamedTuple):
    """A package of an ecosystem in one version."""

    ecosystem: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


def locked(lock: Path) -> list[Pin]:
    """List the packages of a lock, for whatever Python and system they are."""
    text = lock.read_text(encoding="utf-8")
    pins: list[Pin] = []
    for name, version in PIN.findall(text):
        pin = Pin(PYPI, name, version)
        pins.append(pin)
    return pins


def locks() -> dict[str, list[Pin]]:
    """List the packages of every lock, by the name of its environment."""
    pins: dict[str, list[Pin]] = {}
    for name, environment in ENVIRONMENTS.items():
        pins[name] = locked(environment.lock)
    return pins


class Asset(NamedTuple):
    """A file of the front end, or a font, as it came from a package."""

    file: str
    pin: Pin
    licence: str
    sha256: str


def fonts() -> Iterator[Asset]:
    """List the fonts of documents, which came from a package of Debian."""
    yield from assets(FONTS, DEBIAN)


def assets(manifest: Path = MANIFEST, ecosystem: str = NPM) -> Iterator[Asset]:
    """List the files of the front end that came from packages."""
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    for file, entry in entries.items():
        pin = Pin(
            ecosystem=ecosystem,
            name=entry["package"],
            version=entry["version"],
        )
        yield Asset(
            file=file,
            pin=pin,
            licence=entry["licence"],
            sha256=entry["sha256"],
        )
