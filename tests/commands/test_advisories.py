"""`tammen advisories`: written, submitted, returned, changed, approved, corrected in a terminal."""

from __future__ import annotations

import asyncio
import re

import pytest

from bot.runtime.patience import FREE_TRIES
from tests import builders
from tests.shell import Shell, draft, staffed, tammen

pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow
__all__ = ["staffed", "tammen"]  # fixtures


async def test_an_advisory_from_the_terminal(staffed: Shell) -> None:
    made = await staffed(*draft(staffed))
    officer, approver = ("--by", "officer@mofa.example"), ("--by", "approver@mofa.example")
    assert (await staffed("advisories", "submit", made.id, *officer)).code == 0
    code = await staffed.code("officer@mofa.example")
    own = await staffed("advisories", "approve", made.id, *officer, *code)
    assert (own.code, own.err) == (1, "tammen: This account may not do that.\n")
    code = await staffed.code("approver@mofa.example")
    assert (await staffed("advisories", "approve", made.id, *approver, *code)).code == 0
    again = await staffed("advisories", "approve", made.id, *approver, *code)
    assert (again.code, "own code" in again.err) == (1, True)  # a code works once
    shown = (await staffed("advisories", "show", made.id, "--json")).json
    assert (shown["id"], shown["state"]) == (int(made.id), "approved")
    assert set(shown["counts"]) == {
        "queued",
        "sending",
        "sent",
        "delivered",
        "read",
        "failed",
        "expired",
        "dropped",
        "no_channel",
    }
    assert sum(shown["counts"].values()) == shown["recipients"]
    assert (await staffed("advisories", "cancel", made.id, *officer)).code == 0
    again = await staffed("advisories", "cancel", made.id, *officer)
    assert (again.code, again.err) == (1, "tammen: It is cancelled and cannot become cancelled.\n")
    plain = await staffed("advisories", "show", made.id)
    assert f"headline_ar: {builders.ADVISORY['headline_ar']}" in plain.out


async def test_codes_typed_at_a_shell_have_to_wait_after_wrong_ones(staffed: Shell) -> None:
    options = ("--by", "approver@mofa.example", "--code")
    for _ in range(FREE_TRIES):
        wrong = await staffed("advisories", "approve", "1", *options, "123456")
        assert (wrong.code, "own code" in wrong.err) == (1, True)
    _option, right = await staffed.code("approver@mofa.example")
    early = await staffed("advisories", "approve", "1", *options, right)
    assert early.code == 1
    assert re.fullmatch(r"tammen: Too many wrong codes: try again in [12] s\.\n", early.err)


async def test_all_of_an_advisory_from_the_terminal_and_its_correction(staffed: Shell) -> None:
    officer, approver = ("--by", "officer@mofa.example"), ("--by", "approver@mofa.example")
    sms = (
        "--sms-ar",
        staffed.file("sms", "لا تخرجوا الليلة\n"),
        "--sms-en",
        staffed.file("sms", "Stay in tonight\n"),
    )
    cap = (
        "--severity",
        "Severe",
        "--urgency",
        "Expected",
        "--certainty",
        "Likely",
        "--category",
        "Geo",
        "--drill",
    )
    times = ("--valid-from", "2026-11-24T18:30+02:00", "--valid-until", "2099-01-01T00:00")
    wrong = await staffed(*draft(staffed), "--valid-from", "tomorrow")
    assert (wrong.code, "write a time as" in wrong.err) == (2, True)
    whole, reason = (*sms, *cap, *times), ("--reason", "الجسر ينهار الآن")
    for more, step, by, state in (
        (whole, "return", approver, "returned"),
        ((), "override", officer, "approved"),
    ):
        made = await staffed(*draft(staffed), *more)
        assert (await staffed("advisories", "submit", made.id, *officer)).code == 0
        moved = await staffed("advisories", step, made.id, *reason, *by)
        assert f"state: {state}" in moved.out
    en, ar = (
        staffed.file("en", "Use the bridge\n\nIt stands.\n"),
        staffed.file("ar", "اعبروا الجسر\n\nالجسر سليم.\n"),
    )
    right = await staffed("advisories", "correct", made.id, "--en", en, "--ar", ar, *officer)
    shown = (await staffed("advisories", "show", right.id, "--json")).json
    assert (shown["headline_ar"], shown["audience"]) == ("اعبروا الجسر", {"received": int(made.id)})


