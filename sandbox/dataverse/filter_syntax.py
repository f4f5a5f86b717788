"""Parses `$filter`, by a grammar, into a tree of tuples.

    ("and" | "or", left, right)  ("not", term)  ("compare", operator, left, right)  ("in", path, [values])
    ("text", function, path, operand)  ("query", name, parameters)  ("lambda", "any" | "all", path, variable, body)

Operands are ("path", [names]) and ("value", kind, value) with kind text, number, bool, guid, moment, null, enum or list.
Source: learn.microsoft.com, "Filter rows using OData", and the URL conventions of OData 4.0 for the literals.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import orjson
from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from sandbox.dataverse import errors

Node = tuple[Any, ...]

GRAMMAR = r"""
    ?start: either
    ?either: both | either _OR both
    ?both: term | both _AND term
    ?term: _NOT term               -> negated
         | "(" either ")"
         | LAMBDA "(" [VARIABLE ":" either] ")"  -> quantified
         | QUERY "(" [parameter ("," parameter)*] ")"
         | FUNCTION "(" [operand ("," operand)*] ")"
         | FUNCTION "(" [operand ("," operand)*] ")" COMPARISON operand -> computed
         | operand COMPARISON operand
         | path _IN "(" operand ("," operand)* ")"  -> among
         | path                    -> alone
         | CONSTANT                -> constant_alone
    parameter: PATH "=" plain
    ?plain: operand | "[" [plain ("," plain)*] "]" -> listed | QUOTED -> quoted
    ?operand: path | literal | ALIAS -> alias
    path: PATH
    literal: ENUM | TEXT | GUID | MOMENT | NUMBER | CONSTANT

    _OR.9: /or(?=[\s(])/
    _AND.9: /and(?=[\s(])/
    _NOT.9: /not(?=[\s(])/
    _IN.9: /in(?=\s*\()/
    COMPARISON.9: /(?:eq|ne|gt|ge|lt|le)(?=[\s(])/
    CONSTANT.9: /(?:null|true|false)(?![\w\/.])/
    ENUM.8: /Microsoft\.Dynamics\.CRM\.\w+'(?:[^']|'')*'/
    QUERY.8: /Microsoft\.Dynamics\.CRM\.\w+(?=\s*\()/
    LAMBDA.8: /[A-Za-z_]\w*(?:\/[A-Za-z_]\w*)*\/(?:any|all)(?=\s*\()/
    GUID.7: /[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/
    MOMENT.6: /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?/
    NUMBER.5: /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/
    FUNCTION.4: /[A-Za-z_]\w*(?=\s*\()/
    VARIABLE.4: /[A-Za-z_]\w*(?=\s*:)/
    PATH: /[A-Za-z_][\w]*(?:\/[A-Za-z_][\w.]*)*/
    TEXT: /'(?:[^']|'')*'/
    QUOTED: /"(?:[^"\\]|\\.)*"/
    ALIAS: /@[A-Za-z_]\w*/
    %ignore /\s+/
"""
TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
QUERY_PREFIX = "Microsoft.Dynamics.CRM."
REMEMBERED = 512
"""How many parsed filters are kept: clients ask the same ones again and again."""
_CONSTANTS: dict[str, Node] = {
    "null": ("value", "null", None),
    "true": ("value", "bool", True),
    "false": ("value", "bool", False),
}
_LITERAL = re.compile(
    r"""(?P<enum>Microsoft\.Dynamics\.CRM\.\w+'(?:[^']|'')*')
      | (?P<text>'(?:[^']|'')*')
      | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
      | (?P<moment>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?)
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<constant>null|true|false)""",
    re.VERBOSE,
)


def parse(text: str, aliases: Mapping[str, str] | None = None) -> Node:
    """The tree of a filter; `aliases` are the `@p` query options. Raises: ServiceError 400, 501."""
    node = _tree(text)
    return _resolved(node, aliases or {}) if "@" in text else node


def parse_literal(text: str) -> Node:
    """A literal alone, as in a key or a parameter alias. Raises: ServiceError 400."""
    match = _LITERAL.fullmatch(text.strip())
    if match is None or match.lastgroup is None:
        raise errors.query_invalid(f"Syntax error: '{text}' is not a literal.")
    return _literal(match.lastgroup, match[0])


def conjuncts(node: Node) -> list[Node]:
    """The terms that must all hold."""
    return conjuncts(node[1]) + conjuncts(node[2]) if node[0] == "and" else [node]


@lru_cache(maxsize=REMEMBERED)
def _tree(text: str) -> Node:
    try:
        node = cast(Node, _PARSER.parse(text))  # the builder has made tuples of the tree
    except UnexpectedInput as error:
        place = getattr(error, "pos_in_stream", None)
        where = f"at position {place}" if isinstance(place, int) and 0 <= place < len(text) else "at the end"
        raise errors.query_invalid(f"Syntax error {where} in '{text}'.") from None
    except VisitError as error:
        raise error.orig_exc from None
    return node


def _resolved(node: Any, aliases: Mapping[str, str]) -> Any:
    """The tree with the values of its parameter aliases. Raises: ServiceError 400 for one without value."""
    if isinstance(node, list):
        return [_resolved(part, aliases) for part in node]
    if isinstance(node, dict):
        return {name: _resolved(part, aliases) for name, part in node.items()}
    if not isinstance(node, tuple):
        return node
    if node and node[0] == "alias":
        if node[1] not in aliases:
            raise errors.query_invalid(f"The parameter alias '{node[1]}' has no value.")
        return _alias_value(aliases[node[1]])
    return tuple(_resolved(part, aliases) for part in node)


def _alias_value(text: str) -> Node:
    """The value of a parameter alias: a literal, or a JSON list."""
    if not text.startswith("["):
        return parse_literal(text)
    try:
        return ("value", "list", orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise errors.query_invalid(f"The parameter value '{text}' is not valid.") from error


def _literal(kind: str, text: str) -> Node:
    if kind == "constant":
        return _CONSTANTS[text]
    if kind == "text":
        return ("value", "text", text[1:-1].replace("''", "'"))
    if kind == "number":
        return ("value", "number", float(text) if re.search(r"[.eE]", text) else int(text))
    if kind == "enum":
        return ("value", "enum", text.partition("'")[2][:-1])
    return ("value", kind, text.lower() if kind == "guid" else text)


class _Builder(Transformer[Token, Node]):
    """Turns what the grammar recognised into the tree. One method per rule: lark calls them by name."""

    def either(self, parts: list[Node]) -> Node:
        return ("or", *parts)

    def both(self, parts: list[Node]) -> Node:
        return ("and", *parts)

    def negated(self, parts: list[Node]) -> Node:
        return ("not", parts[0])

    def term(self, parts: list[Any]) -> Node:
        first, *rest = parts
        if isinstance(first, Token) and first.type == "QUERY":
            given = dict(part for part in rest if part is not None)
            return ("query", str(first).removeprefix(QUERY_PREFIX), given)
        if isinstance(first, Token):
            return self._function(str(first), [part for part in rest if part is not None])
        return ("compare", str(parts[1]), first, parts[2])

    @staticmethod
    def _function(name: str, operands: list[Node]) -> Node:
        if name not in TEXT_FUNCTIONS:
            raise errors.not_supported(f"the filter function '{name}'")
        if len(operands) != 2:
            raise errors.query_invalid(f"The function '{name}' needs two arguments.")
        return ("text", name, *operands)

    def computed(self, parts: list[Any]) -> Node:
        name = str(parts[0])
        if name in TEXT_FUNCTIONS and parts[-1] in (_CONSTANTS["true"], _CONSTANTS["false"]) and parts[-2] == "eq":
            test = self._function(name, [part for part in parts[1:-2] if part is not None])
            return test if parts[-1] == _CONSTANTS["true"] else ("not", test)
        raise errors.not_supported(f"the filter function '{name}' in a comparison")

    def quantified(self, parts: list[Any]) -> Node:
        path, _, kind = str(parts[0]).rpartition("/")
        variable, body = (str(parts[1]), parts[2]) if parts[2] is not None else ("", None)
        if body is None and kind == "all":
            raise errors.query_invalid("The lambda 'all' needs an expression.")
        return ("lambda", kind, path.split("/"), variable, body)

    def among(self, parts: list[Node]) -> Node:
        return ("in", parts[0], list(parts[1:]))

    def alone(self, parts: list[Node]) -> Node:
        return ("compare", "eq", parts[0], _CONSTANTS["true"])

    def constant_alone(self, parts: list[Token]) -> Node:
        raise errors.query_invalid(f"The constant '{parts[0]}' is not a condition.")

    def parameter(self, parts: list[Any]) -> Any:
        return str(parts[0]), parts[1]

    def listed(self, parts: list[Node | None]) -> Node:
        return ("list", [part for part in parts if part is not None])

    def quoted(self, parts: list[Token]) -> Node:
        return ("value", "text", orjson.loads(str(parts[0])))

    def path(self, parts: list[Token]) -> Node:
        return ("path", str(parts[0]).split("/"))

    def literal(self, parts: list[Token]) -> Node:
        return _literal(parts[0].type.lower(), str(parts[0]))

    def alias(self, parts: list[Token]) -> Node:
        return ("alias", str(parts[0]))


_PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=True, transformer=_Builder())
