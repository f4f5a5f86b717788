"""Publishes product families with what is below them, and takes products under revision back to what they were.

Source: learn.microsoft.com, "Publish, revise, revert, retire, and activate products (product lifecycle)".
"""

from __future__ import annotations

from sandbox.dataverse import errors
from sandbox.dataverse.actions.parameters import Body
from sandbox.dataverse.call import Call
from sandbox.dataverse.rules.products import ACTIVE, DRAFT, FAMILY, LAST_ACTIVE, REVISION, children
from sandbox.dataverse.rules.totals import state_refused
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer


def publish_hierarchy(call: Call, key: str, _body: Body) -> None:
    """PublishProductHierarchy: a family and all products, bundles and families below it become active."""
    writer = Writer(call)
    row = writer.existing("product", key)
    call.require_row("Write", "product", row)
    if row.get("productstructure") != FAMILY:
        raise errors.bad_request("0x80040203", "You can only publish the hierarchy of a product family.")
    _publish(writer, row)


def _publish(writer: Writer, row: Row) -> None:
    if row["statecode"] in (DRAFT, REVISION):
        writer.call.counts.append(("product", "updated"))
        writer.modify(writer.store.tables["product"], row, {"statecode": ACTIVE, "statuscode": 1})
    for child in children(writer, row["productid"]):
        _publish(writer, child)


def revert(call: Call, key: str, _body: Body) -> None:
    """RevertProduct: what was changed under revision is lost; a family takes its children along."""
    writer = Writer(call)
    row = writer.existing("product", key)
    call.require_row("Write", "product", row)
    if row["statecode"] != REVISION:
        raise state_refused()
    _revert(writer, row)


def _revert(writer: Writer, row: Row) -> None:
    kept: Row = row.get(LAST_ACTIVE) or {}
    columns = writer.store.tables["product"].by_wire
    gone = {name: None for name in row if name in columns and name not in kept}
    changes = {**gone, **kept, "statecode": ACTIVE, "statuscode": 1, LAST_ACTIVE: None}
    for name in ("createdon", "versionnumber"):
        changes[name] = row[name]
    writer.call.counts.append(("product", "updated"))
    writer.overwrite(writer.store.tables["product"], row, changes)
    if row.get("productstructure") == FAMILY:
        for child in children(writer, row["productid"]):
            if child["statecode"] == REVISION:
                _revert(writer, child)
