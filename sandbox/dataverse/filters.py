"""Compiles a parsed `$filter` into a function from row to bool.

Two-valued: a comparison with null is false, `ne` is the negation of `eq`, as the service's own SQL has it. Text compares
without regard to case; `%`, `_` and `[...]` are wildcards in the three text functions. A literal must be of the
property's type, else the service's OData layer refuses the query.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.dataverse import errors
from sandbox.dataverse.filter_syntax import Node
from sandbox.dataverse.values import parse_date, parse_moment

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
_SWAPPED = {"gt": "lt", "lt": "gt", "ge": "le", "le": "ge"}
_EDM = {
    "text": "Edm.String",
    "number": "Edm.Decimal",
    "bool": "Edm.Boolean",
    "guid": "Edm.Guid",
    "moment": "Edm.DateTimeOffset",
    "date": "Edm.Date",
    "enum": "Microsoft.Dynamics.CRM.Enum",
    "list": "Collection(Edm.String)",
}


@dataclass(frozen=True, slots=True)
class Operand:
    """A property: how to get it from a row, and its kind (text, number, bool, guid, moment, date or enum)."""

    get: Getter
    kind: str


class Scope(Protocol):
    """Where the names in a filter are looked up."""

    def property(self, path: list[str]) -> Operand:
        """A property by path. Raises: ServiceError 400 if there is none."""

    def collection(self, path: list[str]) -> tuple[Callable[[Row], Iterable[Row]], Scope]:
        """A collection for a lambda: its rows, and the scope of one of them."""

    def query(self, name: str, parameters: dict[str, Node]) -> Test:
        """The test of a query function `Microsoft.Dynamics.CRM.X(...)`. Raises: ServiceError."""


def compile_filter(node: Node, scope: Scope) -> Test:
    """The function that tells whether a row passes. Raises: ServiceError 400 or 501."""
    kind = node[0]
    if kind in ("and", "or"):
        return _joined(kind, compile_filter(node[1], scope), compile_filter(node[2], scope))
    if kind == "not":
        inner = compile_filter(node[1], scope)
        return lambda row: not inner(row)
    if kind == "compare":
        return _comparison(node[1], node[2], node[3], scope)
    if kind == "in":
        return _among(node[1], node[2], scope)
    if kind == "text":
        return _text(node[1], node[2], node[3], scope)
    if kind == "lambda":
        return _lambda(node, scope)
    return scope.query(node[1], node[2])


def _joined(kind: str, left: Test, right: Test) -> Test:
    if kind == "and":
        return lambda row: left(row) and right(row)
    return lambda row: left(row) or right(row)


def _comparison(name: str, left: Node, right: Node, scope: Scope) -> Test:
    if left[0] == "value" and right[0] == "path":
        return _comparison(_SWAPPED.get(name, name), right, left, scope)
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
    if kind == "moment" and given == "moment":
        parsed = parse_moment(value)
        if parsed is not None:
            return parsed[0], not parsed[1]
    if kind == "date" and given == "moment":
        day = parse_date(value)
        if day is not None:
            return day, True
    if (kind == given and kind in ("text", "guid")) or (kind == "enum" and given in ("enum", "text")):
        return str(value).lower(), True
    if given == kind and kind in ("number", "bool"):
        return value, True
    raise incompatible(kind, given)


def incompatible(left: str, right: str) -> errors.ServiceError:
    """A comparison of two types that do not compare."""
    return errors.query_invalid(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{_EDM.get(left, left)}' and '{_EDM.get(right, right)}' for operator kind 'Equal'."
    )


def _with_value(name: str, operand: Operand, value: Any) -> Test:
    get = operand.get
    folds = operand.kind in ("text", "enum")
    if name in ("eq", "ne"):
        wanted = name == "eq"
        if folds:
            return lambda row: ((held := get(row)) is not None and str(held).lower() == value) is wanted
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


def _among(path: Node, nodes: list[Node], scope: Scope) -> Test:
    """`column in (1,2)`: null in the list matches rows without a value."""
    if path[0] != "path":
        raise errors.query_invalid("The operator 'in' needs a property.")
    operand = scope.property(path[1])
    found = [literal(operand.kind, node) for node in nodes if node[0] == "value"]
    if len(found) != len(nodes):
        raise errors.query_invalid("The operator 'in' needs literals.")
    wanted = {value for value, exact in found if exact}
    get = operand.get
    if operand.kind in ("text", "enum"):
        return lambda row: (None if (held := get(row)) is None else str(held).lower()) in wanted
    return lambda row: get(row) in wanted


def _of_two(name: str, left: Operand, right: Operand) -> Test:
    if left.kind != right.kind:
        raise incompatible(left.kind, right.kind)

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
    if path[0] != "path" or node[0] != "value" or node[1] != "text":
        raise errors.query_invalid(f"The function '{name}' needs a property and a text.")
    operand = scope.property(path[1])
    if operand.kind != "text":
        raise errors.query_invalid(
            f"No function signature for the function with name '{name}' matches the specified arguments."
        )
    get, wanted = operand.get, str(node[2]).lower()
    if re.search(r"[%_\[]", wanted):
        pattern = _wildcards(name, wanted)
        return lambda row: (held := get(row)) is not None and pattern.fullmatch(str(held).lower()) is not None
    if name == "contains":
        return lambda row: (held := get(row)) is not None and wanted in str(held).lower()
    if name == "startswith":
        return lambda row: (held := get(row)) is not None and str(held).lower().startswith(wanted)
    return lambda row: (held := get(row)) is not None and str(held).lower().endswith(wanted)


def _wildcards(name: str, text: str) -> re.Pattern[str]:
    parts = re.split(r"(%|_|\[[^\]]+\])", text)
    pattern = "".join(_wildcard(part) for part in parts)
    before = ".*" if name in ("contains", "endswith") else ""
    after = ".*" if name in ("contains", "startswith") else ""
    return re.compile(before + pattern + after, re.DOTALL)


def _wildcard(part: str) -> str:
    """One piece of a pattern of SQL's LIKE as a regular expression."""
    if part in ("%", "_"):
        return ".*" if part == "%" else "."
    if not (part.startswith("[") and part.endswith("]") and len(part) > 2):
        return re.escape(part)
    negated = part[1] == "^" and len(part) > 3
    inner = re.sub(r"[\\\[\]^&|~]", r"\\\g<0>", part[2:-1] if negated else part[1:-1])
    return f"[{'^' if negated else ''}{inner}]"


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
    """The lambda's body with paths that start at its row. Raises: ServiceError 501 for what is not about its row."""
    if isinstance(node, list):
        return [_without_variable(part, variable) for part in node]
    if not isinstance(node, tuple):
        return node
    if node[0] == "path":
        if node[1][0] != variable or len(node[1]) < 2:
            raise errors.not_supported(f"'{'/'.join(node[1])}' in a lambda: only paths that start with '{variable}/'")
        return ("path", node[1][1:])
    if node[0] in ("query", "lambda"):
        raise errors.not_supported("query functions and lambdas inside a lambda")
    return tuple(_without_variable(part, variable) for part in node)
