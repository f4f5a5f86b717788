"""API v2.0 entities of one company: rows are named by id, options are enum members, documents are inserted with their lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sandbox.common.faults import Effects
from sandbox.nav.api_actions import ACTIONS
from sandbox.nav.api_values import CONVERSIONS, enum_member
from sandbox.nav.errors import NavError, dialog, record_exists, record_not_found, unknown_property
from sandbox.nav.filters import Flow
from sandbox.nav.flowfields import NO_FLOW
from sandbox.nav.invoices import InvoiceLines, Invoices
from sandbox.nav.schema import Field, Page
from sandbox.nav.store import CompanyStore, Row
from sandbox.nav.values import checked, parsed
from sandbox.nav.view import PageView
from sandbox.nav.writer import Writer

_NEEDS_NAME: Final = frozenset({"Customer", "Item"})
_FIRST: Final = ("Document_No", "Type", "No")
"""Fields of a line that fill others: they are validated before the rest, in whatever order they come."""


class ApiView(PageView):
    """An API entity of one company."""

    def __init__(
        self,
        page: Page,
        store: CompanyStore,
        flavour: str,
        dropped: frozenset[str] = frozenset(),
        flow: Flow = NO_FLOW,
    ) -> None:
        plain = {control: name.partition(":")[0] for control, name in page.controls.items()}
        self._declared = page
        super().__init__(_with_controls(page, plain), store, flavour, dropped, flow)
        self._conversions = {control: CONVERSIONS[page.controls[control].partition(":")[2]] for control in self.fields}
        self._stored_fields = dict(self.fields)
        for control, field in self._stored_fields.items():
            conversion = self._conversions[control]
            self.readers[control] = conversion.shown(store, field, self.readers[control])
            self.fields[control] = conversion.field(field)

    def with_flow(self, flow: Flow) -> PageView:
        return self

    def ordered(self, after: Any = None) -> Iterator[Row]:
        return iter(self.rows.ordered_by_id(after))

    def position(self, row: Row) -> Any:
        return self.rows.id_of(row)

    def projector(self, select: str | None) -> Callable[[Row], dict[str, Any]]:
        names = list(self.fields) if not select else self._selected(select)
        shown = [(name, self.readers[name], self.fields[name].kind == "option") for name in names]

        def show(row: Row) -> dict[str, Any]:
            values = {name: enum_member(read(row)) if option else read(row) for name, read, option in shown}
            return {"@odata.etag": self.etag(row)} | values

        return show

    def find(self, text: str) -> Row:
        if text.startswith("'"):
            raise NavError("BadRequest_InvalidRequestUrl", f"The id {text} must not be quoted in API v2.0.")
        row: Row | None = self.rows.by_id(self._guid(text.removeprefix("id=")))
        if row is None or not self.visible(row):
            raise record_not_found(self.table.caption, {"SystemId": text})
        return row

    def check_list(self, options: Mapping[str, str], within: Mapping[str, Any]) -> None:
        if "documentId" not in self.fields or within:
            return
        words = options.get("$filter", "").replace("(", " ").split()
        if "documentId" not in words and "id" not in words:
            raise dialog("You must specify an Id or a Document Id to get the lines.")

    def token(self, row: Row) -> str:
        return str(self.rows.id_of(row))

    def after(self, token: str) -> Any:
        return self._guid(token)

    def address(self, row: Row) -> str:
        return f"{self.page.service}({self.rows.id_of(row)})"

    def deep_parts(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name in self.page.parts}

    def insert(self, writer: Writer, body: Mapping[str, Any], within: Mapping[str, Any], effects: Effects) -> Row:
        plain = {name: value for name, value in body.items() if name not in self.page.parts}
        return super().insert(writer, plain, within, effects)

    def accepted(self, body: Mapping[str, Any], *, new: bool) -> list[tuple[str, Any]]:
        if new and self.table.name in _NEEDS_NAME and not str(body.get("displayName", "")).strip():
            raise NavError("BadRequest_RequiredParamNotProvided", 'A "displayName" must be provided.')
        if "itemId" in body and "accountId" in body:
            raise dialog("Both the itemId and the accountId have been provided; a line can only have one of them.")
        names = [name for name in body if "@" not in name]
        values = [pair for name in names for pair in self._accept(name, body[name])]
        if new and self.table.name == "Customer":
            values += self._from_template(values)
        if "lineType" in self.fields:
            values.sort(key=lambda pair: _FIRST.index(pair[0]) if pair[0] in _FIRST else len(_FIRST))
        return values

    def modify(self, writer: Writer, row: Row, body: Mapping[str, Any], effects: Effects) -> Row:
        """A changed `number` or `code` renames the record once its other values are in."""
        if any(name in self.page.parts for name in body):
            raise NavError("BadRequest", "A deep update is not supported: change the lines one by one.")
        values = self.accepted(body, new=False)
        name, key = self.table.name, self.table.key_of(row)
        wanted = (*key[:-1], dict(values).get(self.table.key[-1], key[-1]))
        if wanted == key:
            return writer.modify(name, row, values, effects)
        if "documentId" in self.fields:
            raise dialog("The documentId and the sequence of a line cannot be changed.")
        if self.rows.get(wanted) is not None:
            raise record_exists(self.table.caption, dict(zip(self.table.key, wanted, strict=True)))
        writer.modify(name, row, [pair for pair in values if pair[0] not in self.table.key], effects)
        return writer.rename(name, key, wanted)

    def act(self, name: str, writer: Writer, row: Row) -> str:
        return ACTIONS[self.page.service, name](writer, row)

    def parent_value(self, row: Row, name: str) -> Any:
        return row.get(name, self.table.blanks[name])

    def _from_template(self, values: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """What the template that the API set-up names gives a new customer (reference 5.7)."""
        given = dict(values)
        template = self.store.tables["CustomerTemplate"].get(("DOMESTIC",)) or {}
        names = (name for name in template if name in self.store.tables["Customer"].table.fields)
        return [(name, template[name]) for name in names if template[name] and not given.get(name)]

    def _accept(self, name: str, value: Any) -> list[tuple[str, Any]]:
        """A sent property as stored fields: an item's id says that the line is of type Item, too."""
        field = self.fields.get(name)
        if field is None:
            raise unknown_property(name, self.page.type_name)
        if field.read_only:
            raise NavError("BadRequest_InvalidOperation", f"The property '{name}' is read-only.")
        control = self.page.controls[name]
        value = checked(field, value, self.flavour, self.table.caption)
        stored = self._conversions[name].stored(self.store, self._stored_fields[name], value)
        return [("Type", "Item"), (control, stored)] if name == "itemId" else [(control, stored)]

    @staticmethod
    def _guid(text: str) -> str:
        try:
            return str(parsed(Field("id", "guid"), text))
        except NavError:
            raise NavError("Application_InvalidGUID", f"'{text}' is not a valid GUID.") from None


