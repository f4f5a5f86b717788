"""Scales a company up: plausible, distinct customers, people, items, prices and orders, the same for the same seed."""

from __future__ import annotations

from datetime import date
from itertools import islice, product
from random import Random
from typing import Final

from sandbox.dataset import words
from sandbox.dataset.company import Company, Row, shifted
from sandbox.dataset.cronus import company_contact, customer_row, item_row, person, price_row, relation
from sandbox.dataset.documents import document_header, order_line, vat_percent

_SALESPEOPLE: Final = ("JO", "OF", "EH", "HR", "LT", "RB", "BC")
_TERMS: Final = ("1M(8D)", "14 DAYS", "CM", "30 DAYS", "7 DAYS")
_AGENTS: Final = ("", "DHL", "UPS", "FEDEX")
_GROUPS: Final = ("", "RETAIL", "LARGE", "WHOLESALE", "EXPORT", "VIP")
_PRICE_CURRENCIES: Final = ("", "EUR", "USD", "DKK")
_UNITS: Final = ("PCS", "PCS", "PCS", "BOX", "SET", "CAN", "KG")
_PRICES_PER_GROUP: Final = 500
_FIRST_ORDER: Final = 200001


class Scaler:
    """Adds rows to one company until it holds the numbers wished for; it never takes rows away."""

    def __init__(self, company: Company, seed: int, today: date | None) -> None:
        self._company = company
        self._random = Random(seed)
        self._day = shifted("2017-01-26", today)

    def _taken(self, table: str, field: str) -> set[str]:
        return {row[field] for row in self._company[table]}

    def customers(self, total: int) -> None:
        """Customers, each with its company contact and the relation between them."""
        start = len(self._company["Customer"])
        names = _Names(self._random, self._taken("Customer", "Name"), words.FIRST, words.TRADE, words.FORM)
        for index in range(start, total):
            customer = self._customer(index, next(names))
            firm = company_contact(f"CT{10_000_000 + index}", customer)
            self._company["Customer"].append(customer)
            self._company["Contact"].append(firm)
            self._company["ContactBusinessRelation"].append(relation(firm["No"], customer["No"]))
        known = {(row["Code"], row["City"]) for row in self._company["PostCode"]}
        for code, city, country, _currency in words.PLACES:
            if (code, city) not in known:
                self._company["PostCode"].append({"Code": code, "City": city, "Country_Region_Code": country})

    def _customer(self, index: int, name: str) -> Row:
        choose = self._random.random
        code, city, country, currency = words.PLACES[int(choose() * len(words.PLACES))]
        street = words.STREETS[int(choose() * len(words.STREETS))]
        return customer_row(
            f"C{10_000_000 + index}",
            name,
            Address=f"{street} {1 + int(choose() * 199)}",
            Address_2=f"Floor {index % 9 + 1}" if index % 7 == 0 else "",
            City=city,
            Post_Code=code,
            Country_Region_Code=country,
            Phone_No=f"+44 20 {index % 10000:04} {index // 10000:04}",
            E_Mail=f"office{index}@contoso.com",
            Home_Page=f"www.customer{index}.example" if index % 3 == 0 else "",
            Salesperson_Code=_SALESPEOPLE[int(choose() * len(_SALESPEOPLE))],
            Currency_Code=currency,
            Customer_Price_Group=_GROUPS[index % len(_GROUPS)],
            Payment_Terms_Code=_TERMS[index % len(_TERMS)],
            Shipping_Agent_Code=_AGENTS[index % len(_AGENTS)],
            Blocked="All" if index % 97 == 0 else " ",
            Credit_Limit_LCY=int(choose() * 50) * 1000,
            Last_Date_Modified=self._day,
        )

    def contacts(self, total: int) -> None:
        """Persons, spread over the customers' companies; the first of a company is its customer's primary contact."""
        company = self._company
        firm_of = {row["No"]: row["Contact_No"] for row in company["ContactBusinessRelation"]}
        contacts = {row["No"]: row for row in company["Contact"] if row["Type"] == "Company"}
        firms = [
            (row, contacts[firm_of[row["No"]]]) for row in company["Customer"] if firm_of.get(row["No"]) in contacts
        ]
        names = _Names(self._random, self._taken("Contact", "Name"), words.GIVEN, words.MIDDLE, words.FAMILY)
        start = sum(1 for row in company["Contact"] if row["Type"] == "Person")
        for index in range(start, total):
            customer, firm = firms[-1 - (index - start) % len(firms)]
            no = f"CT{50_000_000 + index}"
            more = {"E_Mail": f"person{index}@contoso.com", "Phone_No": f"+44 161 {index:07}"}
            more |= {"Job_Title": words.TITLES[index % len(words.TITLES)], "Last_Date_Modified": self._day}
            row = person(no, next(names), firm, **more)
            company["Contact"].append(row)
            if not customer["Primary_Contact_No"]:
                customer |= {"Primary_Contact_No": no, "ContactName": row["Name"]}

    def items(self, total: int) -> None:
        """Items with their units."""
        company, choose = self._company, self._random.random
        names = _Names(self._random, self._taken("Item", "Description"), words.FIRST, words.THINGS, words.COLOURS)
        for index in range(len(company["Item"]), total):
            unit = _UNITS[index % len(_UNITS)]
            cost = round(1 + choose() * 900, 2)
            more = {"Inventory": int(choose() * 400), "Gross_Weight": round(choose() * 40, 2)}
            row = item_row(f"I{10_000_000 + index}", next(names), unit, round(cost * 1.4, 2), cost, **more)
            company["Item"].append(row | {"Last_Date_Modified": self._day, "Blocked": index % 89 == 0})
            for code, quantity in {unit: 1, **({"PALLET": 32} if index % 3 == 0 else {})}.items():
                unit_row: Row = {"Item_No": row["No"], "Code": code, "Qty_per_Unit_of_Measure": quantity}
                company["ItemUnitOfMeasure"].append(unit_row)

    def prices(self, total: int) -> None:
        """Prices in new price groups: one currency per group, an item once per group, in its base unit."""
        company, choose = self._company, self._random.random
        items = [row for row in company["Item"] if row["Base_Unit_of_Measure"] and not row["No"].startswith("TR-")]
        missing = total - len(company["SalesPrice"])
        per_group = min(len(items), _PRICES_PER_GROUP)
        for group in range(-(-missing // per_group) if missing > 0 else 0):
            code = f"G{group:06}"
            company["CustomerPriceGroup"].append({"Code": code, "Description": f"Price group {group}"})
            for index in range(group * per_group, min(missing, (group + 1) * per_group)):
                item = items[index % len(items)]
                price = round(item["Unit_Price"] * (0.8 + choose() / 2), 2)
                row = price_row(item["No"], "Customer Price Group", code, price)
                row["Unit_of_Measure_Code"] = item["Base_Unit_of_Measure"]
                row["Currency_Code"] = _PRICE_CURRENCIES[group % len(_PRICE_CURRENCIES)]
                company["SalesPrice"].append(row)

    def orders(self, total: int) -> None:
        """Open orders of two lines."""
        company, choose = self._company, self._random.random
        customers = [row for row in company["Customer"] if row["Blocked"] == " " and row["Name"]]
        items = [row for row in company["Item"] if row["Base_Unit_of_Measure"] and not row["Blocked"]]
        for index in range(len(company["SalesHeader"]), total):
            no = str(_FIRST_ORDER + index)
            customer = customers[int(choose() * len(customers))]
            header = document_header(no, customer, self._day) | {"Currency_Code": ""}
            company["SalesHeader"].append({"Document_Type": "Order", "Status": "Open"} | header)
            for position in (1, 2):
                item = items[int(choose() * len(items))]
                quantity = 1 + int(choose() * 20)
                vat = vat_percent(customer, item)
                line = order_line(no, position * 10000, item, quantity, item["Unit_Price"], "BLUE", vat)
                company["SalesLine"].append(line)


class _Names:
    """Endless distinct names, one word of each part: all combinations shuffled, then the same ones with a number."""

    def __init__(self, random: Random, taken: set[str], *parts: tuple[str, ...]) -> None:
        combinations = (" ".join(filter(None, chosen)) for chosen in islice(product(*parts), 200_000))
        self._combinations = [name for name in combinations if name not in taken]
        random.shuffle(self._combinations)
        self._given = 0

    def __next__(self) -> str:
        lap, index = divmod(self._given, len(self._combinations))
        self._given += 1
        name = self._combinations[index]
        return f"{name} {_ROMAN[lap]}" if 0 < lap < len(_ROMAN) else name if not lap else f"{name} {lap + 1}"


_ROMAN: Final = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
