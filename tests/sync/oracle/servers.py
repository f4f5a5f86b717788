"""What both servers hold, read over their control calls, and choices over the metadata: nothing of the connector takes part."""

from collections.abc import Iterable
from typing import Any

from scripts.stand_ins import StandIns
from tests.sync.oracle.people import SalesUser

Row = dict[str, Any]

ONLY_IN_THE_OBJECT_PACK = {
    "Customer": {"County"},
    "Contact": {"County", "First_Name", "Middle_Name", "Surname", "Pager"},
    "Resource": {"Vendor_No"},
}
"""Mapped fields that NAV's own pages do not show."""
NOWHERE = {"Resource": {"Vendor_No"}}
"""Mapped fields that no page of NAV's shows, the object pack's included."""


class Servers:
    """The tables of both servers as they are now; each is read once."""

    def __init__(self, stand_ins: StandIns) -> None:
        self.stand_ins = stand_ins
        self._tables: dict[tuple[str, str], list[Row]] = {}
        self._by_id: dict[str, dict[str, Row]] = {}
        self._choices: dict[tuple[str, str], dict[int, str]] = {}
        self._unserved = NOWHERE if "pack" in stand_ins.arguments else ONLY_IN_THE_OBJECT_PACK

    def nav(self, table: str) -> list[Row]:
        """Return the rows of a table in NAV, without the fields that its published page does not show."""
        hidden = self._unserved.get(table, set())
        return [{name: row[name] for name in row if name not in hidden} for row in self._table("nav", table)]

    def sales(self, table: str) -> list[Row]:
        """Return the rows of a table in Sales."""
        return self._table("crm", table)

    def by_id(self, table: str) -> dict[str, Row]:
        """Return the rows of a table in Sales by their id."""
        if table not in self._by_id:
            self._by_id[table] = {row[f"{table}id"]: row for row in self.sales(table)}
        return self._by_id[table]

    def choices(self, table: str, column: str) -> dict[int, str]:
        """Return the labels of a choice column by value."""
        if (table, column) not in self._choices:
            self._choices[table, column] = SalesUser(self.stand_ins).choices(table, column)
        return self._choices[table, column]

    def _table(self, side: Any, table: str) -> list[Row]:
        if (side, table) not in self._tables:
            self._tables[side, table] = self.stand_ins.table(side, table)
        return self._tables[side, table]


def one(rows: Iterable[Row], **values: Any) -> Row:
    """Return the one row that holds these values. Raises AssertionError when none or several do."""
    found = [row for row in rows if all(row.get(name) == value for name, value in values.items())]
    assert len(found) == 1, f"{len(found)} rows hold {values}"
    return found[0]
