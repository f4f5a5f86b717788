"""Drafts and posted invoices as one table each for headers and lines, as the API reads them (tables 5475, 5476).

A row is that of the draft or of the posted invoice with `Posted` in it. The id of a posted invoice is its draft's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from sandbox.nav.errors import dialog
from sandbox.nav.flowfields import COMPUTED, NO_FLOW
from sandbox.nav.store import CompanyStore, Key, Row
from sandbox.nav.tables import ENTITIES


class Invoices:
    """The headers."""

    drafts = "SalesHeader"
    posted = "SalesInvoiceHeader"
    entity = "SalesInvoiceEntity"
    computed: tuple[str, ...] = ("Amount", "VAT_Amount", "Amount_Including_VAT")

    def __init__(self, store: CompanyStore) -> None:
        self._store = store
        self._drafts = store.tables[self.drafts]
        self._posted = store.tables[self.posted]
        self.table = ENTITIES[self.entity]

    def draft(self, row: Row) -> Row:
        """A draft's row as the entity shows it."""
        return self._merged(self.drafts, row) | {"Posted": False, "Status": self._draft_status(row)}

    def stored(self, row: Row) -> Row:
        """The stored row of a draft. Raises NavError for a posted one, which has none."""
        found = self._drafts.by_id(self.id_of(row))
        if found is None:
            raise dialog("The invoice is posted; it cannot be changed.")
        return found

    def id_of(self, row: Mapping[str, Any]) -> str:
        return str(row["$id"])

    def by_id(self, row_id: str) -> Row | None:
        found = self._drafts.by_id(row_id)
        if found is not None and found.get("Document_Type") == "Invoice":
            return self.draft(found)
        posted = self._posted.by_id(row_id)
        return None if posted is None else self._of_posted(posted)

    def get(self, key: Key) -> Row | None:
        return next((row for row in self._all() if self.table.key_of(row) == key), None)

    def ordered_by_id(self, after: str | None = None) -> Iterator[Row]:
        rows = sorted(self._all(), key=self.id_of)
        return (row for row in rows if after is None or self.id_of(row) > after)

    def where(self, **values: Any) -> list[Row]:
        blanks = self.table.blanks
        return [
            row for row in self._all() if all(row.get(name, blanks[name]) == value for name, value in values.items())
        ]

    def _all(self) -> Iterator[Row]:
        drafts = (self.draft(row) for row in self._drafts.where(Document_Type="Invoice"))
        return chain(drafts, (self._of_posted(row) for row in self._posted))

    def _of_posted(self, row: Row) -> Row:
        return self._merged(self.posted, row) | {"Posted": True, "Status": self._posted_status(row)}

    def _merged(self, table: str, row: Row) -> Row:
        shown = dict(row) | {"$id": self._store.tables[table].id_of(row)}
        for name in (*self.computed, "Remaining_Amount"):
            computed = COMPUTED.get((table, name))
            if computed is not None:
                shown[name] = computed(self._store, row, NO_FLOW)
        return shown

    def _draft_status(self, row: Row) -> str:
        return {"Open": "Draft", "Released": "Open"}.get(row.get("Status", "Open"), "In Review")

    def _posted_status(self, row: Row) -> str:
        return "Paid" if COMPUTED["SalesInvoiceHeader", "Closed"](self._store, row, NO_FLOW) else "Open"


class InvoiceLines(Invoices):
    """The lines."""

    drafts = "SalesLine"
    posted = "SalesInvoiceLine"
    entity = "SalesInvoiceLineEntity"
    computed = ("VAT_Amount",)

    def _draft_status(self, row: Row) -> str:
        return "Draft"

    def _posted_status(self, row: Row) -> str:
        return "Open"
