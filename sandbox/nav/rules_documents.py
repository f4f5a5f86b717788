"""Sales documents and opportunities: what a header takes from its customer and a line from its item or resource."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sandbox.nav.errors import NavError
from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import Row
from sandbox.nav.tables import TABLES
from sandbox.nav.writer import FieldTrigger, TableTrigger, Writer

_LINE_STEP: Final = 10000
_FROM_CUSTOMER: Final = (
    "Salesperson_Code Currency_Code Payment_Terms_Code Payment_Method_Code Shipment_Method_Code Shipping_Agent_Code "
    "Shipping_Agent_Service_Code Location_Code Prices_Including_VAT"
).split()
_LINE_TABLES: Final = {"Item": "Item", "Resource": "Resource"}


def _new_header(writer: Writer, row: Row, _old: Row) -> None:
    """A new document is dated today."""
    today = writer.today()
    row |= dict.fromkeys(("Document_Date", "Posting_Date", "Order_Date", "Shipment_Date"), today.isoformat())
    row["Due_Date"] = (today + timedelta(days=30)).isoformat()


def _sell_to_customer(writer: Writer, row: Row, _before: Row) -> None:
    customer = writer.store.tables["Customer"].get((row["Sell_to_Customer_No"],)) or {}
    if customer.get("Blocked", " ") == "All":
        message = f"You cannot create this type of document when Customer {customer['No']} is blocked with type All"
        raise NavError("Application_DialogException", message)
    row["Sell_to_Customer_Name"] = customer.get("Name", "")
    row["Bill_to_Customer_No"] = customer.get("Bill_to_Customer_No") or row["Sell_to_Customer_No"]
    row["Sell_to_Contact"] = customer.get("ContactName", "")
    for party in ("Sell_to", "Bill_to", "Ship_to"):
        for name in ("Address", "Address_2", "City", "Post_Code", "Country_Region_Code"):
            row[f"{party}_{name}"] = customer.get(name, "")
    row["Bill_to_Name"] = row["Ship_to_Name"] = customer.get("Name", "")
    blanks = TABLES["Customer"].blanks
    row |= {name: customer.get(name, blanks[name]) for name in _FROM_CUSTOMER}


def _line_number(writer: Writer, row: Row, _old: Row) -> None:
    """A line without a number goes behind the last one; its header must be there."""
    parent = {name: row.get(name, "") for name in ("Document_Type", "Document_No")}
    if writer.store.tables["SalesHeader"].get(tuple(parent.values())) is None:
        raise NavError(
            "Internal_RecordNotFound", f"The Sales Header does not exist. Identification fields and values: {parent}"
        )
    if not row.get("Line_No"):
        lines = writer.store.tables["SalesLine"].where(**parent)
        row["Line_No"] = max((line["Line_No"] for line in lines), default=0) + _LINE_STEP
    _line_amount(writer, row, _old)


def _line_no(writer: Writer, row: Row, _before: Row) -> None:
    """An item or a resource brings its description, unit and price."""
    name = _LINE_TABLES.get(row.get("Type", " "))
    if name is None or not row["No"]:
        return
    source: Mapping[str, Any] | None = writer.store.tables[name].get((row["No"],))
    if source is None:
        raise writer.unrelated(TABLES["SalesLine"], "No", row["No"], name)
    if source.get("Blocked"):
        raise NavError(
            "Application_FieldValidationException", f"Blocked must be equal to 'No' in {name}: No.={row['No']}."
        )
    row["Description"] = source.get("Description", source.get("Name", ""))
    row["Unit_of_Measure_Code"] = source.get("Sales_Unit_of_Measure") or source.get("Base_Unit_of_Measure", "")
    row["Unit_Price"] = _in_currency(writer, row, source.get("Unit_Price", 0))


def _in_currency(writer: Writer, row: Row, amount: float) -> float:
    """An amount of local currency in the document's currency, at the newest rate. Sales prices are not looked up."""
    header = writer.store.tables["SalesHeader"].get((row.get("Document_Type", ""), row.get("Document_No", ""))) or {}
    currency = header.get("Currency_Code", "")
    if not currency:
        return amount
    rates = writer.store.tables["CurrencyExchangeRate"].where(Currency_Code=currency)
    if not rates:
        raise NavError("Internal_DataNotFoundFilter", f"There is no Currency Exchange Rate for {currency}.")
    rate = max(rates, key=lambda found: str(found["Starting_Date"]))
    return round(amount * float(rate["Exchange_Rate_Amount"]) / float(rate["Relational_Exch_Rate_Amount"]), 3)


def _line_amount(_writer: Writer, row: Row, _old: Row) -> None:
    gross = row.get("Quantity", 0) * row.get("Unit_Price", 0)
    row["Line_Discount_Amount"] = round(gross * row.get("Line_Discount_Percent", 0) / 100, 2)
    row["Line_Amount"] = row["Amount_Including_VAT"] = round(gross - row["Line_Discount_Amount"], 2)
    row["Qty_to_Ship"] = row["Qty_to_Invoice"] = row.get("Quantity", 0) - row.get("Quantity_Shipped", 0)


def _delete_header(writer: Writer, row: Row, _old: Row) -> None:
    for line in writer.store.tables["SalesLine"].where(Document_Type=row["Document_Type"], Document_No=row["No"]):
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
    ("SalesLine", "No"): _line_no,
    ("Opportunity", "Contact_No"): _opportunity_contact,
}
NEW_RECORD: Final[dict[str, TableTrigger]] = {"SalesHeader": _new_header, "Opportunity": _new_opportunity}
BEFORE_INSERT: Final[dict[str, TableTrigger]] = {"SalesLine": _line_number}
BEFORE_MODIFY: Final[dict[str, TableTrigger]] = {"SalesLine": _line_amount}
BEFORE_DELETE: Final[dict[str, TableTrigger]] = {"SalesHeader": _delete_header}
