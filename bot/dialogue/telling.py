"""What a message tells of the writer besides their state: where, how many, who."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.dialogue import answers, names, phones
from bot.dialogue.facts import Fact, Here, Name, Party, Phone, Unplaced
from bot.dialogue.flow import HELP_FLOW
from bot.dialogue.state import State
from bot.dialogue.whereabouts import Description, NamedPlace, countries_of_flags, in_flag
from bot.messages import Heard, Location
from bot.text.text import ascii_digits
from nlu.language import gazetteer, numbers
from nlu.language.folding import words
from nlu.language.gazetteer import Mention
from nlu.language.lexicon import listed
from nlu.language.reading import phrases, positions, spots
from nlu.language.reading.roles import Role
from nlu.language.reading.statements import Matter, PlaceMention, Statement

NO = frozenset(("لا", "لالا", "no", "la", "lala", "nope", "wait"))
UNITS = listed("units")  # days, hours, floors: not people
UNSURE = 0.8  # below it, a reader may have mistaken a name for something else
NAMELESS = frozenset({None, "out_of_scope", "register"})  # what a reader makes of a name
# "me + 4", «انا و + ٤»: at most 99.
WRITER = r"(?:me|i|myself|ana|انا|أنا)"
PLUS = re.compile(
    rf"{WRITER}\s*\+\s*(?P<beside>\d{{1,2}})|(?P<first>\d{{1,2}})\s*\+\s*{WRITER}",
    re.IGNORECASE,
)
SEPARATORS = re.compile(r"[\n/|,،;.]+")  # between the parts of a message that lists them


def places(
    state: State,
    heard: Heard,
    statement: Statement,
    name: str | None,
) -> Iterator[Fact]:
    """Read where the writer is, not where they go or come from, nor what they ask about.

    `name` is the writer's: «Jordan» may be a part of it. The country they are in says nothing new.
    """
    if statement.manner.is_question:
        return
    here = _named_here(heard, statement)
    here = [place for place in here if not _is_of_name(place.mention, name, heard.text)]
    here = [place for place in here if not _is_only_a_word(state, statement, place)]
    has_inside = any(place.is_inside for place in here)
    mentions = [
        place.mention
        for place in here
        if place.is_inside or not has_inside or place.mention.entity == "country"
    ]
    place = answers.named_place(answers.entities(mentions), heard.text) if mentions else None
    described = _told_spot(heard, statement, place)
    if described:
        yield Here(described, statement.clause.text)
    elif place and place.meanings != (state.known.get("country"),):
        yield Here(place, statement.clause.text)


def _named_here(heard: Heard, statement: Statement) -> list[PlaceMention]:
    """List the places where a clause is, by name; what a link holds is no word of the writer's."""
    spans = list(positions.spans(heard.text))
    here = [place for place in statement.places if place.role is Role.HERE]
    return [place for place in here if not _is_within(place.mention, spans)]


def _told_spot(
    heard: Heard,
    statement: Statement,
    place: NamedPlace | None,
) -> Description | None:
    """Read "I am in camp 5", which no gazetteer knows; within a town only where it says so."""
    clause = statement.clause
    named = [(mention.mention.start, mention.mention.end) for mention in statement.places]
    description = spots.told(heard.text, clause.start, clause.end, named)
    if description is None or statement.manner.is_hearsay:
        return None
    return Description(description, place.meanings if place else ())


def described(heard: Heard, told: Sequence[Statement]) -> Description | None:
    """Read the place of an answer to "where are you?" that no gazetteer knows."""
    mentioned = [place for statement in told for place in statement.places]
    here = [place.mention for place in mentioned if place.role is Role.HERE]
    named = [(place.mention.start, place.mention.end) for place in mentioned]
    if any(statement.manner.is_question for statement in told):
        return None
    description = spots.answer(heard.text, named)
    if description is None:
        return None
    place = answers.named_place(answers.entities(here), heard.text)
    within = place.meanings if place else tuple(countries_of_flags(heard.text)[:1])
    return Description(description, within)


