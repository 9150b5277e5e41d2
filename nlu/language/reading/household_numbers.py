"""What a number in a text about a household counts: people to come, some of them, or years."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language.reading.household_items import Item
from nlu.language.reading.household_traits import take_years
from nlu.language.reading.household_walk import Walk, add, focus

# Words before the writer's own age.
OWN_AGE = frozenset(("عمري", "omri", "3omri", "aged", "age"))


def take_number(
    walk: Walk,
    item: Item,
    following: Sequence[Item],
) -> None:
    """Take a number: of people to come, of a group named before it, an age, or some of a group."""
    unit = _unit(following)
    if walk.is_denied:
        walk.is_denied = False  # "three, not four"
    elif unit:
        take_years(
            walk,
            item.number,
            unit,
            following,
        )
    elif _names_people_next(following):
        walk.number = item.number
    elif walk.is_open:
        relation = walk.group[0].relation
        walk.is_open = False
        add(
            walk,
            relation,
            item.number,
        )
    elif _is_some_of_group(
        walk,
        item,
        following,
    ):
        focus(walk, item.number)
    elif _is_age_of_one(walk) and not item.is_joined:
        take_years(
            walk,
            item.number,
            "years",
        )
    else:
        walk.number = item.number


def _unit(following: Sequence[Item]) -> str | None:
    """Return the unit of an age right behind a number."""
    if not following:
        return None
    if following[0].kind in {"years", "months", "weeks"}:
        return following[0].kind
    return None


def _names_people_next(following: Sequence[Item]) -> bool:
    """Tell whether a number counts the people whom the next words name: "3 small kids"."""
    for item in following:
        if item.kind in {"many", "one", "two"}:
            return not item.is_joined
        if item.kind != "calm" or item.code in {"and", "w", "و"}:
            return False
    return False


def _is_some_of_group(
    walk: Walk,
    item: Item,
    following: Sequence[Item],
) -> bool:
    """Tell whether a number means some of those named before: "3 kids, one a baby"."""
    if len(walk.group) <= item.number or not following:
        return False
    for ahead in following:
        if ahead.kind in {"within", "need"}:
            return True
        if ahead.kind in {"age", "number", "age in"}:
            return not item.is_joined or _has_within(following)
        if ahead.kind != "calm":
            return False
    return False


def _has_within(following: Sequence[Item]) -> bool:
    return any(item.kind == "within" for item in following[:2])


def _is_age_of_one(walk: Walk) -> bool:
    """Tell whether a number behind one person is their age: "my father is 70"."""
    last = walk.last
    if last is None or len(walk.group) != 1:
        return last is not None and last.code in OWN_AGE
    if walk.group[0].relation == "self":
        return last.code in OWN_AGE or last.kind == "self"
    return last.kind in {"calm", "one", "name", "naming", "age"} and last.code not in {"and", "w"}
