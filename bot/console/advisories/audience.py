"""The audience of an advisory as a form: groups of people, each by all of its fields, in or out.

A rule that no groups can make is written as JSON by those who know how.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.console.advisories import audience_fields
from bot.console.advisories.audience_fields import Group
from bot.consular.audiences import rules
from bot.consular.audiences.kinds import All, AnyOf, Countries, Not, Rule
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Staff
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.text import text

IN, OUT = "in", "out"
MAX_GROUPS = 8
MAX_FIELD_CHARS = 10_000
MAX_BUTTON_CHARS = 40
REMOVE = "remove-"
ADD_BUTTONS = {"add-in": IN, "add-out": OUT}


def named(field: str, n: int) -> str:
    """Return the name of a field in the n-th group."""
    if n == 0:
        return field
    return f"{field}_{n}"


def empty(kind: str = IN) -> Group:
    """Return a group with nothing chosen."""
    group: Group = {"kind": kind}
    for name in audience_fields.WORDS:
        group[name] = ""
    for name in audience_fields.LISTS:
        group[name] = []
    return group


def read(visit: Visit) -> list[Group]:
    """Read the groups as they were filled in; one at least."""
    groups = _filled_groups(visit)
    button = visit.field("do", MAX_BUTTON_CHARS)
    if button.startswith(REMOVE):
        number = button.removeprefix(REMOVE)
        _remove(groups, number)
    if button in ADD_BUTTONS and len(groups) < MAX_GROUPS:
        kind = ADD_BUTTONS[button]
        groups.append(empty(kind))
    return groups or [empty()]


def _filled_groups(visit: Visit) -> list[Group]:
    """Read each group of the form; a kind that the form does not offer lets people in."""
    kinds = visit.fields("group")[:MAX_GROUPS]
    groups: list[Group] = []
    for n, kind in enumerate(kinds or [IN]):
        if kind == OUT:
            groups.append(_group(visit, n, OUT))
        else:
            groups.append(_group(visit, n, IN))
    return groups


def _remove(groups: list[Group], number: str) -> None:
    """Remove the group of this number, where there is one."""
    n = text.row_number(number)
    if n is not None and n < len(groups):
        groups.pop(n)


def _group(
    visit: Visit,
    n: int,
    kind: str,
) -> Group:
    group = empty(kind)
    for name in audience_fields.WORDS:
        field = named(name, n)
        group[name] = visit.field(field, MAX_FIELD_CHARS)
    for name in audience_fields.LISTS:
        field = named(name, n)
        options = visit.fields(field)
        group[name] = audience_fields.without_repeats(options)
    return group


# --- a form as a rule -----------------------------------------------------------------------------


def rule(
    staff: Staff,
    groups: Sequence[Group],
    expert: str,
) -> dict[str, Any]:
    """Return the audience that the groups make, `{}` while nothing is chosen; JSON stands alone.

    Raises ConsularError.
    """
    if expert:
        audience = _from_json(expert)
    else:
        combined = _combined(groups)
        audience = rules.to_json(combined)
    return limited(staff, audience)


def _combined(groups: Sequence[Group]) -> Rule | None:
    """Combine the groups: people of any group that lets in, without those of groups that do not."""
    together: list[Rule] = []
    alternatives = _groups_of_kind(groups, IN)
    if len(alternatives) == 1:
        [only_group] = alternatives
        together.extend(only_group)
    elif alternatives:
        several = tuple(map(_all, alternatives))
        any_group = AnyOf(several)
        together.append(any_group)
    for exception in _groups_of_kind(groups, OUT):
        left_out = _all(exception)
        together.append(Not(left_out))
    if not together:
        return None
    return _all(together)


def _groups_of_kind(groups: Sequence[Group], kind: str) -> list[list[Rule]]:
    """Return the rules of each group of a kind in which something is chosen."""
    several: list[list[Rule]] = []
    for group in groups:
        if group["kind"] != kind:
            continue
        group_rules = audience_fields.read(group)
        if group_rules:
            several.append(group_rules)
    return several


def _all(several: Sequence[Rule]) -> Rule:
    """Return one rule that means what all of these mean together."""
    if len(several) == 1:
        return several[0]
    return All(tuple(several))


def limited(staff: Staff, audience: dict[str, Any]) -> dict[str, Any]:
    """Add the countries of a post officer, who writes to their people only.

    Raises AudienceError.
    """
    own_countries = roles.countries(staff)
    if not audience or not own_countries:
        return audience
    chosen_rule = rules.parse(audience)
    countries = rules.countries_of(audience)
    if countries is not None:
        is_own_only = countries <= set(own_countries)
        is_about_others = countries.isdisjoint(
            own_countries
        )  # which is refused later, with a reason
        if is_own_only or is_about_others:
            return audience
    own_rule = Countries(tuple(own_countries))
    rules_within = _flat(chosen_rule)
    own_people = All((own_rule, *rules_within))
    return rules.to_json(own_people)


def _from_json(expert: str) -> dict[str, Any]:
    try:
        audience = json.loads(expert)
        json.dumps(audience, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _not_json(error.lineno, error.colno) from None
    except (RecursionError, ValueError):
        # too deep, a number of thousands of digits, or half a character
        raise _not_json(1, 1) from None
    expert_rule = rules.parse(audience)
    return rules.to_json(expert_rule)


def _not_json(line: int, character: int) -> ConsularError:
    refusal = N_("The rule is not JSON: line {line}, character {n}.")
    return ConsularError(refusal, line=line, n=character)


# --- a rule as a form -----------------------------------------------------------------------------


def shown(audience: Mapping[str, Any]) -> tuple[list[Group], str]:
    """Return the groups that make a stored audience, and the JSON of one that no groups make."""
    stored_rule = rules.stored(audience)
    if stored_rule is None:
        return [empty()], ""
    groups = _groups(stored_rule)
    if groups is None:
        expert = json.dumps(audience, ensure_ascii=False, indent=1)
        return [empty()], expert
    return groups, ""


def _groups(whole: Rule) -> list[Group] | None:
    """Return the groups that make a rule; None where none do."""
    split = _split(whole)
    if len(split.alternatives) > 1:
        return None
    groups: list[Group] = []
    for kind, group_rules in _rules_by_group(split):
        group = _filled(group_rules, kind)
        if group is None:
            return None
        groups.append(group)
    if len(groups) > MAX_GROUPS:
        return None
    return groups


@dataclass(frozen=True, slots=True)
class _Split:
    """The parts of a rule: what everybody must be, the alternatives, and who is left out."""

    shared: list[Rule] = field(default_factory=list)
    alternatives: list[AnyOf] = field(default_factory=list)
    exceptions: list[Rule] = field(default_factory=list)


def _split(whole: Rule) -> _Split:
    split = _Split()
    for part in _flat(whole):
        match part:
            case AnyOf():
                split.alternatives.append(part)
            case Not(rule_within):
                split.exceptions.append(rule_within)
            case _:
                split.shared.append(part)
    return split


def _rules_by_group(split: _Split) -> Iterator[tuple[str, list[Rule]]]:
    """Yield the kind and the rules of each group that a rule needs."""
    if split.shared and not split.alternatives:
        yield IN, split.shared
    for any_of in split.alternatives:
        for alternative in any_of.rules:
            yield IN, [*split.shared, *_flat(alternative)]
    for exception in split.exceptions:
        yield OUT, _flat(exception)


def _flat(whole: Rule) -> list[Rule]:
    """Return the rules that hold together in a rule."""
    if isinstance(whole, All):
        return list(whole.rules)
    return [whole]


def _filled(several: Sequence[Rule], kind: str) -> Group | None:
    """Fill a group with rules; None when a field would be filled twice or there is no field."""
    group = empty(kind)
    filled: set[str] = set()
    for part in several:
        fields = audience_fields.of(part)
        if fields is None:
            return None
        is_filled_twice = not filled.isdisjoint(fields)
        if is_filled_twice:
            return None
        filled.update(fields)
        group.update(fields)
    return group
