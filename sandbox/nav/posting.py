"""Releasing, shipping, invoicing and paying sales documents: what people do in the ERP, and the API's actions.

Posting an order ships and invoices what its lines say is to be shipped and invoiced; an order that is invoiced whole goes
away, as in NAV. Sources: codeunits 80, 81, 414 of NAV 2017/2018. No general ledger, no shipments as documents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.nav.errors import dialog, field_refused
from sandbox.nav.pricing import Money, rounded
from sandbox.nav.rules_documents import check_blocked, must_have
from sandbox.nav.store import Row
from sandbox.nav.tables import TABLES
from sandbox.nav.writer import Writer

_NOTHING: Final = "There is nothing to post."
_PLACES: Final = 5


def release(writer: Writer, header: Row) -> Row:
    """Set a document to Released. Raises NavError when it has nothing to release."""
    if header.get("Status", "Open") == "Released":
        return header
    must_have(header, "SalesHeader", "Sell_to_Customer_No")
    lines = [line for line in _lines(writer, header) if line.get("Type", " ") != " " and line.get("Quantity")]
    if not lines:
        kind, no = header["Document_Type"], header["No"]
        raise dialog(f"There is nothing to release for the document of type {kind} with the number {no}.")
    return writer.change("SalesHeader", header, Status="Released")


def reopen(writer: Writer, header: Row) -> Row:
    """Set a released document back to Open."""
    return writer.change("SalesHeader", header, Status="Open")


def ship(writer: Writer, header: Row) -> Row:
    """Post the shipment of an order. Raises NavError when nothing is to be shipped."""
    if header["Document_Type"] != "Order":
        raise field_refused("Document Type must be equal to 'Order' in Sales Header.")
    _check_customer(writer, header)
    released = release(writer, header)
    lines = [line for line in _lines(writer, released) if line.get("Type", " ") != " "]
    if not any(line.get("Qty_to_Ship") for line in lines):
        raise dialog(_NOTHING)
    for line in lines:
        _ship_line(writer, released, line)
    return writer.store.tables["SalesHeader"].get(("Order", header["No"])) or released


def invoice(writer: Writer, header: Row) -> Row:
    """Post the invoice of an order's shipped quantities, or of a draft invoice; the posted invoice."""
    _check_customer(writer, header)
    current = release(writer, header)
    order = header["Document_Type"] == "Order"
    lines = [line for line in _lines(writer, current) if _to_invoice(line, order=order)]
    if not lines:
        raise dialog(_NOTHING)
    if not order:
        for line in lines:
            _item_entry(writer, current, line, line["Quantity"])
    posted = _posted_header(writer, current)
    totals = [_posted_line(writer, posted, line, _to_invoice(line, order=order)) for line in lines]
    _ledger_entry(writer, posted, round(sum(net for net, _ in totals), 2), round(sum(gross for _, gross in totals), 2))
    _after_invoice(writer, current, lines, order=order)
    return posted


def pay(writer: Writer, invoice_no: str, amount: float | None = None) -> Row:
    """Post a payment for a posted invoice, all that remains if no amount is given; the invoice's entry afterwards."""
    entries = writer.store.tables["CustLedgerEntry"].where(Document_Type="Invoice", Document_No=invoice_no)
    if not entries:
        raise dialog(f"There is no open entry for invoice {invoice_no}.")
    entry = entries[0]
    remaining = entry["Remaining_Amount"]
    paid = remaining if amount is None else amount
    if not 0 < paid <= remaining:
        raise dialog(f"The amount must be more than 0 and at most {remaining}.")
    rate = entry["Amount_LCY"] / entry["Amount"] if entry["Amount"] else 1
    left = rounded(remaining - paid, 0.01)
    payment = {"Document_Type": "Payment", "Document_No": f"P{invoice_no}", "Description": f"Payment of {invoice_no}"}
    amounts = {"Amount": -paid, "Amount_LCY": -rounded(paid * rate, 0.01), "Remaining_Amount": 0, "Open": False}
    same = {name: entry[name] for name in ("Customer_No", "Currency_Code")}
    day = writer.today().isoformat()
    _entry(writer, same | payment | amounts | {"Posting_Date": day, "Due_Date": day})
    return writer.change(
        "CustLedgerEntry",
        entry,
        Remaining_Amount=left,
        Remaining_Amt_LCY=rounded(left * rate, 0.01),
        Open=bool(left),
    )


