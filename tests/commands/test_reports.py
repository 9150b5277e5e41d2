"""Reports from the terminal."""

from __future__ import annotations

import pytest

from tests.shell import Shell, staffed, tammen

__all__ = ["staffed", "tammen"]  # fixtures
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow

OFFICER = ("--by", "officer@mofa.example")


async def test_reports_of_a_crisis_from_the_terminal(staffed: Shell) -> None:
    names = ("--name-en", "Earthquake", "--name-ar", "زلزال")
    crisis = (await staffed("crises", "open", *names, "--country", "TR", "--drill", *OFFICER)).id
    pdf = staffed.folder / "report.pdf"
    made = await staffed("crises", "sitrep", crisis, "--out", str(pdf), *OFFICER)
    assert (made.code, made.out) == (0, f"file: {pdf}\n")
    assert pdf.read_bytes().startswith(b"%PDF-")
    figures = (await staffed("crises", "sitrep", crisis, "--format", "json", *OFFICER)).json
    board = (await staffed("crises", "board", crisis, "--json")).json
    cities = figures["countries"]["TR"]["cities"].values()
    assert sum(counts["not_asked"] for counts in cities) == board["counts"]["not_asked"] > 0
    assert figures["number"] == 2
    page = staffed.folder / "report.html"
    await staffed(
        "crises", "sitrep", crisis, "--format", "html", "--lang", "ar", "--out", str(page), *OFFICER
    )
    assert '<html lang="ar" dir="rtl">' in page.read_text(encoding="utf-8")
    assert (await staffed("crises", "sitrep-hours", crisis, "6", *OFFICER)).out == "hours: 6\n"
    early = await staffed("crises", "after-action", crisis, *OFFICER)
    assert (early.code, early.err) == (1, "tammen: The crisis is still open: close it first.\n")
    await staffed("crises", "close", crisis, *OFFICER)
    review = staffed.folder / "review.pdf"
    done = await staffed("crises", "after-action", crisis, "--out", str(review), *OFFICER)
    assert done.code == 0
    assert review.read_bytes().startswith(b"%PDF-")


async def test_a_contingency_plan_from_the_terminal(staffed: Shell) -> None:
    path = staffed.folder / "plan.pdf"
    by_post = ("--by", "post@mofa.example")
    made = await staffed("posts", "plan", "tr", "--lang", "en", "--out", str(path), *by_post)
    assert made.code == 0, made.err
    assert path.read_bytes().startswith(b"%PDF-")
    refused = await staffed("posts", "plan", "EG", "--out", str(path), *by_post)
    assert (refused.code, refused.err) == (1, "tammen: This account looks after Türkiye only.\n")
    nowhere = await staffed("posts", "plan", "99999", "--out", str(path), *OFFICER)
    assert (nowhere.code, nowhere.err) == (1, "tammen: There is no such post.\n")
