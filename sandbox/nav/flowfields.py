"""Fields a page computes when it is read: they are in no table and never move a version.

A flow filter (`Date_Filter`, `Location_Filter`) parametrises them; it does not choose rows (reference 1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sandbox.nav.filters import Flow
from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import CompanyStore

Computed = Callable[[CompanyStore, Mapping[str, Any], Flow], Any]
NO_FLOW: Final[Flow] = {}

_HOLDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "ge": lambda value, wanted: bool(value >= wanted),
    "gt": lambda value, wanted: bool(value > wanted),
    "le": lambda value, wanted: bool(value <= wanted),
    "lt": lambda value, wanted: bool(value < wanted),
}


def _through(flow: Flow, name: str, value: Any) -> bool:
    """Whether a value of an entry passes the flow filter of this name."""
    return all(_HOLDS[word](value, wanted) for word, wanted in flow.get(name, {}).items())


def _current_rate(store: CompanyStore, currency: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest exchange rate of a currency; empty when it has none."""
    rates = store.tables["CurrencyExchangeRate"].where(Currency_Code=currency.get("Code", ""))
    return max(rates, key=lambda row: str(row.get("Starting_Date", EMPTY_DATE)), default={})


def _rate_date(store: CompanyStore, currency: Mapping[str, Any], _flow: Flow) -> str:
    return str(_current_rate(store, currency).get("Starting_Date", EMPTY_DATE))


def _rate_amount(store: CompanyStore, currency: Mapping[str, Any], _flow: Flow) -> float:
    """Local currency for one unit, as the page shows it."""
    rate = _current_rate(store, currency)
    amount = rate.get("Exchange_Rate_Amount", 0)
    return round(rate.get("Relational_Exch_Rate_Amount", 0) / amount, 6) if amount else 0


def _factor(store: CompanyStore, currency: Mapping[str, Any], _flow: Flow) -> float:
    rate = _current_rate(store, currency)
    lcy = rate.get("Relational_Exch_Rate_Amount", 0)
    return round(rate.get("Exchange_Rate_Amount", 0) / lcy, 6) if lcy else 0


def _base_unit(store: CompanyStore, unit: Mapping[str, Any], _flow: Flow) -> str:
    item = store.tables["Item"].get((unit.get("Item_No", ""),)) or {}
    return str(item.get("Base_Unit_of_Measure", ""))


def _customer_of(store: CompanyStore, contact: Mapping[str, Any], _flow: Flow) -> str:
    """The customer a contact belongs to, over its company."""
    company = contact.get("Company_No", "")
    found = store.tables["ContactBusinessRelation"].where(Contact_No=company, Link_to_Table="Customer")
    return str(found[0].get("No", "")) if company and found else ""


def _inventory(store: CompanyStore, item: Mapping[str, Any], flow: Flow) -> float:
    """The item's stock: the sum of its ledger entries, or what the data set says for an item without entries."""
    entries = store.tables["ItemLedgerEntry"].where(Item_No=item.get("No", ""))
    if not entries:
        return item.get("Inventory", 0) if not flow else 0
    wanted = (
        entry["Quantity"]
        for entry in entries
        if _through(flow, "Location_Filter", entry.get("Location_Code", ""))
        and _through(flow, "Date_Filter", entry.get("Posting_Date", EMPTY_DATE))
    )
    return _total(wanted)


def _on_sales_orders(store: CompanyStore, item: Mapping[str, Any], flow: Flow) -> float:
    """What open orders still have to ship of an item, in its base unit."""
    lines = store.tables["SalesLine"].where(Type="Item", No=item.get("No", ""))
    return _total(
        (line.get("Quantity", 0) - line.get("Quantity_Shipped", 0)) * (line.get("Qty_per_Unit_of_Measure") or 1)
        for line in lines
        if line.get("Document_Type") == "Order"
        and _through(flow, "Location_Filter", line.get("Location_Code", ""))
        and _through(flow, "Date_Filter", line.get("Shipment_Date", EMPTY_DATE))
    )


def _entries(store: CompanyStore, customer: Mapping[str, Any], flow: Flow) -> Iterable[Mapping[str, Any]]:
    rows = store.tables["CustLedgerEntry"].where(Customer_No=customer.get("No", ""))
    return (row for row in rows if _through(flow, "Date_Filter", row.get("Posting_Date", EMPTY_DATE)))


def _balance(store: CompanyStore, customer: Mapping[str, Any], flow: Flow) -> float:
    return _total(row.get("Remaining_Amt_LCY", 0) for row in _entries(store, customer, flow))


