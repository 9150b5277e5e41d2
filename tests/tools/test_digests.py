"""`make digests`: every image of others gets the digest its registry names, or nothing changes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from bot.runtime.settings import ROOT
from tests.servers.advisories import ImageRegistry
from tools import digests


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files that name images, without digests."""
    (tmp_path / "deploy").mkdir()
    for file, place in digests.PLACES.items():
        text = (ROOT / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(place.sub(r"\1", text), encoding="utf-8")
    return tmp_path


async def pin(folder: Path, registry: str) -> tuple[int, str]:
    options = ("--registry", registry, "--folder", str(folder))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.digests", *options), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, err.decode()


def known(folder: Path, first: int = 0) -> dict[str, str]:
    """A digest for each image, by its whole name."""
    named: dict[str, str] = {}
    for number, image in enumerate(digests.images(folder), first):
        name = image if "/" in image else f"library/{image}"
        named[name] = f"sha256:{number:064x}"
    return named


async def test_images_are_pinned_behind_their_tags_and_again_later(folder: Path) -> None:
    assert {image.split(":")[0] for image in digests.images(folder)} == {
        "python",
        "caddy",
        "postgres",
        "valkey/valkey",
    }
    async with ImageRegistry(digests=known(folder)).running() as registry:
        assert await pin(folder, registry.url) == (0, "")
        assert "FROM python:3.13-slim-bookworm@sha256:00" in (folder / "Dockerfile").read_text()
        registry.digests = known(folder, first=100)
        assert await pin(folder, registry.url) == (0, "")
        newest = registry.digests["valkey/valkey:8-bookworm"]
    for file in ("deploy/compose.yaml", "deploy/example.env"):
        assert f"valkey/valkey:8-bookworm@{newest}" in (folder / file).read_text(encoding="utf-8")


async def test_without_every_digest_nothing_changes(folder: Path, tmp_path: Path) -> None:
    before = {file: (folder / file).read_text(encoding="utf-8") for file in digests.PLACES}
    some = known(folder)
    some.popitem()
    async with ImageRegistry(digests=some).running() as registry:
        code, err = await pin(folder, registry.url)
        assert (code, err.startswith("Nothing was changed: ")) == (2, True)
    code, err = await pin(folder, registry.url)
    assert (code, "Connection refused" in err) == (2, True)
    assert before == {file: (folder / file).read_text(encoding="utf-8") for file in before}
