"""`tammen cap`, as a script meets it: out with a signature, in as a draft,
refused with a reason.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from bot.consular.cap.signing import is_signed_by
from tests.consular.cap import profile
from tests.consular.cap.alerts import AREA, alert, atom, link
from tests.consular.cap.test_signing import own_signer
from tests.shell import Shell, draft, staffed, tammen

pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow
__all__ = ["staffed", "tammen"]  # fixtures
OFFICER = ("--by", "officer@mofa.example")


def current() -> str:
    """An alert that holds today."""
    now = datetime.now(UTC).replace(microsecond=0)
    times = {
        "2026-11-23T10:00:00+02:00": now,
        "2026-11-23T08:00:00-00:00": now,
        "2026-11-24T12:00:00+03:00": now + timedelta(days=1),
    }
    return alert(*((old, new.isoformat()) for old, new in times.items()))


async def test_a_document_is_printed_once_it_went_out(staffed: Shell) -> None:
    made = await staffed(*draft(staffed))
    early = await staffed("cap", "show", made.id)
    assert (early.code, early.out) == (1, "")
    assert "has not gone out" in early.err
    await staffed("advisories", "submit", made.id, *OFFICER)
    approver = "approver@mofa.example"
    code = await staffed.code(approver)
    await staffed("advisories", "approve", made.id, "--by", approver, *code)
    shown = await staffed("cap", "show", made.id)
    assert profile.all_of(profile.parsed(shown.out.encode()), "language") == ["ar", "en"]
    kept = (Path(staffed.env["TAMMEN_DATA"]) / "cap-signing.pem").read_bytes()
    assert is_signed_by(shown.out.encode(), kept[kept.index(b"-----BEGIN CERTIFICATE") :])


async def test_a_file_becomes_a_draft_and_only_once(staffed: Shell) -> None:
    path = staffed.file("alert.xml", current())
    made = await staffed("cap", "import", path, *OFFICER)
    assert made.code == 0, made
    assert (await staffed("advisories", "show", made.id, "--json")).json["state"] == "draft"
    again = await staffed("cap", "import", path, *OFFICER)
    assert (again.code, again.err) == (1, "tammen: It is here already.\n")


async def test_who_signed_and_what_is_left_to_draw_is_told_beside_the_id(
    staffed: Shell, tmp_path: Path
) -> None:
    code = "<geocode><valueName>UGC</valueName><value>TRZ001</value></geocode>"
    made = await staffed(
        "cap", "import", staffed.file("alert.xml", current().replace(AREA, code)), *OFFICER
    )
    assert made.out == f"id: {made.id}\n"
    assert "not signed" in made.err
    assert "draw it: هاتاي (UGC TRZ001)" in made.err
    signed = own_signer(tmp_path).sign(
        etree.fromstring(current().replace("MET-7", "MET-8").encode())
    )
    trusted = {"CAP_TRUSTED_CERTS": str(tmp_path / "certificate.pem")}
    changed = staffed.file("changed.xml", signed.replace("أمطار".encode(), "لا أمطار".encode()))
    refused = await staffed("cap", "import", changed, *OFFICER, **trusted)
    assert (refused.code, refused.out) == (1, "")
    assert "Its signature is broken" in refused.err
    taken = await staffed("cap", "import", staffed.file("signed.xml", signed), *OFFICER, **trusted)
    assert taken.err == "signed by وزارة الخارجية\n"
    wrong = await staffed("cap", "show", made.id, CAP_TRUSTED_CERTS=str(tmp_path / "key.pem"))
    assert wrong.code != 0
    assert "CAP_TRUSTED_CERTS: a PEM file" in wrong.err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("<!DOCTYPE a><a/>", "document type"),
        (b"x" * 60_000_000, "larger than 5 MB"),
        (atom(link("https://met.example/7.xml")), "add its address"),
        (current().replace("36,36 36,37", "99,36 36,37"), "An area is broken"),
    ],
)
async def test_what_is_wrong_is_refused(staffed: Shell, words: str | bytes, reason: str) -> None:
    refused = await staffed("cap", "import", staffed.file("alert.xml", words), *OFFICER)
    assert refused.code == 1
    assert reason in refused.err
    missing = await staffed("cap", "import", "nowhere.xml", *OFFICER)
    assert (missing.code, "nowhere.xml" in missing.err) == (2, True)
