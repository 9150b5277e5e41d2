"""Conditions of `if:` such as `slots.party > 1 and not slots.name`, as Rasa's flows write them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

from bot.dialogue.records import Slots

Content = Callable[[Slots], Any]  # of a part of a condition

_NAMES = {"null": None, "true": True, "false": False}
Comparison = Callable[[Any, Any], bool]

_COMPARE: dict[type[ast.cmpop], Comparison] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class ConditionError(ValueError):
    """A condition that cannot be read."""


def holds(condition: str, slots: Slots) -> bool:
    """Tell whether the condition is true of these slots; a slot nobody filled is null.

    Raises ConditionError.

    An order (`<`, `>`) that involves null is false.
    """
    content = read(condition).content
    return bool(content(slots))


def slots_of(condition: str) -> frozenset[str]:
    """Name the slots a condition speaks of. Raises ConditionError."""
    return read(condition).slots


@cache
def read(condition: str) -> Condition:
    """Read a condition. Raises ConditionError."""
    try:
        tree = ast.parse(condition.strip(), mode="eval").body
    except SyntaxError as error:
        raise ConditionError(f"{condition!r} is not a condition") from error
    content = _content(tree)
    return Condition(content, _slots(tree))


def _slots(tree: ast.expr) -> frozenset[str]:
    slots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            slots.add(node.attr)
    return frozenset(slots)


def _content(node: ast.expr) -> Content:
    match node:
        case ast.BoolOp(op=ast.And(), values=operands):
            return _all(_contents(operands))
        case ast.BoolOp(op=ast.Or(), values=operands):
            return _any(_contents(operands))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            content = _content(operand)
            return lambda slots: not content(slots)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(op, _content(left), _content(right))
        case _:
            return _atom(node)


def _contents(nodes: Sequence[ast.expr]) -> list[Content]:
    return list(map(_content, nodes))


def _atom(node: ast.expr) -> Content:
    match node:
        case ast.Attribute(value=ast.Name(id="slots"), attr=name):
            return lambda slots: slots.get(name)
        case ast.Constant(value=str() | int() | float() as constant):
            return lambda _slots: constant
        case ast.Name(id=name) if name in _NAMES:
            named = _NAMES[name]
            return lambda _slots: named
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            contents = _contents(elements)
            return lambda slots: [content(slots) for content in contents]
        case _:
            raise ConditionError(f"{ast.unparse(node)!r} cannot stand in a condition")


def _all(operands: Sequence[Content]) -> Content:
    return lambda slots: all(operand(slots) for operand in operands)


def _any(operands: Sequence[Content]) -> Content:
    return lambda slots: any(operand(slots) for operand in operands)


def _comparison(
    op: ast.cmpop,
    left: Content,
    right: Content,
) -> Content:
    compare = _COMPARE[type(op)]

    def compared(slots: Slots) -> bool:
        try:
            holds_true = compare(left(slots), right(slots))
        except TypeError:
            return False
        return bool(holds_true)

    return compared


class Condition(NamedTuple):
    """A condition as a function of the slots, and the slots it asks for."""

    content: Content
    slots: frozenset[str]
