"""`$expand`: the rows a row's navigation properties lead to, inside the row.

Source: learn.microsoft.com, "Join tables using OData".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sandbox.dataverse import errors, sorting
from sandbox.dataverse.call import Call
from sandbox.dataverse.filters import compile_filter
from sandbox.dataverse.options import Options
from sandbox.dataverse.relations import children, is_link
from sandbox.dataverse.render import Renderer, renderer, target_of
from sandbox.dataverse.schema import Column, Table
from sandbox.dataverse.scope import TableScope, shares_nav
from sandbox.dataverse.store import Row

REF = "/$ref"
_PLAIN = "$,'()/;=@:"
"""What stands in an address as it is."""
Fill = Callable[[Row, dict[str, Any]], None]
"""Puts what an expansion of a row holds into its JSON."""


def checked_select(table: Table, select: list[str] | None) -> list[str] | None:
    """The selected names. Raises: ServiceError 400 for one the table does not have."""
    for name in select or ():
        if name not in table.by_wire:
            raise errors.property_unknown(name, table.name)
    return select


def row_renderer(call: Call, table: Table, options: Options, *, nested: bool = False) -> Renderer:
    """The function that renders rows with their expansions. Raises: ServiceError 400, 403, 501."""
    plain = renderer(call, table, checked_select(table, options.select))
    if not options.expand:
        return plain
    fills = [_expansion(call, table, nav, inner, nested) for nav, inner in options.expand.items()]

    def render(row: Row) -> dict[str, Any]:
        result = plain(row)
        for fill in fills:
            fill(row, result)
        return result

    return render


def _expansion(call: Call, table: Table, nav: str, options: Options, nested: bool) -> Fill:
    name = nav.removesuffix(REF)
    if "/" in name:
        raise errors.not_supported(f"the path '{nav}' in $expand")
    if name not in table.navs:
        if name != nav:
            raise errors.query_invalid(f"$expand with $ref is not supported on the collection '{name}'.")
        return _collection(call, table, nav, options, nested)
    column, target = table.navs[name]
    if options.where or options.order or options.top is not None:
        raise errors.not_supported(f"$filter, $orderby and $top on the single-valued '{name}' in $expand")
    if name != nav:
        return _address(call, column, name, target.table)
    return _owner(call, column, name, options) if shares_nav(column) else _single(call, column, name, options)


def _single(call: Call, column: Column, nav: str, options: Options) -> Fill:
    name = next(target.table for target in column.targets if target.nav == nav)
    call.require("Read", name)
    render = row_renderer(call, call.table(name), options, nested=True)
    reach, store = call.reach("Read", name), call.store

    def fill(row: Row, result: dict[str, Any]) -> None:
        found = store.get(name, row.get(column.wire))
        reached = found is not None and target_of(column, row)[0] == name and (reach is None or reach(found))
        result[nav] = render(found) if found is not None and reached else None

    return fill


def _owner(call: Call, column: Column, nav: str, options: Options) -> Fill:
    """A navigation property that leads to several tables: what they share can be selected."""
    renders = {}
    for target in column.targets:
        table = call.table(target.table)
        call.require("Read", target.table)
        renders[target.table] = (row_renderer(call, table, _as_principal(table, options), nested=True), table)

    def fill(row: Row, result: dict[str, Any]) -> None:
        key = row.get(column.wire)
        name = target_of(column, row)[0] if key is not None else ""
        found = call.store.get(name, key) if name else None
        if found is None:
            result[nav] = None
            return
        render, table = renders[name]
        shown = render(found)
        if options.select is not None:
            shown.pop(table.primary_id)
        result[nav] = {"@odata.type": f"#Microsoft.Dynamics.CRM.{name}", **shown, "ownerid": key}

    return fill


def _as_principal(table: Table, options: Options) -> Options:
    if options.expand:
        raise errors.not_supported("$expand below the owner")
    if options.select is None:
        return options
    names = [name for name in options.select if name != "ownerid"]
    for name in names:
        if name not in table.by_wire:
            raise errors.property_unknown(name, "principal")
    return Options(select=names or [table.primary_id])


def _address(call: Call, column: Column, nav: str, name: str) -> Fill:
    def fill(row: Row, result: dict[str, Any]) -> None:
        key = row.get(column.wire)
        there = key is not None and (shares_nav(column) or target_of(column, row)[0] == name)
        table = call.table(target_of(column, row)[0]) if there else None
        result[nav] = {"@odata.id": f"{call.base}{table.set_name}({key})"} if table else None

    return fill


def _collection(call: Call, table: Table, nav: str, options: Options, nested: bool) -> Fill:
    name, rows = children(call, table, nav)
    if is_link(call.store, table, nav) and (nested or options.expand):
        raise errors.query_invalid(f"The many-to-many property '{nav}' cannot be nested with other expansions.")
    call.require("Read", name)
    child = call.table(name)
    render = row_renderer(call, child, options, nested=True)
    test = compile_filter(options.where, TableScope(call, child)) if options.where else None
    reach, limit = call.reach("Read", name), call.page_size
    inner = "&".join(f"{key}={quote(value, safe=_PLAIN)}" for key, value in options.given.items())

    def fill(row: Row, result: dict[str, Any]) -> None:
        chosen = [each for each in rows(row) if (test is None or test(each)) and (reach is None or reach(each))]
        chosen = sorting.in_order(call, child, chosen, options.order)[: options.top]
        result[nav] = [render(each) for each in chosen[:limit]]
        if not nested and not options.expand:
            address = f"{call.base}{table.set_name}({row[table.primary_id]})/{nav}"
            result[f"{nav}@odata.nextLink"] = f"{address}?{inner}" if inner else address

    return fill
