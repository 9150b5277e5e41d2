"""The conditions of `if:` such as `slots.party > 1 and not slots.name`, as Rasa's flows write
them.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Slots = Mapping[str, Any]
Value = Callable[[Slots], Any]

_NAMES = {"null": None, "true": True, "false": False}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
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
    """Whether the condition is true of these slots; a slot nobody filled is null.

    Raises ConditionError.

    An order (`<`, `>`) that involves null is false.
    """
    return bool(read(condition)[0](slots))


def slots_of(condition: str) -> frozenset[str]:
    """The slots a condition speaks of. Raises ConditionError."""
    return read(condition)[1]


@cache
def read(condition: str) -> tuple[Value, frozenset[str]]:
    """A condition as a function of the slots, and the slots it asks for. Raises ConditionError."""
    try:
        tree = ast.parse(condition.strip(), mode="eval").body
    except SyntaxError as error:
        raise ConditionError(f"{condition!r} is not a condition") from error
    return _value(tree), frozenset(
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    )


def _value(node: ast.expr) -> Value:
    match node:
        case ast.BoolOp(op=op, values=parts):
            return _joined(
                all if isinstance(op, ast.And) else any, [_value(part) for part in parts]
            )
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _value(operand)
            return lambda slots: not inner(slots)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _comparison(op, _value(left), _value(right))
        case _:
            return _atom(node)


def _atom(node: ast.expr) -> Value:
    match node:
        case ast.Attribute(value=ast.Name(id="slots"), attr=name):
            return lambda slots: slots.get(name)
        case ast.Constant(value=str() | int() | float() as constant):
            return lambda _slots: constant
        case ast.Name(id=name) if name in _NAMES:
            return lambda _slots: _NAMES[name]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            values = [_value(part) for part in parts]
            return lambda slots: [value(slots) for value in values]
        case _:
            raise ConditionError(f"{ast.unparse(node)!r} cannot stand in a condition")


def _joined(every: Callable[[Any], bool], parts: list[Value]) -> Value:
    return lambda slots: every(part(slots) for part in parts)


def _comparison(op: ast.cmpop, left: Value, right: Value) -> Value:
    compare = _COMPARE[type(op)]

    def value(slots: Slots) -> bool:
        try:
            return bool(compare(left(slots), right(slots)))
        except TypeError:
            return False

    return value
