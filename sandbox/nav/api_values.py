"""How values of Business Central's API v2.0 differ from those of the tables: ids for codes, enum members, the local currency.

A conversion shows a stored value in its API form and turns what a client sends back into what is stored (reference 1.6, 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.nav.errors import record_not_found
from sandbox.nav.filters import Read
from sandbox.nav.schema import EMPTY_GUID, Field
from sandbox.nav.store import CompanyStore

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9]")
Shown = Callable[[CompanyStore, Field, Read], Read]
Stored = Callable[[CompanyStore, Field, Any], Any]


@dataclass(frozen=True)
class Conversion:
    """`field` is the property's own type, `shown` wraps the reader, `stored` turns a sent value into the stored one."""

    field: Callable[[Field], Field]
    shown: Shown
    stored: Stored


def enum_member(option: str) -> str:
    """An option as enum member: what a name cannot hold is written `_x0020_`."""
    return _NOT_PLAIN.sub(lambda match: f"_x{ord(match[0]):04X}_", option)


def local_currency(store: CompanyStore) -> str:
    """The code of the local currency."""
    setup = store.tables["GeneralLedgerSetup"].get(("",)) or {}
    return str(setup.get("LCY_Code", ""))


def code_of(store: CompanyStore, table: str, row_id: str) -> str:
    """The code of a record named by id; the empty id is a blank code. Raises NavError 404."""
    if row_id == EMPTY_GUID:
        return ""
    rows = store.tables[table]
    row = rows.by_id(row_id)
    if row is None:
        raise record_not_found(rows.table.caption, {"SystemId": row_id})
    return str(row[rows.table.key[-1]])


def _same(_store: CompanyStore, _field: Field, value: Any) -> Any:
    return value


def _read_on(_store: CompanyStore, _field: Field, read: Read) -> Read:
    return read


def _lcy_shown(store: CompanyStore, _field: Field, read: Read) -> Read:
    return lambda row: read(row) or local_currency(store)


def _lcy_stored(store: CompanyStore, _field: Field, value: Any) -> Any:
    return "" if value == local_currency(store) else value


def _id_shown(store: CompanyStore, field: Field, read: Read) -> Read:
    rows = store.tables[field.relation]

    def related(row: Mapping[str, Any]) -> str:
        found = rows.get((read(row),))
        return rows.id_of(found) if found else EMPTY_GUID

    return related


def _document_shown(table: str) -> Shown:
    """The id of the document a line belongs to."""

    def shown(store: CompanyStore, _field: Field, read: Read) -> Read:
        rows = store.tables[table]

        def document(row: Mapping[str, Any]) -> str:
            found = rows.get((row["Document_Type"], read(row)))
            return rows.id_of(found) if found else EMPTY_GUID

        return document

    return shown


def _invoice_shown(store: CompanyStore, _field: Field, read: Read) -> Read:
    """The id of the draft or the posted invoice a line belongs to."""
    drafts, posted = store.tables["SalesHeader"], store.tables["SalesInvoiceHeader"]

    def invoice(row: Mapping[str, Any]) -> str:
        rows = posted if row["Posted"] else drafts
        found = rows.get((read(row),) if row["Posted"] else ("Invoice", read(row)))
        return rows.id_of(found) if found else EMPTY_GUID

    return invoice


def _item_shown(store: CompanyStore, _field: Field, read: Read) -> Read:
    """The id of the item of a line; empty on lines of another type."""
    rows = store.tables["Item"]

    def item(row: Mapping[str, Any]) -> str:
        found = rows.get((read(row),)) if row.get("Type") == "Item" else None
        return rows.id_of(found) if found else EMPTY_GUID

    return item


def _mapped(names: Mapping[str, str]) -> tuple[Shown, Stored]:
    back = {shown: stored for stored, shown in names.items()}

    def shown(_store: CompanyStore, _field: Field, read: Read) -> Read:
        return lambda row: names[read(row)]

    def stored(_store: CompanyStore, _field: Field, value: Any) -> Any:
        return back[value]

    return shown, stored


def _options(*members: str, read_only: bool = False) -> Callable[[Field], Field]:
    return lambda field: replace(field, kind="option", options=members, read_only=read_only)


_STATUS: Final = {
    "Open": "Draft",
    "Released": "Open",
    "Pending Approval": "In Review",
    "Pending Prepayment": "In Review",
}
_LINE_TYPES: Final = {
    " ": "Comment",
    "G/L Account": "Account",
    "Item": "Item",
    "Resource": "Resource",
    "Fixed Asset": "Fixed Asset",
    "Charge (Item)": "Charge",
}
CONVERSIONS: Final[dict[str, Conversion]] = {
    "": Conversion(lambda field: field, _read_on, _same),
    "ro": Conversion(lambda field: replace(field, read_only=True), _read_on, _same),
    "lcy": Conversion(lambda field: field, _lcy_shown, _lcy_stored),
    "id": Conversion(
        lambda field: replace(field, kind="guid", length=0, length_bc=0),
        _id_shown,
        lambda store, field, value: code_of(store, field.relation, value),
    ),
    "unit": Conversion(
        lambda field: replace(field, kind="guid", length=0, length_bc=0, relation="UnitOfMeasure"),
        lambda store, field, read: _id_shown(store, replace(field, relation="UnitOfMeasure"), read),
        lambda store, _field, value: code_of(store, "UnitOfMeasure", value),
    ),
    "roid": Conversion(lambda field: replace(field, kind="guid", read_only=True), _id_shown, _same),
    "order": Conversion(
        lambda field: replace(field, kind="guid", length=0, length_bc=0, relation=""),
        _document_shown("SalesHeader"),
        lambda store, _field, value: code_of(store, "SalesHeader", value),
    ),
    "item": Conversion(
        lambda field: replace(field, kind="guid", length=0, length_bc=0),
        _item_shown,
        lambda store, _field, value: code_of(store, "Item", value),
    ),
    "status": Conversion(_options("Draft", "In Review", "Open", read_only=True), *_mapped(_STATUS)),
    "quote": Conversion(
        _options("Draft", "Sent", "Accepted", "Expired ", read_only=True),
        *_mapped(dict.fromkeys(_STATUS, "Draft") | {"Released": "Sent"}),
    ),
    "line": Conversion(_options(*_LINE_TYPES.values()), *_mapped(_LINE_TYPES)),
    "partial": Conversion(
        lambda field: replace(field, kind="bool", options=()),
        lambda _store, _field, read: lambda row: read(row) == "Partial",
        lambda _store, _field, value: "Partial" if value else "Complete",
    ),
    "invoice": Conversion(
        lambda field: replace(field, kind="guid", length=0, length_bc=0, relation=""),
        _invoice_shown,
        lambda store, _field, value: code_of(store, "SalesHeader", value),
    ),
}
