"""Lists of people from the terminal: two parts, files of the same, and whose business it is."""

from __future__ import annotations

import csv
import io
import json

from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import open_database
from bot.runtime.settings import Settings
from tests import listing
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")
POST = ("--by", "post@mofa.example")


async def _people(shell: Shell) -> None:
    settings = Settings(TAMMEN_DATA=shell.folder / "var", TAMMEN_KEYS=shell.env["TAMMEN_KEYS"])
    database = open_database(settings.database, settings.keyring())
    async with database.begin() as session:
        await listing.add_all(session, SYSTEM_CLOCK())
    await database.close()


async def test_people_are_listed_and_found_in_two_parts(staffed: Shell) -> None:
    await _people(staffed)
    answer = await staffed("people", "list", "--country", "tr", "--json", *BY)
    parts = {
        part: [one["name"] for one in people] for part, people in json.loads(answer.out).items()
    }
    assert parts == {"present": ["مراد", "هدى", "سالم"], "doubtful": ["=نادية", "خالد"]}
    babies = await staffed("people", "list", "--need", "infant", *BY)
    assert babies.out.splitlines()[0] == "present: 1"
    assert "فاطمة" in babies.out
    found = await staffed("people", "search", "khaled", "--json", *BY)
    assert [one["name"] for one in json.loads(found.out)["doubtful"]] == ["خالد"]
    elsewhere = await staffed("people", "search", "khaled", "--country", "TN", "--json", *BY)
    assert json.loads(elsewhere.out) == {"present": [], "doubtful": []}
    unknown = await staffed("people", "list", "--need", "money", *BY)
    assert (unknown.code, "--need is one of vulnerable" in unknown.err) == (2, True)


async def test_a_list_becomes_a_file_that_is_not_written_over(staffed: Shell) -> None:
    await _people(staffed)
    target = staffed.folder / "people.csv"
    written = await staffed("people", "list", "--csv", str(target), *BY)
    assert (written.code, written.out.strip()) == (0, "people: 6")
    _head, *rows = csv.reader(io.StringIO(target.read_text("utf-8-sig")))
    assert (len(rows), rows[-2][1], target.stat().st_mode & 0o77) == (6, "'=نادية", 0)
    again = await staffed("people", "list", "--csv", str(target), *BY)
    assert (again.code, "exists" in again.err) == (2, True)
