"""Ids of one environment as names: price lists, currencies, users and others, so that a set-up can move to another.

An id in a filter, a template or a constant is written as {"table": "pricelevel", "name": "CRONUS"}, and looked up by that name
where the document is applied. What the mirror does not know is asked for in Sales.
"""

import re
from typing import Any

from connector.errors import ConfigurationError, PermissionMissing
from connector.models import Connection
from connector.odata import compare
from sync.adapters import crm_client
from sync.models import MirrorRecord

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# By what a row of a table is named: what stays the same in another environment.
NAMED_BY = {
    "transactioncurrency": "isocurrencycode",
    "systemuser": "domainname",
    "pricelevel": "name",
    "uomschedule": "name",
    "uom": "name",
    "team": "name",
    "businessunit": "name",
    "account": "accountnumber",
    "product": "productnumber",
    "contact": "fullname",
}
_PLACES = ("erp_filter", "crm_filter", "templates", "fields")


class References:
    """Turns ids of the connected environment into names and back; asks Sales once per id or name."""

    def __init__(self, sales: Connection | None) -> None:
        self._sales = sales
        self._names: dict[str, dict[str, str]] = {}
        self._ids: dict[tuple[str, str], str] = {}

    def named(self, text: dict[str, Any]) -> dict[str, Any]:
        """Return a mapping's text with names for ids. Raises ConfigurationError for an id that nobody knows."""
        return {key: self._walk(part, self._name_of) if key in _PLACES else part for key, part in text.items()}

    def resolved(self, text: dict[str, Any]) -> dict[str, Any]:
        """Return a mapping's text with ids for names. Raises ConfigurationError naming what is not in this environment."""
        name = str(text.get("name") or "")
        return {
            key: self._walk(part, lambda value: self._id_of(value, name)) if key in _PLACES else part
            for key, part in text.items()
        }

    def _walk(self, value: Any, turn: Any) -> Any:
        turned = turn(value)
        if turned is not value:
            return turned
        if isinstance(value, dict):
            return {key: self._walk(part, turn) for key, part in value.items()}
        if isinstance(value, list):
            return [self._walk(part, turn) for part in value]
        return value

    # Ids to names

    def _name_of(self, value: Any) -> Any:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            return value
        key = value.lower()
        if key not in self._names:
            self._names[key] = self._in_mirror(key) or self._in_sales(key)
        return self._names[key]

    def _in_mirror(self, key: str) -> dict[str, str]:
        rows = MirrorRecord.objects.filter(
            mirror_table__connection=self._sales, mirror_table__table__in=NAMED_BY, key=key, deleted_at__isnull=True
        ).select_related("mirror_table")
        for row in rows:
            table = row.mirror_table.table
            name = row.values.get(NAMED_BY[table]) or (
                row.number if row.mirror_table.number_column == NAMED_BY[table] else ""
            )
            name = name or (row.name if row.mirror_table.name_column == NAMED_BY[table] else "")
            if name:
                return {"table": table, "name": str(name)}
        return {}

    def _in_sales(self, key: str) -> dict[str, str]:
        if self._sales is not None:
            with crm_client(self._sales) as client:
                for table, column in NAMED_BY.items():
                    try:
                        found = client.existing(table, [key], [column])
                    except (ConfigurationError, PermissionMissing):
                        continue  # No such table here, or not ours to read: then the id is not of it.
                    if found and found[key].values.get(column):
                        return {"table": table, "name": str(found[key].values[column])}
        raise ConfigurationError(
            f"The id {key} stands in a filter, a template or a constant, and no row of Sales has it. Correct the mapping.",
            code="unknown_reference",
        )

    # Names to ids

    def _id_of(self, value: Any, mapping: str) -> Any:
        if not isinstance(value, dict) or set(value) != {"table", "name"}:
            return value
        table, name = str(value["table"]), str(value["name"])
        if table not in NAMED_BY:
            raise ConfigurationError(
                f"The set-up file cannot be used. In mappings[{mapping}]: a row of {table} cannot be named; that is possible for "
                f"{', '.join(NAMED_BY)}.",
                code="setup_file",
            )
        if (table, name) not in self._ids:
            self._ids[table, name] = self._look_up(table, name, mapping)
        return self._ids[table, name]

    def _look_up(self, table: str, name: str, mapping: str) -> str:
        if self._sales is None:
            raise ConfigurationError("There is no connection to Sales yet. Run setup_connection.", code="no_connection")
        column = NAMED_BY[table]
        with crm_client(self._sales) as client:
            rows = list(client.iter_records(table, [column], where=compare(column, "eq", name), top=2))
        if len(rows) == 1:
            return rows[0].key
        what = "no row" if not rows else "more than one row"
        raise ConfigurationError(
            f"The set-up file cannot be used. In mappings[{mapping}]: {table} has {what} called {name} in this environment. "
            "Create it there, or change the name in the file.",
            code="unknown_reference",
        )
