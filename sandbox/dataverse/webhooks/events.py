"""Finds the steps a write concerns and hands what they are sent to the deliveries, once the write is committed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from functools import partial
from urllib.parse import urlsplit

import orjson

from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.webhooks import context
from sandbox.dataverse.webhooks.deliveries import Deliveries, Delivery, Outcome
from sandbox.dataverse.webhooks.rules import WEBHOOK

STEPS, ENDPOINTS, IMAGES, JOBS = (
    "sdkmessageprocessingstep",
    "serviceendpoint",
    "sdkmessageprocessingstepimage",
    "asyncoperation",
)
MAX_BODY_BYTES = 256 * 1024
LEFT_OUT = ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages")
SUCCEEDED, FAILED, COMPLETED = 30, 31, 3
SYSTEM_EVENT = 1


def notify(
    call: Call, message: str, table: Table, before: Row | None, after: Row | None, names: Iterable[str] = ()
) -> None:
    """Tell the steps of a message on a table about one row. Cheap while nothing is registered."""
    store = call.store
    if not store.rows(STEPS) or store.deliveries is None:
        return
    row = after if after is not None else before
    if row is None:
        return
    event = context.Event(message, table, row[table.primary_id], before, after, frozenset(names))
    for step, endpoint in _concerned(store, event):
        store.after_commit.append(partial(_deliver, call, event, step, endpoint))


def _concerned(store: Store, event: context.Event) -> Iterator[tuple[Row, Row]]:
    """The enabled steps of the message on this table, with their webhooks."""
    for step in store.rows(STEPS).values():
        if step.get("statecode") != 0:
            continue
        message = store.get("sdkmessage", step.get("_sdkmessageid_value")) or {}
        if message.get("name") != event.message:
            continue
        chosen = store.get("sdkmessagefilter", step.get("_sdkmessagefilterid_value"))
        if chosen is not None and chosen.get("primaryobjecttypecode") != event.table.name:
            continue
        endpoint = store.get(ENDPOINTS, step.get("_eventhandler_value"))
        if endpoint is None or endpoint.get("contract") != WEBHOOK or not _wanted(event, step):
            continue
        yield step, endpoint


def _wanted(event: context.Event, step: Row) -> bool:
    """Whether an update touches one of the step's filtering attributes."""
    names = {name.strip() for name in str(step.get("filteringattributes") or "").split(",") if name.strip()}
    if not names or event.message != "Update":
        return True
    return any(event.table.columns[name].wire in event.names for name in names if name in event.table.columns)


def _deliver(call: Call, event: context.Event, step: Row, endpoint: Row) -> None:
    store = call.store
    deliveries: Deliveries | None = store.deliveries
    if deliveries is None:
        return
    operation = str(uuid.uuid4())
    images = [row for row in store.rows(IMAGES).values() if _belongs(row, step)]
    body = context.build(call, event, images, operation)
    _open_job(call, event, step, operation, body["CorrelationId"])
    raw = orjson.dumps(body)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "x-request-id": body["RequestId"],
        "x-ms-dynamics-organization": urlsplit(call.base).netloc,
        "x-ms-dynamics-entity-name": event.table.name,
        "x-ms-dynamics-request-name": event.message,
        "x-ms-correlation-request-id": body["CorrelationId"],
    }
    if len(raw) > MAX_BODY_BYTES:
        raw = orjson.dumps({name: value for name, value in body.items() if name not in LEFT_OUT})
        headers["x-ms-dynamics-msg-size-exceeded"] = "true"
    url = str(endpoint.get("url"))
    secret = store.secrets.get(endpoint["serviceendpointid"])
    if secret is not None:
        url = secret.address(url)
        headers |= secret.headers()
    deliveries.send(Delivery(operation, url, headers, raw))


def _belongs(image: Row, step: Row) -> bool:
    return bool(image.get("_sdkmessageprocessingstepid_value") == step["sdkmessageprocessingstepid"])


def _open_job(call: Call, event: context.Event, step: Row, operation: str, correlation: str) -> None:
    unit = (call.store.get("systemuser", call.writer) or {}).get("_businessunitid_value")
    row: Row = {
        "asyncoperationid": operation,
        "name": step.get("name"),
        "operationtype": SYSTEM_EVENT,
        "statecode": 2,
        "statuscode": 20,
        "retrycount": 0,
        "depth": 1,
        "messagename": event.message,
        "primaryentitytype": event.table.name,
        "_owningextensionid_value": step["sdkmessageprocessingstepid"],
        "correlationid": correlation,
        "createdon": call.now,
        "modifiedon": call.now,
        "startedon": call.now,
        "_createdby_value": call.writer,
        "_modifiedby_value": call.writer,
        "_ownerid_value": call.writer,
        "_ownerid_value@table": "systemuser",
        "_owninguser_value": call.writer,
        "_owningbusinessunit_value": unit,
    }
    regarded = call.store.tables[JOBS].columns["regardingobjectid"].targets
    if any(target.table == event.table.name for target in regarded):
        row |= {"_regardingobjectid_value": event.key, "_regardingobjectid_value@table": event.table.name}
    call.store.put(JOBS, operation, row)


def settle(store: Store, outcomes: Iterable[Outcome], now: str) -> None:
    """Write into the system jobs how their posts ended; a step may ask to delete those that went well."""
    for outcome in outcomes:
        row = store.get(JOBS, outcome.operation)
        if row is None:
            continue
        step = store.get(STEPS, row.get("_owningextensionid_value")) or {}
        if outcome.is_success and step.get("asyncautodelete"):
            store.remove(JOBS, outcome.operation)
            continue
        changes: Row = {
            "statecode": COMPLETED,
            "statuscode": SUCCEEDED if outcome.is_success else FAILED,
            "completedon": now,
            "modifiedon": now,
            "retrycount": outcome.retries,
            "message": outcome.message or None,
            "friendlymessage": outcome.message or None,
        }
        store.put(JOBS, outcome.operation, {**row, **changes})
