"""Keys in URLs, in every form NAV takes: positional, named, composite (reference 1.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.nav.errors import NavError
from sandbox.nav.schema import Field, Table
from sandbox.nav.values import option_member, parsed

_PART: Final = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*)\s*=)?\s*(?P<value>'(?:[^']|'')*'|[^',()=\s]+)\s*(?:,|$)")


def split_segment(segment: str) -> tuple[str, str | None]:
    """`Service(key)` as name and key text; None without parentheses."""
    if not segment.endswith(")") or "(" not in segment:
        return segment, None
    name, _, rest = segment.partition("(")
    return name, rest[:-1]


def key_parts(text: str) -> list[tuple[str, str]]:
    """The parts of a key as (name or "", literal). Raises NavError on a syntax error."""
    parts: list[tuple[str, str]] = []
    position = 0
    while position < len(text) or not parts:
        match = _PART.match(text, position)
        if match is None:
            raise NavError("BadRequest_InvalidRequestUrl", f"Bad Request - Error in query syntax: '({text})'.")
        parts.append((match["name"] or "", match["value"]))
        position = match.end()
    return parts


def unquoted(literal_text: str) -> str | None:
    """The text between quotes, apostrophes single again; None for a bare literal."""
    if len(literal_text) >= 2 and literal_text[0] == literal_text[-1] == "'":
        return literal_text[1:-1].replace("''", "'")
    return None


def typed_key(text: str, table: Table, controls: Mapping[str, str], fixed: Mapping[str, Any]) -> tuple[Any, ...]:
    """The primary key `text` names. Fixed parts (a document type) may be left out of a positional key."""
    parts = key_parts(text)
    names = [controls.get(name, name) for name in table.key]
    if all(name for name, _ in parts):
        given = dict(parts)
        if set(given) != set(names):
            raise _wrong_key(text, table)
        return tuple(_value(table.fields[own], given[shown]) for own, shown in zip(table.key, names, strict=True))
    if any(name for name, _ in parts) or len(parts) not in (len(table.key), len(table.key) - len(fixed)):
        raise _wrong_key(text, table)
    wanted = [name for name in table.key if len(parts) == len(table.key) or name not in fixed]
    values = {name: _value(table.fields[name], value) for name, (_, value) in zip(wanted, parts, strict=True)}
    return tuple(values.get(name, fixed.get(name)) for name in table.key)


def _value(field: Field, literal_text: str) -> Any:
    plain = unquoted(literal_text)
    if field.kind in ("date", "datetime", "guid", "int", "dec", "bool"):
        if plain is not None:
            raise NavError("BadRequest_InvalidRequestUrl", f"The key part '{field.name}' must not be quoted.")
        return parsed(field, literal_text)
    if plain is None:
        raise NavError("BadRequest_InvalidRequestUrl", f"The key part '{field.name}' must be quoted.")
    if field.kind == "option":
        return option_member(field, plain)
    return plain.upper() if field.kind == "code" else plain


def literal(field: Field, value: Any) -> str:
    """A value as a URL literal."""
    if field.kind in ("code", "text", "formula", "option", "time"):
        return "'" + str(value).replace("'", "''") + "'"
    if field.kind == "bool":
        return "true" if value else "false"
    return str(value)


def _wrong_key(text: str, table: Table) -> NavError:
    expected = ", ".join(table.key)
    return NavError("BadRequest_InvalidRequestUrl", f"The key '({text})' does not name {expected}.")
