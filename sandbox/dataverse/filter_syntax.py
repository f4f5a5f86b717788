"""Parses `$filter` into a tree of tuples.

    ("and" | "or", left, right)  ("not", term)  ("compare", operator, left, right)
    ("text", function, path, operand)  ("query", name, parameters)  ("lambda", "any" | "all", path, variable, body)

Operands are ("path", [names]) and ("value", kind, value) with kind text, number, bool, guid, moment, null, enum or list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.dataverse import errors

Node = tuple[Any, ...]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<enum>Microsoft\.Dynamics\.CRM\.\w+'(?:[^']|'')*')
    | (?P<text>'(?:[^']|'')*')
    | (?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})
    | (?P<moment>\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_@$][\w.]*(?:/[A-Za-z_$][\w.]*)*)
    | (?P<mark>[(),:=\[\]])
    )""",
    re.VERBOSE,
)
COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
TEXT_FUNCTIONS = frozenset({"contains", "startswith", "endswith"})
QUERY_PREFIX = "Microsoft.Dynamics.CRM."
_CONSTANTS: dict[str, Node] = {
    "null": ("value", "null", None),
    "true": ("value", "bool", True),
    "false": ("value", "bool", False),
}


def parse(text: str, aliases: Mapping[str, str] | None = None) -> Node:
    """The tree of a filter; `aliases` are the `@p` query options. Raises: ServiceError 400."""
    parser = _Parser(text, aliases or {})
    node = parser.either()
    parser.finish()
    return node


def conjuncts(node: Node) -> list[Node]:
    """The terms that must all hold."""
    return conjuncts(node[1]) + conjuncts(node[2]) if node[0] == "and" else [node]


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise errors.query_invalid(f"Syntax error at position {position} in '{text}'.")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str, aliases: Mapping[str, str]) -> None:
        self._text = text
        self._aliases = aliases
        self._tokens = _tokens(text)
        self._at = 0

    def finish(self) -> None:
        if self._at != len(self._tokens):
            raise self._wrong()

    def either(self) -> Node:
        node = self._both()
        while self._take("name", "or"):
            node = ("or", node, self._both())
        return node

    def _both(self) -> Node:
        node = self._term()
        while self._take("name", "and"):
            node = ("and", node, self._term())
        return node

    def _term(self) -> Node:
        if self._take("name", "not"):
            return ("not", self._term())
        if self._take("mark", "("):
            node = self.either()
            self._need("mark", ")")
            return node
        name = self._peek("name")
        if name is not None and self._follows("mark", "("):
            return self._function(name)
        left = self._operand()
        operator = self._peek("name")
        if operator not in COMPARISONS:
            if left[0] == "path":
                return ("compare", "eq", left, ("value", "bool", True))
            raise self._wrong()
        self._at += 1
        return ("compare", operator, left, self._operand())

    def _function(self, name: str) -> Node:
        self._at += 2
        if name in TEXT_FUNCTIONS:
            path = self._operand()
            self._need("mark", ",")
            operand = self._operand()
            self._need("mark", ")")
            return ("text", name, path, operand)
        if name.startswith(QUERY_PREFIX):
            return ("query", name.removeprefix(QUERY_PREFIX), self._parameters())
        path_text, _, kind = name.rpartition("/")
        if kind in ("any", "all") and path_text:
            return self._lambda(kind, path_text.split("/"))
        raise errors.not_supported(f"the filter function '{name}'")

    def _lambda(self, kind: str, path: list[str]) -> Node:
        if self._take("mark", ")"):
            return ("lambda", kind, path, "", None)
        variable = self._need("name")
        self._need("mark", ":")
        body = self.either()
        self._need("mark", ")")
        return ("lambda", kind, path, variable, body)

    def _parameters(self) -> dict[str, Any]:
        """`Name=value` pairs up to the closing parenthesis; values as plain Python ones."""
        parameters: dict[str, Any] = {}
        while not self._take("mark", ")"):
            name = self._need("name")
            self._need("mark", "=")
            parameters[name] = self._plain()
            self._take("mark", ",")
        return parameters

    def _plain(self) -> Any:
        if self._take("mark", "["):
            values = []
            while not self._take("mark", "]"):
                values.append(self._plain())
                self._take("mark", ",")
            return values
        operand = self._operand()
        return operand[2] if operand[0] == "value" else "/".join(operand[1])

    def _operand(self) -> Node:
        if self._at >= len(self._tokens):
            raise self._wrong()
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "name":
            return self._named(text)
        return _literal(kind, text) or self._fail()

    def _named(self, text: str) -> Node:
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if not text.startswith("@"):
            return ("path", text.split("/"))
        if text not in self._aliases:
            raise errors.query_invalid(f"The parameter alias '{text}' has no value.")
        return _alias(self._aliases[text])

    def _fail(self) -> Node:
        raise self._wrong()

    def _peek(self, kind: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == kind:
            return self._tokens[self._at][1]
        return None

    def _follows(self, kind: str, text: str) -> bool:
        return self._at + 1 < len(self._tokens) and self._tokens[self._at + 1] == (kind, text)

    def _take(self, kind: str, text: str) -> bool:
        if self._peek(kind) == text:
            self._at += 1
            return True
        return False

    def _need(self, kind: str, text: str | None = None) -> str:
        found = self._peek(kind)
        if found is None or (text is not None and found != text):
            raise self._wrong()
        self._at += 1
        return found

    def _wrong(self) -> errors.ServiceError:
        found = self._tokens[self._at][1] if self._at < len(self._tokens) else "the end"
        return errors.query_invalid(f"Syntax error at '{found}' in '{self._text}'.")


def _literal(kind: str, text: str) -> Node | None:
    if kind == "text":
        return ("value", "text", text[1:-1].replace("''", "'"))
    if kind == "number":
        return ("value", "number", float(text) if re.search(r"[.eE]", text) else int(text))
    if kind == "enum":
        return ("value", "enum", text.partition("'")[2][:-1])
    if kind in ("guid", "moment"):
        return ("value", kind, text.lower() if kind == "guid" else text)
    return None


def _alias(text: str) -> Node:
    """The value of a parameter alias: a literal, or a JSON list."""
    if text.startswith("["):
        try:
            return ("value", "list", orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise errors.query_invalid(f"The parameter value '{text}' is not valid.") from error
    parser = _Parser(text, {})
    operand = parser._operand()
    parser.finish()
    return operand
