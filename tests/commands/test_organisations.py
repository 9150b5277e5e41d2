"""`tammen organisations`: the directory of Libyan organisations abroad."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell import Shell, staffed

pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow
__all__ = ["staffed"]  # a fixture
OFFICER = ("--by", "officer@mofa.example")
APPROVER = ("--by", "approver@mofa.example")
POST = ("--by", "post@mofa.example")
NAMES = ("--name-ar", "المدرسة الليبية بمانشستر", "--name-en", "Libyan School Manchester")
WORDS = ("--kind", "school", *NAMES, "--source", "call to the office")


async def approve(staffed: Shell, change: str) -> None:
    code = await staffed.code("approver@mofa.example")
    approved = await staffed("changes", "approve", change, *APPROVER, *code)
    assert approved.code == 0, approved


async def test_an_organisation_is_added_changed_checked_and_removed(staffed: Shell) -> None:
    details = ("--city", "Manchester", "--phone", "0161 234 5678", "--checked", "2024-01-02")
    added = await staffed("organisations", "add", "gb", *WORDS, *details, *OFFICER, "--json")
    assert added.json == {"change": 1, "state": "waiting"}
    assert (await staffed("organisations", "list", *OFFICER, "--json")).json == []
    await approve(staffed, "1")
    [school] = (await staffed("organisations", "list", *OFFICER, "--json")).json
    assert (school["id"], school["city"], school["phone"]) == (1, "GB/Manchester", "+441612345678")
    assert (school["kind"], school["doubtful"]) == ("school", True)
    assert "contact_name" not in school
    plain = (await staffed("organisations", "list", *OFFICER, "--doubtful")).out
    assert "Libyan School Manchester" in plain
    assert "2024-01-02 │ yes" in plain

    checked = await staffed("organisations", "check", "1", "--source", "a visit", *OFFICER)
    assert checked.out.startswith("id: 1\nchecked: 20")
    assert (await staffed("organisations", "list", *OFFICER, "--doubtful", "--json")).json == []
    contact = ("--contact", "نجوى", "--contact-agreed", "2024-01-02", "--phone", "")
    changed = await staffed("organisations", "change", "1", *contact, *OFFICER)
    assert changed.out == (
        "change: 2\nstate: waiting for a second person (tammen changes approve)\n"
    )
    shown = (await staffed("organisations", "show", "1", *OFFICER)).json
    assert (shown["phone"], shown["waiting_change"]) == ("+441612345678", 2)
    await approve(staffed, "2")
    shown = (await staffed("organisations", "show", "1", *OFFICER)).json
    assert (shown["phone"], shown["contact_name"], shown["source"]) == ("", "نجوى", "a visit")

    assert (await staffed("organisations", "list", *POST, "--json")).json == []
    for words in (("show", "1"), ("remove", "1", "--reason", "x"), ("check", "1")):
        refused = await staffed("organisations", *words, *POST)
        assert "looks after" in refused.err
    await staffed("organisations", "remove", "1", "--reason", "it closed", *OFFICER)
    await approve(staffed, "3")
    gone = await staffed("organisations", "show", "1", *OFFICER)
    assert gone.code != 0
    assert "no such organisation" in gone.err


async def test_what_cannot_be_is_refused_in_a_line(staffed: Shell) -> None:
    for words, wrong in (
        (("add", "ZZ", *WORDS), "Not a country code"),
        (("add", "GB", *WORDS, "--city", "Rome"), "is not in United Kingdom"),
        (("add", "GB", *WORDS, "--website", "ftp://x.example"), "begins with https"),
        (("add", "GB", *WORDS, "--phone", "12"), "no telephone number"),
        (("add", "GB", *WORDS, "--contact", "نجوى"), "agreed to be named"),
        (("list", "--country", "ZZ"), "not a country code"),
        (("list", "--kind", "embassy"), "no kind of organisation"),
        (("change", "9", "--phone", ""), "no such organisation"),
        (("check", "9"), "no such organisation"),
    ):
        refused = await staffed("organisations", *words, *OFFICER)
        assert refused.code != 0, words
        assert wrong in refused.err
        assert refused.err.count("\n") == 1
    assert (await staffed("changes", "list", *OFFICER, "--json")).json == []


async def test_a_file_is_proposed_row_by_row_and_once(staffed: Shell, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    titles = "country,city,kind,name_ar,name_en,phone,source,checked_on"
    school = "TR,إسطنبول,مدرسة,المدرسة الليبية,Libyan School,,رسالة,2026-01-02"
    club = "TR,Ankara,club,النادي الليبي,Libyan Club,,letter,2026-01-02"
    file.write_text(f"{titles}\n{school}\n{club.replace('club', 'pub')}\n", encoding="utf-8")
    refused = await staffed("organisations", "import", str(file), *POST)
    assert "Line 3: pub is no kind of organisation" in refused.err
    assert (await staffed("changes", "list", *POST, "--json")).json == []
    file.write_text(f"{titles}\n{school}\n{club}\n", encoding="utf-8-sig")
    taken = await staffed("organisations", "import", str(file), *POST, "--json")
    assert taken.json == {"new": 2, "known": 0, "changes": [1, 2]}
    await approve(staffed, "1")
    again = await staffed("organisations", "import", str(file), *POST)
    assert again.out.startswith("new: 0\nknown: 2\n")
    missing = await staffed("organisations", "import", str(tmp_path / "no.csv"), *POST)
    assert missing.code != 0
    assert missing.err.count("\n") == 1
