"""Locks and unlocks the prices of orders and invoices, and calculates the prices of a document on demand."""

from __future__ import annotations

from sandbox.dataverse import errors
from sandbox.dataverse.actions.parameters import Action, Body, BoundAction, entity_of, required, row_of
from sandbox.dataverse.call import Call
from sandbox.dataverse.rules.documents import mirror_to_lines
from sandbox.dataverse.rules.totals import DOCUMENTS, calculates, editable, read_only, recalculate
from sandbox.dataverse.store import Row
from sandbox.dataverse.writer import Writer


def _set(call: Call, table: str, row: Row, *, locked: bool) -> None:
    call.require_row("Write", table, row)
    writer = Writer(call)
    if not editable(writer, table, row):
        raise read_only()
    if bool(row.get("ispricelocked")) == locked:
        code, word = ("0x80043b1d", "locked") if locked else ("0x80043b1e", "unlocked")
        raise errors.bad_request(code, f"This entity is already {word}.")
    call.counts.append((table, "updated"))
    new = writer.overwrite(call.store.tables[table], row, {"ispricelocked": locked})
    mirror_to_lines(writer, table, row, new)
    if not locked and calculates(writer, table, new):
        recalculate(writer, DOCUMENTS[table], new[f"{table}id"])


def _by_id(table: str, parameter: str, *, locked: bool) -> Action:
    def run(call: Call, body: Body) -> None:
        _set(call, table, row_of(call, body, parameter, table), locked=locked)

    return run


def set_lock(table: str, *, locked: bool) -> BoundAction:
    """The action bound to a row."""

    def run(call: Call, key: str, _body: Body) -> None:
        _set(call, table, Writer(call).existing(table, key), locked=locked)

    return run


lock_order = _by_id("salesorder", "SalesOrderId", locked=True)
unlock_order = _by_id("salesorder", "SalesOrderId", locked=False)
lock_invoice = _by_id("invoice", "InvoiceId", locked=True)
unlock_invoice = _by_id("invoice", "InvoiceId", locked=False)


def calculate(call: Call, body: Body) -> None:
    """CalculatePrice: take the list prices of all lines anew and total the document."""
    required(body, "Target")
    table, row = entity_of(call, body, "Target")
    if table.name not in DOCUMENTS:
        text = f"The 'CalculatePrice' method does not support entities of type '{table.name}'."
        raise errors.bad_request("0x80040800", text)
    call.require_row("Write", table.name, row)
    writer = Writer(call)
    if not editable(writer, table.name, row):
        raise read_only()
    if calculates(writer, table.name, row):
        recalculate(writer, DOCUMENTS[table.name], row[table.primary_id])
