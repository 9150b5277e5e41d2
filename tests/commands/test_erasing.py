"""`tammen erase check`, `list` and `again`; `tammen export --readable` and `who-saw`."""

from __future__ import annotations

from tests.shell import Shell, staffed

__all__ = ["staffed"]


async def test_an_erasure_is_proved_listed_and_repeated(staffed: Shell) -> None:
    kept = (await staffed("export", "person", "1")).json["addresses"][0]["address"]
    before = await staffed("erase", "check", "1", "--words", given=f"{kept}\n")
    assert before.code == 2
    assert "people.id: 1" in before.out
    assert "words 1 in addresses.address: 1" in before.out
    assert (await staffed("erase", "person", "1")).code == 0
    after = await staffed("erase", "check", "1", "--words", given=f"{kept}\n")
    assert (after.code, "nothing is left: 1" in after.out) == (0, True)
    listed = await staffed("erase", "list")
    number, _, _moment = listed.out.strip().partition("\t")
    assert number == "1"
    # A backup brought person 2 back, whom the list names as erased later.
    again = staffed.file("erased.tsv", listed.out + "2\t2099-01-01T00:00:00+00:00\n")
    repeated = await staffed("erase", "again", again)
    assert (repeated.code, "erased again: 1" in repeated.out) == (0, True)
    assert (await staffed("erase", "check", "2")).code == 0


async def test_a_file_that_is_no_list_erases_nobody(staffed: Shell) -> None:
    for text in ("1\n", "1\tyesterday\n", "one\t2026-11-30T00:00:00+00:00\n", "2\t2099-01-01\nx\n"):
        refused = await staffed("erase", "again", staffed.file("wrong.tsv", text))
        assert refused.code == 2
        assert "no line of `erase list`" in refused.err
    assert (await staffed("erase", "again", "nowhere.tsv")).code == 2
    assert (await staffed("export", "person", "2")).code == 0


async def test_a_copy_in_words_and_who_saw_it(staffed: Shell) -> None:
    page = await staffed("export", "person", "3", "--readable", "--lang", "ar")
    assert page.code == 0
    assert 'dir="rtl"' in page.out
    assert "بياناتك عندنا" in page.out
    seen = await staffed("export", "who-saw", "3", "--json")
    assert [(look["office"], look["act"]) for look in seen.json["latest"]] == [("shell", "copied")]
    assert "shell · copied" in (await staffed("export", "who-saw", "3")).out
    for words in (("person", "3", "--readable", "--lang", "fr"), ("who-saw", "4711")):
        assert (await staffed("export", *words)).code in (1, 2)
