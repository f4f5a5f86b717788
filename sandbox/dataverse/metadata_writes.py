"""What can be changed about metadata: change tracking, alternate keys. New tables and columns come with solutions.

Source: learn.microsoft.com, "Create and update table definitions using the Web API", "Define alternate keys".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from sandbox.common.wire import Response
from sandbox.dataverse import answers, definitions, errors, keys, relationships
from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import LOOKUP_TYPES, Table
from sandbox.dataverse.solutions import jobs

Value = dict[str, Any]
KEY_TYPES = frozenset({"Decimal", "Integer", "String", "DateTime", "Picklist"}) | LOOKUP_TYPES
MAX_KEYS, MAX_KEY_COLUMNS = 10, 16


def answer(call: Call, verb: str, name: str, table: Table | None, below: list[str], body: bytes) -> Response:
    """Answer a change of metadata. Raises: ServiceError 400, 403, 404, 501."""
    call.require_customizer()
    if table is not None and verb == "PUT" and not below:
        return _replace(call, table, _body(body))
    part, key = keys.split_segment(below[0]) if len(below) == 1 else ("", None)
    if table is not None and part == "Keys":
        if verb == "POST" and key is None:
            return _add_key(call, table, _body(body))
        if verb == "DELETE" and key is not None:
            return _drop_key(call, table, key)
    raise errors.not_supported(f"{verb} on {'/'.join([name, *below])}: new tables and columns come with solutions")


def _body(body: bytes) -> Value:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.payload_invalid("EntityDefinitions", f"The JSON cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise errors.payload_invalid("EntityDefinitions", "The payload is not an object.")
    return value


def _replace(call: Call, table: Table, body: Value) -> Response:
    """PUT of a table's definition: change tracking can be switched on, nothing else can be changed."""
    shown = definitions.entity(call, table)
    for name, value in body.items():
        held = shown.get(name)
        if name == "ChangeTrackingEnabled" or "@" in name or isinstance(held, dict | list) or name not in shown:
            continue
        if value is not None and value != held:
            raise errors.not_supported(f"changing '{name}' of a table")
    wanted = body.get("ChangeTrackingEnabled")
    if wanted is False and table.name in call.store.tracked:
        raise errors.bad_request("0x80040203", "Change tracking cannot be switched off once it is on.")
    if wanted:
        call.store.tracked.add(table.name)
        call.store.metadata_version += 1
    return answers.empty()


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _add_key(call: Call, table: Table, body: Value) -> Response:
    if not body.get("SchemaName") or not isinstance(body.get("KeyAttributes"), list) or not body["KeyAttributes"]:
        raise errors.payload_invalid("EntityDefinitions", "A key needs SchemaName and KeyAttributes.")
    name, columns = str(body["SchemaName"]).lower(), tuple(str(column) for column in body["KeyAttributes"])
    held = call.store.keys.setdefault(table.name, {})
    if name in held:
        raise errors.bad_request("0x80060893", f"The key name '{name}' exists.")
    if frozenset(columns) in map(frozenset, held.values()):
        raise errors.bad_request("0x80060894", "A key with the same columns exists.")
    if len(held) >= MAX_KEYS or len(columns) > MAX_KEY_COLUMNS:
        text = f"A table has at most {MAX_KEYS} keys, a key at most {MAX_KEY_COLUMNS} columns."
        raise errors.bad_request("0x80060890", text)
    for column in columns:
        found = table.columns.get(column)
        if found is None or found.type not in KEY_TYPES:
            raise errors.bad_request("0x80060890", f"The column '{column}' cannot be part of a key.")
    held[name] = columns
    call.store.metadata_version += 1
    jobs.start_index(call.store, table.name, name, call.user, _seconds(call))
    address = f"{call.base}EntityDefinitions(LogicalName='{table.name}')/Keys({relationships.key_id(table.name, name)})"
    return answers.empty({"odata-entityid": address, "location": address})


def _drop_key(call: Call, table: Table, key: str) -> Response:
    held = call.store.keys.get(table.name, {})
    wanted = key.removeprefix("LogicalName=").strip("'")
    gone = next((each for each in held if wanted in (each, relationships.key_id(table.name, each))), None)
    if gone is None:
        raise errors.ServiceError(404, "0x80060888", f"Could not find the key '{wanted}' of '{table.name}'.")
    del held[gone]
    call.store.key_indexes.pop((table.name, gone), None)
    call.store.index_jobs.pop((table.name, gone), None)
    call.store.metadata_version += 1
    return answers.empty()


def reactivate_key(call: Call, body: Value) -> None:
    """ReactivateEntityKey: build the index of a failed key again. Raises: ServiceError 400, 403."""
    call.require_customizer()
    table, name = str(body.get("EntityLogicalName")), str(body.get("EntityKeyLogicalName"))
    if name not in call.store.keys.get(table, {}):
        raise errors.bad_request("0x80060890", f"The table '{table}' has no key '{name}'.")
    if call.store.key_status(table, name) != "Failed":
        raise errors.bad_request("0x80060897", "Only a key whose index has failed can be activated again.")
    jobs.start_index(call.store, table, name, call.user, _seconds(call))


def _seconds(call: Call) -> float:
    return datetime.fromisoformat(call.now).timestamp()