def make_order(writer: Writer, quote: Row) -> Row:
    """Turn a quote into an order; the quote goes away."""
    customer = writer.store.tables["Customer"].get((quote.get("Sell_to_Customer_No", ""),)) or {}
    must_have(quote, "SalesHeader", "Sell_to_Customer_No")
    check_blocked(customer, "Order")
    copied = {name: value for name, value in quote.items() if not name.startswith("$")}
    order = copied | {"Document_Type": "Order", "No": writer.next_number("SalesHeader", {"Document_Type": "Order"})}
    order["Status"] = "Open"
    writer.put("SalesHeader", order, "inserted")
    for line in _lines(writer, quote):
        plain = {name: value for name, value in line.items() if not name.startswith("$")}
        writer.put("SalesLine", plain | {"Document_Type": "Order", "Document_No": order["No"]}, "inserted")
        writer.drop("SalesLine", line)
    writer.drop("SalesHeader", quote)
    return order


def _lines(writer: Writer, header: Mapping[str, Any]) -> list[Row]:
    keys = {"Document_Type": header["Document_Type"], "Document_No": header["No"]}
    return sorted(writer.store.tables["SalesLine"].where(**keys), key=lambda line: int(line["Line_No"]))


def _check_customer(writer: Writer, header: Mapping[str, Any]) -> None:
    """A customer blocked for shipping may still be invoiced; one blocked for invoices or all gets nothing posted."""
    for name in ("Sell_to_Customer_No", "Bill_to_Customer_No"):
        customer = writer.store.tables["Customer"].get((header.get(name, ""),)) or {}
        if customer.get("Blocked") in ("All", "Invoice") or header["Document_Type"] == "Order":
            check_blocked(customer, header["Document_Type"], "post")


def _to_invoice(line: Mapping[str, Any], *, order: bool) -> float:
    """How much of a line this invoice bills: never more than was shipped of an order."""
    if line.get("Type", " ") == " ":
        return 0
    wanted: float = line.get("Qty_to_Invoice", 0)
    return min(wanted, line.get("Quantity_Shipped", 0) - line.get("Quantity_Invoiced", 0)) if order else wanted


def _ship_line(writer: Writer, header: Row, line: Row) -> None:
    """Ship what a line says; what is left of it is to be shipped next time, as codeunit 80 sets it on every line."""
    quantity = line.get("Qty_to_Ship", 0)
    shipped = round(line.get("Quantity_Shipped", 0) + quantity, _PLACES)
    left = round(line["Quantity"] - shipped, _PLACES)
    writer.change(
        "SalesLine",
        line,
        Quantity_Shipped=shipped,
        Outstanding_Quantity=left,
        Qty_to_Ship=left,
        Qty_Shipped_Not_Invoiced=round(shipped - line.get("Quantity_Invoiced", 0), _PLACES),
    )
    _item_entry(writer, header, line, quantity)


def _item_entry(writer: Writer, header: Row, line: Row, quantity: float) -> None:
    """A sale in the item ledger, in the base unit."""
    item = writer.store.tables["Item"].get((line["No"],)) if line.get("Type") == "Item" else None
    if not quantity or item is None or item.get("Type", "Inventory") != "Inventory":
        return
    base = round(quantity * (line.get("Qty_per_Unit_of_Measure") or 1), _PLACES)
    ledger = writer.store.tables["ItemLedgerEntry"]
    if not ledger.where(Item_No=item["No"]) and item.get("Inventory"):
        opening = {"Entry_Type": "Positive Adjmt.", "Document_No": "START", "Quantity": item["Inventory"]}
        _new_entry(writer, "ItemLedgerEntry", {"Item_No": item["No"]} | opening)
    entry = {
        "Item_No": item["No"],
        "Posting_Date": header["Posting_Date"],
        "Entry_Type": "Sale",
        "Document_No": header["No"],
        "Location_Code": line.get("Location_Code", ""),
        "Quantity": -base,
    }
    _new_entry(writer, "ItemLedgerEntry", entry)


