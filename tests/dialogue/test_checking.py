"""Flows are checked before people meet them: every mistake with its file, flow, step and line."""

from __future__ import annotations

import shutil
from gettext import c2py
from pathlib import Path

import pytest

from bot import actions
from bot.dialogue import asides, checking, presses
from bot.dialogue.flow import FlowError
from bot.text.catalogues import LOCALES, read_catalog


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """A copy of the flows to spoil."""
    return Path(shutil.copytree(checking.FLOWS, tmp_path / "flows"))


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    """A copy of the catalogues to spoil."""
    return Path(shutil.copytree(LOCALES, tmp_path / "locales"))


def spoil(path: Path, old: str, new: str) -> int:
    """Replaces once; the line it is in."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def found(flows: Path, locales: Path = LOCALES) -> list[str]:
    return [str(mistake) for mistake in checking.check(flows, actions.ACTIONS, locales)]


def test_our_own_flows_and_catalogues_have_no_mistake() -> None:
    assert found(checking.FLOWS) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "step", "words"),
    [
        (
            "talk.yml",
            "action: utter_thanks",
            "action: utter_nothing",
            "thanks_bye",
            "utter_nothing is missing",
        ),
        (
            "talk.yml",
            "action: open_human",
            "action: open_hman",
            "human_agent",
            "action open_hman does not exist",
        ),
        (
            "registering.yml",
            "then: ask_phone",
            "then: ask_fone",
            "register",
            "there is no step ask_fone",
        ),
        (
            "registering.yml",
            "call: tell_place",
            "call: tell_plaice",
            "tell_place",
            "tell_plaice is no flow",
        ),
        (
            "registering.yml",
            "collect: consent",
            "collect: konsent",
            "ask_consent",
            "slot konsent is not declared",
        ),
        ("registering.yml", "collect: party", "collcet: party", "ask_party", "collcet"),
        (
            "registering.yml",
            "if: slots.party > 99",
            "if: slots.party >",
            "ask_party",
            "not a condition",
        ),
        (
            "information.yml",
            "if: slots.posts",
            "if: slots.pots",
            "ask_embassy_contact",
            "slot pots is not declared",
        ),
        (
            "account.yml",
            "nlu_trigger: [mydata]",
            "nlu_trigger: [stop]",
            "mydata",
            "starts stop already",
        ),
        (
            "safety.yml",
            "cancels: [check_in_safe,",
            "cancels: [chek_in,",
            "check_in_help",
            "chek_in, which is no flow",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_place(
    flows: Path, file: str, old: str, new: str, step: str, words: str
) -> None:
    line = spoil(flows / file, old, new)

    reports = found(flows)

    report = next((report for report in reports if words in report), None)
    assert report, reports
    assert report.startswith(f"flows/{file}:")
    assert abs(int(report.split(":")[1]) - line) <= 12
    assert step in report


def test_the_line_is_that_of_the_step(flows: Path) -> None:
    line = spoil(flows / "registering.yml", "collect: consent", "collect: konsent")

    assert (
        f"flows/registering.yml:{line - 1}: register.ask_consent: slot konsent is not declared"
        in found(flows)
    )


def test_a_file_that_is_no_yaml_is_reported_with_its_line(flows: Path) -> None:
    (flows / "broken.yml").write_text("flows:\n  a: [1, 2\n", "utf-8")

    assert any(report.startswith("flows/broken.yml:3:") for report in found(flows))


def test_a_step_nothing_leads_to_is_a_mistake(flows: Path) -> None:
    lost = (
        "      - action: utter_stuck\n        next: END\n"
        "      - id: lost\n        action: utter_menu\n"
    )
    spoil(flows / "talk.yml", "      - action: utter_stuck\n", lost)

    assert any("pattern_stuck.lost: no step leads here" in report for report in found(flows))


def test_flows_with_mistakes_are_not_loaded(flows: Path) -> None:
    spoil(flows / "talk.yml", "action: open_human", "action: open_hman")

    with pytest.raises(FlowError, match="open_hman"):
        checking.load(flows, actions.ACTIONS)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_text_that_one_language_lacks_is_a_mistake(locales: Path, language: str) -> None:
    spoil(
        locales / language / "LC_MESSAGES" / "flows.po",
        'msgid "utter_ask_name"',
        'msgid "utter_ask_nmae"',
    )

    reports = found(checking.FLOWS, locales)

    assert any(f"utter_ask_name is missing in locales/{language}" in report for report in reports)


def test_placeholders_must_be_the_same_in_both_languages(locales: Path) -> None:
    spoil(
        locales / "en" / "LC_MESSAGES" / "flows.po",
        "Are you still in {place_name}?",
        "Are you still in {place}?",
    )

    assert any(
        "utter_ask_still_there: placeholders differ" in report
        for report in found(checking.FLOWS, locales)
    )


def test_every_action_is_used_and_exists() -> None:
    flows = checking.load(actions=actions.ACTIONS)
    named = {
        step.action
        for script in flows.scripts.values()
        for step in script.steps.values()
        if step.action
    }

    named |= asides.ASIDE_ACTIONS

    assert {name for name in named if not name.startswith("utter_")} == set(actions.ACTIONS)


def test_no_button_is_longer_than_telegram_allows() -> None:
    flows = checking.load()
    payloads = [
        button.payload for response in flows.responses.values() for button in response.buttons
    ]
    slots = [
        step.collect or "" for script in flows.scripts.values() for step in script.steps.values()
    ]

    assert (
        max(len(payload.encode()) for payload in payloads) + len("/slot ") + max(map(len, slots))
        <= presses.MAX_PAYLOAD_BYTES
    )


@pytest.mark.parametrize(("n", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (11, 4), (100, 5)])
def test_arabic_has_its_six_plural_forms(n: int, form: int) -> None:
    catalogue = read_catalog(LOCALES / "ar" / "LC_MESSAGES" / "flows.po", "ar")

    assert catalogue.num_plurals == 6
    assert c2py(catalogue.plural_expr)(n) == form
