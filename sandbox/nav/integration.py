"""Integration Record (table 5151): an id per record that survives renames, with its last change and its deletion.

The table is filled from the rows at its first read and kept from then on; deletions are kept from the start.
"""

from __future__ import annotations

from typing import Final

from sandbox.nav.schema import EMPTY_DATETIME
from sandbox.nav.store import CompanyStore, Key, Row
from sandbox.nav.tables import TABLES

# Table -> number of its card page; the tables NAV tracks that this stand-in has.
TRACKED: Final[dict[str, int]] = {
    "Customer": 21,
    "Contact": 5050,
    "Salesperson": 5116,
    "Currency": 5,
    "UnitOfMeasure": 209,
    "Item": 30,
    "Resource": 76,
    "CustomerPriceGroup": 7,
    "SalesPrice": 7002,
    "PaymentTerms": 4,
    "ShipmentMethod": 11,
    "ShippingAgent": 428,
    "CountryRegion": 10,
    "SalesHeader": 42,
    "SalesInvoiceHeader": 132,
    "Opportunity": 5124,
}


class IntegrationRecords:
    """Keeps the integration records of one company."""

    def __init__(self, store: CompanyStore) -> None:
        self._store = store
        self._rows = store.tables["IntegrationRecord"]
        self._filled = False
        store.watchers.append(self._watch)

    def fill(self) -> None:
        """Make the records of all rows; called before the table is read."""
        if self._filled:
            return
        self._filled = True
        for table in TRACKED:
            for row in self._store.tables[table]:
                self._put(table, row, row.get("$modified", self._store.loaded_at))

    def _watch(self, kind: str, table: str, row: Row, old: Row | None) -> None:
        if table in TRACKED:
            if kind == "deleted":
                self._deleted(table, row)
            elif self._filled:
                self._put(table, row, row.get("$modified", self._store.loaded_at))
        parent = self._parent(table, row)
        if parent is not None and self._filled:
            self._put(parent[0], parent[1], row.get("$modified", self._store.loaded_at))

    def _parent(self, table: str, row: Row) -> tuple[str, Row] | None:
        """The record that a change of one of its child rows counts for."""
        key: Key
        if table == "SalesLine":
            name, key = "SalesHeader", (row["Document_Type"], row["Document_No"])
        elif table == "SalesPrice" and row.get("Sales_Type") == "Customer Price Group":
            name, key = "CustomerPriceGroup", (row["Sales_Code"],)
        elif table == "CurrencyExchangeRate":
            name, key = "Currency", (row["Currency_Code"],)
        else:
            return None
        parent = self._store.tables[name].get(key)
        return None if parent is None else (name, parent)

    def _deleted(self, table: str, row: Row) -> None:
        record = self._record(table, row)
        record["Modified_On"] = record["Deleted_On"] = self._store.now()
        record["$v"] = self._store.version
        self._rows.put(record)

    def _put(self, table: str, row: Row, modified: str) -> None:
        record = self._record(table, row)
        record["Modified_On"] = modified
        record["$v"] = self._store.version
        self._rows.put(record)

    def _record(self, table: str, row: Row) -> Row:
        definition = TABLES[table]
        key = ",".join(str(part) for part in definition.key_of(row))
        return {
            "Table_ID": definition.number,
            "Page_ID": TRACKED[table],
            "Record_ID": f"{definition.caption}: {key}",
            "Integration_ID": self._store.tables[table].id_of(row),
            "Deleted_On": EMPTY_DATETIME,
        }
