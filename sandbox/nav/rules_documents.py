"""Sales documents and opportunities: what a header takes from its customer and a line from its item or resource.

Sources: tables 36, 37, 18 (CheckBlockedCustOnDocs) and codeunit 414 of NAV 2017/2018; reference 5.12, 5.13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.nav.dates import due_date
from sandbox.nav.errors import NavError, callback_refused, dialog, field_refused
from sandbox.nav.pricing import QUANTITY_PLACES, Money, calculate, line_price, rounded, vat_percent
from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import CompanyStore, Row
from sandbox.nav.tables import TABLES
from sandbox.nav.writer import FieldTrigger, TableTrigger, Writer

_LINE_STEP: Final = 10000
_FROM_CUSTOMER: Final = (
    "Salesperson_Code Currency_Code Payment_Terms_Code Payment_Method_Code Shipment_Method_Code Shipping_Agent_Code "
    "Shipping_Agent_Service_Code Shipping_Advice Location_Code Prices_Including_VAT"
).split()
_FROM_BILL_TO: Final = (
    "Gen_Bus_Posting_Group VAT_Bus_Posting_Group Customer_Posting_Group Customer_Price_Group Currency_Code "
    "Payment_Terms_Code Prices_Including_VAT"
).split()
_LINE_TABLES: Final = {"Item": "Item", "Resource": "Resource"}
BLOCKED_FOR: Final = {
    "All": frozenset({"Quote", "Order", "Invoice", "Credit Memo", "Blanket Order", "Return Order"}),
    "Invoice": frozenset({"Quote", "Order", "Invoice", "Blanket Order"}),
    "Ship": frozenset({"Quote", "Order", "Blanket Order"}),
}
"""Which documents a customer blocked in this way gets none of. Source: Customer.CheckBlockedCustOnDocs, table 18."""
_HEADER_FROZEN: Final = (
    "Sell_to_Customer_No Bill_to_Customer_No Currency_Code Prices_Including_VAT Payment_Terms_Code Location_Code "
    "Shipment_Method_Code Payment_Discount_Percent Order_Date Requested_Delivery_Date Promised_Delivery_Date"
).split()
_LINE_FROZEN: Final = "Type No Quantity Unit_of_Measure_Code Unit_Price Line_Discount_Percent Location_Code".split()


def header_of(store: CompanyStore, line: Mapping[str, Any]) -> Row:
    """The document a line belongs to. Raises NavError when there is none."""
    key = line.get("Document_Type", "Quote"), line.get("Document_No", "")
    found = store.tables["SalesHeader"].get(key)
    if found is None:
        text = f"Identification fields and values: Document Type='{key[0]}',No.='{key[1]}'"
        raise NavError("Internal_RecordNotFound", f"The Sales Header does not exist. {text}", 400)
    return found


def check_open(header: Mapping[str, Any]) -> None:
    """Only an open document may be changed."""
    if header.get("Status", "Open") != "Open":
        where = f"Document Type={header['Document_Type']}, No.={header['No']}"
        text = f"Status must be equal to 'Open'  in Sales Header: {where}."
        raise field_refused(f"{text} Current value is '{header['Status']}'.")


def check_blocked(customer: Mapping[str, Any], document: str, what: str = "create") -> None:
    """A blocked customer gets no document of this type."""
    kind = customer.get("Blocked", " ")
    if document in BLOCKED_FOR.get(kind, ()):
        no = customer["No"]
        raise dialog(f"You cannot {what} this type of document when Customer {no} is blocked with type {kind}")


def must_have(record: Mapping[str, Any], table: str, *names: str) -> None:
    """What NAV's TESTFIELD demands of a record."""
    definition = TABLES[table]
    for name in names:
        if not record.get(name):
            caption = definition.fields[name].caption
            key = f"{definition.key[-1].replace('_', ' ')}.='{record.get(definition.key[-1], '')}'"
            raise field_refused(
                f"{caption} must have a value in {definition.caption}: {key}. It cannot be zero or empty."
            )


def _new_header(writer: Writer, row: Row, _old: Row) -> None:
    """A new document is dated today."""
    today = writer.today().isoformat()
    row |= dict.fromkeys(("Document_Date", "Posting_Date", "Order_Date", "Shipment_Date", "Due_Date"), today)