class InvoiceView(ApiView):
    """`salesInvoices`: drafts and posted invoices together; only drafts can be changed."""

    stored_table = "SalesHeader"

    def _source(self) -> Any:
        return Invoices(self.store)

    def insert(self, writer: Writer, body: Mapping[str, Any], within: Mapping[str, Any], effects: Effects) -> Row:
        plain = {name: value for name, value in body.items() if name not in self.page.parts}
        values = [("Document_Type", "Invoice"), *self.accepted(plain, new=True)]
        return dict(self.rows.draft(writer.insert(self.stored_table, values, effects)))

    def modify(self, writer: Writer, row: Row, body: Mapping[str, Any], effects: Effects) -> Row:
        if any(name in self.page.parts for name in body):
            raise NavError("BadRequest", "A deep update is not supported: change the lines one by one.")
        stored = self.rows.stored(row)
        return dict(self.rows.draft(writer.modify(self.stored_table, stored, self.accepted(body, new=False), effects)))

    def delete(self, writer: Writer, row: Row) -> None:
        writer.delete(self.stored_table, self.rows.stored(row))

    def reread(self, row: Row) -> Row:
        return self.rows.by_id(self.rows.id_of(row)) or row


class InvoiceLineView(InvoiceView):
    """`salesInvoiceLines`."""

    stored_table = "SalesLine"

    def _source(self) -> Any:
        return InvoiceLines(self.store)

    def insert(self, writer: Writer, body: Mapping[str, Any], within: Mapping[str, Any], effects: Effects) -> Row:
        if within.get("Posted"):
            raise dialog("The invoice is posted; its lines cannot be changed.")
        given = [("Document_No", within["Document_No"])] if within else []
        accepted = [pair for pair in self.accepted(body, new=True) if not (within and pair[0] == "Document_No")]
        values = [("Document_Type", "Invoice"), *given, *accepted]
        return dict(self.rows.draft(writer.insert(self.stored_table, values, effects)))


_CLASSES: Final[dict[str, type[ApiView]]] = {"salesInvoices": InvoiceView, "salesInvoiceLines": InvoiceLineView}


def api_view(
    page: Page, store: CompanyStore, flavour: str, dropped: frozenset[str] = frozenset(), flow: Flow = NO_FLOW
) -> ApiView:
    """The view of an entity."""
    return _CLASSES.get(page.service, ApiView)(page, store, flavour, dropped, flow)


def _with_controls(page: Page, controls: Mapping[str, str]) -> Page:
    values = {name: getattr(page, name) for name in page.__dataclass_fields__}
    return Page(**values | {"controls": controls})
