"""`tammen reach`, and the previews at the command line."""

from __future__ import annotations

import pytest

from tests.shell import Shell, draft, staffed

pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow
__all__ = ["staffed"]  # a fixture
OFFICER = ("--by", "officer@mofa.example")
AWAY = "http://127.0.0.1:9"
CRISIS = ("--name-en", "Flood", "--name-ar", "فيضان", "--country", "TR")


async def test_the_table_is_read_and_entered_by_two_people(staffed: Shell) -> None:
    listed = (await staffed("reach", "list", "--json")).json
    countries = {country["country"]: country for country in listed}
    assert countries["AE"]["sms"] == "read"
    assert countries["JO"] == {
        "country": "JO",
        "sms": "answer",
        "known": False,
        "ways_to_answer": countries["JO"]["ways_to_answer"],
    }
    assert len(countries["JO"]["ways_to_answer"]["ar"]) > 1
    plain = await staffed("reach", "list")
    assert plain.out.count("\n") == len(listed)
    shown = (await staffed("reach", "show", "ae", "--json")).json
    assert shown["cells"]["sms_link_ok"]["value"] == "no"
    assert shown["cells"]["sms_link_ok"]["as_of"] == "2026-11-01"
    assert "sms_two_way: not known" in (await staffed("reach", "show", "DE")).out

    source = ("--source", "letter of the network", "--date", "2026-03-04")
    entered = await staffed("reach", "set", "de", "SMS_two_way", "yes", *source, *OFFICER)
    assert (entered.code, entered.out) == (0, f"id: {entered.id}\nstate: waiting\n")
    assert "sms_two_way: not known" in (await staffed("reach", "show", "DE")).out
    code = await staffed.code("approver@mofa.example")
    approved = await staffed(
        "changes", "approve", entered.id, "--by", "approver@mofa.example", *code
    )
    assert approved.code == 0, approved
    line = "sms_two_way: yes (letter of the network, 2026-03-04)"
    assert line in (await staffed("reach", "show", "DE")).out
    second = await staffed("reach", "set", "DE", "whatsapp", "yes", *source, *OFFICER, "--json")
    assert second.json["state"] == "waiting"


async def test_what_cannot_be_is_refused_in_a_line(staffed: Shell) -> None:
    source = ("--source", "a", "--date", "2026-03-04", *OFFICER)
    for words, wrong in (
        (("show", "ZZ"), "not a country code"),
        (("set", "ZZ", "whatsapp", "yes", *source), "Not a country code"),
        (("set", "DE", "colour", "yes", *source), "has no"),
        (("set", "DE", "whatsapp", "perhaps", *source), "is one of"),
        (("set", "DE", "whatsapp", "yes", "--source", " ", *source[2:]), "where this is from"),
    ):
        refused = await staffed("reach", *words)
        assert refused.code != 0
        assert wrong in refused.err
        assert refused.err.count("\n") == 1
    assert (await staffed("changes", "list", *OFFICER, "--json")).json == []


async def test_previews_say_how_people_can_answer(staffed: Shell) -> None:
    seeded = await staffed(
        "seed", "--people", "3", "--country", "TR", "--channel", "sms", TWILIO_API_URL=AWAY
    )
    assert seeded.code == 0, seeded
    made = await staffed(*draft(staffed), "--drill")
    told = (await staffed("advisories", "preview", made.id, "--json")).json
    [group] = told["answering"]
    assert (group["people"], group["sms"], group["known"]) == (3, "answer", False)
    assert len(told["answering_in_words"]["ar"]) == len(told["answering_in_words"]["en"]) == 1
    plain = (await staffed("advisories", "preview", made.id)).out
    assert told["answering_in_words"]["en"][0] in plain
    opened = await staffed("crises", "open", *CRISIS, "--drill", *OFFICER)
    assert opened.id
    assert "3 are asked as if answers by SMS came back" in opened.out


async def test_the_doctor_names_countries_that_nobody_asked_about(staffed: Shell) -> None:
    findings = (await staffed("doctor", "--json")).json
    reports = {finding["what"]: finding for finding in findings}
    assert reports["reach"]["ok"]
    assert "JO" in reports["reach"]["seen"]
    assert "PUBLIC_URL is not set" in reports["reach"]["seen"]
