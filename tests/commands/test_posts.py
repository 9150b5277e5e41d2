"""Posts from the terminal: named in both languages, closed by two, printed as a poster."""

from __future__ import annotations

import pytest

from tests.shell import Shell, staffed, tammen

__all__ = ["staffed", "tammen"]  # fixtures
pytestmark = pytest.mark.timeout(400)  # each command is a process, and a busy machine is slow

OFFICER = ("--by", "officer@mofa.example")
NO_POST = "tammen: No post is called atlantis: write its number, its city or its country.\n"


async def test_a_post_is_shown_and_its_closing_proposed(staffed: Shell) -> None:
    (kyiv,) = (await staffed("posts", "list", "--country", "ua", "--json", *OFFICER)).json
    assert (kyiv["state"], kyiv["city"]) == ("open", "UA/Kyiv")
    shown = (await staffed("posts", "show", "كييف", *OFFICER)).json
    assert (shown["id"], shown["would_reach"]["accounts"]) == (kyiv["id"], 0)
    proposed = await staffed("posts", "close", "kyiv", "--successor", "warsaw", *OFFICER)
    assert (proposed.code, proposed.err) == (0, "")
    assert "waiting for a second person" in proposed.out
    again = await staffed("posts", "close", "kyiv", *OFFICER)
    assert again.err == "tammen: A change of this waits for a second person already.\n"
    strange = await staffed("posts", "close", "atlantis", *OFFICER)
    assert (strange.code, strange.err) == (1, NO_POST)


async def test_a_poster_needs_a_way_to_us(staffed: Shell) -> None:
    path = staffed.folder / "poster.pdf"
    refused = await staffed("poster", "--post", "tunis", "--out", str(path))
    assert refused.code == 1
    assert "a poster would lead nowhere" in refused.err
    assert not path.exists()
