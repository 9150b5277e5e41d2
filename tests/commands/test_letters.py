"""Letters at the command line, as an officer meets them when the console is away."""

from __future__ import annotations

from tests.shell import Shell, staffed

__all__ = ["staffed"]  # fixture


async def test_letters_from_the_terminal(staffed: Shell) -> None:
    number = await staffed.case()
    by = ("--by", "officer@mofa.example")
    letter = ("cases", "write", number, "--words", "أين أنت؟", *by)
    closed = await staffed(*letter)
    assert (closed.code, closed.err) == (1, "tammen: It is closed: reopen it first.\n")
    await staffed("cases", "reopen", number, "--reason", "اتصل أخوه", *by)
    written = await staffed(*letter)
    assert (written.code, written.out) == (0, f"written: {number}\n")
    (line,) = (await staffed("cases", "thread", number, *by, "--json")).json
    assert (line["direction"], line["by"], line["state"], line["words"]) == (
        "out",
        "officer@mofa.example",
        "queued",
        "أين أنت؟",
    )
    assert (await staffed("cases", "thread", number, *by)).out.endswith("queued\tأين أنت؟\n")
    back = await staffed("cases", "hand-back", number, *by)
    assert (back.code, back.out) == (0, f"handed back: {number}\n")
    again = await staffed("cases", "hand-back", number, *by)
    assert (again.code, again.err) == (1, "tammen: The bot answers already.\n")
    itself = await staffed("cases", "merge", number, number, *by)
    assert (itself.code, itself.err) == (1, "tammen: A case cannot be joined with itself.\n")
