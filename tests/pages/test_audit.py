"""The audit trail in words: every action that the code notes has a label."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.messages import Language
from bot.models import (
    AdvisoryState,
    AuditNote,
    MatchVerdict,
    Role,
    SeatState,
    Staff,
    TransportState,
)
from bot.pages import audit, audit_words
from bot.runtime.runtime import Runtime
from bot.runtime.settings import ROOT

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
KINDS = "|".join(["people", "price", "unreached", *audit_words.SUBJECTS])
WHOLE_ACTION = re.compile(rf"({KINDS})\.[a-z_]+")
# Modules that put the noun before the verb themselves, and the functions
# that take the verb or the whole action.
NOUNS = {
    "advisories/lifecycle.py": "advisory",
    "advisories/corrections.py": "advisory",
    "advisories/results.py": "unreached",
    "advisories/templates.py": "template",
}
TAKE_AN_ACTION = {"note", "_note", "release", "note_look", "_record_change"}


def noted_actions() -> set[str]:
    actions: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        if path == Path(audit.__file__):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                actions |= verbs_of(node, path)
    return actions


def verbs_of(call: ast.Call, path: Path) -> set[str]:
    """Whole actions among the call's arguments, and verbs with the noun of their module."""
    function = ast.unparse(call.func).rpartition(".")[2]
    if function not in TAKE_AN_ACTION:
        return set()
    noun = NOUNS.get("/".join(path.parts[-2:]))
    actions: set[str] = set()
    for argument in call.args:
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            continue
        if WHOLE_ACTION.fullmatch(argument.value):
            actions.add(argument.value)
        elif noun is not None:
            actions.add(f"{noun}.{argument.value}")
    return actions


def test_the_reading_of_the_code_finds_actions_of_every_kind() -> None:
    actions = noted_actions()
    assert {
        "advisory.overridden",
        "advisory.withdrawal_told",
        "person.tagged",
        "price.set",
        "template.saved",
        "unreached.downloaded",
    } <= actions
    assert len(actions) > 35


def test_no_other_module_puts_actions_together() -> None:
    together: set[str] = set()
    for path in (ROOT / "bot" / "consular").rglob("*.py"):
        if re.search(r'f"[a-z]+\.\{', path.read_text(encoding="utf-8")):
            together.add("/".join(path.parts[-2:]))
    assert together == {
        "advisories/lifecycle.py",
        "advisories/templates.py",
        "advisories/unreached.py",
        "crises/matches.py",
        "crises/seats.py",
        "crises/transports.py",
    }


def test_every_action_that_the_code_notes_has_a_label() -> None:
    moves = {
        f"advisory.{state.value}"
        for state in (AdvisoryState.SENDING, AdvisoryState.SENT, AdvisoryState.EXPIRED)
    }
    moves |= {f"match.{verdict.value}" for verdict in MatchVerdict}
    moves |= {f"seat.{state.value}" for state in SeatState}
    moves |= {f"transport.{state.value}" for state in TransportState if state != "draft"}
    assert noted_actions() | moves <= set(audit_words.ACTIONS)


@pytest.mark.parametrize(
    ("language", "actors", "actions"),
    [
        ("en", ["officer@example.org", "the person", "Tammen"], ["opened a person’s record"]),
        ("ar", ["officer@example.org", "صاحب السجل", "طمّن"], ["فتح سجل شخص"]),
    ],
)
async def test_actors_and_actions_are_words(
    runtime: Runtime, language: Language, actors: list[str], actions: list[str]
) -> None:
    async with runtime.db.begin() as session:
        officer = Staff(
            email="officer@example.org",
            email_index="officer@example.org",
            role=Role.HQ_OFFICER,
            created_at=NOW,
        )
        session.add(officer)
        await session.flush()
        notes = [
            AuditNote(at=NOW, actor=actor, action="person.viewed", subject="person:7", detail={})
            for actor in (f"staff:{officer.id}", "person:7", "system")
        ]
        lines = await audit.lines(session, notes, language)
    assert [line.actor for line in lines] == actors
    assert [line.action for line in lines] == actions * 3
    assert not any(line.is_code for line in lines)


async def test_an_action_without_a_label_is_shown_as_itself(runtime: Runtime) -> None:
    note = AuditNote(
        at=NOW,
        actor="system",
        action="moon.landed",
        subject="moon:1",
        detail={"country": "TR", "drill": True, "crater": 3},
    )
    async with runtime.db.read() as session:
        [line] = await audit.lines(session, [note], "en")
    assert (line.action, line.is_code, line.subject) == ("moon.landed", True, "moon:1")
    assert line.details == [("country", "Türkiye"), ("drill", "yes"), ("crater", "3")]
