"""Reads: query options, lists with pages and counts, single rows, expansions."""

from __future__ import annotations

import re
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from sandbox.dataverse import errors
from sandbox.dataverse.call import MAX_PAGE, Call
from sandbox.dataverse.filter_syntax import Node, conjuncts, parse
from sandbox.dataverse.filters import Operand, Test, compile_filter, literal
from sandbox.dataverse.render import Renderer, renderer, target_of
from sandbox.dataverse.schema import LOOKUP_TYPES, Column, Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.tables import COLLECTIONS, LINKS

KINDS = {
    "String": "text",
    "Memo": "text",
    "EntityName": "text",
    "Boolean": "bool",
    "Uniqueidentifier": "guid",
    "Lookup": "guid",
    "Customer": "guid",
    "Owner": "guid",
}
KNOWN_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken", "$deltatoken"})
MAX_EXPANDS = 15
SNAPSHOTS = 64
"""How many unfinished paged reads are remembered; an older one is computed anew when its next page is asked for."""
_COOKIE = re.compile(r'read="([0-9a-f]+)" offset="(\d+)"')


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
    skip_token: str | None = None
    delta_token: str | None = None


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


def parse_options(raw: Mapping[str, str]) -> Options:
    """The options of an address. Raises: ServiceError for one that is unknown or not supported."""
    for name in raw:
        if name.startswith("$") and name not in KNOWN_OPTIONS:
            raise errors.not_supported(f"the query option '{name}'")
        if name in ("fetchXml", "savedQuery", "userQuery", "sql"):
            raise errors.not_supported(f"the query option '{name}'")
    options = _options(raw, {name: value for name, value in raw.items() if name.startswith("@")})
    options.skip_token = raw.get("$skiptoken")
    options.delta_token = raw.get("$deltatoken")
    return options


def _options(raw: Mapping[str, str], aliases: Mapping[str, str]) -> Options:
    select = raw.get("$select")
    where = raw.get("$filter")
    top = raw.get("$top")
    if top is not None and not top.isdigit():
        raise errors.query_invalid(f"Invalid value '{top}' for $top query option found.")
    return Options(
        select=[name.strip() for name in select.split(",") if name.strip()] if select and select != "*" else None,
        where=parse(where, aliases) if where else None,
        order=_order(raw.get("$orderby", "")),
        top=int(top) if top is not None else None,
        count=raw.get("$count", "false").lower() == "true",
        expand={name: _options(inner, aliases) for name, inner in _expansions(raw.get("$expand", ""))},
    )


def _order(text: str) -> list[tuple[str, bool]]:
    order = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise errors.query_invalid(f"Syntax error in '{part}'.")
        order.append((name, direction.strip() == "desc"))
    return order


def _expansions(text: str) -> Iterable[tuple[str, dict[str, str]]]:
    """Name and inner options of each expansion."""
    parts = [part.strip() for part in split_outside(text, ",") if part.strip()]
    if len(parts) > MAX_EXPANDS:
        raise errors.query_invalid(f"The number of $expand options exceeds {MAX_EXPANDS}.")
    for part in parts:
        name, bracket, rest = part.partition("(")
        inner = split_outside(rest[:-1], ";") if bracket else []
        pairs = dict(option.strip().partition("=")[::2] for option in inner if option.strip())
        if pairs.keys() - {"$select", "$filter", "$orderby", "$top", "$expand"}:
            raise errors.query_invalid(f"An option of the expansion '{part}' is not allowed.")
        yield name, pairs


def split_outside(text: str, mark: str) -> list[str]:
    """Split at a mark that stands outside parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for position, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif char == mark and not quoted and not depth:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


class TableScope:
    """Where the names in a filter on a table are looked up."""

    def __init__(self, call: Call, table: Table) -> None:
        self._call = call
        self._table = table
        self.user = call.user
        self.now = call.now

    def property(self, path: list[str]) -> Operand:
        """A column of the table, or of a row a lookup points to."""
        name = path[0]
        if len(path) == 1:
            column = self._table.by_wire.get(name)
            if column is None:
                raise errors.property_unknown(name, self._table.name)
            default = self._table.defaults.get(name)
            return Operand(lambda row: row.get(name, default), kind_of(column))
        pair = self._table.navs.get(name)
        if pair is None:
            raise errors.property_unknown(name, self._table.name)
        column, target = pair
        inner = TableScope(self._call, self._call.table(target.table)).property(path[1:])
        store, wire, table = self._call.store, column.wire, target.table
        return Operand(
            lambda row: inner.get(found) if (found := store.get(table, row.get(wire))) is not None else None, inner.kind
        )

    def collection(self, path: list[str]) -> tuple[Callable[[Row], Iterable[Row]], TableScope]:
        """The rows of a collection-valued navigation property."""
        if len(path) != 1:
            raise errors.not_supported("a lambda on a nested collection")
        name, rows = children(self._call, self._table, path[0])
        return rows, TableScope(self._call, self._call.table(name))


def kind_of(column: Column) -> str:
    """The kind of a column's values in filters."""
    if column.type == "DateTime":
        return "date" if column.date_only else "moment"
    return KINDS.get(column.type, "number")


