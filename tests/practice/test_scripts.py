"""Files of conversations: what they may hold, and how their mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.practice import scripts
from bot.practice.scripts import ScriptError

GOOD = """
- name: trapped in khartoum
  channel: telegram
  lang: ar
  why: danger is never filed as safe
  before: {name: سالم, place: SD/Khartoum, party: 3}
  lines:
    - "!crisis SD|Fighting|قتال"
    - احنا محاصرين
    - 24
  after:
    2: {status: [help, null], cases: [{kind: life, has: [محاصرين, 24]}]}
  expect: {never_status: safe, place: SD, alarm: true, no_cases: [human], replies_in: ar}
"""


def written(folder: Path, text: str | bytes) -> Path:
    """Write a file of conversations."""
    path = folder / "talks.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_is_a_list_of_conversations(tmp_path: Path) -> None:
    (script,) = scripts.load(written(tmp_path, GOOD))
    assert script.lines[2] == "24"
    assert script.after[2].status == ["help", None]
    assert script.after[2].cases[0].has == ["محاصرين", "24"]
    assert script.expect.never_status == ["safe"]
    assert "status" not in script.expect.model_fields_set


@pytest.mark.parametrize(
    ("right", "wrong", "mistake"),
    [
        ("never_status:", "never_stats:", "trapped in khartoum: expect.never_stats: Extra inputs"),
        ("channel: telegram", "channel: fax", "trapped in khartoum: channel: Input should be"),
        ("never_status: safe", "never_status: fine", "trapped in khartoum: expect.never_status.0"),
        ("kind: life", "kind: war", "trapped in khartoum: after.2.cases.0.kind.0"),
        ("place: SD,", "place: Sudan,", "expect.place: write CC/City or CC, not 'Sudan'"),
        ("SD/Khartoum", "SD/", "before.place: write CC/City or CC, not 'SD/'"),
        ("- name: trapped in khartoum\n  ", "- ", "conversation 1: name: Field required"),
        ("  2: {", "  4: {", "trapped in khartoum: after: there is no line 4"),
        ("!crisis SD|", "!crisi SD|", "trapped in khartoum: line 1: !crisi is none of !crisis"),
        ("!crisis SD|", "!crisis ", "line 1: write !crisis SD|English name|Arabic name"),
        ("- name", "- [name", "talks.yml:"),
    ],
)
def test_a_mistake_names_file_conversation_and_key(
    right: str, wrong: str, mistake: str, tmp_path: Path
) -> None:
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong))
    with pytest.raises(ScriptError) as refused:
        scripts.load(path)
    assert str(refused.value).startswith(str(path))
    assert mistake in str(refused.value)


def test_an_sms_carries_no_position(tmp_path: Path) -> None:
    text = GOOD.replace("channel: telegram", "channel: sms")
    text = text.replace("- 24", '- "!location 15.6,32.5"')
    with pytest.raises(ScriptError, match="line 3: an SMS cannot carry this"):
        scripts.load(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "mistake"),
    [("", "valid list"), ("name: x", "valid list"), (b"\xff\xfe\xff", "UTF-8"), ("- 5", "valid")],
)
def test_what_is_no_file_of_conversations_is_refused(
    text: str | bytes, mistake: str, tmp_path: Path
) -> None:
    with pytest.raises(ScriptError, match=mistake):
        scripts.load(written(tmp_path, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="No such file"):
        scripts.load(tmp_path / "none.yml")
