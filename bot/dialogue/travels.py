"""What a message tells of the writer's trips, and of where they live.

A cry for help always comes first: where the words tell of danger, nothing here is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bot.dialogue import telling, whose
from bot.dialogue.facts import (
    Danger,
    Doubt,
    Fact,
    Here,
    Party,
    Report,
    Request,
    Safe,
    Travel,
    YesNo,
)
from bot.dialogue.parts import ALARMS
from bot.dialogue.state import State
from bot.dialogue.whereabouts import NamedPlace
from bot.messages import Heard, Kind
from nlu.language.reading import itineraries, journeys
from nlu.language.reading.journeys import Journey
from nlu.language.reading.roles import Role
from nlu.language.reading.statements import Matter, Statement

# Roles of a place that is where a journey leads, the first of them that has one.
TOWARDS = (Role.TO, Role.HERE)
MAX_LATER_WORDS = 6  # of "until the 30th"
OF_MODELS = (Danger, Doubt, Request, YesNo)  # what a reader made of words that are plain


def read(
    state: State,
    heard: Heard,
    statements: Sequence[Statement],
    told_facts: Collection[Fact],
) -> list[Fact]:
    """Read what a message tells of the writer's trips beside what it told already.

    Where it tells any, what a model alone made of the words is dropped.
    """
    facts = list(told_facts)
    if not _may_be_read(state, heard, statements, facts):
        return facts
    place = leads_to(heard, statements)
    journey = journeys.read(heard.text, has_place=place is not None)
    if journey is None:
        journey = _later_day(state, heard)
    if journey is None:
        return facts
    travel = Travel(journey, place)
    return [*_beside(facts, travel), travel]


def _may_be_read(
    state: State,
    heard: Heard,
    statements: Sequence[Statement],
    facts: Sequence[Fact],
) -> bool:
    """Tell whether a message may tell of a trip: the writer states something of themselves."""
    if heard.kind is not Kind.TEXT or not state.knows("consented"):
        return False
    if whose.is_about_other(state) or any(isinstance(fact, Report) for fact in facts):
        return False
    if any(isinstance(fact, Danger) and fact.is_evident for fact in facts):
        return False
    return bool(statements) and all(map(_is_plain, statements))


def _is_plain(statement: Statement) -> bool:
    """Tell whether a clause states something of the writer, and nothing of danger or need."""
    manner = statement.manner
    if manner.is_question or manner.is_hearsay:
        return False
    if statement.has_want or statement.has_cry or statement.subject.who == "other":
        return False
    return not (statement.matters & ALARMS or Matter.WELL in statement.denied)


def _later_day(state: State, heard: Heard) -> Journey | None:
    """Read "until the 30th" of somebody on a trip."""
    if not state.knows("on_trip") or state.top is not None:
        return None
    is_short = len(heard.text.split()) <= MAX_LATER_WORDS
    if is_short and itineraries.has_last_day(heard.text):
        return Journey.LONGER
    return None


def leads_to(heard: Heard, statements: Sequence[Statement]) -> NamedPlace | None:
    """Return the place that a journey leads to."""
    for role in TOWARDS:
        mentions = []
        for statement in statements:
            for place in statement.places:
                if place.role is role:
                    mentions.append(place.mention)
        named = telling.place_named(mentions, heard.text)
        if named is not None:
            return named
    return None


def _beside(facts: Sequence[Fact], travel: Travel) -> Iterator[Fact]:
    """Return what a message tells besides the journey."""
    for fact in facts:
        if isinstance(fact, OF_MODELS):
            continue
        if isinstance(fact, Safe) and not fact.is_evident:
            continue
        if travel.journey is Journey.LEAVES and isinstance(fact, Here | Party):
            continue  # where they go, and with whom, is not where they are
        yield fact
