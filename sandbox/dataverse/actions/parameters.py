"""Reads the parameters of actions and builds their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors, query
from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.values import GUID
from sandbox.dataverse.writer import Writer

Body = dict[str, Any]
Action = Callable[[Call, Body], Response | None]
BoundAction = Callable[[Call, str, Body], Response | None]
TYPE = "@odata.type"
PREFIX = "Microsoft.Dynamics.CRM."


def required(body: Body, name: str) -> Any:
    """A parameter that must be there. Raises: ServiceError 400."""
    if body.get(name) is None:
        raise errors.bad_request("0x80040203", f"Required field '{name}' is missing")
    return body[name]


def row_of(call: Call, body: Body, name: str, table: str) -> Row:
    """The row that an id parameter names. Raises: ServiceError 400 or 404."""
    key = required(body, name)
    if not isinstance(key, str) or not GUID.fullmatch(key):
        inner = f"Cannot convert the literal '{key}' to the expected type 'Edm.Guid'."
        raise errors.payload_invalid(name, inner)
    return Writer(call).existing(table, key.lower())


def entity_of(call: Call, body: Body, name: str) -> tuple[Table, Row]:
    """Table and row of a parameter that is an entity: a type and a primary id. Raises: ServiceError 400 or 404."""
    value = required(body, name)
    table = _table_of(call, value, name)
    key = value.get(table.primary_id)
    if not isinstance(key, str) or not GUID.fullmatch(key):
        raise errors.bad_request("0x80040203", f"Required field '{name}.{table.primary_id}' is missing")
    return table, Writer(call).existing(table.name, key.lower())


def values_of(call: Call, body: Body, name: str, action: str) -> tuple[Table, Row] | None:
    """Table and converted values of a parameter that is an entity; None if it was not given. Raises: ServiceError 400."""
    value = body.get(name)
    if value is None:
        return None
    table = _table_of(call, value, name)
    values = Writer(call).read(table, value, action)
    values.pop(table.primary_id, None)
    return table, values


def _table_of(call: Call, value: Any, name: str) -> Table:
    kind = value.get(TYPE) if isinstance(value, dict) else None
    table = str(kind).lstrip("#").removeprefix(PREFIX)
    if not isinstance(value, dict) or table not in call.store.tables:
        inner = f"The '{TYPE}' of the parameter '{name}' is missing or names no entity type."
        raise errors.payload_invalid(name, inner)
    return call.table(table)


def selected(call: Call, table: Table, body: Body) -> list[str] | None:
    """The properties a `ColumnSet` asks for; None is all. Raises: ServiceError 400."""
    given = body.get("ColumnSet")
    if not isinstance(given, dict) or given.get("AllColumns") or "Columns" not in given:
        return None
    wires: list[str] = []
    for name in given["Columns"]:
        column = table.columns.get(str(name))
        if column is None:
            text = f"'{table.name}' entity doesn't contain attribute with Name = '{name}'."
            raise errors.bad_request("0x80041103", text)
        wires.append(column.wire)
    return wires


def entity_answer(call: Call, table: Table, key: str, body: Body) -> Response:
    """The answer of an action that returns a row."""
    call.require("Read", table.name)
    options = query.Options(select=selected(call, table, body))
    row = call.store.rows(table.name)[key]
    context = f"{call.base}$metadata#{table.set_name}/$entity"
    return answers.body({"@odata.context": context, **query.row_renderer(call, table, options)(row)})
