"""`$filter` as NAV understands it (reference 3.2): parsed by `odata-query`, compiled to a test of a stored row."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from odata_query import ast, exceptions
from odata_query.grammar import ODataLexer, ODataParser

from sandbox.nav.errors import NavError, not_supported, unknown_property
from sandbox.nav.schema import EMPTY_DATE, Field
from sandbox.nav.values import comparable_stamp, option_member, parsed

Test = Callable[[Mapping[str, Any]], bool]
Read = Callable[[Mapping[str, Any]], Any]

_COMPARE: Final[dict[type, Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}
_LITERAL_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "date": (ast.Date,),
    "datetime": (ast.DateTime, ast.Date),
    "guid": (ast.GUID,),
    "int": (ast.Integer,),
    "dec": (ast.Integer, ast.Float),
    "bool": (ast.Boolean,),
}
_YEAR_ONE: Final = re.compile(r"\b0001-01-01\b")
_STAND_IN_YEAR: Final = "1000-01-01"  # the parser knows no year before 1000
_DISTINCT: Final = "The 'OR' operator is not supported on distinct fields on an OData filter."


class FilterScope:
    """What a filter may name: the page's controls with their fields, and how to read each from a row."""

    def __init__(self, service: str, fields: Mapping[str, Field], readers: Mapping[str, Read], nested: bool) -> None:
        self.service = service
        self.fields = fields
        self.readers = readers
        self.nested = nested
        """Whether functions of functions are understood (`$schemaversion=2.1`)."""


def compile_filter(text: str, scope: FilterScope) -> Test:
    """The test that `$filter=text` puts to a row. Raises NavError as the server would."""
    return _Compiler(scope).test(parse_filter(text))


@lru_cache(maxsize=512)
def parse_filter(text: str) -> Any:
    """The syntax tree of a filter."""
    pieces = text.split("'")
    pieces[::2] = [_YEAR_ONE.sub(_STAND_IN_YEAR, piece) for piece in pieces[::2]]
    try:
        return ODataParser().parse(ODataLexer().tokenize("'".join(pieces)))
    except exceptions.ODataException as error:
        raise NavError("BadRequest_NotFound", f"Syntax error in '$filter': {error}", 400) from None


