"""Makes one sales document of another: quotes, orders and invoices of opportunities, quotes and orders; revisions.

Source: learn.microsoft.com, Web API action reference and "Sample: process quotes, sales orders and invoices", which
unlocks the prices of the order it made of a quote, and those of the invoice it made of the order: both are born locked.
"""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.common.wire import Response
from sandbox.dataverse import errors
from sandbox.dataverse.actions.parameters import Action, Body, entity_answer, row_of
from sandbox.dataverse.call import Call
from sandbox.dataverse.rules.totals import DOCUMENTS, Document, editable, lines_of, parent_read_only, state_refused
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer

FROM_QUOTE = 776160001
_WON_QUOTE, _CLOSED_QUOTE = 2, 3
_CANCELED_ORDER = 2
_NOT_COPIED = frozenset(
    "statecode statuscode ownerid overriddencreatedon importsequencenumber processid stageid traversedpath "
    "skippricecalculation ordercreationmethod".split()
)


def order_of_quote(call: Call, body: Body) -> Response:
    """ConvertQuoteToSalesOrder: the quote must be won."""
    quote = row_of(call, body, "QuoteId", "quote")
    if quote["statecode"] != _WON_QUOTE:
        raise state_refused()
    more = {"_quoteid_value": quote["quoteid"], "ordercreationmethod": FROM_QUOTE, "ispricelocked": True}
    return _made(call, body, "quote", "salesorder", quote, more)


def invoice_of_order(call: Call, body: Body) -> Response:
    """ConvertSalesOrderToInvoice."""
    order = row_of(call, body, "SalesOrderId", "salesorder")
    if order["statecode"] == _CANCELED_ORDER:
        raise state_refused()
    more = {"_salesorderid_value": order["salesorderid"], "ispricelocked": True}
    return _made(call, body, "salesorder", "invoice", order, more)


def _of_opportunity(table: str) -> Action:
    def run(call: Call, body: Body) -> Response:
        opportunity = row_of(call, body, "OpportunityId", "opportunity")
        more = {"_opportunityid_value": opportunity["opportunityid"]}
        return _made(call, body, "opportunity", table, opportunity, more)

    return run


quote_of_opportunity = _of_opportunity("quote")
order_of_opportunity = _of_opportunity("salesorder")
invoice_of_opportunity = _of_opportunity("invoice")


def revise_quote(call: Call, body: Body) -> Response:
    """ReviseQuote: a new draft of a closed quote, under its number."""
    quote = row_of(call, body, "QuoteId", "quote")
    data = call.store.data["quote"]
    same = [data.rows[key] for key in data.find("quotenumber", quote["quotenumber"])]
    if any(row["statecode"] in (0, 1) for row in same):
        text = (
            "Quote cannot be revised as there already exists another quote in Draft/Active state and with same quote "
            "number."
        )
        raise errors.bad_request("0x80048d00", text)
    if quote["statecode"] != _CLOSED_QUOTE:
        raise state_refused()
    revision = 1 + max(row.get("revisionnumber") or 0 for row in same)
    more = {"quotenumber": quote["quotenumber"], "revisionnumber": revision}
    return _made(call, body, "quote", "quote", quote, more)


def _lines_into(table: str, parameter: str) -> Action:
    def run(call: Call, body: Body) -> None:
        opportunity = row_of(call, body, "OpportunityId", "opportunity")
        target = row_of(call, body, parameter, table)
        writer = Writer(call)
        call.require_row("Write", table, target)
        if not editable(writer, table, target):
            raise parent_read_only()
        _copy_lines(
            writer, DOCUMENTS["opportunity"], DOCUMENTS[table], opportunity["opportunityid"], target[f"{table}id"]
        )

    return run


lines_into_quote = _lines_into("quote", "QuoteId")
lines_into_order = _lines_into("salesorder", "SalesOrderId")
lines_into_invoice = _lines_into("invoice", "InvoiceId")


def _made(call: Call, body: Body, source: str, target: str, row: Row, more: Row) -> Response:
    """Insert the new document with its lines and answer with it."""
    call.require_row("Read", source, row)
    call.require("Create", target)
    writer = Writer(call)
    tables = call.store.tables
    key = str(uuid.uuid4())
    values = _copied(tables[source], tables[target], row)
    values |= {tables[target].primary_id: key, **more}
    writer.insert(tables[target], values)
    call.counts.append((target, "inserted"))
    _copy_lines(writer, DOCUMENTS[source], DOCUMENTS[target], row[tables[source].primary_id], key)
    return entity_answer(call, tables[target], key, body)


def _copy_lines(writer: Writer, source: Document, target: Document, old: str, new: str) -> None:
    tables = writer.store.tables
    origin = tables[target.lines].columns.get(tables[source.lines].primary_id)
    for line in lines_of(writer, source, old):
        values = _copied(tables[source.lines], tables[target.lines], line)
        values |= {tables[target.lines].primary_id: str(uuid.uuid4()), target.wire: new}
        if origin is not None and origin.targets:
            values[origin.wire] = line[tables[source.lines].primary_id]
        if target.table == "salesorder" and source.table == "quote":
            values["ordercreationmethod"] = FROM_QUOTE
        writer.insert(tables[target.lines], values)
        writer.call.counts.append((target.lines, "inserted"))


def _copied(source: Table, target: Table, row: Row) -> dict[str, Any]:
    """The values of the columns both tables have and a create may set."""
    values: Row = {}
    for name, column in target.columns.items():
        other = source.columns.get(name)
        if (
            other is None
            or "C" not in column.access
            or name in _NOT_COPIED
            or name
            in (
                source.primary_id,
                target.primary_id,
            )
        ):
            continue
        if row.get(other.wire) is not None:
            values[column.wire] = row[other.wire]
            if column.polymorphic and f"{other.wire}@table" in row:
                values[f"{column.wire}@table"] = row[f"{other.wire}@table"]
    return values
