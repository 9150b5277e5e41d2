"""Scenarios: those that come with Tammen, their cast, and how mistakes of a file are told."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from bot.consular.drills import cast, scenarios
from bot.consular.drills.scenarios import Behaviour, ScenarioError
from bot.consular.drills.seed import NUMBERS
from bot.messages import Channel

KHARTOUM = scenarios.SHIPPED / "khartoum.yml"


def line_of(text: str, words: str) -> int:
    """The line, from 1, on which words stand."""
    before, _, _ = text.partition(words)
    return before.count("\n") + 1


@pytest.mark.parametrize(
    ("right", "wrong", "at", "mistake"),
    [
        ("minutes: 60", "minutes: soon", "minutes: soon", "minutes: Input should be a valid"),
        ("countries: [SD]", "countries: [XX]", "countries:", "'XX' is not a country code"),
        ("  closes: 40", "  clozes: 40", "  clozes: 40", "officers.clozes: Extra inputs"),
        ("  silent: 10", "  silent: 11", "behaviour:", "the shares are 101 percent together"),
        ("  silent: 10", "  asleep: 10", "  asleep: 10", "Input should be 'safe_early'"),
        ("SD/Omdurman", "SD/Atlantis", "cities:", "write CC/City as the gazetteer has it"),
        ("SD/Omdurman", "EG/Cairo", "cities:", "EG/Cairo is in no country of the crisis"),
        ("minute: 50", "minute: 90", "injects:", "minute 90 is after the end"),
        ("      screen: text", "      screen: fax", "      screen: fax", "injects.4.writes.screen"),
        ("      ar: انتهى التمرين.\n", "", "  - minute: 60\n    happens:", "happens.ar: Field"),
    ],
)
def test_a_mistake_names_the_file_and_the_line(
    tmp_path: Path, right: str, wrong: str, at: str, mistake: str
) -> None:
    text = KHARTOUM.read_text("utf-8")
    assert right in text
    text = text.replace(right, wrong, 1)
    path = tmp_path / "mine.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as refused:
        scenarios.load(path)
    line = line_of(text, at)
    if "\n" in at:
        line += 1
    assert mistake in str(refused.value)
    assert f"{path}:{line}: " in str(refused.value)


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = KHARTOUM.read_text("utf-8")
    text = text.replace("minutes: 60", "minutes: 0", 1).replace("closes: 40", "closes: 140", 1)
    path = tmp_path / "mine.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as refused:
        scenarios.load(path)
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["", "- a\n", "a: [", "\udcff"])
def test_what_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ScenarioError, match=r"mine\.yml"):
        scenarios.load(path)
    with pytest.raises(ScenarioError, match="No such file"):
        scenarios.load(tmp_path / "nothing.yml")


def test_the_scenarios_that_come_with_tammen_last_an_hour_and_have_a_word_for_each_quarter() -> (
    None
):
    shipped = scenarios.shipped()
    assert set(shipped) == {"istanbul", "khartoum", "kyiv"}
    for scenario in shipped.values():
        minutes = [inject.minute for inject in scenario.injects]
        assert (scenario.minutes, minutes[0], minutes[-1]) == (60, 0, 60)
        for quarter in range(0, 60, 15):
            assert any(quarter <= minute < quarter + 15 for minute in minutes)
        assert set(scenario.behaviour) == set(get_args(Behaviour))
        assert scenario.behaviour["silent"] == 10
        tongues = {inject.writes.language for inject in scenario.writers if inject.writes}
        assert tongues == {"libyan", "arabizi", "english"}
        assert len(scenario.happened(15)) < len(scenario.happened(60)) == len(minutes)


def test_a_cast_meets_the_shares_exactly_and_is_the_same_for_the_same_seed() -> None:
    scenario = scenarios.load(KHARTOUM)
    parts = cast.parts(scenario, 1000 + len(scenario.writers), seed=7)
    behaviours = Counter(part.behaviour for part in parts if part.inject is None)
    assert behaviours == {name: share * 10 for name, share in scenario.behaviour.items()}
    assert parts == cast.parts(scenario, 1000 + len(scenario.writers), seed=7)
    assert parts != cast.parts(scenario, 1000 + len(scenario.writers), seed=8)
    lines = cast.lines(scenario, 200, seed=7)
    assert lines == sorted(lines, key=lambda line: (line.second, line.place, line.number))
    silent = {part.place for part in cast.parts(scenario, 200, 7) if part.behaviour == "silent"}
    written = {line.place for line in lines}
    assert silent & written == set(range(len(scenario.writers)))


def test_invented_numbers_are_of_a_country_that_does_not_exist() -> None:
    numbers = NUMBERS[Channel.PHONE]()
    assert next(numbers).startswith("chat:+999")
