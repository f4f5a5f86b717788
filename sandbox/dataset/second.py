"""The second company: small, with data and a local currency of its own, so that mixing companies up shows."""

from __future__ import annotations

from datetime import date
from typing import Final

from sandbox.dataset.company import Company, Row, lines, number, shifted, start_of_last_year
from sandbox.dataset.cronus import company_contact, customer_row, exchange_rate, item_row, person, relation
from sandbox.dataset.setup_data import add_setup_tables

NAME: Final = "My Company"
_CUSTOMERS: Final = """10000|Bakkerij De Molen|Molenstraat 1|NL-1011 AB|Amsterdam|NL|Jan de Bakker
10001|Fietsen & Zo|Kerkstraat 12|NL-3511 CD|Utrecht|NL|
K0001|Tuincentrum 't Groen|Dorpsweg 3|NL-7202 EF|Zutphen|NL|Anna Groen"""
_ITEMS: Final = """1000|Stadsfiets|PCS|499.95|310
1001|Fietsbel|PCS|7.5|2.1
1002|Reparatie|HOUR|45|0"""


def second_company(today: date | None) -> Company:
    """The company `My Company`: euros, three customers, three items, two salespeople."""
    company = Company(name=NAME)
    company["GeneralLedgerSetup"].append({"Primary_Key": "", "LCY_Code": "EUR"})
    add_setup_tables(company)
    company["CountryRegion"] += lines("NL|Netherlands\nGB|Great Britain", "Code", "Name")
    company["UnitOfMeasure"] += lines("PCS|Stuk|EA\nHOUR|Uur|HUR", "Code", "Description", "International_Standard_Code")
    company["PaymentTerms"] += lines("14 DAYS|14D|Net 14 days", "Code", "Due_Date_Calculation", "Description")
    company["ShipmentMethod"] += lines("EXW|Ex Warehouse", "Code", "Description")
    company["Salesperson"] += lines(
        "PJ|Piet Jansen|pj@contoso.com\nSV|Sanne Vos|sv@contoso.com", "Code", "Name", "E_Mail"
    )
    company["Currency"].append(_pound())
    company["CurrencyExchangeRate"].append(exchange_rate("GBP", 1, 1.17, start_of_last_year(today)))
    for index, row in enumerate(lines(_CUSTOMERS, *_CUSTOMER_FIELDS), start=1):
        _add_customer(company, index, row, shifted("2017-01-26", today))
    for row in lines(_ITEMS, "no", "text", "unit", "price", "cost"):
        price, cost = number(row["price"]), number(row["cost"])
        kind = "Service" if row["unit"] == "HOUR" else "Inventory"
        company["Item"].append(item_row(row["no"], row["text"], row["unit"], price, cost, Type=kind))
        unit: Row = {"Item_No": row["no"], "Code": row["unit"], "Qty_per_Unit_of_Measure": 1}
        company["ItemUnitOfMeasure"].append(unit)
    return company


_CUSTOMER_FIELDS: Final = "No Name Address Post_Code City Country_Region_Code ContactName".split()


def _pound() -> Row:
    return {
        "Code": "GBP",
        "Description": "Pound sterling",
        "ISO_Code": "GBP",
        "ISO_Numeric_Code": "826",
        "Symbol": "£",
        "Amount_Rounding_Precision": 0.01,
        "Amount_Decimal_Places": "2:2",
        "Unit_Amount_Rounding_Precision": 0.001,
        "Unit_Amount_Decimal_Places": "2:5",
        "Invoice_Rounding_Precision": 0.01,
    }


def _add_customer(company: Company, index: int, row: Row, day: str) -> None:
    """A customer, its company contact and, where it has one, its contact person."""
    no, name = row.pop("No"), row.pop("Name")
    more = {"Payment_Terms_Code": "14 DAYS", "Salesperson_Code": "PJ", "Last_Date_Modified": day}
    customer = customer_row(no, name, **row, **more)
    customer |= dict.fromkeys(("Gen_Bus_Posting_Group", "VAT_Bus_Posting_Group", "Customer_Posting_Group"), "DOMESTIC")
    company["Customer"].append(customer)
    firm = company_contact(f"CT{index:06}", customer)
    company["Contact"].append(firm)
    company["ContactBusinessRelation"].append(relation(firm["No"], no))
    if row["ContactName"]:
        no_of_person = f"CT{100 + index:06}"
        company["Contact"].append(person(no_of_person, row["ContactName"], firm, Last_Date_Modified=day))
        customer["Primary_Contact_No"] = no_of_person
