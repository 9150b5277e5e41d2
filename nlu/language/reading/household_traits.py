"""How old the people of a household are, what they need, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language.reading.household_items import Item
from nlu.language.reading.household_walk import Walk, add, close, focus

MAX_YEARS = 115
INFANT_MONTHS = 24
ADULT_YEARS = 18
ELDERLY_YEARS = 65
MONTHS_OF = {"years": 12, "months": 1, "weeks": 0}
# Who may be called "big" for their age: a big son is but the elder one.
GROWN = frozenset({"mother", "father", "other"})
YOUNG = frozenset({"child", "son", "daughter", "other"})
MANY_OF = frozenset({"child", "son", "daughter", "brother", "sister", "friend", "other"})
PREGNANT = "pregnant"


# --- how old, what they need, what they are called ------------------------------------------------


def take_years(
    walk: Walk,
    number: int,
    unit: str,
    following: Sequence[Item] = (),
) -> None:
    """Take an age. "7 months pregnant" is none."""
    is_of_child = any(item.kind == "need" and item.code == PREGNANT for item in following[1:2])
    last = walk.last
    was_pregnant = any(PREGNANT in member.needs for member in walk.group)
    if is_of_child or (unit != "years" and was_pregnant):
        return
    if unit == "years" and number > MAX_YEARS:
        walk.household.problem = "age"
        return
    band = _band(number, unit)
    has_noun_ahead = any(item.kind == "one" for item in following[1:3])
    if has_noun_ahead and (last is None or last.kind in {"calm", "number"}):
        walk.age_ahead = band
        return
    set_age(walk, band)


def _band(number: int, unit: str) -> str:
    months = number * MONTHS_OF[unit]
    if months < INFANT_MONTHS:
        return "infant"
    years = months // 12
    if years < ADULT_YEARS:
        return "child"
    return "elderly" if years >= ELDERLY_YEARS else "adult"


def take_age(
    walk: Walk,
    item: Item,
    following: Sequence[Item],
) -> None:
    """Take a word for an age; "a baby" may be somebody of their own."""
    if _stands_before(following) and item.is_english:
        walk.age_ahead = item.code
    elif item.code == "old":
        _age_if_grown(walk)
    elif item.code == "infant" and _is_another(walk, item):
        close(walk)
        number = walk.number or 1
        walk.number = None
        add(
            walk,
            "infant",
            number,
        )
    else:
        if walk.number is not None and not walk.focus:
            focus(walk, walk.number)
        walk.number = None
        set_age(walk, item.code)


def _age_if_grown(walk: Walk) -> None:
    for member in walk.focus or walk.group[-1:]:
        if member.relation in GROWN:
            member.age = "elderly"


def _is_another(walk: Walk, item: Item) -> bool:
    """Tell whether "a baby" is somebody who was not named yet."""
    if walk.focus or walk.is_within:
        return False
    if not walk.group or walk.group[-1].relation not in YOUNG:
        return True
    return item.is_joined or walk.number is not None


def set_age(walk: Walk, band: str) -> None:
    for member in walk.focus or walk.group[-1:] or [walk.household.own]:
        member.age = band
    walk.is_within = False


def _stands_before(following: Sequence[Item]) -> bool:
    """Tell whether a word stands before its noun: "my elderly mother"."""
    if not following:
        return False
    return following[0].kind == "one" and not following[0].is_joined


def take_need(
    walk: Walk,
    item: Item,
    following: Sequence[Item],
) -> None:
    if _stands_before(following) and item.is_english:
        walk.need_ahead = item.code
        return
    members = walk.focus or walk.group[-1:]
    if not members:
        members = [walk.household.own]
    for member in members:
        needs = member.lacks if walk.is_denied else member.needs
        if item.code not in needs:
            needs.append(item.code)
    walk.is_denied = False
    walk.is_within = False


def take_name(walk: Walk, item: Item) -> None:
    """Take a name: of the one named last, or the next of a group; behind "not" is the old one."""
    last = walk.last
    if walk.is_denied:
        walk.is_denied = last is not None and last.kind == "name"
        return
    if not walk.group or walk.group[0].relation == "self":
        return
    is_same_name = last is not None and last.kind == "name" and not item.is_joined
    if is_same_name and walk.group[-1].name:
        _add_to_name(walk, item)
        return
    if walk.is_open:
        relation = walk.group[0].relation
        walk.is_open = False
        add(
            walk,
            relation,
            1,
        )
    _name_next(walk, item.code)


def _add_to_name(walk: Walk, item: Item) -> None:
    """Take the second word of a name: "Salma Warfalli"; of a group, each word is a name."""
    named = [member for member in walk.group if member.name]
    if len(walk.group) > len(named):
        _name_next(walk, item.code)
        return
    named[-1].name = f"{named[-1].name} {item.code}"


def _name_next(walk: Walk, name: str) -> None:
    for member in walk.group:
        if member.name is None:
            member.name = name
            return
    relation = walk.group[-1].relation
    if relation in MANY_OF:
        last_group = walk.group
        add(
            walk,
            relation,
            1,
        )
        walk.group[-1].name = name
        walk.group = [*last_group, *walk.group]
