"""A company's tables as lists of rows, and the small tools its builders share."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

Row = dict[str, Any]

NAME: Final = "CRONUS International Ltd."
WORK_DATE: Final = date(2017, 1, 26)
EMPTY_DATE: Final = "0001-01-01"
_PLAIN: Final = str.maketrans({"ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "Æ": "AE", "ł": "l"})

TABLE_NAMES: Final = (
    "Customer Contact ContactBusinessRelation Salesperson Currency CurrencyExchangeRate UnitOfMeasure Item "
    "ItemUnitOfMeasure Resource ResourceUnitOfMeasure ResourcePrice CustomerPriceGroup SalesPrice PaymentTerms "
    "ShipmentMethod ShippingAgent ShippingAgentService CountryRegion PostCode GeneralLedgerSetup SalesHeader SalesLine "
    "SalesInvoiceHeader SalesInvoiceLine Opportunity GenBusPostingGroup GenProdPostingGroup VATBusPostingGroup "
    "VATProdPostingGroup CustomerPostingGroup InventoryPostingGroup VATPostingSetup CustomerTemplate PaymentMethod "
    "Location CustomerDiscountGroup CustLedgerEntry ItemLedgerEntry"
).split()


@dataclass
class Company:
    """One NAV company. A row holds the fields that have a value; a field left out is blank in NAV's sense."""

    name: str = NAME
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLE_NAMES})

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def __setitem__(self, table: str, rows: list[Row]) -> None:
        self.tables[table] = rows

    def find(self, table: str, **values: Any) -> Row:
        """The one row that holds `values`. Raises LookupError when none or several do."""
        found = [row for row in self.tables[table] if all(row.get(name) == value for name, value in values.items())]
        if len(found) != 1:
            raise LookupError(f"{len(found)} rows of {table} hold {values}")
        return found[0]


def lines(text: str, *names: str) -> Iterator[dict[str, str]]:
    """The rows of a `|`-split text under `names`; a short line ends in blanks."""
    for line in text.strip().splitlines():
        cells = line.split("|")
        yield dict(zip(names, cells + [""] * (len(names) - len(cells)), strict=True))


def shifted(day: str, today: date | None) -> str:
    """A day of the demonstration year, moved so that the work date falls on `today`."""
    if not day:
        return EMPTY_DATE
    moved = date.fromisoformat(day) + ((today or WORK_DATE) - WORK_DATE)
    return moved.isoformat()


def start_of_last_year(today: date | None) -> str:
    """1 January of the year before: from when the exchange rates hold."""
    return date((today or WORK_DATE).year - 1, 1, 1).isoformat()


def mail_name(name: str) -> str:
    """A name as the left part of an e-mail address: plain lower-case letters and digits, single dots for blanks."""
    plain = unicodedata.normalize("NFKD", name.translate(_PLAIN).lower())
    kept = "".join(sign for sign in plain if sign.isascii() and (sign.isalnum() or sign == " "))
    return ".".join(kept.split())


def number(text: str) -> int | float:
    """A figure as JSON writes it: an integer where it is one."""
    value = float(text or 0)
    return int(value) if value == int(value) else value


def days_later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
