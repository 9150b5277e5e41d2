"""What becomes of a household when somebody tells more of it: whom the words mean, who is new.

Nothing here reads or writes rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# Of whom there is one: another name is a correction, not another person.
ONLY_ONE = frozenset({"wife", "husband", "mother", "father"})
CHILDREN = frozenset({"child", "son", "daughter"})


@dataclass(slots=True)
class Draft:
    """A member of a household before it is written; `member_id` is that of their row."""

    relation: str
    name: str | None = None
    age: str | None = None
    needs: list[str] = field(default_factory=list)
    member_id: int | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether nothing is known of them but what they are."""
        return not self.name and not self.needs and self.age in {None, "child", "adult"}


def changed(
    before: Sequence[Draft],
    news: Mapping[str, Any],
    party: int | None,
) -> tuple[list[Draft], int | None]:
    """Return the members after what was news, and the size of the party it leads to."""
    recount = news.get("recount")
    if recount:
        return _recounted(
            list(before),
            recount,
            party,
        )
    members = _without(
        before,
        news.get("gone", ()),
    )
    let_go = len(before) - len(members)
    if party is not None:
        party = max(
            1,
            party - let_go,
        )
    if news.get("is_correction") or news.get("is_whole"):
        members = _without_surplus(members, news)
    _learn_of_all(
        members,
        news.get("members", ()),
    )
    if news.get("is_whole"):
        party = len(members) + 1
    return members, party


def _learn_of_all(members: list[Draft], told_members: Sequence[Mapping[str, Any]]) -> None:
    """Learn what was told of each, and add those who are new."""
    met: list[Draft] = []
    for news in told_members:
        member = _meant(
            members,
            news,
            met,
        )
        if member is None:
            member = Draft(news["relation"])
            members.append(member)
        met.append(member)
        _learn(member, news)


def fitted(members: list[Draft], size: int) -> list[Draft]:
    """Let plain members go, the last first, until there are no more than `size`."""
    staying = list(members)
    for member in reversed(members):
        if len(staying) <= size:
            break
        if member.is_plain:
            staying.remove(member)
    return staying


# --- whom the words mean --------------------------------------------------------------------------


def _meant(
    members: Sequence[Draft],
    news: Mapping[str, Any],
    met: Sequence[Draft],
) -> Draft | None:
    """Find whom a member that was told is: by name, or as the one or the next of their relation."""
    alike = [member for member in members if _is_alike(member, news) and member not in met]
    name = news.get("name")
    if name:
        for member in alike:
            if member.name and _same(member.name, name):
                return member
        alike = [member for member in alike if not member.name or member.relation in ONLY_ONE]
    if not alike:
        return None
    return min(
        alike,
        key=lambda member: _distance(member, news),
    )


def _distance(member: Draft, news: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    """Order those whom words may mean: of the age news, of the very relation, little known."""
    is_of_age = member.age == news.get("age")
    return not is_of_age, member.relation != news["relation"], not member.is_plain


def _is_alike(member: Draft, news: Mapping[str, Any]) -> bool:
    """Tell whether a member may be whom somebody told of: a son is a child."""
    relation = news["relation"]
    if member.relation == relation:
        return True
    pair = {member.relation, relation}
    return "child" in pair and pair <= CHILDREN


def _same(name: str, other: str) -> bool:
    first, *_rest = name.casefold().split()
    return first in other.casefold().split()


def _learn(member: Draft, news: Mapping[str, Any]) -> None:
    """Take what was told of a member; what was not told stays."""
    if member.relation == "child":
        member.relation = news["relation"]
    member.name = news.get("name") or member.name
    member.age = news.get("age") or member.age
    lacks = news.get(
        "lacks",
        (),
    )
    needs = [need for need in member.needs if need not in lacks]
    member.needs = list(dict.fromkeys([*needs, *news.get("needs", ())]))


# --- who is not there -----------------------------------------------------------------------------


def _without(before: Sequence[Draft], gone: Sequence[Mapping[str, Any]]) -> list[Draft]:
    """Leave out those of whom somebody says that they are not there."""
    members = list(before)
    for news in gone:
        member = _meant(
            members,
            news,
            (),
        )
        if member is not None:
            members.remove(member)
    return members


def _without_surplus(members: list[Draft], news: Mapping[str, Any]) -> list[Draft]:
    """Leave out those whom a list that is whole, or a corrected number, does not name.

    A list that only names all may leave out somebody of whom more is known: they stay.
    """
    told_members = news.get(
        "members",
        (),
    )
    is_correction = news.get(
        "is_correction",
        False,
    )
    met: list[Draft] = []
    for member_told in told_members:
        member = _meant(
            members,
            member_told,
            met,
        )
        if member is not None:
            met.append(member)
    relations = {member_told["relation"] for member_told in told_members}
    if relations & CHILDREN:
        relations |= CHILDREN
    staying: list[Draft] = []
    for member in members:
        is_concerned = news.get("is_whole") or _is_counted_anew(
            member,
            told_members,
            relations,
        )
        may_go = member.is_plain or is_correction
        if member in met or not (is_concerned and may_go):
            staying.append(member)
    return staying


def _is_counted_anew(
    member: Draft,
    told_members: Sequence[Mapping[str, Any]],
    relations: set[str],
) -> bool:
    """Tell whether a correction gives another number of those whom a member is one of."""
    is_number = all(not news.get("name") and not news.get("needs") for news in told_members)
    return is_number and member.relation in relations and member.relation not in ONLY_ONE


# --- another number -------------------------------------------------------------------------------


def _recounted(
    members: list[Draft],
    recount: Sequence[int],
    party: int | None,
) -> tuple[list[Draft], int | None]:
    """Take "three, not four": of the children, of the companions or of the party, whichever is so.

    The mistaken number says which.
    """
    number, mistaken = recount
    children = [member for member in members if member.relation in CHILDREN]
    if children and len(children) == mistaken:
        others = [member for member in members if member not in children]
        after = others + _resized(children, number)
        return after, len(after) + 1
    if members and len(members) == mistaken and party != mistaken:
        after = _resized(members, number)
        return after, len(after) + 1
    return fitted(
        members,
        number - 1,
    ), number


def _resized(members: Sequence[Draft], number: int) -> list[Draft]:
    """Return as many members, the plain ones leaving first and new ones being children."""
    staying = fitted(
        list(members),
        number,
    )[:number]
    while len(staying) < number:
        staying.append(Draft("child"))
    return staying
