"""Merges two accounts or two contacts: what hangs on the one moves to the other, and the one is deactivated.

The caller says in `UpdateContent` what the remaining row takes over; empty values in it leave the row as it is.
Source: learn.microsoft.com, "Merge table rows using the Web API", and "Web service error codes" for the refusals.
"""

from __future__ import annotations

from sandbox.dataverse import errors
from sandbox.dataverse.actions.parameters import Body, entity_of, required, values_of
from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import LOOKUP_TYPES, Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer

PARENTS = {"account": "_parentaccountid_value", "contact": "_parentcustomerid_value"}
_ACTIVE_QUOTE = 1
_INACTIVE = {"statecode": 1, "statuscode": 2}


def merge(call: Call, body: Body) -> None:
    """Merge `Subordinate` into `Target`. Raises: ServiceError 400, 403 or 404."""
    table, target = entity_of(call, body, "Target")
    other, subordinate = entity_of(call, body, "Subordinate")
    checks = required(body, "PerformParentingChecks")
    _check_types(table, other)
    call.require_privilege("prvMerge")
    for row in (target, subordinate):
        call.require_row("Write", table.name, row)
    writer = Writer(call)
    _check(writer, table, target, subordinate, parents=bool(checks))
    key, gone = target[table.primary_id], subordinate[table.primary_id]
    content = values_of(call, body, "UpdateContent", "U")
    if content is not None:
        _check_types(table, content[0])
        writer.modify(table, target, {name: value for name, value in content[1].items() if value is not None})
    call.counts += [(table.name, "updated"), (table.name, "updated")]
    _move_children(writer, table, gone, key)
    fresh = call.store.rows(table.name)[gone]
    writer.overwrite(table, fresh, {"merged": True, "_masterid_value": key, **_INACTIVE})
    if content is None:
        writer.overwrite(table, call.store.rows(table.name)[key], {})


def _check_types(table: Table, other: Table) -> None:
    if table.name not in PARENTS:
        raise errors.bad_request("0x80040800", f"The 'Merge' method does not support entities of type '{table.name}'.")
    if table.name != other.name:
        raise errors.bad_request("0x80040203", "Merge needs two rows of the same entity.")


def _check(writer: Writer, table: Table, target: Row, subordinate: Row, *, parents: bool) -> None:
    """Refuse what cannot be merged."""
    key, gone = target[table.primary_id], subordinate[table.primary_id]
    if key == gone:
        text = "Merge cannot be performed on master and sub-entities that are identical."
        raise errors.bad_request("0x80045305", text)
    if target["statecode"] or subordinate["statecode"]:
        raise errors.bad_request("0x80045304", "Merge cannot be performed on entity that is inactive.")
    quotes = writer.store.data["quote"]
    if any(quotes.rows[each]["statecode"] == _ACTIVE_QUOTE for each in quotes.find("_customerid_value", gone)):
        text = "Merge cannot be performed on sub-entity that has active quote."
        raise errors.bad_request("0x80045302", text)
    parent = PARENTS[table.name]
    if target.get(parent) == gone:
        raise errors.bad_request("0x80045300", "Merge could create cyclical parenting.")
    if parents and target.get(parent) != subordinate.get(parent):
        lost = target.get(parent) is None
        code, text = (
            ("0x80045317", "Merge warning: sub-entity might lose parenting")
            if lost
            else ("0x80045316", "Merge warning: sub-entity will be differently parented.")
        )
        raise errors.bad_request(code, text)


def _move_children(writer: Writer, table: Table, gone: str, key: str) -> None:
    """Let everything that points to the subordinate point to the remaining row."""
    store = writer.store
    for child in list(store.tables.values()):
        for column in child.columns.values():
            if column.type not in LOOKUP_TYPES or column.name == "masterid":
                continue
            if not any(target.table == table.name for target in column.targets):
                continue
            data = store.data[child.name]
            for each in sorted(data.find(column.wire, gone)):
                writer.overwrite(child, data.rows[each], {column.wire: key})
    for relationship, sides in store.many_to_many.items():
        if sides[0] == table.name:
            for right in list(store.linked(relationship, gone)):
                store.unlink(relationship, gone, right)
                store.link(relationship, key, right)
