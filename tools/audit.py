"""Ask for known vulnerabilities of every pinned package, and fail on those that nobody judged.

    python -m tools.audit [--service https://api.osv.dev/v1/query]

Every lock and the front-end files are asked about. What docs/vex.md has judged passes; anything
else fails, and so does a statement about a package that is no longer pinned. Exit codes: 0 nothing
new, 1 something to judge, 2 the service could not be asked, which is never taken for good news.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, Sequence

from tools import pins, vex
from tools.pins import Pin
from tools.vex import Statement

SERVICE = "https://api.osv.dev/v1/query"
TIMEOUT_SECONDS = 30
AT_ONCE = 8
MAX_PAGES = 20
TO_JUDGE = 1
UNREACHABLE = 2


class Finding(NamedTuple):
    """A known vulnerability of a pin: its names, and what it is about."""

    pin: Pin
    names: frozenset[str]
    summary: str


class ServiceError(Exception):
    """The service did not answer, or not as it should."""


def main(arguments: Sequence[str]) -> int:
    """Ask about everything that is pinned; print what is new; return the exit code."""
    service = address_of_service(arguments)
    everything = all_pins()
    statements = vex.statements()
    try:
        findings = ask_about(service, everything)
    except ServiceError as error:
        print(f"Not audited: {service} {error}", file=sys.stderr)
        return UNREACHABLE
    new = to_judge(findings, statements)
    stale = no_longer_pinned(statements, everything)
    judged = len(findings) - len(new)
    print(f"{len(everything)} packages; {judged} known vulnerabilities are judged in docs/vex.md.")
    report(new, stale)
    return TO_JUDGE if new or stale else 0


def address_of_service(arguments: Sequence[str]) -> str:
    """Read the address of the service from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit")
    parser.add_argument(
        "--service",
        default=SERVICE,
        help="address that speaks OSV's API",
    )
    options = parser.parse_args(arguments)
    return str(options.service)


def all_pins() -> list[Pin]:
    """List each pin once."""
    everything: set[Pin] = {asset.pin for asset in pins.assets()}
    for of_lock in pins.locks().values():
        everything.update(of_lock)
    return sorted(everything)


def ask_about(service: str, everything: Sequence[Pin]) -> list[Finding]:
    """Ask the service about each pin. Raises ServiceError when one answer is missing."""
    findings: list[Finding] = []
    ask_service = partial(ask, service)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for findings_of_pin in pool.map(ask_service, everything):
            findings += findings_of_pin
    return findings


def ask(service: str, pin: Pin) -> list[Finding]:
    """Ask the service about one pin, page after page. Raises ServiceError."""
    package = {
        "name": pin.name,
        "ecosystem": pin.ecosystem,
    }
    question: dict[str, Any] = {
        "package": package,
        "version": pin.version,
    }
    findings: list[Finding] = []
    for _ in range(MAX_PAGES):
        answer = post(service, question)
        for entry in answer.get("vulns", []):
            if "withdrawn" not in entry:
                finding = read(pin, entry)
                findings.append(finding)
        token = answer.get("next_page_token")
        if not token:
            return findings
        question["page_token"] = token
    raise ServiceError(f"has no end of pages about {pin}")


def post(service: str, question: dict[str, Any]) -> dict[str, Any]:
    """Post one question; return the answer. Raises ServiceError."""
    body = json.dumps(question).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(  # noqa: S310  # whoever audits gives the address
        service,
        data=body,
        headers=headers,
    )
    try:
        with urllib.request.urlopen(  # noqa: S310
            request,
            timeout=TIMEOUT_SECONDS,
        ) as response:
            answer = json.load(response)
    except (OSError, ValueError) as error:
        raise ServiceError(f"did not answer: {error}") from error
    if not isinstance(answer, dict):
        raise ServiceError("answered with something else")
    return answer


def read(pin: Pin, entry: dict[str, Any]) -> Finding:
    """Read one vulnerability of an answer. Raises ServiceError."""
    name = entry.get("id")
    if not name:
        raise ServiceError(f"named no advisory of {pin}")
    aliases = entry.get("aliases", [])
    return Finding(
        pin=pin,
        names=frozenset([name, *aliases]),
        summary=entry.get("summary", ""),
    )


def to_judge(findings: Sequence[Finding], statements: Sequence[Statement]) -> list[Finding]:
    """Return the findings that the table has not judged."""
    new: list[Finding] = []
    for finding in findings:
        is_judged = any(row.is_about(finding.pin, finding.names) for row in statements)
        if not is_judged:
            new.append(finding)
    return new


def no_longer_pinned(
    statements: Sequence[Statement],
    everything: Sequence[Pin],
) -> list[Statement]:
    """Return the statements about packages that we no longer use in that version."""
    stale: list[Statement] = []
    for statement in statements:
        pin = Pin(pins.PYPI, statement.package, statement.version)
        if pin not in everything:
            stale.append(statement)
    return stale


def report(new: Sequence[Finding], stale: Sequence[Statement]) -> None:
    """Print what is new, and what docs/vex.md need not say any more."""
    for finding in new:
        names = sorted(finding.names)
        print(f"To judge: {finding.pin}: {', '.join(names)} {finding.summary}")
    for statement in stale:
        print(f"No longer pinned: {statement.package} {statement.version}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
