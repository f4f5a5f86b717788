"""What Sales holds, in the form in which `expected` says what it must hold: references as natural keys, amounts as decimals."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.sync.oracle.servers import Row, Servers

Named = Callable[[str], Any]


class Present:
    """The rows of Sales under their natural keys."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self._named: dict[str, Named] = {
            "transactioncurrencyid": self._name_in("transactioncurrency", "isocurrencycode"),
            "primarycontactid": self._name_in("contact", "fullname"),
            "parentcustomerid": self._name_in("account", "name"),
            "ownerid": self._name_in("systemuser", "fullname"),
            "pricelevelid": self._name_in("pricelevel", "name"),
            "productid": self._name_in("product", "productnumber"),
            "defaultuomscheduleid": self._name_in("uomschedule", "name"),
            "uomscheduleid": self._name_in("uomschedule", "name"),
            "defaultuomid": self._name_in("uom", "name"),
            "uomid": self._name_in("uom", "name"),
        }

    def _name_in(self, table: str, column: str) -> Named:
        return lambda key: self.servers.by_id(table)[key].get(column) if key in self.servers.by_id(table) else f"?{key}"

    def key(self, table: str, row: Row) -> Any:
        """Return what names a row."""
        if table == "productpricelevel":
            return tuple(self.value(table, row, column) for column in ("pricelevelid", "productid", "uomid"))
        if table == "uom":
            return self.value(table, row, "uomscheduleid"), row["name"]
        names = {"transactioncurrency": "isocurrencycode", "contact": "fullname", "product": "productnumber"}
        return row.get(names.get(table, "name"))

    def value(self, table: str, row: Row, column: str) -> Any:
        """Return what a column holds."""
        if f"_{column}_value" in row:
            key = row[f"_{column}_value"]
            return self._named[column](key) if key is not None else None
        value = row.get(column)
        if value is not None and (table, column) in _CHOICES:
            return self.servers.choices(table, column)[value].upper()
        return Decimal(str(value)) if isinstance(value, float) else value


_CHOICES = {
    ("account", "address1_freighttermscode"),
    ("account", "address1_shippingmethodcode"),
    ("account", "paymenttermscode"),
}
