"""What each row in Sales must hold after a full synchronization, computed anew from docs/mappings.md.

Rows are told apart, and refer to each other, by their natural keys: ids are nobody's business. A record that must stay out is
named by the caller; everything that follows from it (a contact's account, a price's list) is looked up among what is in.
"""

from collections.abc import Collection
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.sync.oracle.servers import Row, Servers, one

Out = Collection[tuple[str, tuple[Any, ...]]]
Expected = list[tuple[Any, Row]]
"""Pairs of natural key and columns; a list, since two people may bear one name."""

ACTIVE, RETIRED = 0, 1
CUSTOMER, PRODUCT = 3, 1
INVENTORY, SERVICES = 1, 3
CURRENCY_AMOUNT, ANY_QUANTITY = 1, 1
DEFAULT_LIST = "Dynamics NAV Default Price List"
APPLICATION_USER = "# NAV-Sales-Connector"


def text(value: Any) -> str | None:
    """Return a text as Sales keeps it: blank is nothing."""
    return str(value).strip() or None if value is not None else None


def code(value: Any) -> str | None:
    """Return a NAV code: upper case, blank is nothing."""
    found = text(value)
    return found.upper() if found else None


def money(value: Any) -> Decimal:
    """Return an amount; what is below zero is zero."""
    return max(Decimal(0), Decimal(str(value or 0)))


