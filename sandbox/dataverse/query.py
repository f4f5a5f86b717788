"""Lists of rows: filters, order, pages and counts.

Source: learn.microsoft.com, "Page results using OData", "Count number of rows", "Order rows using OData".
"""

from __future__ import annotations

import re
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote

from sandbox.dataverse import errors, sorting
from sandbox.dataverse.call import MAX_PAGE, Call
from sandbox.dataverse.expand import checked_select, row_renderer
from sandbox.dataverse.filter_syntax import Node, conjuncts
from sandbox.dataverse.filters import compile_filter, literal
from sandbox.dataverse.options import Options, parse_options
from sandbox.dataverse.schema import Table
from sandbox.dataverse.scope import TableScope, kind_of
from sandbox.dataverse.store import Row

__all__ = [
    "Options",
    "Snapshots",
    "applied",
    "checked_select",
    "context",
    "list_rows",
    "matching",
    "parse_options",
    "row_renderer",
]

SNAPSHOTS = 64
"""How many unfinished paged reads are remembered; an older one is computed anew when its next page is asked for."""
_COOKIE = re.compile(r'read="([0-9a-f]+)" offset="(\d+)"')


class Snapshots:
    """The ids paged reads go through, by the token in their next links."""

    def __init__(self) -> None:
        self._lists: OrderedDict[str, list[str]] = OrderedDict()

    def keep(self, ids: list[str]) -> str:
        """Remember a list; its token."""
        token = uuid.uuid4().hex[:12]
        self._lists[token] = ids
        if len(self._lists) > SNAPSHOTS:
            self._lists.popitem(last=False)
        return token

    def get(self, token: str) -> list[str] | None:
        """A remembered list."""
        return self._lists.get(token)

    def clear(self) -> None:
        """Forget all."""
        self._lists.clear()


def matching(call: Call, table: Table, options: Options, source: Iterable[Row] | None = None) -> list[Row]:
    """All rows the caller may read that pass the filter, in order; `source` narrows them to some rows."""
    where = options.where
    test = compile_filter(where, TableScope(call, table)) if where else None
    rows: Iterable[Row] = _candidates(call, table, where) if source is None else source
    reach = call.reach("Read", table.name)
    if reach is not None:
        rows = filter(reach, rows)
    chosen = [row for row in rows if test(row)] if test else list(rows)
    return sorting.in_order(call, table, chosen, options.order)


def _candidates(call: Call, table: Table, where: Node | None) -> Iterable[Row]:
    """The rows a filter can let through: by index where it demands equality, else all."""
    data = call.store.data[table.name]
    for term in conjuncts(where) if where else []:
        if term[0] != "compare" or term[1] != "eq" or term[2][0] != "path" or term[3][0] != "value":
            continue
        path = term[2][1]
        column = table.by_wire.get(path[0]) if len(path) == 1 else None
        if column is None or kind_of(column) not in ("guid", "text") or term[3][2] is None:
            continue
        value = literal(kind_of(column), term[3])[0]
        if column.name == table.primary_id:
            row = data.rows.get(value)
            return [row] if row is not None else []
        if column.wire not in table.defaults:
            return [data.rows[key] for key in sorted(data.find(column.wire, value))]
    return data.rows.values()


def _ids(call: Call, table: Table, options: Options, source: Iterable[Row] | None) -> list[str]:
    """The ids of a list. A whole table in its own order needs no look at its rows."""
    if source is None and not options.where and not options.order and call.reach("Read", table.name) is None:
        keys = call.store.rows(table.name)
        if options.top is not None and not options.count and "odata.maxpagesize" not in call.preferences:
            return list(islice(keys, options.top))
        return list(keys)
    key = table.primary_id
    return [row[key] for row in matching(call, table, options, source)]


def list_rows(
    call: Call,
    table: Table,
    options: Options,
    snapshots: Snapshots,
    address: str,
    source: Iterable[Row] | None = None,
) -> dict[str, Any]:
    """A page of a list; `address` is the relative address with its options, for the next link."""
    call.require("Read", table.name)
    render = row_renderer(call, table, options)
    token, offset = _position(options.skip_token)
    ids = snapshots.get(token) if token else None
    if ids is None:
        ids, token = _ids(call, table, options, source), None
    size, limit = _window(call, options, len(ids))
    held = call.store.rows(table.name)
    value = [render(held[key]) for key in ids[offset : min(offset + size, limit)] if key in held]
    body: dict[str, Any] = {"@odata.context": context(call, table, options)}
    if options.count:
        body["@odata.count"] = min(len(ids), MAX_PAGE)
    body |= _annotations(call, options, len(ids))
    body["value"] = value
    if offset + size < limit:
        body["@odata.nextLink"] = _next_link(call, address, token or snapshots.keep(ids), offset + size, size)
    return body


def applied(call: Call, *more: str) -> dict[str, str]:
    """The header that tells which preferences were honoured."""
    found = [f"odata.maxpagesize={call.page_size}"] if "odata.maxpagesize" in call.preferences else []
    found += more
    asked = call.preferences.get("odata.include-annotations")
    found += [f'odata.include-annotations="{asked}"'] if asked else []
    return {"preference-applied": ",".join(found)} if found else {}


def _annotations(call: Call, options: Options, number: int) -> dict[str, Any]:
    """What is said about a list to those who ask for annotations."""
    name = "Microsoft.Dynamics.CRM."
    found = {
        f"{name}totalrecordcount": min(number, MAX_PAGE) if options.count else -1,
        f"{name}totalrecordcountlimitexceeded": options.count and number > MAX_PAGE,
        f"{name}globalmetadataversion": str(call.store.metadata_version),
    }
    return {f"@{each}": value for each, value in found.items() if call.annotates(each)}


def _window(call: Call, options: Options, number: int) -> tuple[int, int]:
    """Page size and the end of the list; `$top` is ignored beside a page size."""
    if options.top is None or "odata.maxpagesize" in call.preferences:
        return call.page_size, number
    return min(options.top, MAX_PAGE), min(options.top, number)


def _position(skip_token: str | None) -> tuple[str | None, int]:
    if skip_token is None:
        return None, 0
    match = _COOKIE.search(unquote(unquote(skip_token)))
    if match is None:
        raise errors.query_invalid("Malformed XML in the paging cookie.")
    return match[1], int(match[2])


def _next_link(call: Call, address: str, token: str, offset: int, size: int) -> str:
    page = offset // size + 1
    inner = f'<cookie page="{page - 1}" read="{token}" offset="{offset}"></cookie>'
    cookie = f'<cookie pagenumber="{page}" pagingcookie="{quote(quote(inner))}" istracking="False" />'
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and not re.match(r"(?:\$|%24)skiptoken=", part)]
    return f"{call.base}{path}?{'&'.join([*kept, f'$skiptoken={quote(cookie)}'])}"


def context(call: Call, table: Table, options: Options, suffix: str = "") -> str:
    """The `@odata.context` of a list or row."""
    names = list(options.select or [])
    names += [f"{nav}({','.join(inner.select or [])})" for nav, inner in options.expand.items()]
    selected = f"({','.join(names)})" if names else ""
    return f"{call.base}$metadata#{table.set_name}{selected}{suffix}"
