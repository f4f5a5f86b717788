"""A page service over one company's rows: which properties it shows, how a row becomes JSON, its ETag and its key."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sandbox.common.faults import Effects
from sandbox.nav.errors import NavError, not_supported, record_not_found, unknown_property
from sandbox.nav.filters import FilterScope, Flow, Read
from sandbox.nav.flowfields import COMPUTED, NO_FLOW
from sandbox.nav.keys import literal, typed_key
from sandbox.nav.schema import Field, Page, Table
from sandbox.nav.store import CompanyStore, Key, Row
from sandbox.nav.tables import ENTITIES, TABLES
from sandbox.nav.values import checked
from sandbox.nav.writer import Writer

_SYSTEM_FIELDS = {
    "$id": Field("SystemId", "guid", read_only=True),
    "$modified": Field("SystemModifiedAt", "datetime", read_only=True),
}


class PageView:
    """One page service of one company."""

    def __init__(
        self,
        page: Page,
        store: CompanyStore,
        flavour: str,
        dropped: frozenset[str] = frozenset(),
        flow: Flow = NO_FLOW,
    ) -> None:
        self.page = page
        self.store = store
        self.flavour = flavour
        self._dropped = dropped
        self._flow = flow
        self.table: Table = TABLES.get(page.table) or ENTITIES[page.table]
        self.rows: Any = self._source()
        self.fields: dict[str, Field] = {
            control: _SYSTEM_FIELDS.get(name) or self.table.fields[name]
            for control, name in page.controls.items()
            if f"{page.table}.{name}" not in dropped
        }
        self.readers: dict[str, Read] = {
            control: self._reader(page.controls[control], field) for control, field in self.fields.items()
        }
        self._key_controls = {page.controls[control]: control for control in self.fields}

    def _source(self) -> Any:
        """Where the rows come from."""
        return self.store.tables[self.page.table]

    def _reader(self, name: str, field: Field) -> Read:
        if name == "$id":
            row_id: Read = self.rows.id_of
            return row_id
        if name == "$modified":
            default = self.store.loaded_at
            return lambda row: row.get("$modified", default)
        computed = COMPUTED.get((self.table.name, name))
        if computed is not None:
            store, flow = self.store, self._flow
            return lambda row: computed(store, row, flow)
        blank = field.blank
        return lambda row: row.get(name, blank)

    def with_flow(self, flow: Flow) -> PageView:
        """This view with its computed fields parametrised by flow filters."""
        return type(self)(self.page, self.store, self.flavour, self._dropped, flow) if flow else self

    def ordered(self, after: Any = None) -> Iterator[Row]:
        """The rows in the order a client reads them, behind the one at the position `after`."""
        return iter(self.rows.ordered(after))

    def position(self, row: Row) -> Any:
        """Where a row stands in that order."""
        return self.table.key_of(row)

    def scope(self, nested: bool = False) -> FilterScope:
        return FilterScope(
            self.page.type_name,
            self.fields,
            self.readers,
            nested=nested and self.flavour == "bc",
            flow_filters=self.page.flow_filters,
            flavour=self.flavour,
        )

    def projector(self, select: str | None) -> Callable[[Row], dict[str, Any]]:
        """How a row is shown; `select` is a comma list of properties, in the page's order whatever its own."""
        names = list(self.fields) if not select else self._selected(select)
        plain = [
            (name, self.page.controls[name], self.fields[name].blank) for name in names if not self._is_special(name)
        ]
        special = [(name, self.readers[name]) for name in names if self._is_special(name)]
        filters = dict.fromkeys(self.page.flow_filters, "") if not select else {}
        filters |= {name: str(values.get("eq", "")) for name, values in self._flow.items() if name in filters}

        def show(row: Row) -> dict[str, Any]:
            shown: dict[str, Any] = {"@odata.etag": self.etag(row)}
            for control, name, blank in plain:
                shown[control] = row.get(name, blank)
            for control, read in special:
                shown[control] = read(row)
            return {**shown, **filters} if filters else shown

        return show

    def _is_special(self, control: str) -> bool:
        name = self.page.controls[control]
        return name.startswith("$") or (self.table.name, name) in COMPUTED

    def _selected(self, select: str) -> list[str]:
        by_lower = {name.lower(): name for name in self.fields} if self.flavour == "bc" else {}
        wanted = set()
        for name in (part.strip() for part in select.split(",")):
            known = name if name in self.fields else by_lower.get(name.lower(), "")
            if not known:
                raise unknown_property(name, self.page.type_name)
            wanted.add(known)
        return [name for name in self.fields if name in wanted]

    def etag(self, row: Mapping[str, Any]) -> str:
        """The version of a row as the server writes it; changes with every stored change."""
        return etag_of(self.table.name, self.table.key_of(row), row.get("$v", 0), self.flavour)

    def visible(self, row: Row) -> bool:
        """Whether the page shows this row at all (page 42 shows orders only)."""
        return all(row.get(name) == value for name, value in self.page.fixed.items())

    def key(self, text: str) -> Key:
        """The primary key a URL names in parentheses."""
        return typed_key(text, self.table, self._key_controls, self.page.fixed)

    def find(self, text: str) -> Row:
        """The row a URL names. Raises NavError 404."""
        key = self.key(text)
        row: Row | None = self.rows.get(key)
        if row is None or not self.visible(row):
            named = dict(zip(self.table.key, key, strict=True))
            raise record_not_found(self.table.caption, named)
        return row

    def accepted(self, body: Mapping[str, Any], *, new: bool) -> list[tuple[str, Any]]:
        """A JSON body as table fields with checked values, in the order sent. Raises NavError."""
        where = f"{self.table.caption} (new)" if new else self.table.caption
        writable = {
            name: self._writable(name) for name in body if "@" not in name and name not in self.page.flow_filters
        }
        return [
            (self.page.controls[name], checked(field, body[name], self.flavour, where))
            for name, field in writable.items()
        ]

    def _writable(self, name: str) -> Field:
        field = self.fields.get(name)
        if field is None:
            raise unknown_property(name, self.page.type_name)
        if field.read_only:
            raise NavError("BadRequest_InvalidOperation", f"The control '{name}' is read-only.")
        return field

    def check_list(self, options: Mapping[str, str], within: Mapping[str, Any]) -> None:
        """Refuse a list that this view does not give."""

    def deep_parts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The rows of parts in the body of an insert: page services take none."""
        for name in body:
            if name in self.page.parts:
                raise not_supported("Deep inserts are not supported on page services.")
        return {}

    def insert(self, writer: Writer, body: Mapping[str, Any], within: Mapping[str, Any], effects: Effects) -> Row:
        """A new row from a JSON body; `within` are the values its parent gives it."""
        fixed = {**self.page.fixed, **within}
        values = [pair for pair in self.accepted(body, new=True) if pair[0] not in fixed]
        return writer.insert(self.table.name, [*fixed.items(), *values], effects)

    def modify(self, writer: Writer, row: Row, body: Mapping[str, Any], effects: Effects) -> Row:
        """The row with new values; a page service never renames."""
        return writer.modify(self.table.name, row, self.accepted(body, new=False), effects)

    def delete(self, writer: Writer, row: Row) -> None:
        """Take the row out."""
        writer.delete(self.table.name, row)

    def act(self, name: str, writer: Writer, row: Row) -> str:
        """Run a bound action; the address behind the company of what it made, if anything."""
        raise not_supported(f"The action '{name}' is not defined on the entity '{self.page.service}'.")

    def reread(self, row: Row) -> Row:
        """The row as it is stored by now."""
        return self.rows.get(self.table.key_of(row)) or row

    def row_key(self, row: Row) -> str:
        """The key of a row as a URL writes it between the parentheses."""
        return self.token(row)

    def parent_value(self, row: Row, name: str) -> Any:
        """What a contained collection's rows share with their parent."""
        return row.get(name, self.table.blanks[name])

    def token(self, row: Row) -> str:
        """The `$skiptoken` of the page that begins behind `row`: its key."""
        key = zip(self.table.key, self.table.key_of(row), strict=True)
        return ",".join(literal(self.table.fields[name], value) for name, value in key)

    def after(self, token: str) -> Any:
        """The position a `$skiptoken` names."""
        return typed_key(token, self.table, {}, {})

    def address(self, row: Row) -> str:
        """The URL of a row behind the company: `CustomerCard(No='10000')`."""
        key = zip(self.table.key, self.table.key_of(row), strict=True)
        parts = [f"{name}={literal(self.table.fields[name], value)}" for name, value in key]
        only = parts[0].partition("=")[2] if len(parts) == 1 else ",".join(parts)
        return f"{self.page.service}({quote(only, safe=chr(39) + '=,')})"


@lru_cache(maxsize=4096)
def etag_of(table: str, key: Key, version: int, flavour: str) -> str:
    """`W/"` and base64 of `'LENGTH;VALUE;00;'`: a hash in NAV, a 20-digit number in Business Central."""
    digest = hashlib.sha256(f"{table}/{key!r}/{version}".encode()).digest()
    if flavour == "bc":
        value = str(int.from_bytes(digest[:8], "big") | 1 << 63)[:20].rjust(20, "1")
    else:
        value = base64.b64encode(digest).decode()
    return 'W/"' + base64.b64encode(f"'{len(value)};{value};00;'".encode()).decode() + '"'
