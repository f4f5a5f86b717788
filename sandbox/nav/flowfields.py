"""Fields a page computes when it is read: they are in no table and never move a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import CompanyStore

Computed = Callable[[CompanyStore, Mapping[str, Any]], Any]


def _current_rate(store: CompanyStore, currency: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newest exchange rate of a currency; empty when it has none."""
    rates = store.tables["CurrencyExchangeRate"].where(Currency_Code=currency.get("Code", ""))
    return max(rates, key=lambda row: str(row.get("Starting_Date", EMPTY_DATE)), default={})


def _rate_date(store: CompanyStore, currency: Mapping[str, Any]) -> str:
    return str(_current_rate(store, currency).get("Starting_Date", EMPTY_DATE))


def _rate_amount(store: CompanyStore, currency: Mapping[str, Any]) -> float:
    """Local currency for one unit, as the page shows it."""
    rate = _current_rate(store, currency)
    amount = rate.get("Exchange_Rate_Amount", 0)
    return round(rate.get("Relational_Exch_Rate_Amount", 0) / amount, 6) if amount else 0


def _factor(store: CompanyStore, currency: Mapping[str, Any]) -> float:
    rate = _current_rate(store, currency)
    lcy = rate.get("Relational_Exch_Rate_Amount", 0)
    return round(rate.get("Exchange_Rate_Amount", 0) / lcy, 6) if lcy else 0


def _base_unit(store: CompanyStore, unit: Mapping[str, Any]) -> str:
    item = store.tables["Item"].get((unit.get("Item_No", ""),)) or {}
    return str(item.get("Base_Unit_of_Measure", ""))


def _customer_of(store: CompanyStore, contact: Mapping[str, Any]) -> str:
    """The customer a contact belongs to, over its company."""
    company = contact.get("Company_No", "")
    found = store.tables["ContactBusinessRelation"].where(Contact_No=company, Link_to_Table="Customer")
    return str(found[0].get("No", "")) if company and found else ""


def _on_sales_orders(store: CompanyStore, item: Mapping[str, Any]) -> float:
    """What open orders still have to ship of an item."""
    lines = store.tables["SalesLine"].where(Type="Item", No=item.get("No", ""))
    orders = (line for line in lines if line.get("Document_Type") == "Order")
    return float(sum(line.get("Quantity", 0) - line.get("Quantity_Shipped", 0) for line in orders))


COMPUTED: Final[dict[tuple[str, str], Computed]] = {
    ("Currency", "ExchangeRateDate"): _rate_date,
    ("Currency", "ExchangeRateAmt"): _rate_amount,
    ("Currency", "CurrencyFactor"): _factor,
    ("ItemUnitOfMeasure", "ItemUnitOfMeasure"): _base_unit,
    ("Item", "Qty_on_Sales_Order"): _on_sales_orders,
    ("Contact", "IntegrationCustomerNo"): _customer_of,
}