def _posted_header(writer: Writer, header: Row) -> Row:
    fields = TABLES["SalesInvoiceHeader"].fields
    posted = {name: value for name, value in header.items() if name in fields and not fields[name].flow}
    posted["No"] = writer.next_number("SalesInvoiceHeader", {})
    if header["Document_Type"] == "Order":
        posted["Order_No"] = header["No"]
    else:
        posted["Pre_Assigned_No"] = header["No"]
        posted["$id"] = writer.store.tables["SalesHeader"].id_of(header)  # a posted invoice keeps its draft's id
    writer.put("SalesInvoiceHeader", posted, "inserted")
    return posted


def _posted_line(writer: Writer, posted: Row, line: Row, quantity: float) -> tuple[float, float]:
    """A line of the posted invoice; its amounts without and with VAT."""
    fields = TABLES["SalesInvoiceLine"].fields
    row = {name: value for name, value in line.items() if name in fields}
    money, share = Money(writer.store, posted), quantity / line["Quantity"]
    names = ("Line_Discount_Amount", "Line_Amount", "Amount", "Amount_Including_VAT")
    row |= {name: money.amount(line.get(name, 0) * share) for name in names}
    row |= {"Document_No": posted["No"], "Quantity": quantity}
    writer.put("SalesInvoiceLine", row, "inserted")
    return row["Amount"], row["Amount_Including_VAT"]


def _ledger_entry(writer: Writer, posted: Row, net: float, gross: float) -> None:
    money = Money(writer.store, posted)
    entry = {
        "Customer_No": posted.get("Bill_to_Customer_No", ""),
        "Posting_Date": posted["Posting_Date"],
        "Document_Type": "Invoice",
        "Document_No": posted["No"],
        "Description": f"Invoice {posted['No']}",
        "Currency_Code": posted.get("Currency_Code", ""),
        "Amount": gross,
        "Amount_LCY": money.to_lcy(gross),
        "Remaining_Amount": gross,
        "Remaining_Amt_LCY": money.to_lcy(gross),
        "Sales_LCY": money.to_lcy(net),
        "Due_Date": posted.get("Due_Date", posted["Posting_Date"]),
        "Open": bool(gross),
    }
    _entry(writer, entry)


def _entry(writer: Writer, values: Row) -> None:
    _new_entry(writer, "CustLedgerEntry", values)


def _new_entry(writer: Writer, table: str, values: Row) -> None:
    """A ledger entry behind the last one."""
    writer.put(table, values | {"Entry_No": len(writer.store.tables[table]) + 1}, "inserted")


def _after_invoice(writer: Writer, header: Row, lines: list[Row], *, order: bool) -> None:
    """What is left of the document: nothing, once all of it is invoiced."""
    for line in lines if order else ():
        invoiced = round(line.get("Quantity_Invoiced", 0) + _to_invoice(line, order=True), _PLACES)
        writer.change(
            "SalesLine",
            line,
            Quantity_Invoiced=invoiced,
            Qty_Shipped_Not_Invoiced=round(line["Quantity_Shipped"] - invoiced, _PLACES),
            Qty_to_Invoice=round(line["Quantity"] - invoiced, _PLACES),
        )
    left = _lines(writer, header)
    if order and any(line.get("Quantity", 0) != line.get("Quantity_Invoiced", 0) for line in left):
        return
    for line in left:
        writer.drop("SalesLine", line)
    current = writer.store.tables["SalesHeader"].get((header["Document_Type"], header["No"]))
    if current is not None:
        writer.drop("SalesHeader", current)
