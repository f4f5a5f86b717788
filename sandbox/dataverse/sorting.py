"""The order of rows: nulls first, text without regard to case, lookups by the name of the row they point to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.dataverse.call import Call
from sandbox.dataverse.render import primary_name, target_of
from sandbox.dataverse.schema import LOOKUP_TYPES, Column, Table
from sandbox.dataverse.scope import TableScope
from sandbox.dataverse.store import Row


def in_order(call: Call, table: Table, rows: list[Row], order: list[tuple[str, bool]]) -> list[Row]:
    """The rows in order of property paths, each with whether it descends. Raises: ServiceError 400."""
    for path, descends in reversed(order):
        get = _value(call, table, path)
        rows = sorted(rows, key=lambda row: ((value := get(row)) is not None, value), reverse=descends)
    return rows


def _value(call: Call, table: Table, path: str) -> Callable[[Row], Any]:
    column = table.by_wire.get(path)
    if column is not None and column.type in LOOKUP_TYPES:
        return lambda row: _folded(_name_behind(call, column, row))
    get = TableScope(call, table).property(path.split("/")).get
    return lambda row: _folded(get(row))


def _name_behind(call: Call, column: Column, row: Row) -> str | None:
    key = row.get(column.wire)
    return primary_name(call, target_of(column, row)[0], key) if key is not None else None


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
