"""What a clause says has happened, and what it says has not: "hurt", "not hurt", «توقف القصف»."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from nlu.language.clitics import without_and
from nlu.language.folding import Word, Words, spell
from nlu.language.lexicon import listed
from nlu.language.reading import names, phrases
from nlu.language.reading.phrases import Span

DENIAL_WORDS = 4  # a "not" denies what begins within so many words
AND = frozenset(("و", "and", "w"))
NAMED_AS = listed("named_as") | listed("named_me") | {"name"}
NAME_LINKS = listed("name_links")
DENIALS = ("no_longer", "not")
SUBJECTS = ("i", "we", "third")


class Matter(StrEnum):
    """What has happened to somebody, the gravest first."""

    DANGER = "danger"
    HELD = "held"
    HURT = "hurt"
    DEAD = "dead"
    MISSING = "missing"
    CARE = "care"  # something about health: medicine, a hospital; it may be calm
    FOUND = "found"  # found again, released, heard from
    WELL = "well"
    HOUSEHOLD = "household"  # somebody to be added to the writer's party


class Matters(NamedTuple):
    """The matters that a clause states, and those that it denies."""

    stated: frozenset[Matter]
    denied: frozenset[Matter]


class _Report(NamedTuple):
    """A matter, and the words that speak of it."""

    matter: Matter
    span: Span


def read(tokens: Words) -> Matters:
    """Tell what a clause says has happened, and what it says has not."""
    reports = list(_reports(tokens))
    denied_spans = _denied_spans(tokens, reports)
    stated: set[Matter] = set()
    denied: set[Matter] = set()
    for report in reports:
        is_denied = report.span in denied_spans
        if is_denied or _is_past(tokens, report):
            denied.add(report.matter)
        else:
            stated.add(report.matter)
    if Matter.DANGER in stated and phrases.has("far_from_us", tokens):
        stated.remove(Matter.DANGER)
        denied.add(Matter.DANGER)
    return Matters(
        stated=frozenset(stated),
        denied=frozenset(denied - stated),
    )


def is_cry(tokens: Words) -> bool:
    """Tell whether a clause cries for help, other than by the name of a street."""
    cries = phrases.find("cry", tokens)
    return not all(_is_of_street(tokens, cry) for cry in cries)


def _reports(tokens: Words) -> Iterator[_Report]:
    """Find the words of each matter, but for names of people and streets."""
    for matter in Matter:
        for span in phrases.find(matter.value, tokens):
            if matter is Matter.WELL and _is_only_a_name(tokens, span):
                continue
            if _is_called(tokens, span):
                continue
            if _is_of_street(tokens, span):
                continue
            yield _Report(matter, span)


# --- names ----------------------------------------------------------------------------------------


def _is_only_a_name(tokens: Words, span: Span) -> bool:
    """Tell whether "safe" is but somebody's name: «سالمة، زوجتي»."""
    if span.end > span.start + 1:
        return False
    name = tokens[span.start].folded
    if not names.is_name(name):
        return False
    if _has_family_name(tokens, span):
        return True
    if len(tokens) == 1:
        return False
    return not phrases.has_any(SUBJECTS, tokens)


def _has_family_name(tokens: Words, span: Span) -> bool:
    """Tell whether a family name follows: «سالم الورفلي»."""
    if span.end >= len(tokens):
        return False
    word = tokens[span.end]
    if not names.is_name(word.folded):
        return False
    return not phrases.has("well", [word])


def _is_called(tokens: Words, span: Span) -> bool:
    """Tell whether a word follows "his name is": «اسمه شهيد»."""
    before = spell(tokens[: span.start])
    if before and before[-1] in NAME_LINKS:
        before.pop()
    if not before:
        return False
    return before[-1] in NAMED_AS


def _is_of_street(tokens: Words, span: Span) -> bool:
    """Tell whether a word is the name of a street or a station: «محطة النجدة»."""
    if span.start == 0:
        return False
    word = tokens[span.start - 1]
    return phrases.has("named_after", [word])


# --- denials --------------------------------------------------------------------------------------


def _is_past(tokens: Words, report: _Report) -> bool:
    """Tell whether a word before says that it is over: «توقف القصف»."""
    if report.matter is Matter.WELL:
        return False
    ends = phrases.find("over", tokens)
    return any(_denies(tokens, end, report.span) for end in ends)


def _denied_spans(tokens: Words, reports: Sequence[_Report]) -> set[Span]:
    """Find what is denied: each "not" denies what comes next, and nothing beyond."""
    spans: set[Span] = set()
    for name in DENIALS:
        for denial in phrases.find(name, tokens):
            spans |= _denied_by(tokens, denial, reports)
    return spans


def _denied_by(
    tokens: Words,
    denial: Span,
    reports: Sequence[_Report],
) -> set[Span]:
    """Find the words of the next matter behind a "not", of each when several begin together."""
    reached: list[Span] = []
    for report in reports:
        if _denies(tokens, denial, report.span):
            reached.append(report.span)
    if not reached:
        return set()
    nearest = min(span.start for span in reached)
    return {span for span in reached if span.start == nearest}


def _denies(
    tokens: Words,
    denial: Span,
    span: Span,
) -> bool:
    """Tell whether a denial stands shortly before what it denies, with no "and" between."""
    distance = span.start - denial.end
    is_near = 0 <= distance < DENIAL_WORDS
    if not is_near:
        return False
    between = tokens[denial.end : span.start + 1]
    return not any(map(_joins, between))


def _joins(word: Word) -> bool:
    """Tell whether a word is "and", or begins with one."""
    if word.folded in AND:
        return True
    return without_and(word.folded) != word.folded
