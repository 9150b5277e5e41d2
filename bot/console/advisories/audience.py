"""The audience of an advisory as a form: groups of people, each by all of its fields; some let in, some left out.

A kind of rule that a form can show is one entry of `KINDS`; anything deeper is written as JSON by those who know how.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.consular.audiences import rules
from bot.consular.errors import ConsularError, Quote
from bot.models import Role, Staff
from bot.pages.rendering import N_
from bot.pages.visit import Visit
from bot.text import text

Group = dict[str, Any]  # fields of one group by name, and `kind`: "in" or "out"
Rule = dict[str, Any]
IN, OUT = "in", "out"
MOST_GROUPS = 8
WORDS = ("latitude", "longitude", "km", "polygon", "more_tags", "confirmed", "crisis", "city_name")
LISTS = ("country", "city", "post", "language", "channel", "status", "tag")
_CIRCLE = ("latitude", "longitude", "km")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_COMMAS = re.compile(r"[,،;؛\n]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a form knows of a kind of rule: its value from the fields (None: nothing chosen), its fields from a value.

    `make` raises ConsularError; `show` answers None for a value the fields cannot show.
    """

    make: Callable[[Group], Any]
    show: Callable[[Any], Group | None]


def named(field: str, n: int) -> str:
    """The name of a field in the n-th group."""
    return f"{field}_{n}" if n else field


def empty(kind: str = IN) -> Group:
    """A group with nothing chosen."""
    return {"kind": kind} | dict.fromkeys(WORDS, "") | {name: [] for name in LISTS}


def read(visit: Visit) -> list[Group]:
    """The groups as they were filled in; one at least."""
    kinds = visit.fields("group")[:MOST_GROUPS] or [IN]
    groups = [_group(visit, n, OUT if kind == OUT else IN) for n, kind in enumerate(kinds)]
    pressed = visit.field("do", 40)
    if pressed.startswith("remove-") and pressed[7:].isdecimal():
        groups = [group for n, group in enumerate(groups) if n != int(pressed[7:])] or [empty()]
    if pressed in {"add-in", "add-out"} and len(groups) < MOST_GROUPS:
        groups.append(empty(pressed[4:]))
    return groups


def _group(visit: Visit, n: int, kind: str) -> Group:
    group: Group = {name: visit.field(named(name, n), 10_000) for name in WORDS}
    return (
        group
        | {name: list(dict.fromkeys(visit.fields(named(name, n)))) for name in LISTS}
        | {"kind": kind}
    )


def rule(staff: Staff, groups: list[Group], expert: str) -> Rule:
    """The rule they make together, `{}` while nothing is chosen; JSON stands alone. Raises ConsularError."""
    return limited(staff, _json(expert) if expert else _whole(groups))


def _whole(groups: list[Group]) -> Rule:
    into = [made for group in groups if group["kind"] == IN and (made := _parts(group))]
    out = [made for group in groups if group["kind"] == OUT and (made := _parts(group))]
    chosen = into[0] if len(into) == 1 else [{"any": [_all(made) for made in into]}] if into else []
    whole = [*chosen, *({"not": _all(made)} for made in out)]
    return _all(whole) if whole else {}


def _parts(group: Group) -> list[Rule]:
    return [
        {name: value} for name, kind in KINDS.items() if (value := kind.make(group)) is not None
    ]


def _all(parts: list[Rule]) -> Rule:
    return parts[0] if len(parts) == 1 else {"all": parts}


def limited(staff: Staff, chosen: Rule) -> Rule:
    """A post officer writes to the people of one country: it is added by itself. Raises AudienceError."""
    if not chosen or staff.role is not Role.POST_OFFICER:
        return chosen
    rules.check(chosen)
    mine, theirs = frozenset({staff.post_country}), rules.countries_of(chosen)
    if theirs is not None and (theirs == mine or not theirs & mine):
        return chosen  # it is so already, or it is about others, which is refused with a reason
    return {"all": [{"countries": [staff.post_country]}, *chosen.get("all", [chosen])]}


def _json(written: str) -> Rule:
    try:
        found = json.loads(written)
    except (json.JSONDecodeError, RecursionError) as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise ConsularError(
            N_("The rule is not JSON: line {line}, character {n}."), line=line, n=column
        ) from None
    rules.check(found)
    return dict(found)


# --- each kind of rule ------------------------------------------------------------------------------------------------


