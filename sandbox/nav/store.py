"""The rows of one NAV company in memory: primary keys in order, versions, ids, secondary look-ups.

A stored row is sparse (a blank field may be missing) and carries three members of our own: `$v` its version,
`$id` its SystemId once it differs from the one derived from its key, `$modified` its last change as an OData stamp.
"""

from __future__ import annotations

import hashlib
import uuid
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from sandbox.nav.schema import Table
from sandbox.nav.tables import TABLES

Row = dict[str, Any]
Key = tuple[Any, ...]

LOADED_AT: Final = "2017-01-26T08:00:00Z"
_NAMESPACE: Final = uuid.UUID("6f1f7c0a-6c5e-4f0e-9c9b-5d3b8a5a1e18")


class Rows:
    """One table of one company."""

    def __init__(self, table: Table, company: str) -> None:
        self.table = table
        self._company = company
        self._rows: dict[Key, Row] = {}
        self._order: list[Key] | None = None
        self._indexes: dict[tuple[str, ...], dict[Key, dict[Key, None]]] = {}
        self._by_id: dict[str, Key] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        """All rows, in no particular order."""
        return iter(self._rows.values())

    def load(self, rows: Iterable[Row]) -> None:
        """Take over the rows of the start."""
        self._rows = {self.table.key_of(row): row for row in rows}
        self._order, self._by_id = None, None
        self._indexes.clear()

    def get(self, key: Key) -> Row | None:
        return self._rows.get(key)

    def keys_after(self, key: Key | None) -> list[Key]:
        """The primary keys behind `key` (all for None), in order."""
        if self._order is None:
            self._order = sorted(self._rows)
        return self._order if key is None else self._order[bisect_right(self._order, key) :]

    def ordered(self, after: Key | None = None) -> Iterator[Row]:
        """Rows in primary-key order behind the key `after`."""
        rows = self._rows
        return (rows[key] for key in self.keys_after(after))

    def where(self, **values: Any) -> list[Row]:
        """Rows that hold these values, found over an index that is built at the first use."""
        names = tuple(sorted(values))
        index = self._indexes.get(names)
        if index is None:
            index = self._indexes[names] = {}
            for key, row in self._rows.items():
                index.setdefault(self._values(row, names), {})[key] = None
        found = index.get(tuple(values[name] for name in names), {})
        return [self._rows[key] for key in found]

    def put(self, row: Row) -> None:
        """Insert a row, or put it in the place of the one with its key."""
        key = self.table.key_of(row)
        old = self._rows.get(key)
        if old is None and self._order is not None:
            insort(self._order, key)
        if old is not None:
            self._unindex(key, old)
        self._rows[key] = row
        for names, index in self._indexes.items():
            index.setdefault(self._values(row, names), {})[key] = None
        if self._by_id is not None:
            self._by_id[self.id_of(row)] = key

    def remove(self, key: Key) -> Row:
        """Take a row out."""
        row = self._rows.pop(key)
        self._unindex(key, row)
        if self._order is not None:
            del self._order[bisect_left(self._order, key)]
        return row

    def id_of(self, row: Mapping[str, Any]) -> str:
        """The row's SystemId, which a rename does not change."""
        given: str | None = row.get("$id")
        return given or self.derived_id(self.table.key_of(row))

    def derived_id(self, key: Key, birth: int = 0) -> str:
        """The id of a row born under `key`; `birth` tells one born later under the same key apart."""
        source = f"{self._company}/{self.table.name}/{key!r}/{birth}".encode()
        digits = hashlib.md5(source, usedforsecurity=False).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-3{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def by_id(self, row_id: str) -> Row | None:
        """The row with this SystemId."""
        if self._by_id is None:
            self._by_id = {self.id_of(row): key for key, row in self._rows.items()}
        key = self._by_id.get(row_id.lower())
        return self._rows.get(key) if key is not None else None

    def _values(self, row: Row, names: tuple[str, ...]) -> Key:
        blanks = self.table.blanks
        return tuple(row.get(name, blanks[name]) for name in names)

    def _unindex(self, key: Key, row: Row) -> None:
        for names, index in self._indexes.items():
            found = index.get(self._values(row, names))
            if found is not None:
                found.pop(key, None)
        if self._by_id is not None:
            self._by_id.pop(self.id_of(row), None)


class CompanyStore:
    """All tables of one company, and the version counter its changes move."""

    def __init__(self, name: str, now: Callable[[], str]) -> None:
        self.name = name
        self.now = now
        self.id = str(uuid.uuid5(_NAMESPACE, name))
        self.tables = {table_name: Rows(table, name) for table_name, table in TABLES.items()}
        self.version = 0
        self.series: dict[str, int] = {}
        self.loaded_at = LOADED_AT
        self.watchers: list[Callable[[str, str, Row, Row | None], None]] = []

    def load(self, tables: Mapping[str, list[Row]]) -> None:
        """Take over the rows of the start; a stamp they lack is the start of the demonstration year."""
        for name, rows in tables.items():
            stamps = {field: value for field, value in self._first_stamps.items() if field in TABLES[name].fields}
            for row in rows if stamps else ():
                for field, value in stamps.items():
                    row.setdefault(field, value)
            self.tables[name].load(rows)

    _first_stamps: Final = {
        "Last_Date_Modified": LOADED_AT[:10],
        "Last_Modified_Date_Time": LOADED_AT,
        "Last_DateTime_Modified": LOADED_AT,
        "Last_Time_Modified": LOADED_AT[11:19],
    }

    def next_version(self) -> int:
        self.version += 1
        return self.version

    def changed(self, kind: str, table: str, row: Row, old: Row | None = None) -> None:
        """Tell the watchers that a row was `inserted`, `updated`, `deleted` or `renamed`."""
        for watcher in self.watchers:
            watcher(kind, table, row, old)

    def exists(self, table: str, code: str) -> bool:
        """Whether a single-key table holds this key; blank always does."""
        return code == "" or self.tables[table].get((code,)) is not None
