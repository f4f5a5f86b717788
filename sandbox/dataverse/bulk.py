"""CreateMultiple, UpdateMultiple and UpsertMultiple: all rows or none.

Source: learn.microsoft.com, "Use bulk operation messages".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.common.wire import Response
from sandbox.dataverse import answers, errors, keys
from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import Table
from sandbox.dataverse.writer import Writer

TYPE = "@odata.type"


def run(call: Call, table: Table, message: str, body: Any) -> Response | None:
    """Answer a bulk message; None if there is no such message or the table does not offer it."""
    action = _MESSAGES.get(message)
    if action is None or not table.bulk:
        return None
    targets = body.get("Targets") if isinstance(body, dict) else None
    if not isinstance(targets, list) or not targets:
        raise errors.bad_request("0x80040203", "The parameter 'Targets' needs at least one entity.")
    for target in targets:
        kind = target.get(TYPE, "") if isinstance(target, dict) else ""
        if kind.lstrip("#") != f"Microsoft.Dynamics.CRM.{table.name}":
            inner = f"The '{TYPE}' of a target is missing or is not 'Microsoft.Dynamics.CRM.{table.name}'."
            raise errors.payload_invalid(table.set_name, inner)
    return action(call, table, targets)


def _create(call: Call, table: Table, targets: list[dict[str, Any]]) -> Response:
    writer = Writer(call)
    ids = [writer.create(table.name, target) for target in targets]
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
    return answers.body({"@odata.context": context, "Ids": ids})


def _update(call: Call, table: Table, targets: list[dict[str, Any]]) -> Response:
    ids = [_id(call, table, target) for target in targets]
    _refuse_repeated(ids)
    absent = [key for key in ids if call.store.get(table.name, key) is None]
    if absent:
        text = f"{table.name} With Ids = {', '.join(map(str, absent))} Do Not Exist"
        raise errors.ServiceError(404, "0x80040217", text)
    writer = Writer(call)
    for key, target in zip(ids, targets, strict=True):
        writer.update(table.name, str(key), _without_id(table, target))
    return answers.empty()


def _upsert(call: Call, table: Table, targets: list[dict[str, Any]]) -> Response:
    writer = Writer(call)
    _refuse_repeated([_id(call, table, target) for target in targets])
    for target in targets:
        key = _id(call, table, target)
        values = _key_values(call, table, target)
        if key is not None and call.store.get(table.name, key) is not None:
            writer.update(table.name, key, _without_id(table, target))
        elif values.keys() & target.keys():
            raise errors.bad_request("0x80040216", "Key columns stand both in the '@odata.id' and in the body.")
        else:
            writer.create(table.name, {**_without_id(table, target), **values}, key)
    return answers.empty()


def _id(call: Call, table: Table, target: dict[str, Any]) -> str | None:
    """The id a target names; None if its alternate key matches nothing."""
    given = target.get(table.primary_id)
    if given is not None:
        found = keys.primary_key(table, str(given))
        if found is None:
            raise errors.payload_invalid(table.set_name, f"'{given}' is not an id.")
        return found
    key = _odata_key(target)
    if key is None:
        raise errors.bad_request("0x80040203", "Each target needs its id.")
    return keys.primary_key(table, key) or keys.find_by_key(call, table, keys.alternate_key(call, table, key))


def _odata_key(target: dict[str, Any]) -> str | None:
    address = target.get("@odata.id")
    return keys.split_segment(str(address).rpartition("/")[2])[1] if address else None


def _key_values(call: Call, table: Table, target: dict[str, Any]) -> dict[str, Any]:
    key = _odata_key(target)
    return {} if key is None or keys.primary_key(table, key) else keys.alternate_key(call, table, key)


def _without_id(table: Table, target: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in target.items() if name != table.primary_id}


def _refuse_repeated(ids: list[str | None]) -> None:
    named = [key for key in ids if key is not None]
    if len(named) != len(set(named)):
        raise errors.bad_request("0x80040203", "A row stands twice among the targets.")


_MESSAGES: dict[str, Callable[[Call, Table, list[dict[str, Any]]], Response]] = {
    "CreateMultiple": _create,
    "UpdateMultiple": _update,
    "UpsertMultiple": _upsert,
}