def _balance_due(store: CompanyStore, customer: Mapping[str, Any], flow: Flow) -> float:
    """The open amounts that fell due up to today, or up to the end of the date filter."""
    rows = store.tables["CustLedgerEntry"].where(Customer_No=customer.get("No", ""))
    if not rows:
        return 0
    dates = flow.get("Date_Filter", {})
    until = dates.get("le") or dates.get("eq") or store.now()[:10]
    return _total(row.get("Remaining_Amt_LCY", 0) for row in rows if row.get("Due_Date", EMPTY_DATE) <= until)


def _sales(store: CompanyStore, customer: Mapping[str, Any], flow: Flow) -> float:
    return _total(row.get("Sales_LCY", 0) for row in _entries(store, customer, flow))


def _document_total(table: str, of: str, keys: Mapping[str, str]) -> Computed:
    """The sum of a field over the lines of a document."""

    def total(store: CompanyStore, header: Mapping[str, Any], _flow: Flow) -> float:
        lines = store.tables[table].where(**{own: header.get(name, "") for name, own in keys.items()})
        return _total(line.get(of, 0) for line in lines)

    return total


def _remaining(store: CompanyStore, invoice: Mapping[str, Any], _flow: Flow) -> float:
    """What is still to be paid of a posted invoice, in its currency."""
    rows = store.tables["CustLedgerEntry"].where(Document_Type="Invoice", Document_No=invoice.get("No", ""))
    return _total(row.get("Remaining_Amount", 0) for row in rows)


def _closed(store: CompanyStore, invoice: Mapping[str, Any], flow: Flow) -> bool:
    return _remaining(store, invoice, flow) == 0


def _vat(store: CompanyStore, row: Mapping[str, Any], _flow: Flow) -> float:
    """The VAT of a line."""
    return _total([row.get("Amount_Including_VAT", 0), -row.get("Amount", 0)])


def _document_vat(table: str) -> Computed:
    def vat(store: CompanyStore, row: Mapping[str, Any], flow: Flow) -> float:
        with_vat, without = COMPUTED[table, "Amount_Including_VAT"], COMPUTED[table, "Amount"]
        return _total([with_vat(store, row, flow), -without(store, row, flow)])

    return vat


def _shipped(store: CompanyStore, header: Mapping[str, Any], _flow: Flow) -> bool:
    """Whether nothing of an order is outstanding."""
    lines = store.tables["SalesLine"].where(Document_Type=header["Document_Type"], Document_No=header["No"])
    return bool(lines) and not any(line.get("Outstanding_Quantity", 0) for line in lines)


def _total(values: Iterable[float]) -> float:
    """A sum as JSON writes it, without the noise of binary fractions."""
    found = round(sum(values), 5)
    return int(found) if found == int(found) else found


_ORDER_KEYS: Final = {"Document_Type": "Document_Type", "No": "Document_No"}
_INVOICE_KEYS: Final = {"No": "Document_No"}
COMPUTED: Final[dict[tuple[str, str], Computed]] = {
    ("Currency", "ExchangeRateDate"): _rate_date,
    ("Currency", "ExchangeRateAmt"): _rate_amount,
    ("Currency", "CurrencyFactor"): _factor,
    ("ItemUnitOfMeasure", "ItemUnitOfMeasure"): _base_unit,
    ("Item", "Inventory"): _inventory,
    ("Item", "Qty_on_Sales_Order"): _on_sales_orders,
    ("Contact", "IntegrationCustomerNo"): _customer_of,
    ("Customer", "Balance_LCY"): _balance,
    ("Customer", "Balance_Due_LCY"): _balance_due,
    ("Customer", "Sales_LCY"): _sales,
    ("SalesHeader", "Amount"): _document_total("SalesLine", "Amount", _ORDER_KEYS),
    ("SalesHeader", "Amount_Including_VAT"): _document_total("SalesLine", "Amount_Including_VAT", _ORDER_KEYS),
    ("SalesHeader", "VAT_Amount"): _document_vat("SalesHeader"),
    ("SalesHeader", "Completely_Shipped"): _shipped,
    ("SalesLine", "VAT_Amount"): _vat,
    ("SalesInvoiceLine", "VAT_Amount"): _vat,
    ("SalesInvoiceHeader", "VAT_Amount"): _document_vat("SalesInvoiceHeader"),
    ("SalesInvoiceHeader", "Amount"): _document_total("SalesInvoiceLine", "Amount", _INVOICE_KEYS),
    ("SalesInvoiceHeader", "Amount_Including_VAT"): _document_total(
        "SalesInvoiceLine", "Amount_Including_VAT", _INVOICE_KEYS
    ),
    ("SalesInvoiceHeader", "Remaining_Amount"): _remaining,
    ("SalesInvoiceHeader", "Closed"): _closed,
}
