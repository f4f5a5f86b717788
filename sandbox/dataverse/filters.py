"""Compiles a parsed `$filter` into a function from row to bool.

Two-valued: a comparison with null is false, `ne` is the negation of `eq`, as the service's own SQL has it. Text compares
without regard to case; `%`, `_` and `[...]` are wildcards in the three text functions.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.dataverse import errors
from sandbox.dataverse.filter_syntax import Node
from sandbox.dataverse.values import parse_date, parse_moment, shifted

Row = dict[str, Any]
Getter = Callable[[Row], Any]
Test = Callable[[Row], bool]

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_CUT_FRACTION = {"ge": "gt", "lt": "le"}


@dataclass(frozen=True, slots=True)
class Operand:
    """A property: how to get it from a row, and its kind (text, number, bool, guid, moment, date or enum)."""

    get: Getter
    kind: str


class Scope(Protocol):
    """Where the names in a filter are looked up."""

    user: str
    now: str

    def property(self, path: list[str]) -> Operand:
        """A property by path. Raises: ServiceError 400 if there is none."""

    def collection(self, path: list[str]) -> tuple[Callable[[Row], Iterable[Row]], Scope]:
        """A collection for a lambda: its rows, and the scope of one of them."""


def compile_filter(node: Node, scope: Scope) -> Test:
    """The function that tells whether a row passes."""
    kind = node[0]
    if kind in ("and", "or"):
        return _joined(kind, compile_filter(node[1], scope), compile_filter(node[2], scope))
    if kind == "not":
        inner = compile_filter(node[1], scope)
        return lambda row: not inner(row)
    if kind == "compare":
        return _comparison(node[1], node[2], node[3], scope)
    if kind == "text":
        return _text(node[1], node[2], node[3], scope)
    if kind == "lambda":
        return _lambda(node, scope)
    return _query(node[1], node[2], scope)


def _joined(kind: str, left: Test, right: Test) -> Test:
    if kind == "and":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _comparison(name: str, left: Node, right: Node, scope: Scope) -> Test:
    if left[0] == "value" and right[0] == "path":
        swapped = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}
        return _comparison(swapped.get(name, name), right, left, scope)
    if left[0] != "path":
        raise errors.query_invalid("A comparison needs a property.")
    operand = scope.property(left[1])
    if right[0] == "path":
        return _of_two(name, operand, scope.property(right[1]))
    value, exact = literal(operand.kind, right)
    if value is None:
        return _null(name, operand.get)
    if not exact and name in ("eq", "ne"):
        return lambda _row: name == "ne"
    return _with_value(name if exact else _CUT_FRACTION.get(name, name), operand, value)


def literal(kind: str, node: Node) -> tuple[Any, bool]:
    """A literal as rows of this kind hold it, and whether nothing was cut off. Raises: ServiceError 400."""
    given, value = node[1], node[2]
    if value is None:
        return None, True
    if kind == "moment" and given in ("moment", "text"):
        parsed = parse_moment(value)
        if parsed is not None:
            return parsed[0], not parsed[1]
    if kind == "date" and given in ("moment", "text"):
        day = parse_date(value)
        if day is not None:
            return day, True
    allowed = {"text": ("text", "guid"), "guid": ("guid", "text"), "enum": ("enum", "text", "number", "guid")}
    if kind in allowed and given in allowed[kind]:
        return str(value).lower(), True
    if given == kind and kind in ("number", "bool"):
        return value, True
    raise errors.query_invalid(
        f"A binary operator with incompatible types was detected. Found a {kind} property and the value '{value}'."
    )


def _with_value(name: str, operand: Operand, value: Any) -> Test:
    get = operand.get
    folds = operand.kind in ("text", "enum")
    if name in ("eq", "ne"):
        wanted = name == "eq"
        if folds:
            return lambda row: (str(get(row) or "").lower() == value) is wanted
        return lambda row: (get(row) == value) is wanted
    compare = _ORDERED[name]
    if folds:
        return lambda row: (held := get(row)) is not None and compare(str(held).lower(), value)
    return lambda row: (held := get(row)) is not None and compare(held, value)


def _null(name: str, get: Getter) -> Test:
    if name == "eq":
        return lambda row: get(row) is None
    if name == "ne":
        return lambda row: get(row) is not None
    return lambda _row: False


def _of_two(name: str, left: Operand, right: Operand) -> Test:
    def folded(value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    if name in ("eq", "ne"):
        wanted = name == "eq"
        return lambda row: ((held := left.get(row)) is not None and folded(held) == folded(right.get(row))) is wanted
    compare = _ORDERED[name]

    def test(row: Row) -> bool:
        one, other = left.get(row), right.get(row)
        return one is not None and other is not None and compare(folded(one), folded(other))

    return test


def _text(name: str, path: Node, node: Node, scope: Scope) -> Test:
    if path[0] != "path" or node[0] != "value" or node[1] not in ("text", "guid"):
        raise errors.query_invalid(f"The function '{name}' needs a property and a text.")
    get, wanted = scope.property(path[1]).get, str(node[2]).lower()
    if re.search(r"[%_\[]", wanted):
        pattern = _wildcards(name, wanted)
        return lambda row: (held := get(row)) is not None and pattern.fullmatch(str(held).lower()) is not None
    if name == "contains":
        return lambda row: (held := get(row)) is not None and wanted in str(held).lower()
    if name == "startswith":
        return lambda row: (held := get(row)) is not None and str(held).lower().startswith(wanted)
    return lambda row: (held := get(row)) is not None and str(held).lower().endswith(wanted)


def _wildcards(name: str, text: str) -> re.Pattern[str]:
    parts = re.split(r"(%|_|\[[^\]]*\])", text)
    marks = {"%": ".*", "_": "."}
    pattern = "".join(
        marks.get(part) or (part.replace("[^", "[^") if part.startswith("[") else re.escape(part)) for part in parts
    )
    before = ".*" if name in ("contains", "endswith") else ""
    after = ".*" if name in ("contains", "startswith") else ""
    return re.compile(before + pattern + after, re.DOTALL)


def _lambda(node: Node, scope: Scope) -> Test:
    _, kind, path, variable, body = node
    rows, inner = scope.collection(path)
    if body is None:
        return lambda row: any(True for _ in rows(row))
    test = compile_filter(_without_variable(body, variable), inner)
    if kind == "any":
        return lambda row: any(test(each) for each in rows(row))
    return lambda row: all(test(each) for each in rows(row))


def _without_variable(node: Any, variable: str) -> Any:
    """The lambda's body with paths that start at its row."""
    if isinstance(node, tuple) and node and node[0] == "path":
        return ("path", node[1][1:] if node[1][0] == variable else node[1])
    if isinstance(node, tuple):
        return tuple(_without_variable(part, variable) for part in node)
    return node


