"""Who is with the writer, how old they are and what they need: "me, my wife Salma and 3 kids".

Only the words of household.txt, names and numbers count. A clause that has any other word may be a
cry for help, and never is a calm one.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language.folding import spell, words
from nlu.language.reading import household_items, names, phrases
from nlu.language.reading.household_items import Item
from nlu.language.reading.household_numbers import take_number
from nlu.language.reading.household_traits import take_age, take_name, take_need, take_years
from nlu.language.reading.household_walk import Household, Member, Walk, close, focus, take_people

__all__ = ["Household", "Member", "is_calm", "is_gone", "read"]

ALONE = "alone"
MIN_LISTED = 2  # people of a list
INTRODUCING = frozenset(("معاكم", "معاك", "اسمي", "ismi", "esmi", "register", "سجلوني"))
GONE = "home_gone"
# What is neither about a household nor just a word between: it may be anything.
STRANGE = frozenset({"unknown", "place"})
CORRECTING = frozenset(("no", "لا", "لالا", "la", "wrong", "sorry", "غلط", "خطا"))


def read(text: str) -> Household:
    """Read the household that a text tells of."""
    items = household_items.items(text)
    walk = Walk(Household())
    for at, item in enumerate(items):
        following = items[at + 1 :]
        _take(walk, item, following)
        walk.last = item
    close(walk)
    household = walk.household
    household.is_correction = _is_correction(text)
    if household.own.age == "child" and phrases.has("alone", words(text)):
        household.own.needs.append(ALONE)
    if _is_gone(text, items):
        household.gone = household.members
        household.members = []
    return household


def is_calm(text: str) -> bool:
    """Tell whether a text tells of a household, in words that say nothing else."""
    items = household_items.items(text)
    if is_gone(text):
        return True
    if items and items[0].code in CORRECTING:
        items = items[1:]
    if any(item.kind in STRANGE for item in items):
        return False
    return _says_enough(read(text))


def is_listing(text: str) -> bool:
    """Tell whether a text lists who is with the writer, beside their name and a place alone."""
    for item in household_items.items(text):
        if item.kind == "unknown" and not _is_of_name(item):
            return False
    return len(read(text).members) >= MIN_LISTED


def _is_of_name(item: Item) -> bool:
    return names.is_name(item.code) or item.code in INTRODUCING


def _says_enough(household: Household) -> bool:
    """Tell whether there is more than one relative and nothing about them: «أمي»."""
    if len(household.members) >= MIN_LISTED or not household.members:
        return household.tells_anything
    alone = household.members[0]
    is_described = alone.name or alone.age or alone.needs or alone.lacks
    return bool(is_described) or household.problem is not None


def is_gone(text: str) -> bool:
    """Tell whether a text says that a relative is not with the writer any more, and little else."""
    items = household_items.items(text)
    return _is_gone(text, items)


def _is_gone(text: str, items: Sequence[Item]) -> bool:
    tokens = words(text)
    has_people = any(item.kind in {"one", "two", "many", "name"} for item in items)
    if not has_people:
        return False
    if any(item.kind == "removed" for item in items):
        return not any(item.kind == "place" for item in items)
    spans = phrases.find(GONE, tokens)
    if not spans:
        return False
    for item in items:
        is_inside = any(span.start <= item.at < span.end for span in spans)
        if item.kind in STRANGE and not is_inside:
            return False
    return True


def _is_correction(text: str) -> bool:
    folded = spell(words(text))
    if folded and folded[0] in CORRECTING:
        return True
    return bool(CORRECTING & {"wrong", "غلط"} & set(folded))


# --- one word after the other ---------------------------------------------------------------------


def _take(walk: Walk, item: Item, following: Sequence[Item]) -> None:
    match item.kind:
        case "one" | "two" | "many":
            take_people(walk, item)
        case "number":
            take_number(walk, item, following)
        case "age in":
            take_years(walk, item.number, item.code)
        case "two_years" | "two_months":
            take_years(walk, 2, item.kind.removeprefix("two_"))
        case "age":
            take_age(walk, item, following)
        case "need":
            take_need(walk, item, following)
        case "name":
            take_name(walk, item)
        case _:
            _take_mark(walk, item)


def _take_mark(walk: Walk, item: Item) -> None:
    match item.kind:
        case "self":
            walk.number = None
            if not walk.household.members or item.is_joined or walk.last is None:
                walk.group = [walk.household.own]
                walk.focus = []
        case "one_of":
            walk.is_within = True
            focus(walk, 1)
        case "not":
            walk.is_denied = True
        case "within":
            walk.is_within = True
        case "other_one":
            focus(walk, 1)