def _is_within(mention: gazetteer.Mention, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a name stands in a link, where it is no word of the writer's."""
    return any(start <= mention.start < end for start, end in spans)


def _is_only_a_word(state: State, statement: Statement, place: PlaceMention) -> bool:
    """Tell whether the name of a place abroad is but a word of a sentence: "the dog is barking"."""
    country = state.known.get("country")
    is_abroad = country is not None and not str(place.mention.value).startswith(country)
    is_said = place.is_inside or statement.is_bare or statement.manner.has_arrived
    return is_abroad and not is_said


def household(state: State, statement: Statement) -> Iterator[Fact]:
    """Read how many they are now, where somebody is added to the writer's household."""
    frame = state.top
    is_asked = frame is not None and frame.slots.get("matter") == Matter.HOUSEHOLD
    if is_asked or Matter.HOUSEHOLD in statement.matters:
        yield from party(statement)


def _is_of_name(mention: Mention, name: str | None, text: str) -> bool:
    start = text.find(name) if name else -1
    return name is not None and start <= mention.start < start + len(name)


def party(statement: Statement) -> Iterator[Fact]:
    """Read how many are with the writer, the writer included."""
    corrected = _corrected_number(statement)
    plus = _plus(statement.clause.text)
    numbers_told = [_counted(statement), statement.company, _after_we(statement), plus]
    told = [number for number in numbers_told if number]
    if corrected:
        yield Party(corrected)
    elif told:
        yield Party(max(told))
    elif statement.is_alone:
        yield Party(1)


def _plus(text: str) -> int | None:
    """Read "me + 4", «انا + ٤», "+2": the writer and so many."""
    sum_told = PLUS.fullmatch(ascii_digits(text.strip(" .،,!")))
    return int(sum_told["beside"] or sum_told["first"]) + 1 if sum_told else None


def _counted(statement: Statement) -> int | None:
    for mention in statement.mentions:
        if mention.entity == "person_count" and isinstance(mention.value, int):
            return answers.with_writer(statement.clause.text, mention)
    return None


def _after_we(statement: Statement) -> int | None:
    """Read the number right after "we": «n7na 7 fi 7osh wa7ed»."""
    tokens = words(statement.clause.text)
    for span in phrases.find("we", tokens):
        following = [
            word.folded for word in tokens[span.end : span.end + 3] if word.folded != "are"
        ]
        number = numbers.value(following[0]) if following else None
        is_unit = len(following) > 1 and following[1] in UNITS
        if number and number > 1 and not is_unit:
            return number
    return None


def _corrected_number(statement: Statement) -> int | None:
    """Read «ثلاثة مش اربعة», "3 not 4", "no no 5"."""
    tokens = words(statement.clause.text)
    opening = [word.folded for word in tokens[:3]]
    while opening and opening[0] in NO:
        opening = opening[1:]
    number = numbers.value(opening[0]) if opening and len(opening) < min(3, len(tokens)) else None
    if number and (len(opening) == 1 or opening[1] not in UNITS):
        return number
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


def whole_facts(state: State, heard: Heard, name: str | None) -> Iterator[Fact]:
    """Read what may stand anywhere: a position, a telephone number, the writer's `name`."""
    yield from spot(heard.text)
    numbers_told = phones.numbers(heard.text, state.known.get("country"), is_asked=False)
    if numbers_told:
        yield Phone(" ".join(numbers_told))
    if name:
        yield Name(name)


def spot(text: str) -> Iterator[Fact]:
    """Read a position, or a link to a map by the name it searches for."""
    position = positions.read(text)
    name = None if position else positions.name_in_link(text)
    flag = in_flag(text)
    if isinstance(position, positions.Position):
        yield Here(Location(position.latitude, position.longitude), text)
    elif position:
        yield Unplaced(position.why)
    elif name:
        mentions = gazetteer.find(name)
        place = answers.named_place(answers.entities(mentions), name)
        yield Here(place or Description(name), text)
    elif flag:
        yield Here(flag, text)


def writers_name(
    state: State,
    heard: Heard,
    told: Sequence[Statement],
    about_other: bool,
) -> str | None:
    """Find the name of the writer, said to be one or, where we do not know it, standing alone.

    `about_other`: the conversation is about somebody else, whose name a bare name is.
    """
    is_of_other = any(statement.subject.who == "other" for statement in told)
    introduced = None if is_of_other else names.introduced(heard.text, heard.entities)
    if introduced or about_other or state.known.get("name"):
        return introduced
    if len(told) == 1 and _says_nothing_else(told[0]):
        is_awaited = bool(state.told) and not state.told.get("name")
        return names.full(heard.text, is_awaited and _is_unsure(heard))
    parts = SEPARATORS.split(heard.text)
    named = [names.full(part) or names.leading(part) for part in parts]
    return next(filter(None, named), None)


def _is_unsure(heard: Heard) -> bool:
    """Tell whether no reader is sure that a text is more than a name."""
    return heard.intent in NAMELESS or heard.confidence < UNSURE


def _says_nothing_else(statement: Statement) -> bool:
    """Tell whether a clause has no word that says what has happened, to whom, or where."""
    has_said = statement.matters or statement.denied or statement.has_want or statement.has_cry
    is_plain = statement.subject.who == "unsaid" and not statement.manner.is_question
    return is_plain and not has_said and not statement.places and statement.manner.agrees is None
