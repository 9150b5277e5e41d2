"""Records of one person at the command line: found, merged, split, set apart."""

from __future__ import annotations

from tests.shell import Shell, staffed

__all__ = ["staffed"]  # fixture

BY = ("--by", "officer@mofa.example")


async def test_merging_and_splitting_from_the_terminal(staffed: Shell) -> None:
    listed = await staffed("people", "duplicates", *BY, "--json")
    assert (listed.code, set(listed.json)) == (0, {"pairs", "below"})
    preview = await staffed("people", "merge", "1", "2", *BY, "--dry-run")
    assert (preview.json["goes_on"]["id"], preview.json["becomes_part"]["id"]) == (1, 2)
    assert preview.json["two_crises"] is False
    assert (await staffed("people", "merge", "1", "2", *BY, "--dry-run")).code == 0
    merged = await staffed("people", "merge", "1", "2", *BY)
    assert merged.code == 0
    again = await staffed("people", "merge", "1", "2", *BY)
    assert (again.code, again.err) == (1, "tammen: There is no such person.\n")
    back = await staffed("people", "unmerge", merged.id, *BY)
    assert (back.code, back.out) == (0, "back: 2\n")
    twice = await staffed("people", "unmerge", merged.id, *BY)
    assert (twice.code, twice.err) == (1, "tammen: This merge is undone already.\n")


async def test_what_cannot_be_merged_is_refused(staffed: Shell) -> None:
    itself = await staffed("people", "merge", "1", "1", *BY)
    assert (itself.code, itself.err) == (1, "tammen: These are one record already.\n")
    nobody = await staffed("people", "merge", "1", "9999", *BY)
    assert (nobody.code, nobody.err) == (1, "tammen: There is no such person.\n")
    none = await staffed("people", "unmerge", "77", *BY)
    assert none.code == 1
    apart = await staffed("people", "set-apart", "1", "2", *BY)
    assert (apart.code, apart.out) == (0, "two people: 1 2\n")
