"""The rows of all tables in memory, with versions, lazy indexes, a log of deletions and roll-back.

Rows are dicts from wire property to value; a missing property has its column's default (`Table.defaults`), mostly
null: that halves the memory. They are never changed in place: a write
puts a new dict. The target table of a polymorphic lookup stands under `PROPERTY@table`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.dataverse.schema import OPTION_TYPES, Column, Table
from sandbox.dataverse.values import Converter, converter

Row = dict[str, Any]
FIRST_VERSION = 1_000_000


class TableRows:
    """The rows of one table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows: dict[str, Row] = {}
        self.by_version: OrderedDict[str, None] = OrderedDict()
        """Ids, least recently written first."""
        self.deleted: list[tuple[int, str]] = []
        self._indexes: dict[str, dict[Any, set[str]]] = {}

    def put(self, key: str, row: Row) -> Row | None:
        """Insert or replace a row; the former one."""
        old = self.rows.get(key)
        self.rows[key] = row
        self.by_version[key] = None
        if old is not None:
            self.by_version.move_to_end(key)
        for name, index in self._indexes.items():
            self._unindex(index, name, key, old)
            value = _folded(row.get(name))
            if value is not None:
                index.setdefault(value, set()).add(key)
        return old

    def remove(self, key: str) -> Row:
        """Take a row away; it is returned."""
        old = self.rows.pop(key)
        del self.by_version[key]
        for name, index in self._indexes.items():
            self._unindex(index, name, key, old)
        return old

    def sort_by_version(self) -> None:
        """Put `by_version` right after a roll-back."""
        ordered = sorted(self.rows, key=lambda key: self.rows[key]["versionnumber"])
        self.by_version = OrderedDict.fromkeys(ordered)

    def find(self, name: str, value: Any) -> set[str]:
        """The ids of the rows with this value (text without regard to case). Do not change the result."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = {}
            for key, row in self.rows.items():
                held = _folded(row.get(name))
                if held is not None:
                    index.setdefault(held, set()).add(key)
        return index.get(_folded(value), _NOTHING)

    def newest_first(self) -> Iterator[Row]:
        """The rows, most recently written first."""
        return (self.rows[key] for key in reversed(self.by_version))

    @staticmethod
    def _unindex(index: dict[Any, set[str]], name: str, key: str, row: Row | None) -> None:
        value = _folded(row.get(name)) if row is not None else None
        if value is not None and value in index:
            index[value].discard(key)


_NOTHING: set[str] = set()


class Store:
    """All rows, option sets, many-to-many links and role privileges."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables
        self.data = {name: TableRows(table) for name, table in tables.items()}
        self.version = FIRST_VERSION
        self.options: dict[tuple[str, str], dict[int, str]] = {
            (table.name, column.name): dict(column.options)
            for table in tables.values()
            for column in table.columns.values()
            if column.type in OPTION_TYPES
        }
        self.links: dict[str, dict[str, set[str]]] = {}
        self.privileges: dict[str, frozenset[str]] = {}
        """Privilege names in lower case by role; `*` is every privilege."""
        self.keys: dict[str, dict[str, tuple[str, ...]]] = {}
        """Alternate keys by table and key name: their columns. None is shipped."""
        self.tracked = {name for name, table in tables.items() if table.tracked}
        self._converters: dict[tuple[str, str], Converter] = {}
        self._log: list[tuple[str, str, Row | None]] | None = None

    def rows(self, table: str) -> dict[str, Row]:
        """The rows of a table by id."""
        return self.data[table].rows

    def get(self, table: str, key: str | None) -> Row | None:
        """One row, or None."""
        return self.data[table].rows.get(key) if key is not None else None

    def converter(self, table: Table, column: Column) -> Converter:
        """The function that checks and converts values of a column."""
        key = (table.name, column.name)
        found = self._converters.get(key)
        if found is None:
            found = self._converters[key] = converter(table, column, self.options.get(key))
        return found

    def next_version(self) -> int:
        """A version number above all others."""
        self.version += 1
        return self.version

    def put(self, table: str, key: str, row: Row) -> None:
        """Insert or replace a row under a new version."""
        self.version += 1
        row["versionnumber"] = self.version
        old = self.data[table].put(key, row)
        if self._log is not None:
            self._log.append((table, key, old))

    def remove(self, table: str, key: str) -> Row:
        """Delete a row and remember that it was there."""
        data = self.data[table]
        old = data.remove(key)
        data.deleted.append((self.next_version(), key))
        if self._log is not None:
            self._log.append((table, key, old))
        return old

    def begin(self) -> None:
        """Start a transaction. There is one at a time: requests are handled one by one."""
        if self._log is not None:
            raise RuntimeError("a transaction is open")
        self._log = []

    def commit(self) -> None:
        """Keep what was done since `begin`."""
        self._log = None

    def rollback(self) -> None:
        """Undo what was done since `begin`."""
        log, self._log = self._log or [], None
        unsorted: set[str] = set()
        for table, key, old in reversed(log):
            data = self.data[table]
            if old is None:
                data.remove(key)
                continue
            if key not in data.rows:
                data.deleted.pop()
            data.put(key, old)
            unsorted.add(table)
        for table in unsorted:
            self.data[table].sort_by_version()

    def linked(self, relationship: str, left: str) -> set[str]:
        """The right-hand ids of a many-to-many relationship."""
        return self.links.get(relationship, {}).get(left, set())

    def linked_back(self, relationship: str, right: str) -> set[str]:
        """The left-hand ids of a many-to-many relationship."""
        return {left for left, rights in self.links.get(relationship, {}).items() if right in rights}

    def link(self, relationship: str, left: str, right: str) -> None:
        """Relate two rows."""
        self.links.setdefault(relationship, {}).setdefault(left, set()).add(right)

    def unlink(self, relationship: str, left: str, right: str) -> None:
        """End the relation of two rows."""
        self.linked(relationship, left).discard(right)

    def organization(self) -> Row:
        """The one row of the organisation."""
        return next(iter(self.rows("organization").values()))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
