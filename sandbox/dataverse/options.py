"""The query options of a read, `$expand` with all that may stand inside it.

Source: learn.microsoft.com, "Query data using the Web API" and its pages about joins, paging and counting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedInput

from sandbox.dataverse import errors
from sandbox.dataverse.filter_syntax import Node, parse

KNOWN_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken", "$deltatoken"})
KNOWN_INSIDE = ("$select", "$filter", "$orderby", "$top", "$expand")
OTHER_LANGUAGES = ("fetchXml", "savedQuery", "userQuery", "sql")
MAX_EXPANDS = 15
EXPAND_GRAMMAR = r"""
    start: item ("," item)*
    item: NAV ["(" option (SEMICOLON option)* ")"]
    option: OPTION "=" value
    value: (CHUNK | TEXT | nested)*
    nested: "(" (CHUNK | TEXT | SEMICOLON | nested)* ")"
    SEMICOLON: ";"
    NAV: /\s*[A-Za-z_]\w*(?:\/[\w.$]+)*\s*/
    OPTION: /\s*\$\w+\s*/
    CHUNK: /[^'();]+/
    TEXT: /'(?:[^']|'')*'/
"""

Pair = tuple[str, dict[str, str]]


@dataclass(slots=True)
class Options:
    """The query options of a read."""

    select: list[str] | None = None
    where: Node | None = None
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Property path and whether it descends."""
    top: int | None = None
    count: bool = False
    expand: dict[str, Options] = field(default_factory=dict)
    """By navigation property; one that ends in `/$ref` asks for addresses alone."""
    skip_token: str | None = None
    delta_token: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    """The options as they were written."""


def parse_options(raw: Mapping[str, str]) -> Options:
    """The options of an address. Raises: ServiceError for one that is unknown or not supported."""
    for name in raw:
        if (name.startswith("$") and name not in KNOWN_OPTIONS) or name in OTHER_LANGUAGES:
            raise errors.not_supported(f"the query option '{name}'")
    aliases = {name: value for name, value in raw.items() if name.startswith("@")}
    options = _options(raw, aliases)
    options.skip_token = raw.get("$skiptoken")
    options.delta_token = raw.get("$deltatoken")
    if _number(options.expand) > MAX_EXPANDS:
        raise errors.query_invalid(f"The number of $expand options exceeds {MAX_EXPANDS}.")
    return options


def _options(raw: Mapping[str, str], aliases: Mapping[str, str]) -> Options:
    select, where = raw.get("$select"), raw.get("$filter")
    top, count = raw.get("$top"), raw.get("$count", "false").lower()
    if top is not None and not top.isdigit():
        raise errors.query_invalid(f"Invalid value '{top}' for $top query option found.")
    if count not in ("true", "false"):
        raise errors.query_invalid(f"Invalid value '{count}' for $count query option found.")
    return Options(
        select=[name.strip() for name in select.split(",") if name.strip()] if select and select != "*" else None,
        where=parse(where, aliases) if where else None,
        order=_order(raw.get("$orderby", ""), aliases),
        top=int(top) if top is not None else None,
        count=count == "true",
        expand={name: _inner(pairs) for name, pairs in expansions(raw.get("$expand", ""))},
        given=raw,
    )


def _inner(pairs: dict[str, str]) -> Options:
    """The options of an expansion, where parameter aliases do not count."""
    wrong = pairs.keys() - set(KNOWN_INSIDE)
    if wrong:
        raise errors.query_invalid(f"The query option '{min(wrong)}' is not allowed inside $expand.")
    return _options(pairs, {})


def _order(text: str, aliases: Mapping[str, str]) -> list[tuple[str, bool]]:
    order = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise errors.query_invalid(f"Syntax error in '{part}'.")
        order.append((aliases.get(name, name), direction.strip() == "desc"))
    return order


def _number(expand: Mapping[str, Options]) -> int:
    return sum(1 + _number(inner.expand) for inner in expand.values())


class _Builder(Transformer[Token, list[Pair]]):
    """Turns what the grammar recognised into names with their options. One method per rule."""

    def start(self, parts: list[Pair]) -> list[Pair]:
        return parts

    def item(self, parts: list[Token | tuple[str, str] | None]) -> Pair:
        return str(parts[0]).strip(), dict(part for part in parts[1:] if isinstance(part, tuple))

    def option(self, parts: list[str]) -> tuple[str, str]:
        return str(parts[0]).strip(), parts[1].strip()

    def value(self, parts: list[str]) -> str:
        return "".join(parts)

    def nested(self, parts: list[str]) -> str:
        return f"({''.join(parts)})"


_PARSER = Lark(EXPAND_GRAMMAR, parser="lalr", maybe_placeholders=False, transformer=_Builder())


@lru_cache(maxsize=256)
def _parsed(text: str) -> list[Pair]:
    try:
        found = cast(list[Pair], _PARSER.parse(text))  # the builder has made pairs of the tree
    except UnexpectedInput as error:
        raise errors.query_invalid(f"Syntax error in '$expand={text}'.") from error
    return found


def expansions(text: str) -> Iterable[Pair]:
    """Name and inner options of each expansion. Raises: ServiceError 400."""
    return _parsed(text) if text.strip() else []
