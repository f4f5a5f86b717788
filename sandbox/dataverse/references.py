"""What hangs below a row: its related rows, and `$ref`, which relates and separates rows.

Source: learn.microsoft.com, "Associate and disassociate table rows using the Web API".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors, keys, query
from sandbox.dataverse.call import MAX_PAGE, Call
from sandbox.dataverse.options import parse_options
from sandbox.dataverse.relations import children, collection, is_link
from sandbox.dataverse.render import target_of
from sandbox.dataverse.rules.identity import check_holder
from sandbox.dataverse.schema import Table
from sandbox.dataverse.scope import shares_nav
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer


def existing(call: Call, table: Table, key: str) -> Row:
    """The row a key names, which the caller may read. Raises: ServiceError 403, 404."""
    found = keys.resolve(call, table, key)
    row = call.store.get(table.name, found)
    if row is None:
        raise errors.not_found(table.name, found)
    call.require_row("Read", table.name, row)
    return row


# ── related rows ────────────────────────────────────────────────────────────────────────────────────────────────────────


def behind(call: Call, table: Table, row: Row, nav: str) -> tuple[Table, str] | None:
    """Table and id of the row a single-valued navigation property leads to, or None."""
    column, target = table.navs[nav]
    found = row.get(column.wire)
    if found is None:
        return None
    name = target_of(column, row)[0]
    return (call.table(name), found) if name == target.table or shares_nav(column) else None


def related(
    call: Call, table: Table, key: str, nav: str, raw: Mapping[str, str], snapshots: query.Snapshots, address: str
) -> Response:
    """GET of a collection-valued navigation property: a page of a list."""
    row = existing(call, table, key)
    name, rows = children(call, table, nav)
    body = query.list_rows(call, call.table(name), parse_options(raw), snapshots, address, rows(row))
    return answers.body(body, headers=query.applied(call))


def count(call: Call, table: Table, key: str, nav: str, raw: Mapping[str, str]) -> Response:
    """GET of `/$count` below a collection."""
    row = existing(call, table, key)
    name, rows = children(call, table, nav)
    call.require("Read", name)
    found = query.matching(call, call.table(name), parse_options(raw), rows(row))
    return Response(200, {"content-type": "text/plain"}, str(min(len(found), MAX_PAGE)).encode())


# ── $ref ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def answer(
    call: Call,
    verb: str,
    table: Table,
    key: str,
    nav: str,
    raw: Mapping[str, str],
    body: bytes,
    snapshots: query.Snapshots,
) -> Response:
    """Answer a request to `/NAV/$ref` or `/NAV(key)/$ref`. Raises: ServiceError."""
    name, other = keys.split_segment(nav)
    row = existing(call, table, key)
    if name in table.navs and other is None:
        return _single(call, verb, table, row, name, body)
    if name in table.navs:
        raise errors.query_invalid(f"The single-valued '{name}' takes no key.")
    if verb == "GET" and other is None:
        return _addresses(call, table, row, name, raw, snapshots)
    if verb == "POST" and other is None:
        _relate(call, verb, table, row, name, _referenced(body))
    elif verb == "DELETE":
        _relate(call, verb, table, row, name, _removed(call, table, name, other, raw))
    else:
        raise errors.ServiceError(405, "0x80060888", f"The verb {verb} is not allowed on '{nav}/$ref'.")
    return answers.empty()


def _single(call: Call, verb: str, table: Table, row: Row, nav: str, body: bytes) -> Response:
    if verb == "GET":
        found = behind(call, table, row, nav)
        if found is None:
            return answers.empty()
        address = f"{call.base}{found[0].set_name}({found[1]})"
        return answers.body({"@odata.context": f"{call.base}$metadata#$ref", "@odata.id": address})
    if verb not in ("PUT", "DELETE"):
        raise errors.ServiceError(405, "0x80060888", f"The verb {verb} is not allowed on '{nav}/$ref'.")
    address_or_none = _referenced(body) if verb == "PUT" else None
    Writer(call).update(table.name, row[table.primary_id], {f"{nav}@odata.bind": address_or_none})
    return answers.empty()


def _addresses(
    call: Call, table: Table, row: Row, nav: str, raw: Mapping[str, str], snapshots: query.Snapshots
) -> Response:
    """The addresses of related rows."""
    options = parse_options(raw)
    if options.select or options.expand:
        raise errors.query_invalid("$select and $expand do not go with $ref.")
    name, rows = children(call, table, nav)
    child = call.table(name)
    own = row[table.primary_id]
    options.select = [child.primary_id]
    address = f"{table.set_name}({own})/{nav}/$ref"
    page = query.list_rows(call, child, options, snapshots, address, rows(row))
    page["@odata.context"] = f"{call.base}$metadata#Collection($ref)"
    page["value"] = [{"@odata.id": f"{call.base}{child.set_name}({each[child.primary_id]})"} for each in page["value"]]
    return answers.body(page)


def _removed(call: Call, table: Table, nav: str, other: str | None, raw: Mapping[str, str]) -> str:
    """The address of the row to separate: by the key behind the property, or by `$id`."""
    if other is not None:
        name, _rows = children(call, table, nav)
        return f"{call.table(name).set_name}({other})"
    if "$id" not in raw:
        raise errors.query_invalid("The key of the related row is missing.")
    return raw["$id"]


def _relate(call: Call, verb: str, table: Table, row: Row, nav: str, address: str) -> None:
    """Relate a row with another by a collection, or separate them."""
    own = row[table.primary_id]
    other, other_key = keys.resolve_address(call, address)
    found = call.store.get(other.name, other_key)
    if found is None:
        raise errors.not_found(other.name, other_key)
    if is_link(call.store, table, nav):
        _link(call, verb, table, own, nav, other, other_key)
        return
    child, column = collection(call.store, table, nav) or ("", "")
    if child != other.name:
        raise errors.property_unknown(nav, table.name)
    wire = other.columns[column].wire
    if verb == "DELETE" and found.get(wire) != own:
        raise errors.not_found(other.name, other_key)
    nav_name = next(each.nav for each in other.columns[column].targets if each.table == table.name)
    bound = f"/{table.set_name}({own})" if verb == "POST" else None
    Writer(call).update(other.name, other_key, {f"{nav_name}@odata.bind": bound})


def _link(call: Call, verb: str, table: Table, own: str, nav: str, other: Table, other_key: str) -> None:
    left, right = call.store.many_to_many[nav]
    if {table.name, other.name} != {left, right}:
        raise errors.property_unknown(nav, table.name)
    if right == "role":
        call.require("Assign", "role")
    elif left == "team":
        call.require("Write", "team")
    else:
        call.require("Append", left)
        call.require("AppendTo", right)
    pair = (own, other_key) if table.name == left else (other_key, own)
    if verb == "POST":
        check_holder(call, nav, *pair)
        call.store.link(nav, *pair)
    else:
        call.store.unlink(nav, *pair)


def _referenced(body: bytes) -> str:
    try:
        value: Any = orjson.loads(body)["@odata.id"]
    except (ValueError, KeyError, TypeError) as error:
        raise errors.query_invalid("The body needs an '@odata.id'.") from error
    return str(value)
