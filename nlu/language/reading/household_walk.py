"""A reading of a household under way: whom the words are about, and who is added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nlu.language.reading.household_items import Item

MAX_COMPANIONS = 98
PARENTS = ("mother", "father")
ONLY_ONE = frozenset({"mother", "father", "wife", "husband"})
NUMBERS = {"one": 1, "two": 2, "many": 0}


@dataclass(slots=True)
class Member:
    """Somebody with the writer. `lacks` names needs that they do not have, as was said."""

    relation: str
    name: str | None = None
    age: str | None = None
    needs: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Household:
    """What a text tells of a household.

    `members` are with the writer, `gone` are not; `own` is the writer. `is_whole`: nobody else is
    there. `is_correction`: what was told before is wrong. `problem` is `many`, `none` or `age`,
    where the text tells what cannot be.
    """

    members: list[Member] = field(default_factory=list)
    gone: list[Member] = field(default_factory=list)
    own: Member = field(default_factory=lambda: Member("self"))
    is_whole: bool = False
    is_correction: bool = False
    problem: str | None = None

    @property
    def tells_anything(self) -> bool:
        """Tell whether there is anything to write down."""
        own = self.own
        return bool(self.members or self.gone or own.needs or own.lacks or self.problem)


@dataclass(slots=True)
class Walk:
    """A reading under way: whom the next words are about, and what waits for its noun."""

    household: Household
    group: list[Member] = field(default_factory=list)  # named last
    focus: list[Member] = field(default_factory=list)  # … and those of them meant now
    number: int | None = None
    age_ahead: str | None = None  # before its noun: "5-year-old son", "elderly mother"
    need_ahead: str | None = None  # … "pregnant wife"
    is_open: bool = False  # a group without its number
    is_denied: bool = False
    is_within: bool = False
    last: Item | None = None


# --- people ---------------------------------------------------------------------------------------


def take_people(walk: Walk, item: Item) -> None:
    """Add the people that a word stands for."""
    if item.code == "child" and item.kind == "one" and _is_adjective(walk, item):
        return
    close(walk)
    if item.code == "parents":
        walk.group = members(walk, PARENTS)
        return
    if item.kind == "one" and _goes_back(walk, item):
        return
    number = NUMBERS[item.kind]
    if walk.number is not None:
        number = walk.number
    is_counted = walk.number is not None or item.kind != "many"
    walk.number = None
    walk.is_open = not is_counted
    add(
        walk,
        item.code,
        number,
    )


def _goes_back(walk: Walk, item: Item) -> bool:
    """Go on about somebody who was named before: "with my parents, my father is blind"."""
    if walk.number is not None or (item.is_joined and item.code not in ONLY_ONE):
        return False
    for member in walk.household.members:
        if member.relation == item.code and not member.name:
            walk.group = [member]
            walk.focus = []
            return True
    return False


def _is_adjective(walk: Walk, item: Item) -> bool:
    """Tell whether «صغيرة» only says of somebody how they are: «بنتي صغيرة»."""
    last = walk.last
    if last is None or item.is_joined or not walk.group or walk.number is not None:
        return False
    return last.kind in {"one", "name"} and walk.group[-1].relation != "self"


def add(
    walk: Walk,
    code: str,
    number: int,
) -> None:
    """Add people of a relation, or of an age."""
    household = walk.household
    if number == 0 and not walk.is_open:
        household.problem = "none"
        return
    if len(household.members) + number > MAX_COMPANIONS:
        household.problem = "many"
        return
    relation = code
    age: str | None = None
    if code in {"infant", "adult"}:
        relation = "child" if code == "infant" else "other"
        age = code
    group = members(
        walk,
        [relation] * number,
    )
    for member in group:
        member.age = age or walk.age_ahead
        if walk.need_ahead:
            member.needs.append(walk.need_ahead)
    walk.age_ahead = None
    walk.need_ahead = None
    walk.group = group
    walk.focus = []
    if walk.is_open:
        walk.group = [Member(relation)]  # until its number, or names, come


def members(walk: Walk, relations: Iterable[str]) -> list[Member]:
    group = [Member(relation) for relation in relations]
    walk.household.members.extend(group)
    walk.focus = []
    return group


def close(walk: Walk) -> None:
    """Leave a group without a number as it is: nobody knows how many they are."""
    if walk.is_open:
        walk.is_open = False
        template = walk.group[0]
        if template.needs or template.age:
            walk.household.members.append(template)


def focus(walk: Walk, number: int) -> None:
    """Let the next words be about some of a group, of whom nothing was said yet."""
    plain = [member for member in walk.group if not member.age and not member.needs]
    walk.focus = plain[:number] or walk.group[-1:]
