"""`tammen crises people`, `mark`, `called`, `unmark` and `ask`, as an officer types them."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest

from tests.shell import Shell, staffed, tammen

__all__ = ["staffed", "tammen"]  # fixtures
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow
BY = ("--by", "post@mofa.example")
TOLD = ("--status", "help", "--said-by", "relative", "--relation", "brother", "--how", "phone")


@pytest.fixture
async def crisis(staffed: Shell) -> str:
    """A drill in Turkey with people who do not exist."""
    seeded = await staffed("seed", "--people", "20", "--country", "TR")
    assert seeded.code == 0, seeded
    names = ("--name-en", "Earthquake", "--name-ar", "زلزال")
    opened = await staffed("crises", "open", *names, "--country", "TR", "--drill", *BY)
    return opened.id


async def test_people_are_listed_marked_called_and_taken_back(staffed: Shell, crisis: str) -> None:
    people = (await staffed("crises", "people", crisis, *BY, "--json")).json
    board = (await staffed("crises", "board", crisis, "--json")).json
    assert len(people) == board["people"] >= 20
    assert {person["standing"] for person in people} == {"not_asked"}
    assert all(person["exercise"] for person in people)
    first = str(people[0]["person"])
    words = ("--words", "أخوه يقول إنه محاصر")
    marked = await staffed("crises", "mark", crisis, first, *TOLD, *words, *BY)
    assert marked.code == 0, marked
    helped = (await staffed("crises", "people", crisis, *BY, "--standing", "help", "--json")).json
    assert [(person["person"], person["told_by"]) for person in helped] == [
        (people[0]["person"], "relative")
    ]
    assert helped[0]["case"] is not None
    number = marked.out.strip().rpartition(" ")[2]
    assert (await staffed("crises", "unmark", number, *BY)).code == 0
    assert (await staffed("crises", "unmark", number, *BY)).code == 1
    called = await staffed("crises", "called", crisis, first, "--result", "no_answer", *BY)
    assert called.code == 0
    listed = (await staffed("crises", "people", crisis, *BY, "--json")).json
    assert {person["person"]: person["calls"] for person in listed}[people[0]["person"]] == 1
    assert (await staffed("crises", "ask", crisis, first, *BY)).code == 0
    again = await staffed("crises", "ask", crisis, first, *BY)
    assert again.code == 1
    assert "less than 30 minutes" in again.err


async def test_the_list_goes_into_files(staffed: Shell, crisis: str, tmp_path: Path) -> None:
    written, workbook = tmp_path / "people.csv", tmp_path / "people.xlsx"
    files = ("--csv", str(written), "--xlsx", str(workbook))
    board = (await staffed("crises", "board", crisis, "--json")).json
    out = (await staffed("crises", "people", crisis, *BY, *files)).out
    assert out == f"people: {board['people']}\n"
    with written.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == board["people"]
    assert {row["Exercise person"] for row in rows} == {"yes"}
    with zipfile.ZipFile(workbook) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 1 + len(rows)
    assert written.stat().st_mode & 0o077 == 0
    assert workbook.stat().st_mode & 0o077 == 0
    refused = await staffed("crises", "people", crisis, *BY, "--csv", str(written))
    assert refused.code == 2
    assert "exists" in refused.err
    wrong = await staffed("crises", "people", crisis, *BY, "--standing", "king")
    assert wrong.code == 2
    assert "--standing is one of" in wrong.err
