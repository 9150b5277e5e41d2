"""What a message tells of the writer besides their state: where, how many, who."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.dialogue import answers, names
from bot.dialogue.facts import Fact, Here, Name, Party, Phone
from bot.dialogue.flow import HELP_FLOW
from bot.dialogue.state import State
from bot.messages import Heard, Location
from nlu.language import numbers
from nlu.language.folding import words
from nlu.language.reading import phrases, positions
from nlu.language.reading.roles import Role
from nlu.language.reading.statements import Statement

MAX_NAME_WORDS = 4


def places(heard: Heard, statement: Statement) -> Iterator[Fact]:
    """Read where the writer is, not where they go or come from, nor what they ask about."""
    if statement.is_question:
        return
    here = [place.mention for place in statement.places if place.role is Role.HERE]
    if here:
        entities = answers.entities(here)
        place = answers.named_place(entities, heard.text)
        if place:
            yield Here(place, statement.clause.text)


def party(statement: Statement) -> Iterator[Fact]:
    corrected = _corrected_number(statement)
    if corrected:
        yield Party(corrected)
        return
    if statement.is_company:
        relatives = [mention for mention in statement.mentions if mention.entity == "relative"]
        if not any(mention.entity == "person_count" for mention in statement.mentions):
            yield Party(1 + len(relatives))
            return
    for mention in statement.mentions:
        if mention.entity == "person_count" and isinstance(mention.value, int):
            yield Party(answers.with_writer(statement.clause.text, mention))
            return


def _corrected_number(statement: Statement) -> int | None:
    """Read «ثلاثة مش اربعة», "3 not 4"."""
    tokens = words(statement.clause.text)
    for number, word in enumerate(tokens[:-2]):
        is_corrected = phrases.has("not", tokens[number + 1 : number + 2])
        if is_corrected and numbers.value(tokens[number + 2].folded):
            return numbers.value(word.folded)
    return None


def bare_number(state: State, heard: Heard) -> Iterator[Fact]:
    """Take a number alone for that of people, where somebody in need was asked for something else.

    Numbers of lists were read before.
    """
    is_in_need = state.top is not None and state.top.flow == HELP_FLOW
    number = answers.number_of(heard.text)
    if is_in_need and number:
        yield Party(number)


def whole_facts(heard: Heard, told: Sequence[Statement]) -> Iterator[Fact]:
    """Read what may stand anywhere: a position, a telephone number, the writer's name."""
    position = positions.position(heard.text)
    if position:
        yield Here(Location(position.latitude, position.longitude), heard.text)
    number = answers.phone_in(heard.text)
    if number:
        yield Phone(number)
    is_of_other = any(statement.subject.who == "other" for statement in told)
    name = None if is_of_other else names.introduced(heard.text, heard.entities)
    if name is None and len(told) == 1 and told[0].is_bare and not told[0].places:
        name = _full_name(heard.text)
    if name:
        yield Name(name)


def _full_name(text: str) -> str | None:
    """Take a text of two names or more for the writer's; one alone may be anybody's."""
    name = " ".join(text.split())
    return name if 1 < len(name.split()) <= MAX_NAME_WORDS else None
