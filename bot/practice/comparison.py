"""Comparison of the facts after a conversation with what is expected of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.messages import Language
from bot.models import CheckInStatus
from bot.practice.exchanges import Exchange
from bot.practice.facts import CaseFacts, Facts
from bot.practice.scripts import CaseExpectation, Expectation, Script
from bot.text.text import ISOLATE, POP
from nlu.language.folding import fold, is_arabic

ALARMS = frozenset(
    {
        CheckInStatus.HELP,
        CheckInStatus.MEDICAL,
        CheckInStatus.EVACUATE,
    }
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A fact that is not as expected, after a line (from 1)."""

    line: int
    key: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return (
            f"after line {self.line}, {self.key}: "
            f"expected {self.expected}, found {self.actual}"
        )  # fmt: skip


def compare(script: Script, exchanges: Sequence[Exchange]) -> list[Mismatch]:
    """List what is not as expected, in the order of the lines."""
    mismatches: list[Mismatch] = []
    for number, exchange in enumerate(exchanges, 1):
        if exchange.error is not None:
            refusal = Mismatch(
                number,
                "line",
                "a line that can be played",
                exchange.error,
            )
            mismatches.append(refusal)
        expectation = script.after.get(number)
        if expectation is not None:
            mismatches += check(expectation, exchanges[:number])
    mismatches += check(script.expect, exchanges)
    distinct = dict.fromkeys(mismatches)
    return list(distinct)


def check(
    expectation: Expectation,
    exchanges: Sequence[Exchange],
) -> list[Mismatch]:
    """List what is not as expected after these lines, the first of the conversation."""
    comparison = Comparison(expectation, exchanges)
    comparison.compare_facts()
    comparison.compare_history()
    comparison.compare_name()
    comparison.compare_alarm()
    comparison.compare_cases()
    comparison.compare_language()
    return comparison.mismatches


@dataclass(slots=True)
class Comparison:
    """What is expected after some lines, what happened, and what does not agree."""

    expectation: Expectation
    exchanges: Sequence[Exchange]
    mismatches: list[Mismatch] = field(default_factory=list)

    @property
    def last(self) -> Facts:
        """Return the facts after the last line."""
        return self.exchanges[-1].facts

    def compare_facts(self) -> None:
        """Compare the facts that are one of a list, as they are after the last line."""
        expectation = self.expectation
        last = self.last
        self._compare("status", expectation.status, last.status)
        self._compare("party", expectation.party, last.party)
        self._compare("registered", expectation.registered, last.is_registered)
        self._compare("consented", expectation.consented, last.has_consented)
        self._compare("stopped", expectation.stopped, last.has_stopped)
        self._compare("forgotten", expectation.forgotten, last.is_forgotten)
        if not self._is_expected("place"):
            return
        if not is_in_any(last.place, expectation.place):
            self._report("place", listed(expectation.place), last.place)

    def compare_history(self) -> None:
        """Compare what must never be, after every line; the first time is enough."""
        statuses = self.expectation.never_status
        places = self.expectation.never_place
        never_status = f"never {listed(statuses)}"
        never_place = f"never {listed(places)}"
        reported: set[str] = set()
        for number, exchange in enumerate(self.exchanges, 1):
            status = exchange.facts.status
            place = exchange.facts.place
            if status in statuses and never_status not in reported:
                reported.add(never_status)
                self._report("never_status", never_status, status, number)
            if is_in_any(place, places) and never_place not in reported:
                reported.add(never_place)
                self._report("never_place", never_place, place, number)

    def compare_name(self) -> None:
        """Compare the name, however it is spelt."""
        if not self._is_expected("name"):
            return
        name = self.last.name
        for expected in self.expectation.name:
            if is_same_name(expected, name):
                return
        self._report("name", listed(self.expectation.name), name)

    def compare_alarm(self) -> None:
        """Compare whether staff see a check-in that needs help, or an open case."""
        expected = self.expectation.alarm
        open_cases = self.last.open_cases
        is_alarm = self.last.status in ALARMS or bool(open_cases)
        if expected is None or is_alarm == expected:
            return
        status = worded(self.last.status)
        self._report(
            "alarm",
            "an alarm" if expected else "no alarm",
            f"status {status}; {cases_worded(open_cases)}",
        )

    def compare_cases(self) -> None:
        """Compare the cases that there must be, open or closed, and those that must not be open."""
        cases = self.last.cases
        for expected in self.expectation.cases:
            matches = [case for case in cases if is_met(expected, case)]
            if not matches:
                self._report("cases", case_worded(expected), cases_worded(cases))
        kinds = self.expectation.no_cases
        unwanted = [case for case in self.last.open_cases if case.kind in kinds]
        if unwanted:
            self._report("no_cases", f"no open {listed(kinds)}", cases_worded(unwanted))

    def compare_language(self) -> None:
        """Compare the language of the last replies."""
        language: Language | None = None
        for exchange in self.exchanges:
            texts = [content.text for content in exchange.replies]
            language = script_of(" ".join(texts)) or language
        self._compare("replies_in", self.expectation.replies_in, language)

    def _is_expected(self, key: str) -> bool:
        """Tell whether the script says something about a fact."""
        return key in self.expectation.model_fields_set

    def _compare(
        self,
        key: str,
        allowed: Sequence[Any],
        actual: Any,
    ) -> None:
        if self._is_expected(key) and actual not in allowed:
            self._report(key, listed(allowed), actual)

    def _report(
        self,
        key: str,
        expected: str,
        actual: Any,
        line: int | None = None,
    ) -> None:
        number = line or len(self.exchanges)
        mismatch = Mismatch(
            number,
            key,
            expected,
            worded(actual),
        )
        self.mismatches.append(mismatch)


