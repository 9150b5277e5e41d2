"""The codes of a household, and how early its people are to be looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, CompoundSelect, and_, not_, or_, select, union
from sqlalchemy import case as sql_case

from bot.models import Household, HouseholdNeed, Person, PersonTag

RELATIONS = (
    "wife", "husband", "son", "daughter", "child", "mother", "father", "brother", "sister",
    "friend", "other",
)  # fmt: skip
AGES = ("infant", "child", "adult", "elderly")
INFANT = "infant"
ELDERLY = "elderly"
NEEDS = ("detained", "alone", "medical", "pregnant", "mobility", INFANT)
# Needs that do not bear waiting.
GRAVE_NEEDS = frozenset({"detained", "alone", "medical"})
# The tags of staff that say the same of a person.
TAGS = (
    "vulnerable",
    "فئة هشة",
    "elderly",
    "pregnant",
    "disabled",
    "small children",
    "أولوية",
    "كبير السن",
    "كبيرة السن",
    "حامل",
    "ذوو إعاقة",
    "أطفال صغار",
)
NOBODY, FIRST, VERY_FIRST = 0, 1, 2
URGENCIES = (0, 1, 2)  # the numbers of `order`, the most urgent first


def parted(codes: str | None) -> list[str]:
    """Return the needs that a column holds."""
    return (codes or "").split()


def joined(codes: Iterable[str]) -> str | None:
    """Write needs for a column, each once and in one order; None for none."""
    known = set(codes)
    return " ".join(need for need in NEEDS if need in known) or None


def rank(needs: Iterable[str], ages: Iterable[str | None]) -> int:
    """Tell how early a household is looked at, by all that its people need and how old they are."""
    all_needs = set(needs)
    if all_needs & GRAVE_NEEDS:
        return VERY_FIRST
    if all_needs or ELDERLY in set(ages):
        return FIRST
    return NOBODY


def has_need(need: str) -> ColumnElement[bool]:
    """Say in SQL whether somebody in a person's household has a need."""
    having = select(HouseholdNeed.person_id).where(HouseholdNeed.need_index == need)
    return Person.id.in_(having)


def is_vulnerable() -> ColumnElement[bool]:
    """Say in SQL whether a person goes first: by their household, or by a tag of staff."""
    return or_(_has_rank(FIRST), _has_rank(VERY_FIRST), _is_tagged())


def vulnerable_among(person_ids: Collection[int]) -> CompoundSelect[int]:
    """Select those of some people who go first, from their own rows alone."""
    ranked = select(Household.person_id).where(
        Household.person_id.in_(person_ids),
        Household.rank.in_((FIRST, VERY_FIRST)),
    )
    tagged = select(PersonTag.person_id).where(
        PersonTag.person_id.in_(person_ids),
        PersonTag.tag.in_(TAGS),
    )
    return union(ranked, tagged)


def order() -> ColumnElement[int]:
    """Sort people in SQL: those who do not bear waiting first, then other vulnerable people."""
    return sql_case(
        (_has_rank(VERY_FIRST), 0),
        (or_(_has_rank(FIRST), _is_tagged()), 1),
        else_=2,
    )


def has_urgency(urgency: int) -> ColumnElement[bool]:
    """Say in SQL whether `order` gives a person this number, one of URGENCIES."""
    does_not_bear_waiting = _has_rank(VERY_FIRST)
    match urgency:
        case 0:
            return does_not_bear_waiting
        case 1:
            return and_(is_vulnerable(), not_(does_not_bear_waiting))
        case _:
            return not_(is_vulnerable())


def _has_rank(level: int) -> ColumnElement[bool]:
    ranked = select(Household.person_id).where(Household.rank == level)
    return Person.id.in_(ranked)


def _is_tagged() -> ColumnElement[bool]:
    tagged = select(PersonTag.person_id).where(PersonTag.tag.in_(TAGS))
    return Person.id.in_(tagged)
