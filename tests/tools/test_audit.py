"""`make audit`: what nobody judged fails, and so does a service that does not answer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from bot.runtime.settings import ROOT
from tests.servers.advisories import AdvisoryService
from tools import pins, vex


class Said(NamedTuple):
    """What the audit printed, and its exit code."""

    code: int
    out: str
    err: str


@pytest.fixture
async def service() -> AsyncIterator[AdvisoryService]:
    """A service that knows of nothing yet."""
    async with AdvisoryService().running() as running:
        yield running


async def audit(address: str) -> Said:
    command = (sys.executable, "-m", "tools.audit", "--service", address)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    out, err = await process.communicate()
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


def advisory(name: str, *aliases: str, **more: str) -> dict[str, Any]:
    return {"id": name, "aliases": list(aliases), "summary": "a hole", **more}


async def test_every_package_of_every_lock_is_asked_about(service: AdvisoryService) -> None:
    done = await audit(f"{service.url}/v1/query")
    assert done.code == 0, done
    pinned = {pin for lock in pins.locks().values() for pin in lock}
    assert {asked[1:] for asked in service.asked if asked[0] == "PyPI"} == {
        (pin.name, pin.version) for pin in pinned
    }
    assert ("npm", "leaflet", "1.9.4") in service.asked
    assert {"2.4.6", "2.5.5"} <= {asked[2] for asked in service.asked if asked[1] == "numpy"}


async def test_what_the_table_has_judged_passes_by_any_of_its_names(
    service: AdvisoryService,
) -> None:
    for statement in vex.statements():
        known = [advisory(f"GHSA of {name}", name) for name in statement.advisories]
        pin = (statement.package, statement.version)
        service.known.setdefault(pin, []).extend(known)
    done = await audit(f"{service.url}/v1/query")
    assert done.code == 0, done
    count = sum(len(statement.advisories) for statement in vex.statements())
    assert f"{count} known vulnerabilities are judged" in done.out


async def test_what_nobody_has_judged_fails(service: AdvisoryService) -> None:
    (version,) = {pin.version for pin in pins.locks()["gateway"] if pin.name == "starlette"}
    judged = vex.statements()[0]
    withdrawn = advisory("GHSA-aaaa-bbbb-cccc", withdrawn="2026-01-01T00:00:00Z")
    service.known["starlette", version] = [withdrawn, advisory("PYSEC-2026-9", "CVE-2026-1")]
    # judged for Rasa's old version is not judged for another package
    service.known["leaflet", "1.9.4"] = [advisory(judged.advisories[0])]
    done = await audit(f"{service.url}/v1/query")
    assert done.code == 1
    to_judge = [line for line in done.out.splitlines() if line.startswith("To judge")]
    assert to_judge == [
        f"To judge: starlette {version}: CVE-2026-1, PYSEC-2026-9 a hole",
        f"To judge: leaflet 1.9.4: {judged.advisories[0]} a hole",
    ]


async def test_a_service_that_does_not_answer_is_no_good_news(service: AdvisoryService) -> None:
    service.status = 503
    for address in (f"{service.url}/v1/query", f"{service.url}/nowhere", "http://127.0.0.1:9/"):
        done = await audit(address)
        assert (done.code, done.out) == (2, ""), done
        assert done.err.startswith(f"Not audited: {address} did not answer")


def test_every_row_of_the_table_is_about_something_pinned() -> None:
    rasa = set(pins.locks()["nlu"])
    statements = vex.statements()
    pinned = [pins.Pin(pins.PYPI, row.package, row.version) for row in statements]
    assert set(pinned) <= rasa
    names = [name for row in statements for name in row.advisories]
    assert len(names) == len(set(names))
