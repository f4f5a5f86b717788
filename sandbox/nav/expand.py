"""`$expand` with nested options: `customer($select=number),salesOrderLines($filter=quantity gt 1;$expand=item)`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.nav.errors import NavError, not_supported

NESTED: Final = ("$select", "$filter", "$expand", "$orderby", "$top", "$skip")
MAX_DEPTH: Final = 10


@dataclass(frozen=True)
class Expansion:
    """One navigation property to expand, with the options for what it leads to."""

    name: str
    options: Mapping[str, str] = field(default_factory=dict)


def parse_expand(text: str) -> list[Expansion]:
    """The expansions of a `$expand`. Raises NavError on a syntax error."""
    return [_expansion(part.strip()) for part in _split(text, ",") if part.strip()]


def _expansion(text: str) -> Expansion:
    name, bracket, rest = text.partition("(")
    if not name.strip().isidentifier() or (bracket and not rest.endswith(")")):
        raise _syntax(text)
    options: dict[str, str] = {}
    for part in _split(rest[:-1], ";") if bracket else ():
        option, equals, value = part.strip().partition("=")
        if not equals or option not in NESTED:
            if option.startswith("$"):
                raise not_supported(f"The option '{option}' inside '$expand' is not supported.")
            raise _syntax(text)
        options[option] = value
    return Expansion(name.strip(), options)


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign that is outside brackets and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for index, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif not quoted and depth == 0 and char == sign:
            parts.append(text[start:index])
            start = index + 1
        if not 0 <= depth <= MAX_DEPTH:
            raise _syntax(text)
    if depth or quoted:
        raise _syntax(text)
    return [*parts, text[start:]]


def _syntax(text: str) -> NavError:
    return NavError("BadRequest_NotFound", f"Bad Request - Error in query syntax: '$expand={text}'.", 400)
