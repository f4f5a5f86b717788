"""Inserts, changes, deletes and renames rows as NAV does: field triggers in the order sent, then the table's trigger.

Nothing is stored before every field has been accepted; what a trigger changes in other tables is stored after the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sandbox.common.clock import Clock
from sandbox.common.faults import NO_EFFECTS, Effects
from sandbox.common.stats import Stats
from sandbox.nav.errors import NavError, dialog, record_exists
from sandbox.nav.references import references_to
from sandbox.nav.schema import Table
from sandbox.nav.store import CompanyStore, Key, Row
from sandbox.nav.tables import TABLES
from sandbox.nav.values import wire_stamp

Values = Sequence[tuple[str, Any]]
FieldTrigger = Callable[["Writer", Row, Row], None]
TableTrigger = Callable[["Writer", Row, Row], None]

_STAMPS: Final = frozenset(
    {"Last_Date_Modified", "Last_Modified_Date_Time", "Last_DateTime_Modified", "Last_Time_Modified"}
)


class Writer:
    """Writes to one company. `rules.FIELD_TRIGGERS` and friends hold the business code it runs."""

    def __init__(self, store: CompanyStore, flavour: str, clock: Clock, stats: Stats) -> None:
        self.store = store
        self.flavour = flavour
        self._clock = clock
        self._stats = stats

    def today(self) -> date:
        """The day on this server's clock."""
        return self._clock.now().date()

    def insert(self, table: str, values: Values, effects: Effects = NO_EFFECTS) -> Row:
        """A new row; a blank number comes from the number series. Raises NavError; then nothing is stored."""
        from sandbox.nav import rules

        definition = TABLES[table]
        row: Row = {}
        given = self._with_number(definition, [*values])
        rules.NEW_RECORD.get(table, _nothing)(self, row, {})
        self._validate(definition, row, {}, given)
        rules.BEFORE_INSERT.get(table, _nothing)(self, row, {})
        self._require(definition, row)
        key = definition.key_of(row)
        if self.store.tables[table].get(key) is not None:
            raise record_exists(definition.caption, dict(zip(definition.key, key, strict=True)))
        _apply(effects, row)
        self.put(table, row, "inserted")
        rules.AFTER_INSERT.get(table, _nothing)(self, row, {})
        return self.store.tables[table].get(key) or row

    def modify(self, table: str, old: Row, values: Values, effects: Effects = NO_EFFECTS) -> Row:
        """The row with new values. Raises NavError; then nothing is stored."""
        from sandbox.nav import rules

        definition = TABLES[table]
        row = dict(old)
        for name in definition.key:
            if any(name == given and value != old.get(name) for given, value in values):
                raise NavError(
                    "BadRequest_InvalidOperation", f"The key field '{name}' cannot be changed by a web service."
                )
        self._validate(definition, row, old, [(name, value) for name, value in values if name not in definition.key])
        rules.BEFORE_MODIFY.get(table, _nothing)(self, row, old)
        self._require(definition, row)
        _apply(effects, row)
        if row == old:
            return old  # a page that has nothing to save does not save
        self.put(table, row, "updated", old)
        rules.AFTER_MODIFY.get(table, _nothing)(self, row, old)
        return self.store.tables[table].get(definition.key_of(row)) or row

    def delete(self, table: str, row: Row) -> None:
        """Take a row out with what belongs to it. Raises NavError where NAV forbids it."""
        from sandbox.nav import rules

        rules.BEFORE_DELETE.get(table, _nothing)(self, row, row)
        self.drop(table, row)

    def drop(self, table: str, row: Row) -> None:
        """Remove a row without running its trigger."""
        rows = self.store.tables[table]
        rows.remove(rows.table.key_of(row))
        self._stats.count_rows(table, "deleted")
        self.store.next_version()
        self.store.changed("deleted", table, row)

    def change(self, table: str, row: Row, **values: Any) -> Row:
        """What business code writes to another row: no field triggers; unchanged values write nothing."""
        blanks = TABLES[table].blanks
        if all(row.get(name, blanks[name]) == value for name, value in values.items()):
            return row
        new = {**row, **values}
        self.put(table, new, "updated", row)
        return new

    def put(self, table: str, row: Row, kind: str, old: Row | None = None, *, stamp: bool = True) -> None:
        """Store a row with a new version and, for a change of its own, new stamps."""
        rows = self.store.tables[table]
        version = self.store.next_version()
        row["$v"] = version
        if stamp:
            self._stamp(rows.table, row)
        if kind == "inserted":
            row.setdefault("$id", rows.derived_id(rows.table.key_of(row), version))
            row["$created"] = wire_stamp(self._clock.now())
        rows.put(row)
        self._stats.count_rows(table, "updated" if kind == "renamed" else kind)
        self.store.changed(kind, table, row, old)

    def rename(self, table: str, old_key: Key, new_key: Key) -> Row:
        """Give a record another key and take every reference along, as NAV's rename does."""
        definition, rows = TABLES[table], self.store.tables[table]
        row = rows.get(old_key)
        if row is None:
            raise NavError("Internal_RecordNotFound", f"The {definition.caption} {old_key} does not exist.")
        if rows.get(new_key) is not None:
            raise record_exists(definition.caption, dict(zip(definition.key, new_key, strict=True)))
        self._move(table, row, dict(zip(definition.key, new_key, strict=True)), stamp=True)
        if len(old_key) == 1:
            for reference in references_to(table):
                for found in reference.holders(self.store, old_key[0]):
                    self._move(reference.table, found, {reference.column: new_key[0]}, stamp=False)
        return rows.get(new_key) or row

    def _move(self, table: str, row: Row, values: Row, *, stamp: bool) -> None:
        rows = self.store.tables[table]
        new = {**row, **values, "$id": rows.id_of(row)}
        moved = rows.table.key_of(new) != rows.table.key_of(row)
        if moved:
            rows.remove(rows.table.key_of(row))
        self.put(table, new, "renamed" if moved else "updated", row, stamp=stamp)

    def _with_number(self, table: Table, values: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """The values with a number from the series in front where none was sent."""
        if not table.series:
            return values
        if any(name == "No" and value for name, value in values):
            if table.name in self.store.no_manual_numbers:
                number = next(value for name, value in values if name == "No")
                raise dialog(
                    f"You may not enter numbers manually. If you want to enter numbers manually, please activate "
                    f"Manual Nos. in No. Series of {table.caption}. (No. {number})"
                )
            return values
        number = self.next_number(table.name, dict(values))
        return [("No", number), *(pair for pair in values if pair[0] != "No")]

    def next_number(self, table: str, values: Mapping[str, Any]) -> str:
        """The next number of a table's series, for a row whose other key fields are in `values`."""
        definition, rows = TABLES[table], self.store.tables[table]
        prefix = tuple(values.get(name, definition.blanks[name]) for name in definition.key if name != "No")
        number = self.store.series.get(table, len(rows)) + 1
        while rows.get((*prefix, definition.series.format(number))) is not None:
            number += 1
        self.store.series[table] = number  # a number is never given twice, not even after a delete
        return definition.series.format(number)

    def _validate(self, table: Table, row: Row, old: Row, values: Values) -> None:
        from sandbox.nav import rules

        for name, value in values:
            before = dict(row)
            self._check_relation(table, name, value)
            row[name] = value
            trigger = rules.FIELD_TRIGGERS.get((table.name, name))
            if trigger is not None:
                trigger(self, row, before)

    def _check_relation(self, table: Table, name: str, value: Any) -> None:
        relation = table.fields[name].relation
        if relation and not self.store.exists(relation, value):
            raise self.unrelated(table, name, value, relation)

    @staticmethod
    def unrelated(table: Table, name: str, value: Any, relation: str) -> NavError:
        caption = TABLES[relation].caption
        message = f"The field {name.replace('_', ' ')} of table {table.caption} contains a value ({value})"
        return NavError(
            "Internal_InvalidTableRelation", f"{message} that cannot be found in the related table ({caption})."
        )

    @staticmethod
    def _require(table: Table, row: Row) -> None:
        for name, item in table.fields.items():
            if item.required and not row.get(name):
                caption = name.replace("_", " ")
                raise NavError(
                    "Application_FieldValidationException",
                    f"{caption} must have a value in {table.caption}. It cannot be zero or empty.",
                )

    def _stamp(self, table: Table, row: Row) -> None:
        now = self._clock.now()
        row["$modified"] = wire_stamp(now)
        for name in _STAMPS & table.fields.keys():
            kind = table.fields[name].kind
            row[name] = {"date": f"{now:%Y-%m-%d}", "datetime": row["$modified"], "time": f"{now:%H:%M:%S}"}[kind]


def _nothing(_writer: Writer, _row: Row, _old: Row) -> None:
    return


def _apply(effects: Effects, row: Row) -> None:
    """What a fault rule refuses or rewrites."""
    refused = effects.rejects(row)
    if refused is not None:
        raise NavError("Application_DialogException", f"The value {refused} is not allowed.")
    row.update(effects.rewritten(row))