def children(call: Call, table: Table, nav: str) -> tuple[str, Callable[[Row], list[Row]]]:
    """Table and rows of a collection-valued navigation property. Raises: ServiceError 400 if there is none."""
    store, own_id = call.store, table.primary_id
    if nav in COLLECTIONS.get(table.name, {}):
        child, column = COLLECTIONS[table.name][nav]
        data, wire = store.data[child], store.tables[child].columns[column].wire
        return child, lambda row: [data.rows[key] for key in sorted(data.find(wire, row[own_id]))]
    if nav in LINKS and table.name in LINKS[nav]:
        left, right = LINKS[nav]
        forward = table.name == left
        other = right if forward else left
        follow = store.linked if forward else store.linked_back
        rows = store.rows(other)
        return other, lambda row: [rows[key] for key in sorted(follow(nav, row[own_id])) if key in rows]
    raise errors.property_unknown(nav, table.name)


def checked_select(table: Table, select: list[str] | None) -> list[str] | None:
    """The selected names. Raises: ServiceError 400 for one the table does not have."""
    for name in select or ():
        if name not in table.by_wire:
            raise errors.property_unknown(name, table.name)
    return select


def row_renderer(call: Call, table: Table, options: Options) -> Renderer:
    """The function that renders rows with their expansions."""
    plain = renderer(call, table, checked_select(table, options.select))
    if not options.expand:
        return plain
    expansions = [_expansion(call, table, nav, inner) for nav, inner in options.expand.items()]

    def render(row: Row) -> dict[str, Any]:
        result = plain(row)
        for nav, value in expansions:
            result[nav] = value(row)
        return result

    return render


def _expansion(call: Call, table: Table, nav: str, options: Options) -> tuple[str, Callable[[Row], Any]]:
    if nav not in table.navs:
        name, rows = children(call, table, nav)
        call.require("Read", name)
        child = call.table(name)
        render, select = row_renderer(call, child, options), _selector(call, child, options)
        return nav, lambda row: [render(each) for each in select(rows(row))]
    column, target = table.navs[nav]
    call.require("Read", target.table)
    render_one = row_renderer(call, call.table(target.table), options)
    store = call.store

    def single(row: Row) -> dict[str, Any] | None:
        key = row.get(column.wire)
        if key is None:
            return None
        found = store.get(target_of(column, row)[0], key)
        right_table = target_of(column, row)[0] == target.table
        return render_one(found) if found is not None and right_table else None

    return nav, single


def _selector(call: Call, table: Table, options: Options) -> Callable[[list[Row]], list[Row]]:
    test = compile_filter(options.where, TableScope(call, table)) if options.where else None

    def select(rows: list[Row]) -> list[Row]:
        chosen = [row for row in rows if test is None or test(row)]
        return _sorted(call, table, chosen, options.order)[: options.top]

    return select


def matching(call: Call, table: Table, options: Options) -> list[Row]:
    """All rows that pass the filter, in order."""
    where = options.where
    test: Test | None = compile_filter(where, TableScope(call, table)) if where else None
    rows = _candidates(call, table, where)
    chosen = [row for row in rows if test(row)] if test else list(rows)
    return _sorted(call, table, chosen, options.order)


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
        return [data.rows[key] for key in sorted(data.find(column.wire, value))]
    return data.rows.values()


def _sorted(call: Call, table: Table, rows: list[Row], order: list[tuple[str, bool]]) -> list[Row]:
    """Rows in order, nulls first; lookups by the name of the row they point to."""
    for path, descends in reversed(order):
        get = _sort_value(call, table, path)
        rows = sorted(rows, key=lambda row: ((value := get(row)) is not None, value), reverse=descends)
    return rows


def _sort_value(call: Call, table: Table, path: str) -> Callable[[Row], Any]:
    names = path.split("/")
    get = TableScope(call, table).property(names).get
    column = table.by_wire.get(path)
    if column is not None and column.type in LOOKUP_TYPES:
        return lambda row: _folded(_name_behind(call, column, row))
    return lambda row: _folded(get(row))


def _name_behind(call: Call, column: Column, row: Row) -> str | None:
    key = row.get(column.wire)
    if key is None:
        return None
    name = target_of(column, row)[0]
    found = call.store.get(name, key)
    return found.get(call.store.tables[name].primary_name) if found is not None else None


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def list_rows(call: Call, table: Table, options: Options, snapshots: Snapshots, address: str) -> dict[str, Any]:
    """A page of a list; `address` is the relative address with its options, for the next link."""
    call.require("Read", table.name)
    render = row_renderer(call, table, options)
    token, offset = _position(options.skip_token)
    ids = snapshots.get(token) if token else None
    if ids is None:
        rows = matching(call, table, options)
        ids = [row[table.primary_id] for row in rows]
        token = None
    size, limit = _window(call, options, len(ids))
    held = call.store.rows(table.name)
    value = [render(held[key]) for key in ids[offset : min(offset + size, limit)] if key in held]
    body: dict[str, Any] = {"@odata.context": context(call, table, options)}
    if options.count:
        body["@odata.count"] = min(len(ids), MAX_PAGE)
    if call.annotates("Microsoft.Dynamics.CRM.totalrecordcount"):
        body["@Microsoft.Dynamics.CRM.totalrecordcount"] = min(len(ids), MAX_PAGE) if options.count else -1
        body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] = options.count and len(ids) > MAX_PAGE
    body["value"] = value
    if offset + size < limit:
        body["@odata.nextLink"] = _next_link(call, address, token or snapshots.keep(ids), offset + size, size)
    return body


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
