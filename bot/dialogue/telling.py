"""What a message tells of the writer besides their state: where, how many, who."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.dialogue import answers, named_places, names, phones
from bot.dialogue.facts import Fact, Here, Name, Party, Phone, Unplaced
from bot.dialogue.flow import HELP_FLOW
from bot.dialogue.state import State
from bot.dialogue.whereabouts import Description, NamedPlace, countries_of_flags, in_flag
from bot.messages import Heard, Location
from bot.text.text import ascii_digits
from nlu.language import gazetteer, numbers
from nlu.language.folding import Word, words
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
MAX_CORRECTION_WORDS = 3  # "no no 5"
MAX_WORDS_AFTER_WE = 3
SEPARATORS = re.compile(r"[\n/|,،;:.]+")  # between the parts of a message that lists them


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
    present = _present_places(state, heard, statement, name)
    mentions = _narrowest(present)
    place = place_named(mentions, heard.text)
    described = _told_spot(heard, statement, place)
    if described:
        yield Here(described, statement.clause.text)
    elif place and place.meanings != (state.country,):
        yield Here(place, statement.clause.text)


def place_named(mentions: Sequence[Mention], text: str) -> NamedPlace | None:
    """Return the place that mentions in a text name."""
    if not mentions:
        return None
    entities = named_places.entities(mentions)
    return named_places.named(entities, text)


def _present_places(
    state: State,
    heard: Heard,
    statement: Statement,
    name: str | None,
) -> list[PlaceMention]:
    """List the places where a clause is; what a link or a name holds is no word about a place."""
    spans = list(positions.spans(heard.text))
    present = []
    for place in statement.places:
        if place.role is not Role.HERE or _is_within(place.mention, spans):
            continue
        if _is_of_name(place.mention, name, heard.text):
            continue
        if not _is_only_a_word(state, statement, place):
            present.append(place)
    return present


def _narrowest(present: Sequence[PlaceMention]) -> list[Mention]:
    """Return the countries, and the towns; where "in" stands before a place, only such towns."""
    has_inside = any(place.is_inside for place in present)
    mentions = []
    for place in present:
        is_country = place.mention.entity == "country"
        if place.is_inside or is_country or not has_inside:
            mentions.append(place.mention)
    return mentions


def _spans_of(places_named: Iterable[PlaceMention]) -> list[tuple[int, int]]:
    """List where in a text places are named."""
    spans = []
    for place in places_named:
        spans.append((place.mention.start, place.mention.end))
    return spans


def _told_spot(
    heard: Heard,
    statement: Statement,
    place: NamedPlace | None,
) -> Description | None:
    """Read "I am in camp 5", which no gazetteer knows; within a town only where it says so."""
    clause = statement.clause
    named = _spans_of(statement.places)
    description = spots.told(heard.text, clause.start, clause.end, named)
    if description is None or statement.manner.is_hearsay:
        return None
    if place is None:
        return Description(description)
    return Description(description, place.meanings)


def described(heard: Heard, statements: Sequence[Statement]) -> Description | None:
    """Read the place of an answer to "where are you?" that no gazetteer knows."""
    mentioned: list[PlaceMention] = []
    for statement in statements:
        if statement.manner.is_question:
            return None
        mentioned.extend(statement.places)
    named = _spans_of(mentioned)
    description = spots.answer(heard.text, named)
    if description is None:
        return None
    return Description(description, _around(heard, mentioned))


def _around(heard: Heard, mentioned: Sequence[PlaceMention]) -> tuple[str, ...]:
    """Return what a description lies in: the place named beside it, or the country of a flag."""
    mentions = []
    for place in mentioned:
        if place.role is Role.HERE:
            mentions.append(place.mention)
    entities = named_places.entities(mentions)
    around = named_places.named(entities, heard.text)
    if around:
        return around.meanings
    countries = countries_of_flags(heard.text)
    return tuple(countries[:1])


def _is_within(mention: Mention, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a name stands in a link, where it is no word of the writer's."""
    return any(start <= mention.start < end for start, end in spans)


def _is_only_a_word(
    state: State,
    statement: Statement,
    place: PlaceMention,
) -> bool:
    """Tell whether the name of a place abroad is but a word of a sentence: "the dog is barking"."""
    country = state.country
    if country is None or str(place.mention.value).startswith(country):
        return False
    is_said = place.is_inside or statement.is_bare or statement.manner.has_arrived
    return not is_said


def household(state: State, statement: Statement) -> Iterator[Fact]:
    """Read how many they are now, where somebody is added to the writer's household."""
    frame = state.top
    is_asked = frame is not None and frame.slots.get("matter") == Matter.HOUSEHOLD
    if is_asked or Matter.HOUSEHOLD in statement.matters:
        yield from party(statement)


def _is_of_name(
    mention: Mention,
    name: str | None,
    text: str,
) -> bool:
    """Tell whether a place is a part of the writer's name."""
    if not name:
        return False
    start = text.find(name)
    return start <= mention.start < start + len(name)


def party(statement: Statement) -> Iterator[Fact]:
    """Read how many are with the writer, the writer included."""
    corrected = _corrected_number(statement)
    if corrected:
        yield Party(corrected)
        return
    numbers_told = (
        _counted(statement),
        statement.company,
        _after_we(statement),
        _plus(statement.clause.text),
    )
    most = max(number or 0 for number in numbers_told)
    if most:
        yield Party(most)
    elif statement.is_alone:
        yield Party(1)