def _sell_to_customer(writer: Writer, row: Row, before: Row) -> None:
    if before.get("Sell_to_Customer_No") not in (None, "", row["Sell_to_Customer_No"]) and _lines(writer, row):
        raise callback_refused("Do you want to change Sell-to Customer No.?")
    customers = writer.store.tables["Customer"]
    customer = customers.get((row["Sell_to_Customer_No"],))
    if customer is None:
        return
    document = row.get("Document_Type", "Quote")
    check_blocked(customer, document)
    must_have(customer, "Customer", "Gen_Bus_Posting_Group")
    bill_to = customers.get((customer.get("Bill_to_Customer_No", ""),)) or customer
    check_blocked(bill_to, document)
    must_have(bill_to, "Customer", "Customer_Posting_Group")
    row["Sell_to_Customer_Name"] = row["Ship_to_Name"] = customer.get("Name", "")
    row["Bill_to_Customer_No"], row["Bill_to_Name"] = bill_to["No"], bill_to.get("Name", "")
    row["Sell_to_Contact"] = customer.get("ContactName", "")
    for party, source in (("Sell_to", customer), ("Bill_to", bill_to), ("Ship_to", customer)):
        for name in ("Address", "Address_2", "City", "Post_Code", "Country_Region_Code"):
            row[f"{party}_{name}"] = source.get(name, "")
    blanks = TABLES["Customer"].blanks
    row |= {name: customer.get(name, blanks[name]) for name in _FROM_CUSTOMER}
    row |= {name: bill_to.get(name, blanks[name]) for name in _FROM_BILL_TO}
    _terms(writer, row, before)


def _terms(writer: Writer, row: Row, _before: Row) -> None:
    """The due date follows from the payment terms and the document date."""
    terms = writer.store.tables["PaymentTerms"].get((row.get("Payment_Terms_Code", ""),)) or {}
    row["Due_Date"] = due_date(row.get("Document_Date", EMPTY_DATE), terms.get("Due_Date_Calculation", ""))


def _header_change(_writer: Writer, row: Row, old: Row) -> None:
    blanks = TABLES["SalesHeader"].blanks
    if any(row.get(name, blanks[name]) != old.get(name, blanks[name]) for name in _HEADER_FROZEN):
        check_open(old)


def _header_changed(writer: Writer, row: Row, old: Row) -> None:
    """A new currency, or prices with VAT from now on: the lines are calculated anew."""
    blanks = TABLES["SalesHeader"].blanks
    watched = ("Currency_Code", "Prices_Including_VAT")
    if all(row.get(name, blanks[name]) == old.get(name, blanks[name]) for name in watched):
        return
    for line in _lines(writer, row):
        new = dict(line)
        if new.get("Type") in _LINE_TABLES and new.get("No"):
            new["Unit_Price"] = line_price(writer.store, row, new)
        calculate(writer.store, row, new)
        writer.change("SalesLine", line, **new)


def _lines(writer: Writer, header: Mapping[str, Any]) -> list[Row]:
    lines = writer.store.tables["SalesLine"]
    return lines.where(Document_Type=header.get("Document_Type", "Quote"), Document_No=header.get("No", ""))


def _new_line(writer: Writer, row: Row, _old: Row) -> None:
    """A line without a number goes behind the last one of its document, which must be open."""
    header = header_of(writer.store, row)
    check_open(header)
    if not row.get("Line_No"):
        row["Line_No"] = max((line["Line_No"] for line in _lines(writer, {**header})), default=0) + _LINE_STEP
    _finish_line(writer, row)


