"""Reports about others, and files of missing people, from the terminal."""

from __future__ import annotations

import pytest

from tests.consular.crises.test_pfif import FILE
from tests.shell import Shell, staffed, tammen

pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow
__all__ = ["staffed", "tammen"]  # fixtures
BY = ("--by", "officer@mofa.example")


async def test_a_file_becomes_reports_that_are_matched_and_unmatched(staffed: Shell) -> None:
    path = staffed.file("missing.xml", FILE)
    taken = await staffed("pfif", "import", path, *BY)
    assert (taken.code, taken.out) == (0, "reports: 2 new, 0 known, 0 old\n"), taken
    again = await staffed("pfif", "import", path, *BY)
    assert again.out == "reports: 0 new, 2 known, 0 old\n"
    listed = (await staffed("cases", "list", *BY, "--json")).json
    number = next(str(case["id"]) for case in listed if case["name"] == "Ahmed Salem")
    sought = (await staffed("cases", "show", number, *BY)).json["sought"]
    assert (sought["last_place"], sought["phone"]) == ("أنطاكيا", "+218912345678")
    assert sought["record"] == "redcrescent.example/p-17"
    matched = await staffed("cases", "match", number, "1", *BY)
    assert (matched.code, matched.out) == (0, f"matched: {number} 1\n"), matched
    (decision,) = (await staffed("cases", "show", number, *BY)).json["sought"]["decided"]
    assert (decision["person"], decision["verdict"], decision["asked_at"]) == (1, "confirmed", None)
    assert (await staffed("cases", "unmatch", number, "1", *BY)).out == f"unmatched: {number} 1\n"
    nothing = await staffed("cases", "unmatch", number, "1", *BY)
    assert (nothing.code, nothing.err) == (
        1,
        "tammen: Nothing was decided about this person and this report.\n",
    )


async def test_a_bad_file_is_refused_with_its_line_and_a_crisis_is_written(staffed: Shell) -> None:
    path = staffed.file("bad.xml", FILE.replace("information_sought", "sought"))
    refused = await staffed("pfif", "import", path, *BY)
    assert (refused.code, refused.err) == (1, "tammen: Line 18: status cannot be “sought”.\n")
    none = await staffed("pfif", "export", "99", *BY)
    assert (none.code, none.err) == (1, "tammen: There is no such crisis.\n")
    post = await staffed("pfif", "import", path, "--by", "post@mofa.example")
    assert post.code == 1
    names = ("--name-en", "Earthquake", "--name-ar", "زلزال")
    crisis = await staffed("crises", "open", *names, "--country", "TR", *BY)
    written = await staffed("pfif", "export", crisis.id, *BY)
    assert written.code == 0, written
    assert "http://zesty.ca/pfif/1.4" in written.out
