"""Turns stored rows into the JSON of the wire, with the annotations asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import LOOKUP_TYPES, OPTION_TYPES, Column, Table
from sandbox.dataverse.store import Row

Renderer = Callable[[Row], dict[str, Any]]

FORMATTED = "OData.Community.Display.V1.FormattedValue"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
LOGICAL_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"


def etag(row: Row) -> str:
    """The version of a row as the wire shows it."""
    return f'W/"{row["versionnumber"]}"'


def wire_names(table: Table, select: list[str] | None) -> list[str]:
    """The properties an answer holds: the selected ones, the key, and the currency of selected money."""
    if select is None:
        return list(table.by_wire)
    names = list(dict.fromkeys(select))
    if any(table.by_wire[name].type == "Money" for name in names):
        names.append("_transactioncurrencyid_value")
    return list(dict.fromkeys([*names, table.primary_id]))


def renderer(call: Call, table: Table, select: list[str] | None) -> Renderer:
    """The function that renders rows of a table."""
    names = wire_names(table, select)
    annotate = _annotator(call, table, names)
    render = _whole(table) if select is None else _chosen(table, names)
    if annotate is None:
        return render
    return lambda row: annotate(row, render(row))


def _chosen(table: Table, names: list[str]) -> Renderer:
    pairs = [(name, table.defaults.get(name)) for name in names]

    def render(row: Row) -> dict[str, Any]:
        get = row.get
        result: dict[str, Any] = {"@odata.etag": f'W/"{row["versionnumber"]}"'}
        for name, default in pairs:
            result[name] = get(name, default)
        return result

    return render


def _whole(table: Table) -> Renderer:
    """All properties: what is stored over what a row holds where nothing was written."""
    base: dict[str, Any] = {"@odata.etag": "", **{name: table.defaults.get(name) for name in table.by_wire}}
    size = len(base)

    def render(row: Row) -> dict[str, Any]:
        result = base.copy()
        result.update(row)
        if len(result) != size:  # the tables of polymorphic lookups, columns that a fault has dropped
            for name in [name for name in row if name not in base]:
                del result[name]
        result["@odata.etag"] = f'W/"{row["versionnumber"]}"'
        return result

    return render


def _annotator(call: Call, table: Table, names: list[str]) -> Callable[[Row, dict[str, Any]], dict[str, Any]] | None:
    formatted, navigation, logical = (call.annotates(name) for name in (FORMATTED, NAVIGATION, LOGICAL_NAME))
    if not (formatted or navigation or logical):
        return None
    columns = [(name, table.by_wire[name]) for name in names]

    def annotate(row: Row, plain: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {"@odata.etag": plain["@odata.etag"]}
        for name, column in columns:
            value = plain[name]
            if value is not None:
                if formatted and (text := _formatted(call, table, column, row, value)) is not None:
                    result[f"{name}@{FORMATTED}"] = text
                if column.type in LOOKUP_TYPES:
                    target, nav = target_of(column, row)
                    if navigation:
                        result[f"{name}@{NAVIGATION}"] = nav
                    if logical:
                        result[f"{name}@{LOGICAL_NAME}"] = target
            result[name] = value
        return result

    return annotate


def target_of(column: Column, row: Row) -> tuple[str, str]:
    """The table a lookup's value points to, and the navigation property of that table."""
    if not column.polymorphic:
        return column.targets[0].table, column.targets[0].nav
    name = row[f"{column.wire}@table"]
    return name, next(target.nav for target in column.targets if target.table == name)


def _formatted(call: Call, table: Table, column: Column, row: Row, value: Any) -> str | None:
    kind = column.type
    if kind == "MultiSelectPicklist":
        labels = call.store.options[table.name, column.name]
        return "; ".join(labels.get(int(part), part) for part in value.split(","))
    if kind in OPTION_TYPES:
        return call.store.options[table.name, column.name].get(value, str(value))
    if kind in LOOKUP_TYPES:
        target, _nav = target_of(column, row)
        return primary_name(call, target, value)
    if kind == "Boolean":
        return column.yes_no[bool(value)]
    if kind == "Money":
        return _money(call, column, row, value)
    if kind == "DateTime":
        return _american(value)
    if kind in ("Integer", "BigInt"):
        return f"{value:,}"
    if kind in ("Decimal", "Double"):
        return f"{value:,.{column.precision}f}"
    return None


def primary_name(call: Call, table: str, key: str) -> str | None:
    """The name of a row a lookup points to."""
    row = call.store.get(table, key)
    name = call.store.tables[table].primary_name
    return row.get(name) if row is not None and name else None


def _money(call: Call, column: Column, row: Row, value: float) -> str:
    key = row.get("_transactioncurrencyid_value")
    if column.name.endswith("_base"):
        key = call.store.organization()["_basecurrencyid_value"]
    currency = call.store.get("transactioncurrency", key) or {}
    return f"{currency.get('currencysymbol') or ''}{value:,.{currency.get('currencyprecision', 2)}f}"


def _american(value: str) -> str:
    """A date or moment as the organisation's locale (1033) writes it."""
    year, month, day = value[:10].split("-")
    text = f"{int(month)}/{int(day)}/{int(year)}"
    if len(value) == 10:
        return text
    hour = int(value[11:13])
    return f"{text} {hour % 12 or 12}:{value[14:16]} {'AM' if hour < 12 else 'PM'}"
