"""The audience of an advisory as a form: groups of people, each by all of its fields, in or out.

A rule that no groups can make is written as JSON by those who know how.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, assert_never

from bot.consular.audiences import rules
from bot.consular.audiences.kinds import (
    All,
    AnyOf,
    Channels,
    Circle,
    Cities,
    ConfirmedWithinDays,
    Countries,
    Languages,
    Not,
    Point,
    Polygon,
    Posts,
    Received,
    Rule,
    Status,
    Tags,
)
from bot.consular.errors import ConsularError, Quote
from bot.messages import Channel
from bot.models import Role, Staff
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.text import text

Group = dict[str, Any]  # fields of one group by name, and `kind`: "in" or "out"
IN, OUT = "in", "out"
MAX_GROUPS = 8
MAX_FIELD_CHARS = 10_000
MAX_LINE_CHARS = 40  # of a wrong line, in the refusal
REMOVE = "remove-"
WORDS = ("latitude", "longitude", "km", "polygon", "more_tags", "confirmed", "crisis", "city_name")
LISTS = ("country", "city", "post", "language", "channel", "status", "tag")
_CIRCLE = ("latitude", "longitude", "km")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_COMMAS = re.compile(r"[,،;؛\n]+")
_LINES = re.compile(r"[\n;؛]+")


def named(field: str, n: int) -> str:
    """Return the name of a field in the n-th group."""
    return f"{field}_{n}" if n else field


def empty(kind: str = IN) -> Group:
    """Return a group with nothing chosen."""
    group: Group = {"kind": kind}
    group |= dict.fromkeys(WORDS, "")
    group |= {name: [] for name in LISTS}
    return group


def read(visit: Visit) -> list[Group]:
    """Read the groups as they were filled in; one at least."""
    kinds = visit.fields("group")[:MAX_GROUPS] or [IN]
    groups: list[Group] = []
    for n, kind in enumerate(kinds):
        groups.append(_group(visit, n, OUT if kind == OUT else IN))
    button = visit.field("do", 40)
    number = button.removeprefix(REMOVE)
    if button.startswith(REMOVE) and number.isdecimal() and int(number) < len(groups):
        groups.pop(int(number))
    if button in {"add-in", "add-out"} and len(groups) < MAX_GROUPS:
        groups.append(empty(button.removeprefix("add-")))
    return groups or [empty()]


def _group(visit: Visit, n: int, kind: str) -> Group:
    group = empty(kind)
    for name in WORDS:
        group[name] = visit.field(named(name, n), MAX_FIELD_CHARS)
    for name in LISTS:
        group[name] = list(dict.fromkeys(visit.fields(named(name, n))))
    return group


# --- a form as a rule -----------------------------------------------------------------------------


def rule(staff: Staff, groups: Sequence[Group], expert: str) -> dict[str, Any]:
    """Return the audience that the groups make, `{}` while nothing is chosen; JSON stands alone.

    Raises ConsularError.
    """
    if expert:
        return limited(staff, _from_json(expert))
    return limited(staff, rules.to_json(_whole(groups)))


def _whole(groups: Sequence[Group]) -> Rule | None:
    """Combine the groups: people of any group that lets in, without those of groups that do not."""
    together: list[Rule] = []
    alternatives = _groups_of_kind(groups, IN)
    if len(alternatives) == 1:
        together.extend(alternatives[0])
    elif alternatives:
        together.append(AnyOf(tuple(_all(alternative) for alternative in alternatives)))
    for exception in _groups_of_kind(groups, OUT):
        together.append(Not(_all(exception)))
    return _all(together) if together else None


def _groups_of_kind(groups: Sequence[Group], kind: str) -> list[list[Rule]]:
    """Return the rules of each group of a kind in which something is chosen."""
    several: list[list[Rule]] = []
    for group in groups:
        group_rules = _rules(group) if group["kind"] == kind else []
        if group_rules:
            several.append(group_rules)
    return several


def _rules(group: Group) -> list[Rule]:
    chosen_rules: list[Rule] = []
    for read_rule in READERS:
        field_rule = read_rule(group)
        if field_rule is not None:
            chosen_rules.append(field_rule)
    return chosen_rules


def _all(several: Sequence[Rule]) -> Rule:
    return several[0] if len(several) == 1 else All(tuple(several))


def limited(staff: Staff, audience: dict[str, Any]) -> dict[str, Any]:
    """Add the country of a post officer, who writes to its people only. Raises AudienceError."""
    if not audience or staff.role is not Role.POST_OFFICER or staff.post_country is None:
        return audience
    chosen_rule = rules.parse(audience)
    own_country = frozenset({staff.post_country})
    countries = rules.countries_of(audience)
    if countries is not None and (countries == own_country or not countries & own_country):
        return audience  # it is so already, or it is about others, which is refused with a reason
    within = chosen_rule.rules if isinstance(chosen_rule, All) else (chosen_rule,)
    return rules.to_json(All((Countries((staff.post_country,)), *within)))


def _from_json(expert: str) -> dict[str, Any]:
    try:
        audience = json.loads(expert)
    except json.JSONDecodeError as error:
        raise _not_json(error.lineno, error.colno) from None
    except RecursionError:
        raise _not_json(1, 1) from None
    return rules.to_json(rules.parse(audience))


def _not_json(line: int, character: int) -> ConsularError:
    words = N_("The rule is not JSON: line {line}, character {n}.")
    return ConsularError(words, line=line, n=character)


# --- each kind of rule from its fields ------------------------------------------------------------


def number(written: str) -> float | None:
    """Read a number as people write it, in Arabic digits and marks too; None when it is none."""
    plain = _plain(written).strip()
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _plain(line: str) -> str:
    return text.ascii_digits(line).replace("٫", ".").replace("−", "-")


def _countries(group: Group) -> Countries | None:
    return Countries(tuple(group["country"])) if group["country"] else None


def _cities(group: Group) -> Cities | None:
    return Cities(tuple(group["city"])) if group["city"] else None


def _languages(group: Group) -> Languages | None:
    return Languages(tuple(group["language"])) if group["language"] else None


def _channels(group: Group) -> Channels | None:
    if not group["channel"]:
        return None
    rules.check({"channels": group["channel"]})
    return Channels(tuple(Channel(name) for name in group["channel"]))


def _circle(group: Group) -> Circle | None:
    if not any(group[name] for name in _CIRCLE):
        return None
    latitude, longitude, km = [number(group[name]) for name in _CIRCLE]
    if latitude is None or longitude is None or km is None:
        raise ConsularError(N_("A circle has a latitude, a longitude and km."))
    return Circle(latitude, longitude, km)


def _polygon(group: Group) -> Polygon | None:
    """Read a corner a line: latitude, then longitude."""
    corners: list[Point] = []
    for line in _LINES.split(group["polygon"]):
        if line.strip():
            corners.append(_corner(line))
    return Polygon(tuple(corners)) if corners else None


def _corner(line: str) -> Point:
    numbers = _NUMBER.findall(_plain(line))
    if len(numbers) != 2:
        words = N_("Not a corner: {line}. Write its latitude and longitude.")
        raise ConsularError(words, line=Quote(line[:MAX_LINE_CHARS]))
    return float(numbers[0]), float(numbers[1])


def _tags(group: Group) -> Tags | None:
    tags = list(group["tag"])
    for tag in _COMMAS.split(group["more_tags"]):
        if tag.strip():
            tags.append(tag.strip())
    return Tags(tuple(dict.fromkeys(tags))) if tags else None


def _posts(group: Group) -> Posts | None:
    post_ids = [int(post) for post in group["post"] if post.isdecimal()]
    return Posts(tuple(post_ids)) if post_ids else None


def _status(group: Group) -> Status | None:
    if not group["status"]:
        return None
    if not group["crisis"].isdecimal():
        raise ConsularError(N_("Choose the crisis people answered in."))
    return Status(int(group["crisis"]), tuple(group["status"]))


def _confirmed(group: Group) -> ConfirmedWithinDays | None:
    """Read the days; what is no number becomes 0, which is refused with the reason."""
    days = text.ascii_digits(group["confirmed"])
    if not days:
        return None
    return ConfirmedWithinDays(int(days) if days.isdecimal() else 0)


READERS: Sequence[Callable[[Group], Rule | None]] = (
    _countries, _cities, _circle, _polygon, _posts, _languages, _channels, _tags, _status,
    _confirmed,
)  # fmt: skip


# --- a rule as a form -----------------------------------------------------------------------------


def shown(audience: Mapping[str, Any]) -> tuple[list[Group], str]:
    """Return the groups that make a stored audience, and the JSON of one that no groups make."""
    stored_rule = rules.stored(audience)
    if stored_rule is None:
        return [empty()], ""
    groups = _groups(stored_rule)
    if groups is None:
        return [empty()], json.dumps(audience, ensure_ascii=False, indent=1)
    return groups, ""


def _groups(whole: Rule) -> list[Group] | None:
    """Return the groups that make a rule; None where none do."""
    every: list[Rule] = []
    alternatives: list[AnyOf] = []
    exceptions: list[Rule] = []
    for part in _flat(whole):
        match part:
            case AnyOf():
                alternatives.append(part)
            case Not(rule_within):
                exceptions.append(rule_within)
            case _:
                every.append(part)
    if len(alternatives) > 1:
        return None
    groups: list[Group | None] = []
    for let_in in _let_in(every, alternatives):
        groups.append(_filled(let_in, IN))
    for exception in exceptions:
        groups.append(_filled(_flat(exception), OUT))
    complete = [group for group in groups if group is not None]
    return complete if len(complete) == len(groups) <= MAX_GROUPS else None


def _let_in(every: list[Rule], alternatives: Sequence[AnyOf]) -> list[list[Rule]]:
    """Return the rules of each group that lets people in: those of all, and an alternative."""
    if alternatives:
        return [[*every, *_flat(alternative)] for alternative in alternatives[0].rules]
    return [every] if every else []


def _flat(whole: Rule) -> list[Rule]:
    return list(whole.rules) if isinstance(whole, All) else [whole]


def _filled(several: Sequence[Rule], kind: str) -> Group | None:
    """Fill a group with rules; None when a field would be filled twice or there is no field."""
    group = empty(kind)
    filled: set[str] = set()
    for part in several:
        fields = _fields(part)
        if fields is None or filled & fields.keys():
            return None
        filled |= fields.keys()
        group |= fields
    return group


def _fields(part: Rule) -> Group | None:  # noqa: C901  # a case for each kind
    """Return the fields of a rule; None for one that has none."""
    match part:
        case Countries(codes):
            return {"country": list(codes)}
        case Cities(names):
            return {"city": list(names)}
        case Circle(latitude, longitude, km):
            return {"latitude": f"{latitude:g}", "longitude": f"{longitude:g}", "km": f"{km:g}"}
        case Polygon(corners):
            lines = [f"{latitude}, {longitude}" for latitude, longitude in corners]
            return {"polygon": "\n".join(lines)}
        case Posts(ids):
            return {"post": [str(post_id) for post_id in ids]}
        case Languages(codes):
            return {"language": list(codes)}
        case Channels(channels):
            return {"channel": [str(channel) for channel in channels]}
        case Tags(tags):
            return {"tag": list(tags)}
        case Status(crisis_id, names):
            return {"crisis": str(crisis_id), "status": list(names)}
        case ConfirmedWithinDays(days):
            return {"confirmed": str(days)}
        case Received() | All() | AnyOf() | Not():
            return None
        case _:
            assert_never(part)
