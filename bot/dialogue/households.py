"""What a message tells of the writer's household, and whom to call in an emergency.

Only clauses that list who is with the writer, or that say of a relative nothing but who they are
and what they need, are about the household. Whatever else is told of somebody may be a cry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.dialogue import contacts, telling, whose
from bot.dialogue.facts import Companions, ContactTold, Fact, Request
from bot.dialogue.parts import ALARMS
from bot.dialogue.state import State
from bot.messages import Heard
from nlu.language import numbers
from nlu.language.folding import words
from nlu.language.reading import household, phrases
from nlu.language.reading.household import Household
from nlu.language.reading.statements import Matter, Statement

CONTACT_INTENT = "emergency_contact"
# The questions whom to call: nothing in an answer is the writer's.
CONTACT_SLOTS = frozenset({"contact", "contact_phone"})
# What happens to somebody who is not here: a list with them in it is no household.
CALM_MATTERS = frozenset({Matter.CARE, Matter.HOUSEHOLD})
FATES = frozenset({Matter.MISSING, Matter.HELD, Matter.DEAD, Matter.FOUND})
MIN_LISTED = 2  # companions of a list that is whole: "me and my wife" may leave somebody out
WITH = frozenset(("with", "مع", "ومع", "m3a", "ma3a"))
WITH_WRITER = ("with_me", "with_us")


def is_calm(state: State, statement: Statement) -> bool:
    """Tell whether a clause says of the household what it needs, and cries for no help."""
    if whose.is_about_other(state) or statement.manner.is_question:
        return False
    if statement.manner.is_hearsay or is_alarming(statement):
        return False
    if statement.is_bare:
        return False
    if household.is_gone(statement.clause.text) and not state.knows("companions"):
        return False
    return household.is_calm(statement.clause.text)


def is_plain(state: State, statement: Statement) -> bool:
    """Tell whether a clause says who is with the writer, or what they need, and nothing else."""
    return is_calm(state, statement) or is_listing(state, statement)


def is_listing(state: State, statement: Statement) -> bool:
    """Tell whether a clause lists the writer and those with them, and says nothing else."""
    if whose.is_about_other(state) or statement.manner.is_question or is_alarming(statement):
        return False
    if statement.matters - CALM_MATTERS:
        return False
    tokens = words(statement.clause.text)
    return phrases.has(
        "myself",
        tokens,
    ) and household.is_listing(statement.clause.text)


def party(statement: Statement) -> Iterator[Fact]:
    """Read how many they are, where the clause counts the writer: "my son has asthma" does not."""
    tokens = words(statement.clause.text)
    if phrases.has_any(
        ("myself", "we"),
        tokens,
    ):
        yield from telling.party(statement)


def without_calm(
    state: State,
    text: str,
    statements: Sequence[Statement],
) -> str:
    """Blank the clauses that only tell of the household: a name in them is not the writer's."""
    for statement in statements:
        if is_calm(state, statement):
            start, end = statement.clause.start, statement.clause.end
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def writers_name(
    state: State,
    heard: Heard,
    clauses: Sequence[Statement],
    about_other: bool,
) -> str | None:
    """Find the writer's name, beside what is told of those with them."""
    rest = without_calm(state, heard.text, clauses)
    others_clauses = [clause for clause in clauses if not is_calm(state, clause)]
    if not others_clauses:
        return None
    return telling.writers_name(state, replace(heard, text=rest), others_clauses, about_other)


def is_alarming(statement: Statement) -> bool:
    """Tell whether a clause says that something is wrong, or wanted."""
    if statement.has_cry or statement.has_want:
        return True
    return bool(statement.matters & (ALARMS | FATES))


def told(state: State, statements: Sequence[Statement]) -> Iterator[Fact]:
    """Read who is with the writer, and what they need."""
    recount = _recount(state, statements)
    if recount:
        yield Companions({"recount": recount})
        return
    about_household = [statement for statement in statements if _is_about(state, statement)]
    if not about_household:
        return
    text = ", ".join(statement.clause.text for statement in about_household)
    read = household.read(text)
    if read.tells_anything:
        read.is_whole = _is_whole(
            about_household,
            statements,
            read,
        )
        yield Companions(to_json(read))


def contact(text: str, country: str | None) -> Fact:
    """Read a text that says whom to call in an emergency, or asks about it."""
    draft = contacts.read(text, country)
    if draft.name or draft.relation or draft.phone:
        return ContactTold(text)
    return Request(
        CONTACT_INTENT,
        1.0,
        is_exact=True,
        text=text,
    )


def to_json(read: Household) -> Mapping[str, Any]:
    """Write a household as a slot holds it: what is empty is left out."""
    told_parts: dict[str, Any] = {}
    for name, content in asdict(read).items():
        if content:
            told_parts[name] = content
    return told_parts


def _is_about(state: State, statement: Statement) -> bool:
    """Tell whether a clause is about those with the writer."""
    manner = statement.manner
    if manner.is_question or manner.is_hearsay or statement.matters & FATES:
        return False
    if is_calm(state, statement):
        return True
    if whose.is_about_other(state):
        return False
    if statement.is_bare:
        return False  # «جدة» is a town
    if statement.is_company or statement.company is not None or is_listing(state, statement):
        return True
    tokens = words(statement.clause.text)
    if phrases.has_any(WITH_WRITER, tokens) or phrases.has(
        "alone",
        tokens,
    ):
        return True
    is_placed_with = bool(statement.places) and any(word.folded in WITH for word in tokens)
    return is_placed_with or _has_group(statement)


def _has_group(statement: Statement) -> bool:
    """Tell whether a clause counts people with "we" or "I": "we are 4 with two babies"."""
    if statement.subject.who not in {"i", "we"}:
        return False
    return any(mention.entity == "person_count" for mention in statement.mentions)


def _is_whole(
    about_household: Sequence[Statement],
    statements: Sequence[Statement],
    read: Household,
) -> bool:
    """Tell whether a list names the writer first, and says nothing but who is there."""
    if len(read.members) < MIN_LISTED:
        return False
    opening = words(about_household[0].clause.text)
    if (
        not phrases.has(
            "myself",
            opening,
        )
        and not read.is_correction
    ):
        return False
    if any(statement.matters - CALM_MATTERS for statement in statements):
        return False
    is_listed = [statement for statement in about_household if statement.company is not None]
    return bool(is_listed)


def _recount(state: State, statements: Sequence[Statement]) -> list[int] | None:
    """Read "three, not four", where a household is known: which of the two is right."""
    if not state.knows("party"):
        return None
    for statement in statements:
        tokens = words(statement.clause.text)
        triples = zip(
            tokens,
            tokens[1:],
            tokens[2:],
            strict=False,
        )
        for number, negation, mistaken in triples:
            right = numbers.value(number.folded)
            wrong = numbers.value(mistaken.folded)
            if (
                right
                and wrong
                and phrases.has(
                    "not",
                    [negation],
                )
            ):
                return _without_nouns(
                    statement,
                    [right, wrong],
                )
    return None


def _without_nouns(statement: Statement, recount: list[int]) -> list[int] | None:
    """Return a corrected number that no noun goes with: «ثلاثة مش اربعة»."""
    read = household.read(statement.clause.text)
    if read.members:
        return None
    return recount
