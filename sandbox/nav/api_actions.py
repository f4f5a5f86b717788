"""The bound actions of the API's entities (reference 3.6). Each gives the address of what it made, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sandbox.nav import posting
from sandbox.nav.errors import dialog
from sandbox.nav.store import Row
from sandbox.nav.writer import Writer

Action = Callable[[Writer, Row], str]


def _ship_and_invoice(writer: Writer, row: Row) -> str:
    if any(
        line.get("Qty_to_Ship")
        for line in writer.store.tables["SalesLine"].where(Document_Type="Order", Document_No=row["No"])
    ):
        row = posting.ship(writer, row)
    posting.invoice(writer, row)
    return ""


def _make_order(writer: Writer, row: Row) -> str:
    order = posting.make_order(writer, row)
    return f"salesOrders({writer.store.tables['SalesHeader'].id_of(order)})"


def _post(writer: Writer, row: Row) -> str:
    """Post a draft; the posted invoice has the draft's id."""
    draft = writer.store.tables["SalesHeader"].by_id(str(row["$id"]))
    if draft is None:
        raise dialog("The invoice is already posted.")
    posting.invoice(writer, draft)
    return ""


ACTIONS: Final[dict[tuple[str, str], Action]] = {
    ("salesOrders", "shipAndInvoice"): _ship_and_invoice,
    ("salesQuotes", "makeOrder"): _make_order,
    ("salesInvoices", "post"): _post,
}
