"""Reads: `$filter $orderby $top $skip $count $select`, pages with next links by `$skiptoken` (reference 3.1, 3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from sandbox.nav.errors import NavError, not_supported, unknown_property
from sandbox.nav.expand import Expansion, parse_expand
from sandbox.nav.filters import Flow, Test, compile_filter, flow_filters
from sandbox.nav.store import Row
from sandbox.nav.values import comparable_stamp
from sandbox.nav.view import PageView

UNSUPPORTED: Final = ("$search", "$apply", "$compute")
KNOWN: Final = (
    "$filter $select $orderby $top $skip $skiptoken $count $expand $format $schemaversion $search $apply $compute"
).split()
PAGE_SIZE: Final = {"nav2017": 1000, "bc": 20000}
_MAX_PAGE: Final = re.compile(r"odata\.maxpagesize\s*=\s*(\d+)")
_ORDER: Final = re.compile(r"\s*(\w+)(?:\s+(\S+))?\s*$")
_KEPT_IN_LINK: Final = frozenset({"$skip", "$top", "$skiptoken"})


@dataclass
class Result:
    """A page of rows: `total` only when asked for, `token` when there is more, `top` what is left to read then."""

    rows: list[Row] = field(default_factory=list)
    total: int | None = None
    token: str | None = None
    top: int | None = None


def page_size(options: Mapping[str, str], headers: Mapping[str, str], flavour: str) -> int:
    """Rows in one answer. Business Central honours a smaller wish; NAV 2017 is not known to."""
    limit = PAGE_SIZE[flavour]
    wish = _MAX_PAGE.search(headers.get("prefer", "")) if flavour == "bc" else None
    return min(limit, max(1, int(wish[1]))) if wish else limit


def check_options(options: Mapping[str, str], flavour: str) -> None:
    """Refuse what the server does not know; names without `$` (`company`, `tenant`) are its own."""
    for name in options:
        if name in UNSUPPORTED:
            raise not_supported(f"The query option '{name}' is not supported.")
        if name.startswith("$") and (name not in KNOWN or (name == "$schemaversion" and flavour != "bc")):
            raise NavError("BadRequest", f"The query parameter '{name}' is not supported.")
    version = options.get("$schemaversion", "2.0")
    if version not in ("1.0", "2.0", "2.1"):
        raise NavError("BadRequest", f"The schema version '{version}' is not supported.")
    if options.get("$format", "json") not in ("json", "application/json"):
        raise NavError("BadRequest", f"The format '{options['$format']}' is not supported.")


def flow(view: PageView, options: Mapping[str, str]) -> Flow:
    """The flow filters a request sets."""
    text = options.get("$filter", "")
    return flow_filters(text, view.page.flow_filters) if text.strip() else {}


def expansions(options: Mapping[str, str]) -> list[Expansion]:
    """What `$expand` asks for."""
    return parse_expand(options.get("$expand", ""))


def matching(view: PageView, options: Mapping[str, str], within: Mapping[str, Any], after: Any = None) -> Iterator[Row]:
    """Rows in the view's order that the page shows, that hold `within`, that the filter lets through.

    `after` is the position the rows begin behind.
    """
    rows = view.ordered(after)
    if within:
        rows = iter(sorted(view.rows.where(**within), key=view.position))
        rows = (row for row in rows if after is None or view.position(row) > after)
    if view.page.fixed:
        rows = (row for row in rows if view.visible(row))
    if options.get("$filter", "").strip():
        test: Test = compile_filter(options["$filter"], view.scope(options.get("$schemaversion") == "2.1"))
        rows = (row for row in rows if test(row))
    return rows


def count(view: PageView, options: Mapping[str, str], within: Mapping[str, Any]) -> int:
    """How many rows match, whatever `$top` says."""
    return sum(1 for _ in matching(view, options, within))


def run(view: PageView, options: Mapping[str, str], size: int, within: Mapping[str, Any]) -> Result:
    """One page of a list."""
    top, skip = _number(options, "$top"), _number(options, "$skip") or 0
    order = _ordering(view, options.get("$orderby", ""))
    result = Result(total=count(view, options, within) if options.get("$count") == "true" else None)
    take = size if top is None else min(size, top)
    rows = _after(view, options, within, order)
    result.rows = list(islice(rows, skip, skip + take))
    if (top is None or top > take) and next(rows, None) is not None:
        result.token = view.token(result.rows[-1])
        result.top = None if top is None else top - take
    return result


def next_link(address: str, options: Mapping[str, str], result: Result) -> str:
    """The absolute link to the next page: the original options, what is left of `$top`, and the token."""
    kept = [(name, value) for name, value in options.items() if name not in _KEPT_IN_LINK]
    if result.top is not None:
        kept.append(("$top", str(result.top)))
    kept.append(("$skiptoken", result.token or ""))
    return address + "?" + "&".join(f"{name}={quote(value, safe=chr(39) + ',$()=')}" for name, value in kept)


@dataclass(frozen=True)
class _By:
    control: str
    descending: bool


def _ordering(view: PageView, text: str) -> list[_By]:
    parts: list[_By] = []
    for part in filter(None, text.split(",")):
        match = _ORDER.match(part)
        if match is None or match[2] not in (None, "asc", "desc"):
            raise NavError("BadRequest_NotFound", f"Syntax error in '$orderby': {part.strip()}", 400)
        if match[1] not in view.fields:
            if match[1] in view.page.flow_filters:
                raise not_supported(f"'{match[1]}' is a flow filter; rows cannot be ordered by it.")
            raise unknown_property(match[1], view.page.type_name)
        parts.append(_By(match[1], match[2] == "desc"))
    return parts


def _sorted(view: PageView, order: list[_By], rows: Iterator[Row]) -> list[Row]:
    """Rows as `$orderby` wants them; equal ones stay in primary-key order."""
    result = list(rows)
    for by in reversed(order):
        result.sort(key=partial(_sort_value, view, by), reverse=by.descending)
    return result


def _sort_value(view: PageView, by: _By, row: Row) -> Any:
    field_ = view.fields[by.control]
    value = view.readers[by.control](row)
    if field_.kind == "datetime":
        return comparable_stamp(value)
    return field_.options.index(value) if field_.kind == "option" else value


def _after(view: PageView, options: Mapping[str, str], within: Mapping[str, Any], order: list[_By]) -> Iterator[Row]:
    """The matching rows behind the `$skiptoken`, in the wanted order."""
    token = options.get("$skiptoken")
    if not order:
        after = None if token is None else view.after(token)
        return matching(view, options, within, after)
    rows = _sorted(view, order, matching(view, options, within))
    if token is None:
        return iter(rows)
    position = _position(view, rows, token)
    return iter(rows[position:])


def _position(view: PageView, rows: list[Row], token: str) -> int:
    """Where an ordered list goes on: behind the row the token names."""
    key = view.after(token)
    for index, row in enumerate(rows):
        if view.position(row) == key:
            return index + 1
    raise NavError("BadRequest", "The skip token names a row that is gone; read the ordered list again.")


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise NavError("BadRequest", f"Invalid value '{text}' for {name} query option found.")
    return int(text)