# --- rules ---


def is_in_any(place: str | None, expected_places: Iterable[str | None]) -> bool:
    """Tell whether a place is one of these, or in a country that is one of these."""
    for expected in expected_places:
        if place == expected:
            return True
        if place and expected and place.startswith(f"{expected}/"):
            return True
    return False


def is_met(expected: CaseExpectation, case: CaseFacts) -> bool:
    """Tell whether a case has one of the kinds, and all the words are written in it."""
    if case.kind not in expected.kind:
        return False
    notes = folded(case.notes)
    missing = [text for text in expected.has if folded(text) not in notes]
    return not missing


def is_same_name(expected: str | None, name: str | None) -> bool:
    """Tell whether two names are one, however they are spelt."""
    if expected is None or name is None:
        return expected is name
    return folded(expected) == folded(name)


def folded(text: str) -> str:
    """Write a text in its one spelling, with the digits of every script as 0-9."""
    characters: list[str] = []
    for character in text:
        digit = unicodedata.decimal(character, None)
        characters.append(character if digit is None else str(digit))
    return fold("".join(characters))


def script_of(text: str) -> Language | None:
    """Tell the language of a text by the script of most of its letters.

    Names and numbers that a reply sets apart do not count. None without letters.
    """
    arabic = 0
    latin = 0
    depth = 0  # in something set apart
    for character in text:
        if character == ISOLATE:
            depth += 1
        elif character == POP:
            depth -= 1
        elif depth > 0 or not character.isalpha():
            continue
        elif is_arabic(character):
            arabic += 1
        else:
            latin += 1
    if arabic == latin == 0:
        return None
    return "ar" if arabic >= latin else "en"


# --- words ---


def listed(allowed: Iterable[Any]) -> str:
    """Write what a fact may be: `help or medical`."""
    alternatives = [worded(fact) for fact in allowed]
    return " or ".join(alternatives)


def worded(fact: Any) -> str:
    """Write a fact: a name of ours, a number, yes or no, or none."""
    if fact is None:
        return "none"
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return str(fact)


def case_worded(expected: CaseExpectation) -> str:
    """Write which case there must be."""
    kinds = listed(expected.kind)
    if not expected.has:
        return kinds
    quotes = [f"«{text}»" for text in expected.has]
    return f"{kinds} with {' '.join(quotes)}"


def cases_worded(cases: Iterable[CaseFacts]) -> str:
    """Write cases with all that is written in them."""
    lines: list[str] = []
    for case in cases:
        state = "open" if case.is_open else "closed"
        notes = case.notes.replace("\n", " / ")
        lines.append(f"{case.kind} ({state}): {notes}")
    return "; ".join(lines) or "no cases"
