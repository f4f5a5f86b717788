"""Rules of opportunity, quote, order and invoice lines: products, units, prices, amounts, the header's totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.dataverse import errors, money
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.rules.products import ACTIVE, BUNDLE
from sandbox.dataverse.rules.totals import (
    DOCUMENTS,
    SKIPS_ON_CREATE,
    SKIPS_ON_UPDATE,
    calculates,
    editable,
    parent_read_only,
    price_line,
    retotal,
)
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

_AMOUNT_COLUMNS = frozenset(
    "quantity priceperunit manualdiscountamount tax _productid_value _uomid_value ispriceoverridden productdescription "
    "baseamount extendedamount skippricecalculation".split()
)
_CALCULATED = ("priceperunit", "baseamount", "extendedamount", "volumediscountamount", "pricingerrorcode")
_OWNERS = (
    "_ownerid_value",
    "_ownerid_value@table",
    "_owninguser_value",
    "_owningteam_value",
    "_owningbusinessunit_value",
)
PRODUCT = "_productid_value"


class Lines(Rules):
    """A line has a product with unit, or a description; it mirrors its header's state, lock, currency and owner."""

    def __init__(self, header: str) -> None:
        self._document = DOCUMENTS[header]
        self._wire = self._document.wire
        self._header = header
        self._lines = self._document.lines
        self._name = f"{self._lines}name"

    def before_create(self, writer: Writer, row: Row) -> None:
        header = writer.store.get(self._header, row.get(self._wire))
        if header is None:
            raise errors.missing(self._lines, f"{self._header}id")
        self._open(writer, header)
        self._product(writer, row)
        for name in _OWNERS:
            row[name] = header.get(name)
        row[money.CURRENCY] = header.get(money.CURRENCY)
        row[self._document.state_mirror] = header["statecode"]
        if self._document.lock_mirror in writer.store.tables[self._lines].columns:
            row[self._document.lock_mirror] = bool(header.get("ispricelocked"))
        if row.get("lineitemnumber") is None:
            row["lineitemnumber"] = len(writer.store.data[self._lines].find(self._wire, row[self._wire])) + 1
        self._names(writer, row)
        if row.get("skippricecalculation") not in SKIPS_ON_CREATE and calculates(writer, self._header, header):
            price_line(writer, self._document, row, header, locked=bool(header.get("ispricelocked")))

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        merged = {**old, **changes}
        for key in {old[self._wire], merged[self._wire]}:
            if key in writer.store.rows(self._header):
                self._open(writer, writer.store.rows(self._header)[key])
        if changes.keys() & {PRODUCT, "_uomid_value", "productdescription"}:
            self._product(writer, merged)
            self._names(writer, merged, renew=True)
            changes |= {name: merged.get(name) for name in ("productname", self._name)}
        header = writer.store.rows(self._header)[merged[self._wire]]
        skips = merged.get("skippricecalculation") in SKIPS_ON_UPDATE
        if changes.keys() & _AMOUNT_COLUMNS and not skips and calculates(writer, self._header, header):
            if changes.keys() & {PRODUCT, "_uomid_value"} and "priceperunit" not in changes:
                merged["priceperunit"] = None
            price_line(writer, self._document, merged, header, locked=bool(header.get("ispricelocked")))
            changes |= {name: merged.get(name) for name in _CALCULATED}

    def after_create(self, writer: Writer, row: Row) -> None:
        self._total(writer, row[self._wire])

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        for key in dict.fromkeys((old[self._wire], new[self._wire])):
            self._total(writer, key)

    def before_delete(self, writer: Writer, row: Row) -> None:
        header = writer.store.get(self._header, row.get(self._wire))
        if header is not None and row[self._wire] not in writer.going:
            self._open(writer, header)

    def after_delete(self, writer: Writer, row: Row) -> None:
        if row[self._wire] not in writer.going:
            self._total(writer, row[self._wire])

    def _open(self, writer: Writer, header: Row) -> None:
        """Refuse a change to the lines of a document that is closed to changes."""
        if not editable(writer, self._header, header):
            raise parent_read_only()

    def _product(self, writer: Writer, row: Row) -> None:
        product = writer.store.get("product", row.get(PRODUCT))
        described = bool(row.get("productdescription"))
        if product is None:
            if row.get("_uomid_value") is not None and described:
                text = "You cannot set both 'uomid' and 'productdescription' for the same record."
                raise errors.bad_request("0x80043afa", text)
            if not described:
                raise errors.bad_request("0x80043b11", "The product id is missing.")
            row["isproductoverridden"] = True
            return
        if described or row.get("isproductoverridden"):
            text = "You cannot set both 'productid' and 'productdescription' for the same record."
            raise errors.bad_request("0x80043afb", text)
        if product["statecode"] != ACTIVE:
            raise errors.bad_request("0x8004f908", "You can only add products that are active.")
        if product.get("productstructure") == BUNDLE:
            raise errors.not_supported("bundles on the lines of documents")
        unit = writer.store.get("uom", row.get("_uomid_value"))
        if unit is None:
            raise errors.bad_request("0x80043b0d", "The unit id is missing.")
        if product.get("_defaultuomscheduleid_value") is None:
            raise errors.bad_request("0x80043b13", "The unit schedule id of the product is missing.")
        if unit["_uomscheduleid_value"] != product["_defaultuomscheduleid_value"]:
            raise errors.bad_request("0x80043b14", "The specified unit is not valid for this product.")

    def _names(self, writer: Writer, row: Row, *, renew: bool = False) -> None:
        """The line's name and its product's name follow from the product or the description."""
        product = writer.store.get("product", row.get(PRODUCT))
        name = product.get("name") if product is not None else row.get("productdescription")
        row["productname"] = (name or "")[:500] or None
        if renew or row.get(self._name) is None:
            length = writer.store.tables[self._lines].columns[self._name].max_length
            row[self._name] = (name or "")[:length] or None

    def _total(self, writer: Writer, key: str) -> None:
        header = writer.store.get(self._header, key)
        if header is not None and calculates(writer, self._header, header):
            retotal(writer, self._document, key)
