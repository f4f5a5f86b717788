"""CreateMultiple, UpdateMultiple and UpsertMultiple: all rows or none.

Source: learn.microsoft.com, "Use bulk operation messages". What happens to a row that stands twice in one call is not
published: the first is applied and the rest ignored, unless the store's `repeated_rows` says "refuse".
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
Target = dict[str, Any]


def run(call: Call, table: Table, message: str, body: Any) -> Response | None:
    """Answer a bulk message; None if there is no such message or the table does not offer it."""
    if message == "DeleteMultiple":
        raise errors.ServiceError(501, "0x80004001", "DeleteMultiple has not yet been implemented.")
    action = _MESSAGES.get(message)
    if action is None or not table.bulk:
        return None
    targets = body.get("Targets") if isinstance(body, dict) else None
    if not isinstance(targets, list) or not targets:
        raise errors.bad_request("0x80040203", "The parameter 'Targets' needs at least one entity.")
    for target in targets:
        kind = target.get(TYPE, "") if isinstance(target, dict) else ""
        if str(kind).lstrip("#") != f"Microsoft.Dynamics.CRM.{table.name}":
            inner = f"The '{TYPE}' of a target is missing or is not 'Microsoft.Dynamics.CRM.{table.name}'."
            raise errors.payload_invalid(table.set_name, inner)
    return action(call, table, targets)


def _create(call: Call, table: Table, targets: list[Target]) -> Response:
    writer = Writer(call)
    ids = [writer.create(table.name, target) for target in targets]
    context = f"{call.base}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
    return answers.body({"@odata.context": context, "Ids": ids})


def _update(call: Call, table: Table, targets: list[Target]) -> Response:
    named = [(_id(call, table, target), target) for target in targets]
    absent = [key for key, _target in named if call.store.get(table.name, key) is None]
    if absent:
        text = f"{table.name} With Ids = {', '.join(map(str, absent))} Do Not Exist"
        raise errors.ServiceError(404, "0x80040217", text)
    writer = Writer(call)
    for key, target in _once(call, named):
        writer.update(table.name, str(key), _without_id(table, target))
    return answers.empty()


def _upsert(call: Call, table: Table, targets: list[Target]) -> Response:
    writer = Writer(call)
    named = [(_id(call, table, target) or _key_of(call, table, target), target) for target in targets]
    for _identity, target in _once(call, named):
        key = _id(call, table, target)
        values = _key_values(call, table, target)
        if key is not None and call.store.get(table.name, key) is not None:
            writer.update(table.name, key, _without_id(table, target))
        elif values.keys() & target.keys():
            raise errors.bad_request("0x80040216", "Key columns stand both in the '@odata.id' and in the body.")
        else:
            writer.create(table.name, {**_without_id(table, target), **_written(call, table, values)}, key)
    return answers.empty()


def _once(call: Call, named: list[tuple[Any, Target]]) -> list[tuple[Any, Target]]:
    """The targets, each row once: the first counts. Raises: ServiceError 400 if the switch says to refuse."""
    first: dict[Any, Target] = {}
    for identity, target in named:
        first.setdefault(identity, target)
    if len(first) < len(named) and call.store.repeated_rows == "refuse":
        raise errors.bad_request("0x80040203", "A row stands twice among the targets.")
    return list(first.items())


def _id(call: Call, table: Table, target: Target) -> str | None:
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


def _odata_key(target: Target) -> str | None:
    address = target.get("@odata.id")
    return keys.split_segment(str(address).rpartition("/")[2])[1] if address else None


def _key_values(call: Call, table: Table, target: Target) -> Target:
    key = _odata_key(target)
    return {} if key is None or keys.primary_key(table, key) else keys.alternate_key(call, table, key)


def _written(call: Call, table: Table, values: Target) -> Target:
    """Key values in the form a body has them: lookups by navigation property."""
    found: Target = {}
    for wire, value in values.items():
        column = table.by_wire[wire]
        if wire == column.name:
            found[wire] = value
        else:
            target = column.targets[0]
            found[f"{target.nav}@odata.bind"] = f"/{call.table(target.table).set_name}({value})"
    return found


def _key_of(call: Call, table: Table, target: Target) -> tuple[tuple[str, Any], ...]:
    """The alternate key of a row that is not there yet, in a form that can be compared; text without regard to case."""
    values = _key_values(call, table, target).items()
    return tuple(sorted((name, value.lower() if isinstance(value, str) else value) for name, value in values))


def _without_id(table: Table, target: Target) -> Target:
    return {name: value for name, value in target.items() if name != table.primary_id}


_MESSAGES: dict[str, Callable[[Call, Table, list[Target]], Response]] = {
    "CreateMultiple": _create,
    "UpdateMultiple": _update,
    "UpsertMultiple": _upsert,
}