def _query(name: str, parameters: dict[str, Any], scope: Scope) -> Test:
    """The query functions `Microsoft.Dynamics.CRM.X(PropertyName='p',PropertyValue='v')`."""
    operand = scope.property(str(parameters.get("PropertyName", "")).split("/"))
    get = operand.get
    values = parameters.get("PropertyValues", parameters.get("PropertyValue"))
    if name in ("In", "NotIn"):
        wanted = {_converted(operand.kind, value) for value in values or []}
        return lambda row: (_folded(get(row)) in wanted) is (name == "In")
    if name in ("Between", "NotBetween"):
        low, high = (_converted(operand.kind, value) for value in values or [])
        return lambda row: ((held := get(row)) is not None and low <= _folded(held) <= high) is (name == "Between")
    if name in ("EqualUserId", "NotEqualUserId"):
        return lambda row: (get(row) == scope.user) is (name == "EqualUserId")
    span = _span(name, values, scope.now)
    if span is None:
        raise errors.not_supported(f"the query function '{name}'")
    first, last = span
    return lambda row: (held := get(row)) is not None and first <= held[: len(first)] and held[: len(last)] <= last


def _span(name: str, value: Any, now: str) -> tuple[str, str] | None:
    """First and last moment (or day) of a query function about time."""
    if name in ("Today", "Yesterday"):
        day = shifted(now, days=-1 if name == "Yesterday" else 0)[:10]
        return day, day
    if name in ("On", "OnOrAfter", "OnOrBefore"):
        day = str(value)[:10]
        return ("" if name == "OnOrBefore" else day), (day if name != "OnOrAfter" else "9999")
    units = {"LastXHours": "hours", "LastXDays": "days"}
    if name in units:
        return shifted(now, **{units[name]: -float(value)}), now
    return None


def _converted(kind: str, value: Any) -> Any:
    if kind == "number":
        return float(value)
    if kind == "bool":
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1")
    if kind == "moment":
        parsed = parse_moment(str(value))
        return parsed[0].lower() if parsed else str(value).lower()
    return str(value).lower()


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
