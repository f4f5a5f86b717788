"""What a webhook is sent: the execution context as JSON.

Source: learn.microsoft.com, "Understand the execution context", "Sample: webhook payload".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.dataverse.call import Call
from sandbox.dataverse.render import primary_name, target_of
from sandbox.dataverse.schema import LOOKUP_TYPES, Column, Table
from sandbox.dataverse.store import Row

CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
POST_OPERATION, ASYNCHRONOUS = 40, 1
Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one row. `names` are the wire names a create or an update was about."""

    message: str
    table: Table
    key: str
    before: Row | None
    after: Row | None
    names: frozenset[str]


def build(call: Call, event: Event, images: Iterable[Row], operation: str) -> Value:
    """The body of one post."""
    organization = call.store.organization()
    unit = (call.store.get("systemuser", call.user) or {}).get("_businessunitid_value")
    return {
        "BusinessUnitId": unit,
        "CorrelationId": str(uuid.uuid4()),
        "Depth": 1,
        "InitiatingUserAzureActiveDirectoryObjectId": "00000000-0000-0000-0000-000000000000",
        "InitiatingUserId": call.writer,
        "InputParameters": _input(call, event),
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": event.message,
        "Mode": ASYNCHRONOUS,
        "OperationCreatedOn": _moment(call.now),
        "OperationId": operation,
        "OrganizationId": organization["organizationid"],
        "OrganizationName": organization["name"],
        "OutputParameters": [{"key": "id", "value": event.key}] if event.message == "Create" else [],
        "OwningExtension": None,
        "ParentContext": None,
        "PostEntityImages": _images(call, event, images, wanted=1, row=event.after),
        "PreEntityImages": _images(call, event, images, wanted=0, row=event.before),
        "PrimaryEntityId": event.key,
        "PrimaryEntityName": event.table.name,
        "RequestId": str(uuid.uuid4()),
        "SecondaryEntityName": "none",
        "SharedVariables": [],
        "Stage": POST_OPERATION,
        "UserId": call.writer,
    }


def _input(call: Call, event: Event) -> list[Value]:
    """The target: the whole new row, the changed columns, or a reference to what is gone."""
    if event.after is None:
        return [{"key": "Target", "value": reference(event.table.name, event.key, None)}]
    names = event.names if event.message == "Update" else frozenset(event.after)
    return [{"key": "Target", "value": entity(call, event.table, event.after, names)}]


def _images(call: Call, event: Event, images: Iterable[Row], *, wanted: int, row: Row | None) -> list[Value]:
    """The registered images, and the row's name that every asynchronous step gets after the operation."""
    if row is None:
        return []
    found = []
    for image in images:
        if image.get("imagetype") in (wanted, 2):
            columns = str(image.get("attributes") or "").lower().split(",")
            names = {_wire(event.table, name.strip()) for name in columns if name.strip()}
            chosen = frozenset(names) if names else frozenset(row)
            found.append({"key": image.get("entityalias"), "value": entity(call, event.table, row, chosen)})
    name = event.table.primary_name
    if wanted == 1 and name:
        found.append({"key": "AsynchronousStepPrimaryName", "value": entity(call, event.table, row, frozenset({name}))})
    return found


def _wire(table: Table, name: str) -> str:
    return table.columns[name].wire if name in table.columns else name


def entity(call: Call, table: Table, row: Row, names: frozenset[str]) -> Value:
    """A row with some of its columns, as the platform serializes it."""
    attributes, formatted = [], []
    for wire in sorted(names | {table.primary_id}):
        column = table.by_wire.get(wire)
        if column is None or wire not in row:
            continue
        attributes.append({"key": column.name, "value": attribute(call, column, row, row[wire])})
        if column.type in ("Picklist", "State", "Status") and row[wire] is not None:
            text = call.store.options[table.name, column.name].get(row[wire], str(row[wire]))
            formatted.append({"key": column.name, "value": text})
    return {
        "__type": f"Entity:{CONTRACTS}",
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": formatted,
        "Id": row.get(table.primary_id),
        "KeyAttributes": [],
        "LogicalName": table.name,
        "RelatedEntities": [],
        "RowVersion": str(row.get("versionnumber", "")),
    }


def attribute(call: Call, column: Column, row: Row, value: Any) -> Any:
    """One value, with its type where JSON has none."""
    if value is None:
        return None
    kind = column.type
    if kind in ("Picklist", "State", "Status"):
        return {"__type": f"OptionSetValue:{CONTRACTS}", "Value": value}
    if kind == "MultiSelectPicklist":
        options = [{"__type": f"OptionSetValue:{CONTRACTS}", "Value": int(each)} for each in str(value).split(",")]
        return {"__type": f"OptionSetValueCollection:{CONTRACTS}", "Values": options}
    if kind == "Money":
        return {"__type": f"Money:{CONTRACTS}", "Value": value}
    if kind in LOOKUP_TYPES:
        table, _nav = target_of(column, row)
        return reference(table, value, primary_name(call, table, value))
    return _moment(value) if kind == "DateTime" else value


def reference(table: str, key: str, name: str | None) -> Value:
    """A row named by its id."""
    return {
        "__type": f"EntityReference:{CONTRACTS}",
        "Id": key,
        "KeyAttributes": [],
        "LogicalName": table,
        "Name": name,
        "RowVersion": None,
    }


def _moment(text: str) -> str:
    """A time as Microsoft's older JSON writes it: milliseconds since 1970."""
    value = datetime.fromisoformat(text)
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value
    return f"/Date({int(value.timestamp() * 1000)}+0000)/"