def _plus(text: str) -> int | None:
    """Read "me + 4", «انا + ٤», "+2": the writer and so many."""
    sum_told = PLUS.fullmatch(ascii_digits(text.strip(" .،,!")))
    if sum_told is None:
        return None
    beside = sum_told["beside"] or sum_told["first"]
    return int(beside) + 1


def _counted(statement: Statement) -> int | None:
    for mention in statement.mentions:
        if mention.entity == "person_count" and isinstance(mention.value, int):
            return answers.with_writer(statement.clause.text, mention)
    return None


def _after_we(statement: Statement) -> int | None:
    """Read the number right after "we": «n7na 7 fi 7osh wa7ed»."""
    tokens = words(statement.clause.text)
    for span in phrases.find("we", tokens):
        following = tokens[span.end : span.end + MAX_WORDS_AFTER_WE]
        number = _number_of_people(following)
        if number and number > 1:
            return number
    return None


def _number_of_people(tokens: Sequence[Word]) -> int | None:
    """Read the number with which some words begin, unless it counts hours, floors or the like."""
    folded = [word.folded for word in tokens if word.folded != "are"]
    if not folded:
        return None
    if len(folded) > 1 and folded[1] in UNITS:
        return None
    return numbers.value(folded[0])


def _corrected_number(statement: Statement) -> int | None:
    """Read «ثلاثة مش اربعة», "3 not 4", "no no 5"."""
    tokens = words(statement.clause.text)
    return _number_after_no(tokens) or _number_before_not(tokens)


def _number_after_no(tokens: Sequence[Word]) -> int | None:
    """Read the number right after "no", where it counts no hours, floors or the like."""
    opening = [word.folded for word in tokens[:MAX_CORRECTION_WORDS]]
    length = len(opening)
    while opening and opening[0] in NO:
        opening = opening[1:]
    if not opening or len(opening) == length:
        return None
    if len(opening) > 1 and opening[1] in UNITS:
        return None
    return numbers.value(opening[0])


def _number_before_not(tokens: Sequence[Word]) -> int | None:
    """Read the number before "not", where another number comes after it."""
    triples = zip(tokens, tokens[1:], tokens[2:], strict=False)
    for number, negation, mistaken in triples:
        if not phrases.has("not", [negation]):
            continue
        if numbers.value(mistaken.folded):
            return numbers.value(number.folded)
    return None


def bare_number(state: State, heard: Heard) -> Iterator[Fact]:
    """Take a number alone for that of people, where somebody in need was asked for something else.

    Numbers of lists were read before.
    """
    number = answers.number_of(heard.text)
    if number and state.flow == HELP_FLOW:
        yield Party(number)


def whole_facts(
    state: State,
    heard: Heard,
    name: str | None,
) -> Iterator[Fact]:
    """Read what may stand anywhere: a position, a telephone number, the writer's `name`."""
    yield from spot(heard.text)
    numbers_told = phones.numbers(heard.text, state.country, is_asked=False)
    if numbers_told:
        yield Phone(" ".join(numbers_told))
    if name:
        yield Name(name)


def spot(text: str) -> Iterator[Fact]:
    """Read a position, or a link to a map by the name it searches for."""
    position = positions.read(text)
    if isinstance(position, positions.Position):
        yield Here(Location(position.latitude, position.longitude), text)
        return
    if position:
        yield Unplaced(position.why)
        return
    name = positions.name_in_link(text)
    if name:
        mentions = gazetteer.find(name)
        place = place_named(mentions, name) or Description(name)
        yield Here(place, text)
        return
    country = in_flag(text)
    if country:
        yield Here(country, text)


def writers_name(
    state: State,
    heard: Heard,
    statements: Sequence[Statement],
    about_other: bool,
) -> str | None:
    """Find the name of the writer, said to be one or, where we do not know it, standing alone.

    `about_other`: the conversation is about somebody else, whose name a bare name is.
    """
    introduced: str | None = None
    is_of_other = any(statement.subject.who == "other" for statement in statements)
    if not is_of_other:
        introduced = names.introduced(heard.text, heard.entities)
    if introduced or about_other or state.knows("name"):
        return introduced
    if len(statements) == 1 and _says_nothing_else(statements[0]):
        is_awaited = _is_name_awaited(state) and _is_unsure(heard)
        return names.full(heard.text, is_awaited)
    return _listed_name(heard.text)


def _is_name_awaited(state: State) -> bool:
    """Tell whether somebody told of themselves, and their name is missing."""
    return bool(state.told) and not state.told.get("name")


def _listed_name(text: str) -> str | None:
    """Find the first name among the parts of a message that lists them."""
    for part in SEPARATORS.split(text):
        name = names.full(part) or names.leading(part)
        if name:
            return name
    return None


def _is_unsure(heard: Heard) -> bool:
    """Tell whether no reader is sure that a text is more than a name."""
    return heard.intent in NAMELESS or heard.confidence < UNSURE


def _says_nothing_else(statement: Statement) -> bool:
    """Tell whether a clause has no word that says what has happened, to whom, or where."""
    manner = statement.manner
    if manner.is_question or manner.agrees is not None:
        return False
    if statement.matters or statement.denied or statement.places:
        return False
    if statement.has_want or statement.has_cry:
        return False
    return statement.subject.who == "unsaid"