class _Compiler:
    def __init__(self, scope: FilterScope) -> None:
        self._scope = scope

    def test(self, node: Any) -> Test:
        if isinstance(node, ast.BoolOp):
            return self._both(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.CollectionLambda):
            return lambda _row: True  # NAV and BC ignore `any` and `all` without a word
        if isinstance(node, ast.Identifier) and self._field(node.name).kind == "bool":
            return self._reader(node.name)
        raise not_supported(f"The filter expression {type(node).__name__} is not supported.")

    def _both(self, node: ast.BoolOp) -> Test:
        if isinstance(node.op, ast.And):
            left, right = self.test(node.left), self.test(node.right)
            return lambda row: left(row) and right(row)
        terms = _alternatives(node)
        names = {name for term in terms for name in _names(term)}
        if len(names) > 1:
            raise not_supported(_DISTINCT)
        if all(_is_equality(term) for term in terms) and self._field(next(iter(names))).kind != "datetime":
            field, read = self._field(terms[0].left.name), self._reader(terms[0].left.name)
            values = {self._value(field, term.right) for term in terms}
            return lambda row: read(row) in values
        tests = [self.test(term) for term in terms]
        return lambda row: any(test(row) for test in tests)

    def _comparison(self, node: ast.Compare) -> Test:
        if isinstance(node.comparator, ast.In):
            raise not_supported("The 'in' operator is not supported in an OData filter.")
        left, right = node.left, node.right
        if isinstance(left, ast.Call):
            return self._call_comparison(left, right, node.comparator)
        if not isinstance(left, ast.Identifier):
            raise not_supported("A filter compares a field with a constant.")
        field = self._field(left.name)
        value, read = self._value(field, right), self._reader(left.name)
        compare = _COMPARE[type(node.comparator)]
        if field.kind == "datetime":
            value = comparable_stamp(value)
            return lambda row: compare(comparable_stamp(read(row)), value)
        if field.kind == "option" and compare not in (operator.eq, operator.ne):
            position = field.options.index(value)
            return lambda row: compare(field.options.index(read(row)), position)
        return lambda row: compare(read(row), value)

    def _value(self, field: Field, node: Any) -> Any:
        """The constant a field is compared with, as the field stores it; `null` means blank."""
        if isinstance(node, ast.Null):
            return field.blank
        if field.kind in _LITERAL_KINDS:
            if not isinstance(node, _LITERAL_KINDS[field.kind]):
                raise NavError("BadRequest", f"The value of '{field.name}' in '$filter' has the wrong type.")
            constant: Any = node
            literal = str(constant.val)
            if literal.startswith(_STAND_IN_YEAR):
                literal = EMPTY_DATE + literal[len(_STAND_IN_YEAR) :]
            return parsed(field, literal)
        if not isinstance(node, ast.String):
            raise NavError("BadRequest", f"The value of '{field.name}' in '$filter' must be a text.")
        if field.kind == "option":
            return option_member(field, node.val)
        return node.val.upper() if field.kind == "code" else node.val

    def _call(self, node: ast.Call) -> Test:
        """`startswith`, `endswith`, `contains`: NAV turns them into wildcards."""
        name, args = node.func.name.lower(), node.args
        if name not in ("startswith", "endswith", "contains") or len(args) != 2 or not isinstance(args[1], ast.String):
            raise not_supported(f"The filter function '{name}' is not supported.")
        read, fold = self._operand(args[0])
        wanted: str = args[1].val
        if fold:
            wanted = wanted.casefold()
        if name == "startswith":
            return lambda row: read(row).startswith(wanted)
        if name == "endswith":
            return lambda row: read(row).endswith(wanted)
        return lambda row: wanted in read(row)

    def _operand(self, node: Any) -> tuple[Callable[[Mapping[str, Any]], str], bool]:
        """How to read the first argument of a text function, and whether case counts."""
        if isinstance(node, ast.Identifier):
            field, read = self._field(node.name), self._reader(node.name)
            if not field.is_text:
                raise not_supported(f"A text function on '{field.name}' is not supported.")
            if field.kind == "code":
                return (lambda row: read(row).casefold()), True
            return read, False
        if not self._scope.nested:
            raise not_supported("Nested functions in a filter need $schemaversion=2.1.")
        read = self._folded(node)
        return read, True

    def _call_comparison(self, call: ast.Call, right: Any, comparator: Any) -> Test:
        """`tolower(f) eq 'x'`, `toupper(f) eq 'X'`, `substring(f,5) eq 'RED'`."""
        if not isinstance(comparator, (ast.Eq, ast.NotEq)) or not isinstance(right, ast.String):
            raise not_supported("A function in a filter can only be compared for equality with a text.")
        compare = _COMPARE[type(comparator)]
        wanted = right.val.casefold()
        read = self._folded(call)
        return lambda row: compare(read(row), wanted)

    def _folded(self, call: Any) -> Callable[[Mapping[str, Any]], str]:
        name = call.func.name.lower() if isinstance(call, ast.Call) else ""
        if name not in ("tolower", "toupper", "substring") or not isinstance(call.args[0], ast.Identifier):
            raise not_supported(f"The filter function '{name}' is not supported here.")
        read = self._reader(call.args[0].name)
        self._field(call.args[0].name)
        if name != "substring":
            return lambda row: read(row).casefold()
        start = int(call.args[1].val)
        end = start + int(call.args[2].val) if len(call.args) > 2 else None
        return lambda row: read(row)[start:end].casefold()

    def _field(self, name: str) -> Field:
        field = self._scope.fields.get(name)
        if field is None:
            if name.endswith("_Filter"):
                raise not_supported(f"The flow filter '{name}' is not supported by this stand-in.")
            raise unknown_property(name, self._scope.service)
        if field.variable:
            raise NavError("BadRequest", f"The property '{name}' cannot be filtered: it is no field of the table.")
        return field

    def _reader(self, name: str) -> Read:
        return self._scope.readers[name]


def _alternatives(node: Any) -> list[Any]:
    """The terms of an `or` chain, however it is nested."""
    terms: list[Any] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.BoolOp) and isinstance(part.op, ast.Or):
            waiting += [part.right, part.left]
        else:
            terms.append(part)
    return terms


def _is_equality(node: Any) -> bool:
    return (
        isinstance(node, ast.Compare) and isinstance(node.comparator, ast.Eq) and isinstance(node.left, ast.Identifier)
    )


def _names(node: Any) -> set[str]:
    """The fields an expression names."""
    if isinstance(node, ast.Identifier):
        return {node.name}
    if isinstance(node, ast.BoolOp):
        return _names(node.left) | _names(node.right)
    if isinstance(node, ast.Compare):
        return _names(node.left)
    if isinstance(node, ast.Call):
        return _names(node.args[0])
    return set()