def number(written: str) -> float | None:
    """A number as people write it, Arabic digits and decimal marks too; None when it is none."""
    plain = _plain(written).strip()
    return float(plain) if _NUMBER.fullmatch(plain) else None


def _circle(group: Group) -> Any:
    if not any(group[name] for name in _CIRCLE):
        return None
    values = {name: number(group[name]) for name in _CIRCLE}
    if None in values.values():
        raise ConsularError(N_("A circle has a latitude, a longitude and km."))
    return values


def _polygon(group: Group) -> Any:
    """A corner a line: latitude, then longitude."""
    lines = [line for line in re.split(r"[\n;؛]+", group["polygon"]) if line.strip()]
    corners = [[float(found) for found in _NUMBER.findall(_plain(line))] for line in lines]
    if strange := [line for line, corner in zip(lines, corners, strict=True) if len(corner) != 2]:
        raise ConsularError(
            N_("Not a corner: {line}. Write its latitude and longitude."),
            line=Quote(strange[0][:40]),
        )
    return corners or None


def _plain(line: str) -> str:
    return text.ascii_digits(line).replace("٫", ".").replace("−", "-")


def _tags(group: Group) -> Any:
    written = (tag.strip() for tag in _COMMAS.split(group["more_tags"]))
    return list(dict.fromkeys([*group["tag"], *filter(None, written)])) or None


def _posts(group: Group) -> Any:
    return [int(post) for post in group["post"] if post.isdecimal()] or None


def _status(group: Group) -> Any:
    if not group["status"]:
        return None
    if not group["crisis"].isdecimal():
        raise ConsularError(N_("Choose the crisis people answered in."))
    return {"crisis": int(group["crisis"]), "is": group["status"]}


def _confirmed(group: Group) -> Any:
    days = text.ascii_digits(group["confirmed"])
    return None if not days else int(days) if days.isdecimal() else 0


def _listed(field: str) -> Kind:
    return Kind(lambda group: group[field] or None, lambda value: {field: list(value)})


KINDS: Mapping[str, Kind] = {
    "countries": _listed("country"),
    "cities": _listed("city"),
    "circle": Kind(_circle, lambda value: {name: f"{value[name]:g}" for name in _CIRCLE}),
    "polygon": Kind(
        _polygon, lambda value: {"polygon": "\n".join(f"{lat}, {lon}" for lat, lon in value)}
    ),
    "posts": Kind(_posts, lambda value: {"post": [str(post) for post in value]}),
    "languages": _listed("language"),
    "channels": _listed("channel"),
    "tags": Kind(_tags, lambda value: {"tag": list(value)}),
    "status": Kind(
        _status, lambda value: {"crisis": str(value["crisis"]), "status": list(value["is"])}
    ),
    "confirmed_within_days": Kind(_confirmed, lambda value: {"confirmed": str(value)}),
}


# --- a rule as a form -------------------------------------------------------------------------------------------------


def shown(chosen: Mapping[str, Any]) -> tuple[list[Group], str]:
    """The groups that make this rule, and the JSON of one that no groups make."""
    groups = _groups(dict(chosen)) if chosen else [empty()]
    return (groups, "") if groups else ([empty()], json.dumps(chosen, ensure_ascii=False, indent=1))


def _groups(chosen: Rule) -> list[Group] | None:
    parts = _flat(chosen)
    either = [part["any"] for part in parts if "any" in part]
    left_out = [part["not"] for part in parts if "not" in part]
    every = [part for part in parts if not part.keys() & {"any", "not"}]
    if len(either) > 1:
        return None
    into = [[*every, *_flat(one)] for one in either[0]] if either else [every] if every else []
    filled = [_filled(parts, IN) for parts in into] + [_filled(_flat(one), OUT) for one in left_out]
    whole = [group for group in filled if group is not None]
    return whole if len(whole) == len(filled) <= MOST_GROUPS else None


def _flat(chosen: Rule) -> list[Rule]:
    return list(chosen["all"]) if "all" in chosen else [chosen]


def _filled(parts: list[Rule], kind: str) -> Group | None:
    """A group of these rules; None when a field would be filled twice or there is no field."""
    group, filled = empty(kind), set[str]()
    for part in parts:
        [(name, value)] = part.items()
        fields = KINDS[name].show(value) if name in KINDS else None
        if fields is None or filled & fields.keys():
            return None
        filled |= fields.keys()
        group |= fields
    return group
