"""Refusals in the reader's language: no code of ours reaches a reader."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from bot.consular import errors
from bot.consular.advisories import wording
from bot.consular.advisories.lifecycle import TRANSITIONS as ADVISORIES
from bot.consular.crises.cases import TRANSITIONS as CASES
from bot.consular.crises.crises import TRANSITIONS as CRISES
from bot.consular.errors import ConsularError, CountryCode, Quote, Term
from bot.consular.reference.refusals import explain
from bot.runtime.settings import ROOT
from bot.text.text import ISOLATE, POP

REFUSALS = {"ConsularError", "AudienceError", "CapError", "NotForUsError"}
STATES = [state for table in (ADVISORIES, CASES, CRISES) for state in table]
LATIN = re.compile(r"[A-Za-z]")


@pytest.mark.parametrize("state", STATES, ids=lambda state: f"{type(state).__name__}.{state}")
def test_a_move_that_is_not_allowed_names_both_states_in_arabic(state: StrEnum) -> None:
    with pytest.raises(ConsularError) as caught:
        errors.check_move({state: frozenset()}, state, state)
    assert not LATIN.search(explain(caught.value, "ar"))
    assert explain(caught.value, "en") == f"It is {state} and cannot become {state}."


def test_a_country_is_named_in_the_language_of_the_reader() -> None:
    refusal = ConsularError("This account looks after {country} only.", country=CountryCode("SD"))
    assert explain(refusal, "ar") == "هذا الحساب مسؤول عن السودان فقط."
    assert explain(refusal, "en") == "This account looks after Sudan only."


@pytest.mark.parametrize("part", wording.PART_LETTERS)
def test_a_part_of_an_advisory_is_named_in_arabic(part: str) -> None:
    refusal = ConsularError(
        "The {part} is missing in {language}: write it, or leave it out of every language.",
        part=Term(wording.PART_NAMES[part]),
        language=Term("English"),
    )
    assert not LATIN.search(explain(refusal, "ar"))


def test_what_somebody_typed_is_shown_as_it_was_typed() -> None:
    refusal = ConsularError("Not a country code: {code}.", code=Quote("open"))
    assert explain(refusal, "ar") == f"ليس رمز بلد: {ISOLATE}open{POP}."
    assert explain(refusal, "en") == "Not a country code: open."


def test_a_refusal_that_is_stored_names_the_same_things_later() -> None:
    refusal = ConsularError(
        "{country} {part} {code} {most}",
        country=CountryCode("SD"), part=Term("instruction"), code=Quote("1"), most=3,
    )  # fmt: skip
    again = errors.from_json(errors.to_json(refusal))
    assert (again.words, again.parameters) == (refusal.words, refusal.parameters)


def calls() -> Iterator[tuple[str, str, list[ast.keyword]]]:
    """Every refusal in the code whose sentence stands there: its place, sentence and parameters."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in REFUSALS and node.args:
                sentence = literal(node.args[0])
                if sentence is not None:
                    yield place(path, node), sentence, node.keywords


def literal(node: ast.expr) -> str | None:
    """The text of a string, or of one that `N_` marks."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "N_":
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def place(path: Path, node: ast.Call) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_gap_of_a_refusal_is_filled_and_nothing_else_is_passed() -> None:
    refusals = list(calls())
    assert len(refusals) > 50
    wrong = []
    for where, sentence, keywords in refusals:
        gaps = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        if gaps != {keyword.arg for keyword in keywords}:
            wrong.append(where)
    assert wrong == []


def test_no_refusal_names_a_thing_by_a_bare_string() -> None:
    """A string does not say how it is shown: it is a country, a term or a quotation."""
    bare = (ast.JoinedStr, ast.Constant)
    wrong = []
    for where, _, keywords in calls():
        for keyword in keywords:
            is_number = isinstance(keyword.value, ast.Constant) and isinstance(
                keyword.value.value, int
            )
            if isinstance(keyword.value, bare) and not is_number:
                wrong.append(f"{where} {keyword.arg}")
    assert wrong == []
