"""The rows of one NAV company in memory: primary keys in order, versions, ids, secondary look-ups.

A stored row is sparse (a blank field may be missing) and carries members of our own: `$v` its version, `$id` its SystemId
once it differs from the one derived from its key, `$modified` its last change and `$created` its birth as OData stamps.

Every change is written down while a transaction is open, so that a refused request leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import uuid
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sandbox.nav.schema import Table
from sandbox.nav.tables import TABLES

Row = dict[str, Any]
Key = tuple[Any, ...]

LOADED_AT: Final = "2017-01-26T08:00:00Z"
_NAMESPACE: Final = uuid.UUID("6f1f7c0a-6c5e-4f0e-9c9b-5d3b8a5a1e18")


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a row: `inserted`, `updated`, `deleted` or `renamed`; `row_id` is its SystemId."""

    kind: str
    table: str
    row: Row
    row_id: str


class Rows:
    """One table of one company."""

    def __init__(self, table: Table, company: str) -> None:
        self.table = table
        self.journal: list[tuple[Rows, Key, Row | None]] | None = None
        """While a transaction is open: what each changed key held before, oldest change first."""
        self._company = company
        self._id_order: list[str] | None = None
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
        self._order, self._by_id, self._id_order = None, None, None
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

    def ordered_by_id(self, after: str | None = None) -> Iterator[Row]:
        """Rows in the order of their SystemId, behind the id `after`: how the API reads a table."""
        ids = self._ids()
        if self._id_order is None:
            self._id_order = sorted(ids)
        start = 0 if after is None else bisect_right(self._id_order, after)
        return (self._rows[ids[row_id]] for row_id in self._id_order[start:])

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
        if self.journal is not None:
            self.journal.append((self, key, old))
        if old is None and self._order is not None:
            insort(self._order, key)
        if old is not None:
            self._unindex(key, old)
        self._rows[key] = row
        for names, index in self._indexes.items():
            index.setdefault(self._values(row, names), {})[key] = None
        if self._by_id is not None:
            self._by_id[self.id_of(row)] = key
            self._id_order = None

    def remove(self, key: Key) -> Row:
        """Take a row out."""
        row = self._rows.pop(key)
        if self.journal is not None:
            self.journal.append((self, key, row))
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
        key = self._ids().get(row_id.lower())
        return self._rows.get(key) if key is not None else None

    def _ids(self) -> dict[str, Key]:
        if self._by_id is None:
            self._by_id = {self.id_of(row): key for key, row in self._rows.items()}
        return self._by_id

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
            self._id_order = None


class CompanyStore:
    """All tables of one company, and the version counter its changes move."""

    def __init__(self, name: str, now: Callable[[], str]) -> None:
        self.name = name
        self.now = now
        self.id = str(uuid.uuid5(_NAMESPACE, name))
        self.tables = {table_name: Rows(table, name) for table_name, table in TABLES.items()}
        self.version = 0
        self.series: dict[str, int] = {}
        self.no_manual_numbers: set[str] = {"SalesHeader", "SalesInvoiceHeader"}
        """Tables whose number series has no Manual Nos."""
        self.loaded_at = LOADED_AT
        self.watchers: list[Callable[[str, str, Row, Row | None], None]] = []
        self.listeners: list[Callable[[list[Event]], None]] = []
        """Called with the changes of a transaction once it has succeeded."""
        self._journal: list[tuple[Rows, Key, Row | None]] | None = None
        self._events: list[Event] = []

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
        self._events.append(Event(kind, table, row, self.tables[table].id_of(row)))
        if self._journal is None:
            self._publish()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo every change made inside when an exception leaves it; transactions nest.

        Numbers taken from a series are given back as well, as NAV does for a series without gaps.
        """
        outer = self._journal is None
        if self._journal is None:
            self._open([])
        journal = self._journal or []
        mark, events, series = len(journal), len(self._events), dict(self.series)
        try:
            yield
        except BaseException:
            self._undo(mark)
            del self._events[events:]
            self.series = series
            raise
        finally:
            if outer:
                self._open(None)
        if outer:
            self._publish()

    def _open(self, journal: list[tuple[Rows, Key, Row | None]] | None) -> None:
        self._journal = journal
        for rows in self.tables.values():
            rows.journal = journal

    def _undo(self, mark: int) -> None:
        """Take back what the journal holds behind `mark`, newest change first."""
        journal = self._journal or []
        undone = journal[mark:]
        for rows in self.tables.values():
            rows.journal = None
        for rows, key, before in reversed(undone):
            if before is None:
                rows.remove(key)
            else:
                rows.put(before)
        del journal[mark:]
        self._open(journal)

    def _publish(self) -> None:
        events, self._events = self._events, []
        for listener in self.listeners if events else ():
            listener(events)

    def exists(self, table: str, code: str) -> bool:
        """Whether a single-key table holds this key; blank always does."""
        return code == "" or self.tables[table].get((code,)) is not None