def _line_no(writer: Writer, row: Row, before: Row) -> None:
    """An item or a resource brings its description, unit, posting groups and price."""
    if before.get("Quantity_Shipped"):
        raise field_refused("Quantity Shipped must be equal to '0' in Sales Line.")
    kind = row.get("Type", " ")
    name = _LINE_TABLES.get(kind)
    if not row["No"]:
        return
    if name is None:
        if kind == " ":
            return
        raise NavError(
            "BadRequest_MethodNotImplemented", f"Sales lines of type {kind} are not supported by this stand-in."
        )
    source = writer.store.tables[name].get((row["No"],))
    if source is None:
        raise writer.unrelated(TABLES["SalesLine"], "No", row["No"], name)
    if source.get("Blocked"):
        raise field_refused(f"Blocked must be equal to 'No'  in {name}: No.={row['No']}. Current value is 'Yes'.")
    must_have(source, name, "Gen_Prod_Posting_Group")
    header = header_of(writer.store, row)
    row["Description"] = source.get("Description", source.get("Name", ""))
    row["Unit_of_Measure_Code"] = source.get("Sales_Unit_of_Measure") or source.get("Base_Unit_of_Measure", "")
    row["Gen_Prod_Posting_Group"] = source.get("Gen_Prod_Posting_Group", "")
    row["VAT_Prod_Posting_Group"] = source.get("VAT_Prod_Posting_Group", "")
    row["Unit_Cost_LCY"] = source.get("Unit_Cost", 0)
    row.setdefault("Location_Code", header.get("Location_Code", ""))
    row.setdefault("Shipment_Date", header.get("Shipment_Date", EMPTY_DATE))
    _vat_group(writer, row, before)
    _line_unit(writer, row, before)


def _vat_group(writer: Writer, row: Row, _before: Row) -> None:
    header = header_of(writer.store, row)
    business = header.get("VAT_Bus_Posting_Group", "")
    row["VAT_Percent"] = vat_percent(writer.store, business, row.get("VAT_Prod_Posting_Group", ""))


def _line_unit(writer: Writer, row: Row, _before: Row) -> None:
    """A unit of the item or resource; its price follows."""
    table = _LINE_TABLES.get(row.get("Type", " "))
    code = row.get("Unit_of_Measure_Code", "")
    if table is None or not row.get("No") or not code:
        return
    found = writer.store.tables[f"{table}UnitOfMeasure"].get((row["No"], code))
    if found is None:
        raise writer.unrelated(TABLES["SalesLine"], "Unit_of_Measure_Code", code, f"{table}UnitOfMeasure")
    row["Qty_per_Unit_of_Measure"] = found.get("Qty_per_Unit_of_Measure", 1)
    _price(writer, row)


def _quantity(writer: Writer, row: Row, before: Row) -> None:
    row["Quantity"] = round(row["Quantity"], QUANTITY_PLACES)
    if abs(row["Quantity"]) < abs(before.get("Quantity_Shipped", 0)):
        raise field_refused(f"Quantity must not be less than {before['Quantity_Shipped']} in Sales Line.")
    _price(writer, row)
    left = row["Quantity"] - row.get("Quantity_Shipped", 0)
    row["Qty_to_Ship"] = left
    row["Qty_to_Invoice"] = row["Quantity"] - row.get("Quantity_Invoiced", 0)


def _price(writer: Writer, row: Row) -> None:
    """The price of the sales prices; one that a caller sent before is overwritten, as on the page."""
    if row.get("Type") in _LINE_TABLES and row.get("No"):
        row["Unit_Price"] = line_price(writer.store, header_of(writer.store, row), row)


def _unit_price(writer: Writer, row: Row, _before: Row) -> None:
    row["Unit_Price"] = Money(writer.store, header_of(writer.store, row)).unit_amount(row["Unit_Price"])


def _discount_amount(writer: Writer, row: Row, _before: Row) -> None:
    """An amount becomes a percentage."""
    gross = row.get("Quantity", 0) * row.get("Unit_Price", 0)
    if row["Line_Discount_Amount"] and not gross:
        raise field_refused("Quantity must have a value in Sales Line. It cannot be zero or empty.")
    row["Line_Discount_Percent"] = rounded(row["Line_Discount_Amount"] / gross * 100, 0.00001) if gross else 0


def _line_amount(writer: Writer, row: Row, before: Row) -> None:
    """A line amount becomes a discount."""
    gross = Money(writer.store, header_of(writer.store, row)).amount(row.get("Quantity", 0) * row.get("Unit_Price", 0))
    row["Line_Discount_Amount"] = gross - row["Line_Amount"]
    _discount_amount(writer, row, before)


def _to_ship(name: str, done: str) -> FieldTrigger:
    """What is to be shipped or invoiced cannot be more than what is left."""

    def check(_writer: Writer, row: Row, _before: Row) -> None:
        left = row.get("Quantity", 0) - row.get(done, 0)
        if row[name] > left or row[name] < 0:
            verb = "ship" if name == "Qty_to_Ship" else "invoice"
            raise dialog(f"You cannot {verb} more than {left:g} units.")

    return check


