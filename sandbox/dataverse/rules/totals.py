"""Who calculates a document's prices, when it may be edited, and the amounts of its lines and of itself.

Source: learn.microsoft.com, "Integrate sales order processing", "Use custom pricing for products" and the descriptions of
the amount columns in the table reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.money import amount_digits, rounded
from sandbox.dataverse.rules import pricing
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

OPEN, SUBMITTED = 0, 1
PER_UNIT = 1
SKIPS_ON_CREATE, SKIPS_ON_UPDATE = (1, 3), (2, 3)
TOTALS = (
    "totalamount",
    "totalamountlessfreight",
    "totaldiscountamount",
    "totallineitemamount",
    "totallineitemdiscountamount",
    "totaltax",
)


@dataclass(frozen=True, slots=True)
class Document:
    """A sales document: its table, the table of its lines and what both mirror."""

    table: str
    lines: str

    @property
    def wire(self) -> str:
        """The property of a line that names its document."""
        return f"_{self.table}id_value"

    @property
    def state_mirror(self) -> str:
        """The column of a line that repeats the state."""
        return f"{self.table}statecode"

    @property
    def lock_mirror(self) -> str:
        """The column of a line that repeats the price lock."""
        return f"{self.table}ispricelocked"


DOCUMENTS = {
    table: Document(table, lines)
    for table, lines in (
        ("opportunity", "opportunityproduct"),
        ("quote", "quotedetail"),
        ("salesorder", "salesorderdetail"),
        ("invoice", "invoicedetail"),
    )
}


def integration_switched_on(writer: Writer) -> bool:
    """Whether an ERP owns orders and invoices."""
    return bool(writer.store.organization().get("issopintegrationenabled"))


def is_integration(writer: Writer) -> bool:
    """Whether order integration is on and the caller is the ERP."""
    user = writer.store.rows("systemuser")[writer.call.user]
    return integration_switched_on(writer) and bool(user.get("isintegrationuser"))


def calculates(writer: Writer, table: str, header: Row) -> bool:
    """Whether the server calculates the prices of this document."""
    if not writer.store.organization().get("oobpricecalculationenabled", True):
        return False
    if table not in ("salesorder", "invoice") or not integration_switched_on(writer):
        return True
    submitted = table == "salesorder" and header["statecode"] == SUBMITTED
    return not (submitted or is_integration(writer))


def editable(writer: Writer, table: str, header: Row) -> bool:
    """Whether columns and lines of a document may change in its state."""
    if header["statecode"] == OPEN:
        return True
    if table == "salesorder" and header["statecode"] == SUBMITTED and not integration_switched_on(writer):
        return True
    return table in ("salesorder", "invoice") and is_integration(writer)


def price_line(writer: Writer, document: Document, row: Row, header: Row, *, locked: bool) -> None:
    """Calculate a line: price per unit, base and extended amount, and the code of what is missing.

    `locked` keeps the price the line has.
    """
    catalogue = row.get("_productid_value") is not None and not row.get("ispriceoverridden")
    error = pricing.NO_ERROR
    if row.get("quantity") is None:
        error = pricing.NO_QUANTITY
    elif catalogue and not (locked and row.get("priceperunit") is not None):
        price, error = pricing.list_price(writer, row, header)
        row["priceperunit"] = price if price is not None else row.get("priceperunit")
    elif row.get("priceperunit") is None:
        error = pricing.NO_UNIT_PRICE
    row["pricingerrorcode"] = error
    row["volumediscountamount"] = row.get("volumediscountamount") or 0.0
    digits = amount_digits(writer.store, header)
    quantity = row.get("quantity") or 0
    base = rounded(((row.get("priceperunit") or 0) - row["volumediscountamount"]) * quantity, digits)
    row["baseamount"] = base
    row["extendedamount"] = rounded(base - line_discount(writer, row) + (row.get("tax") or 0), digits)


def line_discount(writer: Writer, row: Row) -> float:
    """The manual discount of a line: for the whole line, or per unit if the organisation says so."""
    amount: float = row.get("manualdiscountamount") or 0
    per_unit = writer.store.organization().get("discountcalculationmethod") == PER_UNIT
    return amount * (row.get("quantity") or 0) if per_unit else amount


def lines_of(writer: Writer, document: Document, key: str) -> list[Row]:
    """The lines of a document, in their order."""
    data = writer.store.data[document.lines]
    rows = [data.rows[each] for each in data.find(document.wire, key)]
    return sorted(rows, key=lambda row: (row.get("lineitemnumber") or 0, row["createdon"], row["versionnumber"]))


def totals(writer: Writer, document: Document, header: Row, rows: list[Row]) -> Row:
    """The amounts of a document that follow from its lines, its discounts and its freight."""
    digits = amount_digits(writer.store, header)
    discounts = sum(line_discount(writer, row) for row in rows)
    net = sum(row.get("baseamount") or 0 for row in rows) - discounts
    tax = sum(row.get("tax") or 0 for row in rows)
    percentage = net * (header.get("discountpercentage") or 0) / 100
    discount = (header.get("discountamount") or 0) + percentage
    values: Row = {
        "totallineitemamount": net,
        "totallineitemdiscountamount": discounts,
        "totaldiscountamount": discount + discounts,
        "totalamountlessfreight": net - discount,
        "totaltax": tax,
        "totalamount": net - discount + (header.get("freightamount") or 0) + tax,
    }
    values = {name: rounded(value, digits) for name, value in values.items()}
    wrong = any(row.get("pricingerrorcode") for row in rows)
    values["pricingerrorcode"] = pricing.DETAIL_ERROR if wrong else pricing.NO_ERROR
    if document.table == "opportunity" and header.get("isrevenuesystemcalculated"):
        values["estimatedvalue"] = values["totalamount"]
    return values


def retotal(writer: Writer, document: Document, key: str) -> None:
    """Calculate a document's amounts from its lines and store them if one differs."""
    header = writer.store.rows(document.table)[key]
    values = totals(writer, document, header, lines_of(writer, document, key))
    if any(header.get(name) != value for name, value in values.items()):
        writer.overwrite(writer.store.tables[document.table], header, values)


def recalculate(writer: Writer, document: Document, key: str) -> None:
    """Take the prices of all lines from the price list anew, unless they are locked, and total the document."""
    header = writer.store.rows(document.table)[key]
    table = writer.store.tables[document.lines]
    for row in lines_of(writer, document, key):
        fresh = dict(row)
        price_line(writer, document, fresh, header, locked=bool(header.get("ispricelocked")))
        changes = {name: value for name, value in fresh.items() if row.get(name) != value}
        if changes:
            writer.overwrite(table, row, changes)
    retotal(writer, document, key)


def state_refused() -> errors.ServiceError:
    """A document cannot go to that state in this way."""
    return errors.bad_request("0x80043af9", "The state is not valid for this object.")


def read_only() -> errors.ServiceError:
    """A document is closed to changes in its state."""
    return errors.bad_request("0x8004022e", "The object cannot be updated because it is read-only.")


def parent_read_only() -> errors.ServiceError:
    """The lines of a document are closed to changes in its state."""
    return errors.bad_request("0x80043b09", "The parent is read only and cannot be edited.")
