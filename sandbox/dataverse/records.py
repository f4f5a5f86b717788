"""Single rows: read, create, change, upsert, delete, one property."""

from __future__ import annotations

from typing import Any

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors, keys, query
from sandbox.dataverse.call import Call
from sandbox.dataverse.render import etag
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer

REPRESENTED = {"preference-applied": "return=representation"}


def read(call: Call, table: Table, key: str, options: query.Options) -> Response:
    """GET of one row."""
    call.require("Read", table.name)
    row = existing(call, table, key)
    call.require_row("Read", table.name, row)
    condition = call.headers.get("if-none-match", "")
    if condition == etag(row) and table.optimistic and not options.expand:
        return answers.empty({"etag": etag(row)}, 304)
    return _represented(call, table, row, options, 200, {"etag": etag(row)})


def existing(call: Call, table: Table, key: str) -> Row:
    """The row a key names. Raises: ServiceError 404."""
    found = keys.resolve(call, table, key)
    row = call.store.get(table.name, found)
    if row is None:
        raise errors.not_found(table.name, found)
    return row


def create(call: Call, table: Table, body: Any, options: query.Options) -> Response:
    """POST to a set."""
    query.checked_select(table, options.select)
    key = Writer(call).create(table.name, body)
    return _written(call, table, key, options, created=True)


def change(call: Call, table: Table, key: str, body: Any, options: query.Options) -> Response:
    """PATCH of one row: an upsert unless `If-Match` or `If-None-Match` narrow it."""
    query.checked_select(table, options.select)
    found = keys.primary_key(table, key)
    values: dict[str, Any] = {}
    if found is None:
        values = keys.alternate_key(call, table, key)
        found = keys.find_by_key(call, table, values)
    row = call.store.get(table.name, found)
    if row is None:
        return _insert_or_refuse(call, table, found, values, body, options)
    if call.headers.get("if-none-match") == "*":
        raise errors.row_exists()
    check_version(call, table, row)
    Writer(call).update(table.name, row[table.primary_id], body)
    return _written(call, table, row[table.primary_id], options, created=False)


def _insert_or_refuse(
    call: Call, table: Table, key: str | None, values: dict[str, Any], body: Any, options: query.Options
) -> Response:
    if "if-match" in call.headers:
        raise errors.not_found(table.name, key) if key else errors.key_not_found(table.name)
    given = dict(body) if isinstance(body, dict) else body
    for wire, value in values.items():
        column = table.by_wire[wire]
        if wire == column.name:
            given.setdefault(wire, value)
        else:
            given.setdefault(f"{column.targets[0].nav}@odata.bind", _address(call, column.targets[0].table, value))
    return _written(call, table, Writer(call).create(table.name, given, key), options, created=True)


def _address(call: Call, name: str, key: str) -> str:
    return f"/{call.table(name).set_name}({key})"


def check_version(call: Call, table: Table, row: Row) -> None:
    """Refuse a write whose `If-Match` names another version. Raises: ServiceError 400 or 412."""
    wanted = call.headers.get("if-match")
    if wanted in (None, "*"):
        return
    if not table.optimistic:
        raise errors.bad_request("0x8006088d", f"Optimistic concurrency isn't enabled for entity type {table.name}.")
    if wanted != etag(row):
        raise errors.version_mismatch()


def delete(call: Call, table: Table, key: str) -> Response:
    """DELETE of one row."""
    row = existing(call, table, key)
    check_version(call, table, row)
    Writer(call).delete(table.name, row[table.primary_id])
    return answers.empty()


def _written(call: Call, table: Table, key: str, options: query.Options, *, created: bool) -> Response:
    headers = answers.located(call, table.set_name, key)
    if not call.wants_representation:
        return answers.empty(headers)
    row = call.store.rows(table.name)[key]
    if not created:
        options = query.Options(select=options.select)
    return _represented(call, table, row, options, 201 if created else 200, headers | REPRESENTED)


def _represented(
    call: Call, table: Table, row: Row, options: query.Options, status: int, headers: dict[str, str]
) -> Response:
    context = query.context(call, table, options, "/$entity")
    body = {"@odata.context": context, **query.row_renderer(call, table, options)(row)}
    return answers.body(body, status, headers)


# ── one property ────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_property(call: Call, table: Table, key: str, name: str, *, bare: bool = False) -> Response:
    """GET of one column; `bare` is the value alone, as text."""
    row = existing(call, table, key)
    call.require_row("Read", table.name, row)
    if name not in table.by_wire:
        raise errors.property_unknown(name, table.name)
    value = row.get(name, table.defaults.get(name))
    if value is None:
        return answers.empty()
    if bare:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Response(200, {"content-type": "text/plain"}, text.encode())
    context = f"{call.base}$metadata#{table.set_name}({row[table.primary_id]})/{name}"
    return answers.body({"@odata.context": context, "value": value})


def write_property(call: Call, table: Table, key: str, name: str, value: Any) -> Response:
    """PUT or DELETE of one column."""
    row = existing(call, table, key)
    check_version(call, table, row)
    Writer(call).update(table.name, row[table.primary_id], {name: value})
    return answers.empty()
