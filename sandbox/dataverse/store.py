"""The rows of all tables in memory, with versions, lazy indexes, a log of deletions and roll-back.

Rows are dicts from wire property to value; a missing property has its column's default (`Table.defaults`), mostly
null: that halves the memory. They are never changed in place: a write
puts a new dict. The target table of a polymorphic lookup stands under `PROPERTY@table`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.dataverse.access import Privileges
from sandbox.dataverse.schema import OPTION_TYPES, Column, Table, reduced
from sandbox.dataverse.tables import COLLECTIONS, LINKS
from sandbox.dataverse.values import Converter, converter

if TYPE_CHECKING:
    from sandbox.dataverse.directory import Directory
    from sandbox.dataverse.solutions.actions import Contents
    from sandbox.dataverse.solutions.jobs import Job
    from sandbox.dataverse.webhooks.deliveries import Deliveries
    from sandbox.dataverse.webhooks.rules import Secret

Row = dict[str, Any]
FIRST_VERSION = 1_000_000


@dataclass(slots=True)
class OptionSet:
    """A global option set. Columns that use it share its `options`."""

    name: str
    label: str
    options: dict[int, str]
    custom: bool = True


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
        self.tables = dict(tables)
        """All tables by logical name. Solutions add to them: see `put_table`."""
        self.set_names = {table.set_name: name for name, table in tables.items()}
        """Logical names by entity set name."""
        self.collections = {name: dict(navs) for name, navs in COLLECTIONS.items()}
        """Collection-valued navigation properties: table, name, and the (table, lookup) that fills it."""
        self.many_to_many = dict(LINKS)
        """Many-to-many relationships by navigation property: left and right table."""
        self.metadata_version = FIRST_VERSION
        """Grows with every change of the metadata."""
        self._narrowed: dict[tuple[str, frozenset[str]], Table] = {}
        self.data = {name: TableRows(table) for name, table in tables.items()}
        self.version = FIRST_VERSION
        self.options: dict[tuple[str, str], dict[int, str]] = {
            (table.name, column.name): dict(column.options)
            for table in tables.values()
            for column in table.columns.values()
            if column.type in OPTION_TYPES
        }
        self.links: dict[str, dict[str, set[str]]] = {}
        self.privileges: dict[str, Privileges] = {}
        """By role what it grants."""
        self.keys: dict[str, dict[str, tuple[str, ...]]] = {}
        """Alternate keys by table and key name: their columns. None is shipped."""
        self.repeated_rows = "ignore"
        """What happens to a row that stands twice in one bulk update: "ignore" the second, or "refuse" the call."""
        self.key_indexes: dict[tuple[str, str], str] = {}
        """The index status of keys whose index is not Active: Pending, InProgress or Failed."""
        self.option_drafts: dict[tuple[str, str], dict[int, str]] = {}
        """Options that are changed but not published: by table and column, or by an empty text and a global set."""
        self.option_sets: dict[str, OptionSet] = {}
        """Global option sets by name."""
        self.delete_rules: dict[tuple[str, str, str], str] = {}
        """What solutions say happens on a delete: `deletes.delete_rule` by parent, child and lookup."""
        self.components: dict[str, set[tuple[int, str]]] = {}
        """What each solution brought, by the solution's id: type and name."""
        self.jobs: list[Job] = []
        """What goes on in the background by the clock: imports, upgrades, indexes of keys."""
        self.index_jobs: dict[tuple[str, str], str] = {}
        """The system job that builds or built the index of a key."""
        self.staged: dict[str, Contents] = {}
        """Packages that were staged, by upload id."""
        self.secrets: dict[str, Secret] = {}
        """The secrets of webhooks by endpoint: no row holds them."""
        self.deliveries: Deliveries | None = None
        """What posts to webhooks; without it nothing is posted."""
        self.directory: Directory | None = None
        """The tenant, where the applications behind application users are registered."""
        self.after_commit: list[Callable[[], None]] = []
        """What is to happen once the open transaction is kept: changes of the schema, calls to webhooks."""
        self.tracked = {name for name, table in tables.items() if table.tracked}
        self._converters: dict[tuple[str, str], Converter] = {}
        self._log: list[tuple[str, str, Row | None]] | None = None
        self._link_log: list[tuple[set[str], str, bool]] = []
        """Of the open transaction: the right-hand ids of a row, an id, and whether it was among them."""

    def put_table(self, table: Table) -> None:
        """Add a table, or replace the definition of one; its rows stay."""
        self.tables[table.name] = table
        self.set_names[table.set_name] = table.name
        if table.name in self.data:
            self.data[table.name].table = table
        else:
            self.data[table.name] = TableRows(table)
        for column in table.columns.values():
            if column.type in OPTION_TYPES:
                self.options.setdefault((table.name, column.name), dict(column.options))
        self._forget(table.name)

    def drop_table(self, name: str) -> None:
        """Take a table away with its rows."""
        table = self.tables.pop(name)
        del self.set_names[table.set_name], self.data[name]
        self.collections.pop(name, None)
        self.keys.pop(name, None)
        self.tracked.discard(name)
        for key in [key for key in self.options if key[0] == name]:
            del self.options[key]
        self._forget(name)

    def _forget(self, name: str) -> None:
        """Drop what was derived from the former definition of a table."""
        self.metadata_version += 1
        self._converters = {key: value for key, value in self._converters.items() if key[0] != name}
        self._narrowed.clear()

    def without(self, name: str, dropped: frozenset[str]) -> Table:
        """A table without the columns among `table.column` names."""
        key = (name, dropped)
        found = self._narrowed.get(key)
        if found is None:
            gone = {column.partition(".")[2] for column in dropped if column.partition(".")[0] == name}
            table = self.tables[name]
            found = self._narrowed[key] = reduced(table, gone) if gone else table
        return found

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
        self._link_log.clear()
        waiting, self.after_commit = self.after_commit, []
        for work in waiting:
            work()

    def rollback(self) -> None:
        """Undo what was done since `begin`."""
        log, self._log = self._log or [], None
        self.after_commit.clear()
        while self._link_log:
            rights, right, was = self._link_log.pop()
            (rights.add if was else rights.discard)(right)
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

    def key_status(self, table: str, name: str) -> str:
        """The status of the index behind an alternate key."""
        return self.key_indexes.get((table, name), "Active")

    def linked(self, relationship: str, left: str) -> set[str]:
        """The right-hand ids of a many-to-many relationship."""
        return self.links.get(relationship, {}).get(left, set())

    def linked_back(self, relationship: str, right: str) -> set[str]:
        """The left-hand ids of a many-to-many relationship."""
        return {left for left, rights in self.links.get(relationship, {}).items() if right in rights}

    def link(self, relationship: str, left: str, right: str) -> None:
        """Relate two rows."""
        rights = self.links.setdefault(relationship, {}).setdefault(left, set())
        self._remember_link(rights, right)
        rights.add(right)

    def unlink(self, relationship: str, left: str, right: str) -> None:
        """End the relation of two rows."""
        rights = self.linked(relationship, left)
        self._remember_link(rights, right)
        rights.discard(right)

    def _remember_link(self, rights: set[str], right: str) -> None:
        if self._log is not None:
            self._link_log.append((rights, right, right in rights))

    def organization(self) -> Row:
        """The one row of the organisation."""
        return next(iter(self.rows("organization").values()))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
