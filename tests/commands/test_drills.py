"""`tammen drill`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands import drills
from bot.commands.ground import CommandError
from bot.consular.drills import scenarios

KHARTOUM = scenarios.SHIPPED / "khartoum.yml"
WORDS = "{ar: تمرين, en: exercise}"
SHORT = f"""
title: {WORDS}
minutes: 2
crisis: {{names: {WORDS}, countries: [SD], ask_again_minutes: 60}}
people:
  number: 5
  cities: {{SD/Khartoum: 100}}
  screens: {{chat: 100}}
  languages: {{libyan: 100}}
behaviour: {{silent: 100}}
injects: []
officers:
  number: 1
  reaction_minutes: 1
  case_minutes: 1
  call_minutes: 1
  closes: 0
  reaches: 0
goals:
  known_percent: 100
  known_minutes: 1
  accounted_percent: 0
  life_seen_minutes: 1
  life_seen_median_minutes: 1
"""


@pytest.fixture
def runner(fallback_model: Path) -> CliRunner:
    """A terminal whose data folder has the built-in reader."""
    return CliRunner(env={"TAMMEN_DATA": str(fallback_model.parents[1])})


def test_a_goal_that_does_not_hold_is_named_and_exits_with_1(
    tmp_path: Path, runner: CliRunner
) -> None:
    path = tmp_path / "short.yml"
    path.write_text(SHORT, "utf-8")
    ended = runner.invoke(drills.app, ["run", str(path), "--no-rasa", "--json"])
    assert ended.exit_code == 1
    assert "does not hold: known after 1 min: 0.0 % of 100 %" in ended.stderr
    figures = json.loads(ended.stdout)
    assert (figures["people"], figures["counts"]["no_answer"]) == (5, 5)
    assert [goal["holds"] for goal in figures["goals"]] == [False, True, True, True, True]
    path.write_text(SHORT.replace("known_percent: 100", "known_percent: 0"), "utf-8")
    ended = runner.invoke(drills.app, ["run", str(path), "--no-rasa"])
    assert ended.exit_code == 0
    assert "✓ known after 1 min" in ended.stdout


def test_a_file_is_checked_and_its_sheet_printed(tmp_path: Path, runner: CliRunner) -> None:
    ended = runner.invoke(drills.app, ["check", "khartoum", "istanbul", "kyiv"])
    assert (ended.exit_code, len(ended.stdout.splitlines())) == (0, 3)
    path = tmp_path / "mine.yml"
    path.write_text(SHORT.replace("minutes: 2\n", "minutes: two\n"), "utf-8")
    refused = runner.invoke(drills.app, ["check", str(path)])
    assert isinstance(refused.exception, CommandError)
    assert f"{path}:3: minutes: " in str(refused.exception)
    sheet = runner.invoke(drills.app, ["sheet", "khartoum", "--lang", "ar"])
    assert sheet.stdout.startswith("# تمرين: قتال في الخرطوم\n")
