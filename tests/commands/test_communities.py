"""Communities and freshness from the terminal."""

from __future__ import annotations

import pytest

from tests.shell import Shell, staffed, tammen

__all__ = ["staffed", "tammen"]  # fixtures
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow

OFFICER = ("--by", "officer@mofa.example")
POST = ("--by", "post@mofa.example")
SOURCE = ("--source", "census", "--date", "2026-01-31")


async def test_an_estimate_is_entered_listed_and_taken_away(staffed: Shell) -> None:
    entered = await staffed("communities", "set", "tr/Istanbul", "٥٠٠", *SOURCE, *POST, "--json")
    assert entered.code == 0, entered.err
    assert entered.json["estimated"] == 500
    await staffed("communities", "set", "TR", "1,000", *SOURCE, *OFFICER)
    countries = (await staffed("communities", "list", *POST, "--json")).json
    assert [(each["country"], each["estimated"]) for each in countries] == [("TR", 1000)]
    assert countries[0]["share"] == countries[0]["registered"] / 1000
    cities = (await staffed("communities", "list", "--country", "tr", *POST, "--json")).json
    assert {"TR/Istanbul"} <= {each["city"] for each in cities}
    written = (await staffed("communities", "list", *POST)).out
    assert "estimated 1000 (" in written
    assert "census, 2026-01-31" in written
    assert (await staffed("communities", "remove", "TR", *POST)).out == "removed\n"
    gone = await staffed("communities", "remove", "TR", *POST)
    assert (gone.code, gone.err) == (1, "tammen: There is no estimate of this place.\n")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("TR", "0", *SOURCE), "An estimate is a number of people"),
        (("TR", "many", *SOURCE), "An estimate is a number of people"),
        (("TR/Atlantis", "5", *SOURCE), "We know no city of this name there."),
        (("EG", "5", *SOURCE), "This account looks after Türkiye only."),
        (("TR", "5", "--source", "", "--date", "2026-01-31"), "Write where the figure comes from"),
        (("TR", "5", "--source", "census", "--date", "2099-01-31"), "still to come"),
    ],
)
async def test_a_wrong_estimate_is_refused(
    staffed: Shell, words: tuple[str, ...], why: str
) -> None:
    refused = await staffed("communities", "set", *words, *POST)
    assert refused.code == 1
    assert why in refused.err
    listed = (await staffed("communities", "list", *POST, "--json")).json
    assert all(each["estimated"] is None for each in listed)


async def test_freshness_and_its_curve_are_shown(staffed: Shell) -> None:
    shown = (await staffed("freshness", "show", "--json")).json
    for counts in shown["countries"].values():
        assert counts["present"] + counts["stale"] == counts["people"]
    assert (shown["per_hour"], shown["asked"], shown["not_reachable"]) == (300, 0, 0)
    assert "counted as present: 80 % and more" in (await staffed("freshness", "curve")).out
    assert (await staffed("freshness", "show")).out.startswith("per_hour: 300\ndue: ")


async def test_the_board_adds_up(staffed: Shell) -> None:
    names = ("--name-en", "Earthquake", "--name-ar", "زلزال")
    await staffed("communities", "set", "TR", "1000", *SOURCE, *OFFICER)
    crisis = (await staffed("crises", "open", *names, "--country", "TR", *OFFICER)).id
    board = (await staffed("crises", "board", crisis, "--json")).json
    assert board["present"] + board["stale"] == board["people"] == sum(board["counts"].values())
    assert sum(board["stale_by_country"].values()) == board["stale"]
    assert [(each["country"], each["estimated"]) for each in board["communities"]] == [("TR", 1000)]
