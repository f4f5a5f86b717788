"""BulkDelete: a system job that deletes what a query finds.

Source: learn.microsoft.com, "Delete data in bulk", "BulkDelete Action". Of the query's operators those are understood
that name values: Equal, NotEqual, In, NotIn, Null, NotNull, GreaterThan, GreaterEqual, LessThan and LessEqual.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.dataverse import errors
from sandbox.dataverse.call import Call
from sandbox.dataverse.filter_syntax import Node
from sandbox.dataverse.filters import Test, compile_filter
from sandbox.dataverse.schema import Table
from sandbox.dataverse.scope import TableScope, kind_of
from sandbox.dataverse.solutions import jobs
from sandbox.dataverse.values import GUID
from sandbox.dataverse.writer import Writer

REQUIRED = (
    "JobName",
    "QuerySet",
    "StartDateTime",
    "RecurrencePattern",
    "SendEmailNotification",
    "ToRecipients",
    "CCRecipients",
)
COMPARISONS = {
    "Equal": "eq",
    "NotEqual": "ne",
    "GreaterThan": "gt",
    "GreaterEqual": "ge",
    "LessThan": "lt",
    "LessEqual": "le",
}
NULL: Node = ("value", "null", None)


def start(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Queue the job; its id. Raises: ServiceError 400, 403, 501."""
    missing = next((name for name in REQUIRED if name not in body), None)
    if missing is not None:
        raise errors.bad_request("0x80040203", f"The parameter '{missing}' of BulkDelete is missing.")
    if body["RecurrencePattern"]:
        raise errors.not_supported("a BulkDelete that repeats")
    call.require_privilege("prvBulkDelete", "bulkdeleteoperation", 4424)
    found = [_found(call, query) for query in body["QuerySet"]]
    for name, _keys in found:
        call.require("Delete", name)
    now = datetime.fromisoformat(call.now).timestamp()
    return {
        "JobId": jobs.start_work(call.store, jobs.BULK_DELETE, str(body["JobName"]), call.user, now, _work(call, found))
    }


def _found(call: Call, query: Any) -> tuple[str, list[str]]:
    """Table and ids of the rows a query finds."""
    name = query.get("EntityName") if isinstance(query, dict) else None
    if name not in call.store.tables:
        raise errors.bad_request("0x80041102", f"The entity with a name = '{name}' was not found.")
    table = call.table(name)
    test = _criteria(call, table, query.get("Criteria") or {})
    return name, [key for key, row in call.store.rows(name).items() if test(row)]


def _criteria(call: Call, table: Table, criteria: dict[str, Any]) -> Test:
    tests = [_condition(call, table, each) for each in criteria.get("Conditions") or []]
    tests += [_criteria(call, table, each) for each in criteria.get("Filters") or []]
    joined = any if criteria.get("FilterOperator") in ("Or", 1) else all
    return lambda row: joined(test(row) for test in tests)


def _condition(call: Call, table: Table, condition: dict[str, Any]) -> Test:
    column = table.columns.get(str(condition.get("AttributeName")))
    if column is None:
        text = f"'{table.name}' entity doesn't contain attribute with Name = '{condition.get('AttributeName')}'."
        raise errors.bad_request("0x80041103", text)
    operator = condition.get("Operator", "Equal")
    path: Node = ("path", [column.wire])
    values = [_literal(kind_of(column), each) for each in condition.get("Values") or []]
    if operator in ("Null", "NotNull"):
        node: Node = ("compare", "eq" if operator == "Null" else "ne", path, NULL)
    elif operator in ("In", "NotIn"):
        node = ("in", path, values)
        node = node if operator == "In" else ("not", node)
    elif operator in COMPARISONS and len(values) == 1:
        node = ("compare", COMPARISONS[operator], path, values[0])
    else:
        raise errors.not_supported(f"the condition operator '{operator}' in BulkDelete")
    return compile_filter(node, TableScope(call, table))


def _literal(kind: str, given: Any) -> Node:
    """A value of a condition, plain or with its type, as a literal of the column's kind."""
    value = given.get("Value") if isinstance(given, dict) else given
    if value is None:
        return NULL
    if kind == "guid" and not GUID.fullmatch(str(value)):
        raise errors.bad_request("0x80040203", f"'{value}' is not an id.")
    return ("value", "moment" if kind in ("moment", "date") else kind, str(value) if kind != "number" else value)


def _work(call: Call, found: list[tuple[str, list[str]]]) -> jobs.Work:
    """Delete the rows that are still there; one that cannot go stays."""

    def work(store: Any, _at: float) -> None:
        for name, keys in found:
            for key in keys:
                if key in store.rows(name):
                    _delete(call, name, key)

    return work


def _delete(call: Call, name: str, key: str) -> None:
    """Delete one row, or leave it when the service refuses."""
    call.store.begin()
    try:
        Writer(call).delete(name, key)
    except errors.ServiceError:
        call.store.rollback()
    except BaseException:
        call.store.rollback()
        raise
    else:
        call.store.commit()
