"""Prices and amounts of sales lines: which sales price holds, discounts, VAT, rounding to the document's currency.

Sources: tables 36, 37 and codeunit 7000 (Sales Price Calc. Mgt.) of NAV 2017/2018; reference 5.6, 5.12.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from sandbox.nav.errors import NavError
from sandbox.nav.schema import EMPTY_DATE
from sandbox.nav.store import CompanyStore, Row

LCY_AMOUNT_PRECISION: Final = 0.01
LCY_UNIT_PRECISION: Final = 0.001
"""Amount and Unit-Amount Rounding Precision of CRONUS's General Ledger Setup."""
QUANTITY_PLACES: Final = 5


def rounded(value: float, precision: float) -> float:
    """A value to a multiple of `precision`, halves away from zero, as NAV's ROUND does it."""
    step = Decimal(str(precision))
    found = (Decimal(str(value)) / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    number = float(found)
    return int(number) if number.is_integer() else number


class Money:
    """The rounding of one document's currency, and its rate to the local one."""

    def __init__(self, store: CompanyStore, header: Mapping[str, Any]) -> None:
        self._store = store
        self.code = str(header.get("Currency_Code", ""))
        self._day = str(header.get("Posting_Date", EMPTY_DATE))
        currency = store.tables["Currency"].get((self.code,)) if self.code else None
        found = currency or {}
        self._amount = found.get("Amount_Rounding_Precision") or LCY_AMOUNT_PRECISION
        self._unit = found.get("Unit_Amount_Rounding_Precision") or LCY_UNIT_PRECISION

    def amount(self, value: float) -> float:
        return rounded(value, self._amount)

    def unit_amount(self, value: float) -> float:
        return rounded(value, self._unit)

    @property
    def factor(self) -> float:
        """Units of the currency for one of local currency, at the last rate up to the posting date."""
        if not self.code:
            return 1.0
        rates = self._store.tables["CurrencyExchangeRate"].where(Currency_Code=self.code)
        valid = [row for row in rates if row.get("Starting_Date", EMPTY_DATE) <= self._day]
        rate = max(valid, key=lambda row: str(row["Starting_Date"]), default=None)
        if rate is None or not rate.get("Relational_Exch_Rate_Amount"):
            text = f"There is no Currency Exchange Rate within the filter. Filters: Currency Code: {self.code}"
            raise NavError("Internal_DataNotFoundFilter", f"{text}, Starting Date: ..{self._day}")
        return float(rate["Exchange_Rate_Amount"]) / float(rate["Relational_Exch_Rate_Amount"])

    def to_lcy(self, value: float) -> float:
        return rounded(value / self.factor, LCY_AMOUNT_PRECISION)


def vat_percent(store: CompanyStore, business: str, product: str) -> float:
    """The VAT rate of two posting groups. Raises NavError when they are not set up together."""
    setup = store.tables["VATPostingSetup"].get((business, product))
    if setup is None:
        text = "The VAT Posting Setup does not exist. Identification fields and values: "
        raise NavError(
            "Internal_RecordNotFound",
            f"{text}VAT Bus. Posting Group='{business}',VAT Prod. Posting Group='{product}'",
            400,
        )
    return float(setup["VAT_Percent"])


def line_price(store: CompanyStore, header: Mapping[str, Any], line: Mapping[str, Any]) -> float:
    """The unit price of an item or resource line: the lowest sales price that holds, or the record's own price."""
    money = Money(store, header)
    table = "Resource" if line.get("Type") == "Resource" else "Item"
    record = store.tables[table].get((line.get("No", ""),)) or {}
    per = line.get("Qty_per_Unit_of_Measure") or 1
    own = record.get("Unit_Price", 0) * per * money.factor
    found = _sales_prices(store, header, line, money) if table == "Item" else []
    return money.unit_amount(min(found) if found else _tax(store, header, line, record, own))


def _sales_prices(store: CompanyStore, header: Mapping[str, Any], line: Mapping[str, Any], money: Money) -> list[float]:
    """Every sales price that holds for a line, per its unit, in the document's currency."""
    day, quantity = header.get("Order_Date", EMPTY_DATE), line.get("Quantity", 0)
    codes = {
        "Customer": header.get("Bill_to_Customer_No", ""),
        "Customer Price Group": header.get("Customer_Price_Group", ""),
        "All Customers": "",
    }
    found: list[float] = []
    for price in store.tables["SalesPrice"].where(Item_No=line.get("No", "")):
        kind, code = price.get("Sales_Type", "Customer"), price.get("Sales_Code", "")
        if kind not in codes or codes[kind] != code or (kind != "All Customers" and not code):
            continue
        if not _holds(price, day, line, quantity, money.code):
            continue
        per = 1 if price.get("Unit_of_Measure_Code") else line.get("Qty_per_Unit_of_Measure") or 1
        rate = 1.0 if price.get("Currency_Code") else money.factor
        found.append(_tax(store, header, line, price, price.get("Unit_Price", 0) * per * rate))
    return found


def _holds(price: Row, day: str, line: Mapping[str, Any], quantity: float, currency: str) -> bool:
    end = price.get("Ending_Date", EMPTY_DATE)
    return (
        price.get("Starting_Date", EMPTY_DATE) <= day
        and (end == EMPTY_DATE or day <= end)
        and price.get("Currency_Code", "") in ("", currency)
        and price.get("Unit_of_Measure_Code", "") in ("", line.get("Unit_of_Measure_Code", ""))
        and price.get("Minimum_Quantity", 0) <= quantity
    )


def _tax(
    store: CompanyStore, header: Mapping[str, Any], line: Mapping[str, Any], source: Mapping[str, Any], price: float
) -> float:
    """A price with or without VAT, as the document wants it."""
    product = line.get("VAT_Prod_Posting_Group", "")
    includes, wanted = bool(source.get("Price_Includes_VAT")), bool(header.get("Prices_Including_VAT"))
    if includes and not wanted:
        business = source.get("VAT_Bus_Posting_Gr_Price") or header.get("VAT_Bus_Posting_Group", "")
        return price / (1 + vat_percent(store, business, product) / 100)
    if wanted and not includes:
        return price * (1 + vat_percent(store, header.get("VAT_Bus_Posting_Group", ""), product) / 100)
    return price


def calculate(store: CompanyStore, header: Mapping[str, Any], line: Row) -> None:
    """Set a line's amounts from its quantity, price, discount and VAT rate."""
    money = Money(store, header)
    gross = money.amount(line.get("Quantity", 0) * line.get("Unit_Price", 0))
    line["Line_Discount_Amount"] = money.amount(gross * line.get("Line_Discount_Percent", 0) / 100)
    line["Line_Amount"] = money.amount(gross - line["Line_Discount_Amount"])
    rate = 1 + line.get("VAT_Percent", 0) / 100
    if header.get("Prices_Including_VAT"):
        line["Amount_Including_VAT"] = line["Line_Amount"]
        line["Amount"] = money.amount(line["Line_Amount"] / rate)
    else:
        line["Amount"] = line["Line_Amount"]
        line["Amount_Including_VAT"] = money.amount(line["Line_Amount"] * rate)
