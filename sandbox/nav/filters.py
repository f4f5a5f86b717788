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

Flow = Mapping[str, Mapping[str, Any]]
"""Flow filters: name of the filter -> comparison (`eq`, `ge`, `gt`, `le`, `lt`) -> value."""

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
_WORD: Final[dict[type, str]] = {ast.Eq: "eq", ast.Gt: "gt", ast.GtE: "ge", ast.Lt: "lt", ast.LtE: "le"}
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
_KEYWORD_LIKE: Final = re.compile(r"(?<![\w'])(?=(?:any|all|true|false|null)\w)", re.IGNORECASE)
"""Before a name that begins like a word of the language, which the parser would take it for: `Allow_Line_Disc`."""
_MARK: Final = "name__"
_LIST_OF_ONE: Final = re.compile(r"\bin\s*\(\s*('(?:[^']|'')*'|[^\s(),']+)\s*\)")
_DISTINCT: Final = "The 'OR' operator is not supported on distinct fields on an OData filter."


class FilterScope:
    """What a filter may name: the page's controls with their fields, and how to read each from a row."""

    def __init__(
        self,
        service: str,
        fields: Mapping[str, Field],
        readers: Mapping[str, Read],
        *,
        nested: bool = False,
        flow_filters: tuple[str, ...] = (),
        flavour: str = "nav2017",
    ) -> None:
        self.service = service
        self.fields = fields
        self.readers = readers
        self.nested = nested
        """Whether `in` and functions of functions are understood (`$schemaversion=2.1`, Business Central)."""
        self.flow_filters = flow_filters
        self.flavour = flavour


def compile_filter(text: str, scope: FilterScope) -> Test:
    """The test that `$filter=text` puts to a row. Raises NavError as the server would."""
    return _Compiler(scope).test(parse_filter(text))


def flow_filters(text: str, names: tuple[str, ...]) -> Flow:
    """The flow filters in a filter: what its comparisons with these properties, joined by `and`, say."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [parse_filter(text)] if names and any(name in text for name in names) else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            waiting += [node.left, node.right]
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Identifier) and _name(node.left) in names:
            found.setdefault(_name(node.left), {})[_WORD[type(node.comparator)]] = _flow_value(node)
    return found


def _flow_value(node: ast.Compare) -> str:
    """The text or date a flow filter is compared with."""
    if type(node.comparator) not in _WORD or not isinstance(node.right, (ast.String, ast.Date)):
        raise not_supported(f"The flow filter '{_name(node.left)}' takes one text or date.")
    return node.right.val


@lru_cache(maxsize=512)
def parse_filter(text: str) -> Any:
    """The syntax tree of a filter."""
    pieces = text.split("'")
    pieces[::2] = [_KEYWORD_LIKE.sub(_MARK, _YEAR_ONE.sub(_STAND_IN_YEAR, piece)) for piece in pieces[::2]]
    plain = "'".join(pieces)
    try:
        return _parsed(plain)
    except exceptions.ODataException as error:
        single = _LIST_OF_ONE.sub(r"in (\1,)", plain)  # the parser's grammar wants a comma there
        if single != plain:
            return parse_filter(single)
        raise NavError("BadRequest_NotFound", f"Syntax error in '$filter': {error}", 400) from None


def _parsed(text: str) -> Any:
    return ODataParser().parse(ODataLexer().tokenize(text))


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
        if isinstance(node, ast.Identifier) and self._field(_name(node)).kind == "bool":
            return self._reader(_name(node))
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
            field, read = self._field(_name(terms[0].left)), self._reader(_name(terms[0].left))
            values = {self._value(field, term.right) for term in terms}
            return lambda row: read(row) in values
        tests = [self.test(term) for term in terms]
        return lambda row: any(test(row) for test in tests)

    def _comparison(self, node: ast.Compare) -> Test:
        if isinstance(node.comparator, ast.In):
            return self._in(node)
        left, right = node.left, node.right
        if isinstance(left, ast.Call):
            return self._call_comparison(left, right, node.comparator)
        if not isinstance(left, ast.Identifier):
            raise not_supported("A filter compares a field with a constant.")
        if _name(left) in self._scope.flow_filters:
            return lambda _row: True  # it parametrises the computed fields and lets every row through
        field = self._field(_name(left))
        value, read = self._value(field, right), self._reader(_name(left))
        compare = _COMPARE[type(node.comparator)]
        if field.kind == "datetime":
            value = comparable_stamp(value)
            return lambda row: compare(comparable_stamp(read(row)), value)
        if field.kind == "option" and compare not in (operator.eq, operator.ne):
            position = field.options.index(value)
            return lambda row: compare(field.options.index(read(row)), position)
        return lambda row: compare(read(row), value)

    def _in(self, node: ast.Compare) -> Test:
        """`f in ('a','b')`, with `$schemaversion=2.1` only."""
        if not self._scope.nested or not isinstance(node.left, ast.Identifier) or not isinstance(node.right, ast.List):
            raise not_supported("The 'in' operator is not supported in an OData filter.")
        field, read = self._field(_name(node.left)), self._reader(_name(node.left))
        values = [self._value(field, item) for item in node.right.val]
        if field.kind == "datetime":
            stamps = {comparable_stamp(value) for value in values}
            return lambda row: comparable_stamp(read(row)) in stamps
        return lambda row: read(row) in values

    def _value(self, field: Field, node: Any) -> Any:
        """The constant a field is compared with, as the field stores it; `null` means blank."""
        if isinstance(node, ast.Null):
            return field.blank
        if field.kind in _LITERAL_KINDS:
            if not isinstance(node, _LITERAL_KINDS[field.kind]):
                if field.kind == "guid":
                    raise NavError("Application_InvalidGUID", f"The value of '{field.name}' is not a valid GUID.")
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
        limit = field.max_length(self._scope.flavour)
        if limit and len(node.val) > limit:
            text = (
                f"The filter '{node.val}' is not valid for the {field.caption} field: it is longer than {limit} signs."
            )
            raise NavError("Application_FilterErrorException", text)
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
            field, read = self._field(_name(node)), self._reader(_name(node))
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
        read = self._reader(_name(call.args[0]))
        self._field(_name(call.args[0]))
        if name != "substring":
            return lambda row: read(row).casefold()
        start = int(call.args[1].val)
        end = start + int(call.args[2].val) if len(call.args) > 2 else None
        return lambda row: read(row)[start:end].casefold()

    def _field(self, name: str) -> Field:
        field = self._scope.fields.get(name)
        if field is None:
            if name in self._scope.flow_filters:
                raise not_supported(f"The flow filter '{name}' can only be compared, and joined by 'and'.")
            raise unknown_property(name, self._scope.service)
        if field.variable:
            raise NavError("BadRequest", f"The property '{name}' cannot be filtered: it is no field of the table.")
        return field

    def _reader(self, name: str) -> Read:
        return self._scope.readers[name]


def _name(node: Any) -> str:
    """The property an identifier names."""
    return str(node.name).removeprefix(_MARK)


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
        return {_name(node)}
    if isinstance(node, ast.BoolOp):
        return _names(node.left) | _names(node.right)
    if isinstance(node, ast.Compare):
        return _names(node.left)
    if isinstance(node, ast.Call):
        return _names(node.args[0])
    return set()
