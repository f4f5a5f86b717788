"""CRONUS plus records a correct synchronization must set aside: `TROUBLE` says which, why and what to expect.

All of them are possible in NAV (some only because tables were imported or cleaned up by hand), so the rows are put in
past NAV's own checks.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from sandbox.dataset.company import Company, Row, shifted, start_of_last_year
from sandbox.dataset.cronus import (
    company_contact,
    cronus,
    customer_row,
    exchange_rate,
    item_row,
    person,
    price_row,
    relation,
)

CREATED: Final = "created"
"""The record goes through; only its value is odd."""
WAITS: Final = "waits"
"""The record is not written; it waits (or fails) with a reason that names the cause. Everything else goes on."""
OUTSIDE: Final = "outside"
"""The record is outside the mapping: neither written nor counted as an error (a reason may be shown)."""
NOT_BOTH: Final = "not both"
"""At most one of the records of `key` and `rivals` is written; the others wait with a reason."""

COMPOSED: Final = unicodedata.normalize("NFC", "KČ")
DECOMPOSED: Final = unicodedata.normalize("NFD", "KČ")
_EMPTY: Final = "0001-01-01"


@dataclass(frozen=True, slots=True)
class Case:
    """One record in trouble: its table, its key in key order, what is wrong, what must come of it."""

    table: str
    key: tuple[str | int, ...]
    what: str
    expected: str
    reason: str
    rivals: tuple[tuple[str | int, ...], ...] = ()


def _price_key(item: str, code: str, unit: str = "PCS", quantity: int = 0, currency: str = "") -> tuple[str | int, ...]:
    return item, "Customer Price Group", code, _EMPTY, currency, "", unit, quantity


TROUBLE: Final[tuple[Case, ...]] = (
    Case("CustomerPriceGroup", ("MIXED",), "its prices are in EUR and USD", WAITS, "one price list, one currency"),
    Case("SalesPrice", _price_key("1896-S", "MIXED", currency="EUR"), "price of MIXED", WAITS, "price list waits"),
    Case("SalesPrice", _price_key("1900-S", "MIXED", currency="USD"), "price of MIXED", WAITS, "price list waits"),
    Case(
        "SalesPrice",
        _price_key("1896-S", "TWICE"),
        "two prices for one list, product and unit (minimum quantities 0 and 10)",
        NOT_BOTH,
        "a price list holds a product and unit once",
        (_price_key("1896-S", "TWICE", quantity=10),),
    ),
    Case(
        "SalesPrice", _price_key("1900-S", "UNITS", "SET"), "unit is not the base unit", WAITS, "unit of another group"
    ),
    Case("SalesPrice", _price_key("1900-S", "NOGROUP"), "no such price group", WAITS, "price list is missing"),
    Case("SalesPrice", _price_key("NOITEM", "UNITS"), "no such item", WAITS, "product is missing"),
    Case("SalesPrice", _price_key("1908-S", "UNITS"), "negative price", WAITS, "amount below the smallest allowed"),
    Case("Item", ("TR-UNIT",), "base unit XUNIT has no row in UnitOfMeasure", WAITS, "unit group is missing"),
    Case("Item", ("TR-NOUNIT",), "no base unit", WAITS, "a product needs a unit"),
    Case("Item", ("TR-NEG",), "negative price and stock", CREATED, "negative price and quantity become 0"),
    Case("Item", ("TR-RANGE",), "price 2,000,000,000,000", WAITS, "price above the greatest allowed"),
    Case("Currency", ("TRY",), "no exchange rate", WAITS, "no exchange rate"),
    Case("Customer", ("T10020",), "currency TRY waits", WAITS, "currency is not coupled"),
    Case("Currency", ("EUROSPOT",), "code longer than 5 characters", WAITS, "ISO code is too long"),
    Case("Currency", (COMPOSED,), "alike with another code once normalised", NOT_BOTH, "same code", ((DECOMPOSED,),)),
    Case("Customer", ("T10010",), "payment terms GONE have no row", WAITS, "option without a partner"),
    Case("Customer", ("T10030",), "salesperson NU has no CRM user", WAITS, "salesperson is not coupled"),
    Case("Customer", ("T10031",), "salesperson KH has no e-mail address", WAITS, "salesperson is not coupled"),
    Case("Customer", ("T10040",), "salesperson ZZ has no row", WAITS, "salesperson is missing"),
    Case("Customer", ("T10050",), "country XX has no row", CREATED, "the country is text in the CRM"),
    Case("Customer", ("T10060",), "no name", WAITS, "an account needs a name"),
    Case("Customer", ("T10070",), "credit limit 200,000,000,000,000", WAITS, "above the greatest allowed"),
    Case("Contact", ("CT100002",), "company is no customer", OUTSIDE, "company has no customer"),
    Case("Contact", ("CT100171",), "company is no customer", OUTSIDE, "company has no customer"),
    Case("Contact", ("CT100136",), "company is no customer", OUTSIDE, "company has no customer"),
    Case("Contact", ("CT100192",), "company is no customer", OUTSIDE, "company has no customer"),
    Case("Contact", ("CT100197",), "company is no customer", OUTSIDE, "company has no customer"),
    Case("Contact", ("CT300002",), "same name and e-mail as CT300001", CREATED, "two people; never coupled to one row"),
    Case("Contact", ("CT300003",), "customer T10060 of its company waits", WAITS, "account is not coupled"),
    Case("Contact", ("CT300004",), "its company's customer T99999 is gone", WAITS, "customer is missing"),
)

_PERSONS_OF_PROSPECTS: Final = (
    ("CT100002", "Christie Moon", "CT100001"),
    ("CT100171", "Candy Spoon", "CT100001"),
    ("CT100136", "Diane Tibbott", "CT100005"),
    ("CT100192", "Karina Agerby", "CT100016"),
    ("CT100197", "Amy E. Alberts", "CT100017"),
)
_CUSTOMERS: Final[tuple[tuple[str, str, Row], ...]] = (
    ("T10010", "Terms Gone Ltd.", {"Payment_Terms_Code": "GONE"}),
    ("T10020", "Lira Trading A.Ş.", {"Currency_Code": "TRY"}),
    ("T10030", "No User Ltd.", {"Salesperson_Code": "NU"}),
    ("T10031", "No Address Ltd.", {"Salesperson_Code": "KH"}),
    ("T10040", "Nobody's Ltd.", {"Salesperson_Code": "ZZ"}),
    ("T10050", "Atlantis Ltd.", {"Country_Region_Code": "XX"}),
    ("T10060", "", {"Address": "1 Nameless Road"}),
    ("T10070", "Croesus Bank", {"Credit_Limit_LCY": 200_000_000_000_000}),
)


def trouble(today: date | None) -> Company:
    """The demonstration company with the cases of `TROUBLE` in it."""
    company = cronus(today)
    _add_currencies(company, today)
    _add_items(company)
    _add_prices(company)
    _add_customers(company)
    _add_contacts(company)
    for table in ("Customer", "Contact", "Item"):
        for row in company[table]:
            row.setdefault("Last_Date_Modified", shifted("2017-01-26", today))
    return company


def _add_currencies(company: Company, today: date | None) -> None:
    names = {"TRY": "Turkish lira", "EUROSPOT": "Euro, spot rate", COMPOSED: "Koruna", DECOMPOSED: "Koruna, old"}
    for code, text in names.items():
        row: Row = {
            "Code": code,
            "Description": text,
            "Amount_Decimal_Places": "2:2",
            "Amount_Rounding_Precision": 0.01,
        }
        company["Currency"].append(row)
        if code != "TRY":
            company["CurrencyExchangeRate"].append(exchange_rate(code, 100, 65, start_of_last_year(today)))


def _add_items(company: Company) -> None:
    for no, unit, price, stock in (
        ("TR-UNIT", "XUNIT", 10, 1),
        ("TR-NOUNIT", "", 10, 1),
        ("TR-NEG", "PCS", -12.5, -4),
        ("TR-RANGE", "PCS", 2_000_000_000_000, 1),
    ):
        company["Item"].append(item_row(no, f"Trouble {no}", unit, price, 1, Inventory=stock))
        if unit:
            row: Row = {"Item_No": no, "Code": unit, "Qty_per_Unit_of_Measure": 1}
            company["ItemUnitOfMeasure"].append(row)


def _add_prices(company: Company) -> None:
    for code in ("MIXED", "TWICE", "UNITS"):
        company["CustomerPriceGroup"].append({"Code": code, "Description": f"Trouble {code}", "Allow_Line_Disc": True})
    for item, code, unit, quantity, currency, price in (
        ("1896-S", "MIXED", "PCS", 0, "EUR", 900),
        ("1900-S", "MIXED", "PCS", 0, "USD", 200),
        ("1896-S", "TWICE", "PCS", 0, "", 640),
        ("1896-S", "TWICE", "PCS", 10, "", 620),
        ("1900-S", "UNITS", "SET", 0, "", 440),
        ("1900-S", "NOGROUP", "PCS", 0, "", 120),
        ("NOITEM", "UNITS", "PCS", 0, "", 1),
        ("1908-S", "UNITS", "PCS", 0, "", -5),
    ):
        row = price_row(item, "Customer Price Group", code, price)
        more = {"Unit_of_Measure_Code": unit, "Minimum_Quantity": quantity, "Currency_Code": currency}
        company["SalesPrice"].append(row | more)


def _add_customers(company: Company) -> None:
    company["Salesperson"].append({"Code": "NU", "Name": "Nora Unknown", "E_Mail": "nora.unknown@contoso.com"})
    for index, (no, name, values) in enumerate(_CUSTOMERS, start=1):
        defaults = {"Salesperson_Code": "JO", "Country_Region_Code": "GB", "Payment_Terms_Code": "14 DAYS"}
        more = {"Address": f"{index} Trouble Street", "City": "Leeds", "Post_Code": "GB-LS1 4AP"} | defaults
        customer = customer_row(no, name, **(more | values))
        company["Customer"].append(customer)
        firm = company_contact(f"CT3001{index:02}", customer)
        company["Contact"].append(firm)
        company["ContactBusinessRelation"].append(relation(firm["No"], no))


def _add_contacts(company: Company) -> None:
    contacts = {row["No"]: row for row in company["Contact"]}
    for no, name, firm in _PERSONS_OF_PROSPECTS:
        company["Contact"].append(person(no, name, contacts[firm]))
    cannon, nameless = contacts["CT000001"], contacts["CT300107"]
    for no in ("CT300001", "CT300002"):
        company["Contact"].append(person(no, "John Smith", cannon, Job_Title=f"Clerk {no[-1]}"))
    company["Contact"].append(person("CT300003", "Nina Nameless", nameless))
    orphan: Row = {"No": "CT300200", "Type": "Company", "Name": "Orphan Ltd.", "Company_No": "CT300200"}
    company["Contact"].append(orphan | {"Company_Name": "Orphan Ltd.", "Search_Name": "ORPHAN LTD."})
    company["ContactBusinessRelation"].append(relation("CT300200", "T99999"))
    company["Contact"].append(person("CT300004", "Oliver Orphan", company.find("Contact", No="CT300200")))