class Expectations:
    """Everything that must be in Sales, given what is in NAV. `out` names what stays out, as (table, key)."""

    def __init__(self, servers: Servers, out: Out = ()) -> None:
        self.servers = servers
        self.out = set(out)
        self.local = one(servers.nav("GeneralLedgerSetup"))["LCY_Code"]
        self.today = date.today().isoformat()

    def rows(self, table: str, *key: str) -> list[Row]:
        """Return the rows of a NAV table that are to be in Sales, as far as the caller says."""
        return [row for row in self.servers.nav(table) if (table, tuple(row[name] for name in key)) not in self.out]

    def all(self) -> dict[str, Expected]:
        """Return what must be in, by table of Sales."""
        return {
            "transactioncurrency": self.currencies(),
            "uomschedule": self.unit_groups(),
            "uom": self.units(),
            "account": self.accounts(),
            "contact": self.contacts(),
            "product": self.products(),
            "pricelevel": self.price_lists(),
            "productpricelevel": self.prices(),
        }

    # What others refer to

    def currency(self, value: Any) -> str:
        """Return the ISO code that a NAV currency code stands for; blank is the local currency."""
        return code(value) or self.local

    @cached_property
    def _users(self) -> dict[str, str]:
        names = {
            str(row.get("internalemailaddress")).casefold(): row["fullname"] for row in self.servers.sales("systemuser")
        }
        people = self.servers.nav("Salesperson")
        return {row["Code"]: names[row["E_Mail"].casefold()] for row in people if row["E_Mail"].casefold() in names}

    def owner(self, salesperson: Any) -> str:
        """Return the user that a salesperson is, by e-mail address; the connector's own where there is no salesperson."""
        return self._users[salesperson] if code(salesperson) else APPLICATION_USER

    @cached_property
    def customer_of(self) -> dict[str, str]:
        """The number of the customer that each company contact is."""
        relations = self.servers.nav("ContactBusinessRelation")
        return {row["Contact_No"]: row["No"] for row in relations if row["Link_to_Table"] == "Customer"}

    # Tables

    def currencies(self) -> Expected:
        """CURRENCY, and the base currency that was there before."""
        rates = self.servers.nav("CurrencyExchangeRate")
        found: Expected = [(self.local, {"currencyname": "Pound Sterling", "exchangerate": Decimal(1)})]
        for row in self.rows("Currency", "Code"):
            own = [
                rate for rate in rates if rate["Currency_Code"] == row["Code"] and rate["Starting_Date"] <= self.today
            ]
            latest = max(own, key=lambda rate: rate["Starting_Date"])
            rate = Fraction(str(latest["Exchange_Rate_Amount"])) / Fraction(str(latest["Relational_Exch_Rate_Amount"]))
            values = {
                "currencysymbol": row["Code"],
                "currencyname": text(row["Description"]) or row["Code"],
                "exchangerate": Decimal(round(rate * 10**10)) / 10**10,
                "currencyprecision": 2,
            }
            found.append((row["Code"], values))
        return found

    def unit_groups(self) -> Expected:
        """UNIT OF MEASURE, and the group that was there before."""
        units = [row["Code"] for row in self.rows("UnitOfMeasure", "Code")]
        own = [(f"NAV {unit}", {"baseuomname": unit, "statecode": ACTIVE}) for unit in units]
        return [("Default Unit", {"baseuomname": "Primary Unit"}), *own]

    def units(self) -> Expected:
        """One unit for each group: its base, of quantity 1."""
        return [
            ((group, values["baseuomname"]), {"isschedulebaseuom": True, "quantity": Decimal(1)})
            for group, values in self.unit_groups()
        ]

    def accounts(self) -> Expected:
        """CUSTOMER."""
        return [(row["Name"], self._account(row)) for row in self.rows("Customer", "No")]

    def _account(self, row: Row) -> Row:
        return {
            "accountnumber": None,
            "address1_primarycontactname": None,
            "address1_line1": text(row["Address"]),
            "address1_line2": text(row["Address_2"]),
            "address1_postalcode": code(row["Post_Code"]),
            "address1_city": text(row["City"]),
            "address1_country": code(row["Country_Region_Code"]),
            "address1_stateorprovince": text(row.get("County")),
            "transactioncurrencyid": self.currency(row["Currency_Code"]),
            "emailaddress1": text(row["E_Mail"]),
            "fax": text(row["Fax_No"]),
            "websiteurl": text(row["Home_Page"]),
            "telephone1": text(row["Phone_No"]),
            "telephone2": None,
            "address1_freighttermscode": code(row["Shipment_Method_Code"]),
            "address1_shippingmethodcode": code(row["Shipping_Agent_Code"]),
            "paymenttermscode": code(row["Payment_Terms_Code"]),
            "creditlimit": money(row["Credit_Limit_LCY"]),
            "primarycontactid": self._full_names.get(row["Primary_Contact_No"]),
            "ownerid": self.owner(row["Salesperson_Code"]),
            "customertypecode": CUSTOMER,
            "statecode": ACTIVE,
        }

    @cached_property
    def _customer_names(self) -> dict[str, str]:
        return {row["No"]: row["Name"] for row in self.rows("Customer", "No")}

    @cached_property
    def _full_names(self) -> dict[str, str]:
        return {row["No"]: name for name, row in self._people()}

    def _people(self) -> list[tuple[str, Row]]:
        return [
            (" ".join(filter(None, (_name_parts(row)[0], _name_parts(row)[2]))), row)
            for row in self.rows("Contact", "No")
            if row["Type"] == "Person" and self.customer_of.get(row["Company_No"]) in self._customer_names
        ]

    def contacts(self) -> Expected:
        """CONTACT."""
        return [(name, self._contact(row)) for name, row in self._people()]

    def _contact(self, row: Row) -> Row:
        first, middle, last = _name_parts(row)
        return {
            "parentcustomerid": self._customer_names[self.customer_of[row["Company_No"]]],
            "transactioncurrencyid": self.currency(row["Currency_Code"]),
            "address1_line1": text(row["Address"]),
            "address1_line2": text(row["Address_2"]),
            "address1_postalcode": code(row["Post_Code"]),
            "address1_city": text(row["City"]),
            "address1_country": code(row["Country_Region_Code"]),
            "address1_stateorprovince": text(row.get("County")),
            "emailaddress1": text(row["E_Mail"]),
            "fax": text(row["Fax_No"]),
            "firstname": first or None,
            "middlename": middle or None,
            "lastname": last or None,
            "websiteurl": text(row["Home_Page"]),
            "mobilephone": text(row["Mobile_Phone_No"]),
            "pager": text(row.get("Pager")),
            "telephone1": text(row["Phone_No"]),
            "salutation": None,
            "statecode": ACTIVE,
        }

    def products(self) -> Expected:
        """ITEM-PRODUCT and RESOURCE-PRODUCT."""
        items = [(row["No"], self._item(row)) for row in self.rows("Item", "No")]
        return items + [(row["No"], self._resource(row)) for row in self.rows("Resource", "No")]

    def _item(self, row: Row) -> Row:
        return {
            **self._product(row, INVENTORY),
            "name": text(row["Description"]),
            "stockvolume": max(Decimal(0), Decimal(str(row["Unit_Volume"]))),
            "stockweight": max(Decimal(0), Decimal(str(row["Gross_Weight"]))),
            "vendorid": code(row["Vendor_No"]),
            "vendorpartnumber": text(row["Vendor_Item_No"]),
        }

    def _resource(self, row: Row) -> Row:
        values = {"name": text(row["Name"]), "stockvolume": None, "stockweight": None, "vendorpartnumber": None}
        return {**self._product(row, SERVICES), **values, "vendorid": code(row.get("Vendor_No"))}

    def _product(self, row: Row, kind: int) -> Row:
        return {
            "price": money(row["Unit_Price"]),
            "standardcost": money(row["Unit_Cost"]),
            "currentcost": money(row["Unit_Cost"]),
            "defaultuomscheduleid": f"NAV {row['Base_Unit_of_Measure']}",
            "defaultuomid": row["Base_Unit_of_Measure"],
            "statecode": RETIRED if row["Blocked"] else ACTIVE,
            "producttypecode": kind,
            "productstructure": PRODUCT,
            "quantitydecimal": 2,
            "transactioncurrencyid": self.local,
            "pricelevelid": DEFAULT_LIST,
        }

    def price_lists(self) -> Expected:
        """CUSTPRCGRP-PRICE, and the default price list."""
        found: Expected = [(DEFAULT_LIST, {"transactioncurrencyid": self.local})]
        for row in self.rows("CustomerPriceGroup", "Code"):
            currencies = {self.currency(price["Currency_Code"]) for price in self._prices_of_today(row["Code"])}
            currency = next(iter(currencies)) if len(currencies) == 1 else self.local
            found.append((row["Code"], {"transactioncurrencyid": currency, "statecode": ACTIVE}))
        return found

    def _prices_of_today(self, group: str) -> list[Row]:
        return [
            row
            for row in self._prices_by_group.get(group, ())
            if row["Minimum_Quantity"] <= 1
            and not row["Variant_Code"]
            and row["Starting_Date"] <= self.today
            and (row["Ending_Date"] == "0001-01-01" or row["Ending_Date"] >= self.today)
        ]

    @cached_property
    def _prices_by_group(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.servers.nav("SalesPrice"):
            if row["Sales_Type"] == "Customer Price Group":
                found.setdefault(row["Sales_Code"], []).append(row)
        return found

    def prices(self) -> Expected:
        """SALESPRC-PRODPRICE, and what each product costs in the default price list."""
        items = {row["No"]: row for row in self.rows("Item", "No")}
        found: Expected = [
            ((DEFAULT_LIST, number, product["defaultuomid"]), _price(product["price"]))
            for number, product in self.products()
        ]
        for group, _values in self.price_lists():
            for row in self._prices_of_today(group):
                item = items.get(row["Item_No"])
                if item is None or item["Blocked"] or ("SalesPrice", _price_key(row)) in self.out:
                    continue
                if row["Unit_of_Measure_Code"] in ("", item["Base_Unit_of_Measure"]):
                    key = (group, item["No"], item["Base_Unit_of_Measure"])
                    found.append((key, _price(money(row["Unit_Price"]))))
        return found


def _price(amount: Decimal) -> Row:
    # Sales keeps prices at the organization's pricing precision, two decimals; the connector takes its rounding over.
    amount = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"amount": amount, "pricingmethodcode": CURRENCY_AMOUNT, "quantitysellingcode": ANY_QUANTITY}


def _price_key(row: Row) -> tuple[Any, ...]:
    names = (
        "Item_No Sales_Type Sales_Code Starting_Date Currency_Code Variant_Code Unit_of_Measure_Code Minimum_Quantity"
    )
    return tuple(row[name] for name in names.split())


def _name_parts(row: Row) -> tuple[str, str, str]:
    """Return first name, middle name and surname: the fields, or the words of the whole name as NAV splits them."""
    if row.get("Surname") or row.get("First_Name"):
        return row["First_Name"], row["Middle_Name"], row["Surname"]
    words = row["Name"].split()
    return (words[0], " ".join(words[1:-1]), words[-1]) if len(words) > 1 else ("", "", " ".join(words))