async def test_a_returned_advisory_is_changed_and_previewed_in_the_terminal(staffed: Shell) -> None:
    officer, approver = ("--by", "officer@mofa.example"), ("--by", "approver@mofa.example")
    made = await staffed(*draft(staffed), "--severity", "Severe", "--drill")
    assert (await staffed("advisories", "submit", made.id, *officer)).code == 0
    assert (
        await staffed("advisories", "return", made.id, "--reason", "أي جسر؟ اذكروا اسمه", *approver)
    ).code == 0
    words = ("--en", staffed.file("en", "Not the old bridge\n\nIt may fall.\n"))
    alone = await staffed("advisories", "edit", made.id, *words, *officer)
    assert (alone.code, "in every language, or in none" in alone.err) == (2, True)
    assert "nothing was given" in (await staffed("advisories", "edit", made.id, *officer)).err
    whom = ("--audience", staffed.file("audience", '{"countries": ["TR", "SD"]}'), "--no-drill")
    arabic = ("--ar", staffed.file("ar", "لا تعبروا الجسر القديم\n\nقد يسقط.\n"))
    edited = await staffed("advisories", "edit", made.id, *words, *arabic, *whom, *officer)
    assert edited.out == f"id: {made.id}\nstate: draft\n"
    shown = (await staffed("advisories", "show", made.id, "--json")).json
    said = (shown["headline_ar"], shown["severity"], shown["drill"], shown["version"])
    assert said == ("لا تعبروا الجسر القديم", "Severe", False, 2)
    real = (await staffed("advisories", "preview", made.id, "--json")).json
    assert real["recipients"] == 0  # only a drill is for synthetic people
    assert (await staffed("advisories", "edit", made.id, "--drill", *officer)).code == 0
    told = (await staffed("advisories", "preview", made.id, "--json")).json
    assert told["recipients"] == 30
    assert sum(told["by_channel"].values()) + sum(told["no_channel_by_reason"].values()) == 30
    assert set(told["parts_of_one"]) == {"ar", "en"}
    assert "recipients: 30" in (await staffed("advisories", "preview", made.id)).out
    assert (
        await staffed("advisories", "list")
    ).out == f"{made.id}\tdraft\tلا تعبروا الجسر القديم\n"


BAD_FILES: list[tuple[dict[str, str | bytes], int, str]] = [
    ({"en": "Only a headline"}, 2, "write the headline on the first line"),
    ({"en": "Headline\nno empty line"}, 2, "write the headline on the first line"),
    ({"ar": "\n\n"}, 2, "write the headline on the first line"),
    ({"ar": "عنوان\n\nنص".encode("utf-16")}, 2, "it is not UTF-8"),
    ({"audience": "{countries: TR}"}, 2, "not JSON, line 1"),
    ({"audience": '{"countries": ["XX"]}'}, 1, "Not a country code: XX."),
    ({"audience": "[]"}, 1, "An audience is one of: countries,"),
]


async def test_files_that_cannot_be_used_are_refused_in_one_line(staffed: Shell) -> None:
    tries = await asyncio.gather(
        *(staffed(*draft(staffed, files=files)) for files, _, _ in BAD_FILES)
    )
    for said, (_, code, words) in zip(tries, BAD_FILES, strict=True):
        assert said.code == code, said
        assert words in said.err
        assert said.err.count("\n") == 1
        assert said.out == ""
    missing = await staffed(
        "advisories", "draft", *("--en", "no", "--ar", "no", "--audience", "no", "--by", "x@y.zz")
    )
    assert (missing.code, missing.err.strip()) == (2, "tammen: no: No such file or directory")
    nobody = await staffed(*draft(staffed, by="nobody@mofa.example"))
    assert (nobody.code, nobody.err) == (
        1,
        "tammen: There is no account with this e-mail address.\n",
    )
    assert (await staffed("advisories", "show", "1")).code == 1