def _line_change(writer: Writer, row: Row, old: Row) -> None:
    blanks = TABLES["SalesLine"].blanks
    if any(row.get(name, blanks[name]) != old.get(name, blanks[name]) for name in _LINE_FROZEN):
        check_open(header_of(writer.store, old))
    _finish_line(writer, row)


def _finish_line(writer: Writer, row: Row) -> None:
    calculate(writer.store, header_of(writer.store, row), row)
    row["Outstanding_Quantity"] = round(row.get("Quantity", 0) - row.get("Quantity_Shipped", 0), QUANTITY_PLACES)


def _line_written(writer: Writer, row: Row, _old: Row) -> None:
    """A change of a line moves the document's version and modified time (reference 5.12)."""
    header = writer.store.tables["SalesHeader"].get((row["Document_Type"], row["Document_No"]))
    if header is not None:
        writer.put("SalesHeader", dict(header), "updated", header)


def _delete_line(writer: Writer, row: Row, old: Row) -> None:
    check_open(header_of(writer.store, row))
    if row.get("Qty_Shipped_Not_Invoiced"):
        raise field_refused("Qty. Shipped Not Invoiced must be equal to '0' in Sales Line.")
    _line_written(writer, row, old)


def _delete_header(writer: Writer, row: Row, _old: Row) -> None:
    check_open(row)
    lines = _lines(writer, row)
    if any(line.get("Qty_Shipped_Not_Invoiced") for line in lines):
        raise field_refused("Qty. Shipped Not Invoiced must be equal to '0' in Sales Line.")
    for line in lines:
        writer.drop("SalesLine", line)


def _opportunity_contact(writer: Writer, row: Row, _before: Row) -> None:
    contact = writer.store.tables["Contact"].get((row["Contact_No"],)) or {}
    row["Contact_Name"] = contact.get("Name", "")
    row["Contact_Company_No"] = contact.get("Company_No", "")
    row["Contact_Company_Name"] = contact.get("Company_Name", "")
    if not row.get("Salesperson_Code"):
        row["Salesperson_Code"] = contact.get("Salesperson_Code", "")


def _new_opportunity(writer: Writer, row: Row, _old: Row) -> None:
    row |= {"Creation_Date": writer.today().isoformat(), "Priority": "Normal", "Date_Closed": EMPTY_DATE}


FIELD_TRIGGERS: Final[dict[tuple[str, str], FieldTrigger]] = {
    ("SalesHeader", "Sell_to_Customer_No"): _sell_to_customer,
    ("SalesHeader", "Payment_Terms_Code"): _terms,
    ("SalesHeader", "Document_Date"): _terms,
    ("SalesLine", "No"): _line_no,
    ("SalesLine", "Unit_of_Measure_Code"): _line_unit,
    ("SalesLine", "VAT_Prod_Posting_Group"): _vat_group,
    ("SalesLine", "Quantity"): _quantity,
    ("SalesLine", "Unit_Price"): _unit_price,
    ("SalesLine", "Line_Discount_Amount"): _discount_amount,
    ("SalesLine", "Line_Amount"): _line_amount,
    ("SalesLine", "Qty_to_Ship"): _to_ship("Qty_to_Ship", "Quantity_Shipped"),
    ("SalesLine", "Qty_to_Invoice"): _to_ship("Qty_to_Invoice", "Quantity_Invoiced"),
    ("Opportunity", "Contact_No"): _opportunity_contact,
}
NEW_RECORD: Final[dict[str, TableTrigger]] = {"SalesHeader": _new_header, "Opportunity": _new_opportunity}
BEFORE_INSERT: Final[dict[str, TableTrigger]] = {"SalesLine": _new_line}
AFTER_INSERT: Final[dict[str, TableTrigger]] = {"SalesLine": _line_written}
BEFORE_MODIFY: Final[dict[str, TableTrigger]] = {"SalesLine": _line_change, "SalesHeader": _header_change}
AFTER_MODIFY: Final[dict[str, TableTrigger]] = {"SalesLine": _line_written, "SalesHeader": _header_changed}
BEFORE_DELETE: Final[dict[str, TableTrigger]] = {"SalesHeader": _delete_header, "SalesLine": _delete_line}
