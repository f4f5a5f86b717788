"""Rules of quote, order and invoice lines: products, units, prices, amounts, the header's totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.rules.catalogue import ACTIVE
from sandbox.dataverse.rules.documents import DIGITS, calculates, integration_owns, retotal
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

NOT_IN_LIST = 11
_AMOUNT_COLUMNS = frozenset(
    {
        "quantity",
        "priceperunit",
        "manualdiscountamount",
        "tax",
        "_productid_value",
        "_uomid_value",
        "ispriceoverridden",
        "productdescription",
    }
)


class _Lines(Rules):
    """A line has a product with unit, or a description; it mirrors its header's state, currency and owner."""

    header = ""
    lines = ""
    state_column = ""
    name_column = ""

    def before_create(self, writer: Writer, row: Row) -> None:
        header = writer.store.get(self.header, row.get(self._wire))
        if header is None:
            raise errors.missing(self.lines, f"{self.header}id")
        self._product(writer, row)
        for name in ("_ownerid_value", "_ownerid_value@table", "_owninguser_value", "_owningteam_value"):
            row[name] = header.get(name)
        row["_transactioncurrencyid_value"] = header.get("_transactioncurrencyid_value")
        row[self.state_column] = header["statecode"]
        if row.get("lineitemnumber") is None:
            row["lineitemnumber"] = len(writer.store.data[self.lines].find(self._wire, row[self._wire])) + 1
        if row.get(self.name_column) is None:
            row[self.name_column] = (row.get("productdescription") or self._product_name(writer, row) or "")[
                :100
            ] or None
        if calculates(writer, self.header, header):
            self._amounts(writer, row, header)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        merged = {**old, **changes}
        if changes.keys() & {"_productid_value", "_uomid_value", "productdescription"}:
            self._product(writer, merged)
        header = writer.store.rows(self.header)[old[self._wire]]
        if changes.keys() & _AMOUNT_COLUMNS and calculates(writer, self.header, header):
            self._amounts(writer, merged, header)
            for name in ("priceperunit", "baseamount", "extendedamount", "pricingerrorcode"):
                changes[name] = merged.get(name)

    def after_create(self, writer: Writer, row: Row) -> None:
        self._total(writer, row)

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        self._total(writer, new)

    def before_delete(self, writer: Writer, row: Row) -> None:
        header = writer.store.get(self.header, row.get(self._wire))
        if header is not None and not self._editable(writer, header):
            raise errors.bad_request("0x80048d03", f"The lines of this {self.header} are read-only.")

    def after_delete(self, writer: Writer, row: Row) -> None:
        if row[self._wire] in writer.store.rows(self.header):
            self._total(writer, row)

    @property
    def _wire(self) -> str:
        return f"_{self.header}id_value"

    def _editable(self, writer: Writer, header: Row) -> bool:
        submitted = self.header == "salesorder" and header["statecode"] == 1
        switched_on = bool(writer.store.organization().get("issopintegrationenabled"))
        return not (submitted and switched_on) or integration_owns(writer)

    def _product(self, writer: Writer, row: Row) -> None:
        product = writer.store.get("product", row.get("_productid_value"))
        if product is None:
            if row.get("_uomid_value") is not None and row.get("productdescription"):
                raise errors.bad_request("0x80043afa", "Both the unit and a write-in description were given.")
            if not row.get("productdescription"):
                raise errors.bad_request("0x80043b11", "The product id is missing.")
            row.setdefault("isproductoverridden", True)
            return
        if row.get("isproductoverridden"):
            raise errors.bad_request("0x80043afb", "Both a product and a write-in description were given.")
        if product["statecode"] != ACTIVE:
            raise errors.bad_request("0x8004f908", "You can only add products that are active.")
        unit = writer.store.get("uom", row.get("_uomid_value"))
        if unit is None:
            raise errors.bad_request("0x80043b0d", "The unit id is missing.")
        if unit["_uomscheduleid_value"] != product.get("_defaultuomscheduleid_value"):
            raise errors.bad_request("0x80043b14", "The unit is not valid for this product.")

    @staticmethod
    def _product_name(writer: Writer, row: Row) -> str | None:
        product = writer.store.get("product", row.get("_productid_value"))
        return product.get("name") if product is not None else None

    def _amounts(self, writer: Writer, row: Row, header: Row) -> None:
        """Base and extended amount from price, quantity, discount and tax."""
        if row.get("_productid_value") is not None and not row.get("ispriceoverridden"):
            price = self._list_price(writer, row, header)
            row["pricingerrorcode"] = NOT_IN_LIST if price is None else 0
            row["priceperunit"] = price if price is not None else row.get("priceperunit")
        base = round((row.get("priceperunit") or 0) * (row.get("quantity") or 0), DIGITS)
        row["baseamount"] = base
        row["extendedamount"] = round(base - (row.get("manualdiscountamount") or 0) + (row.get("tax") or 0), DIGITS)

    @staticmethod
    def _list_price(writer: Writer, row: Row, header: Row) -> float | None:
        data = writer.store.data["productpricelevel"]
        for key in data.find("_productid_value", row["_productid_value"]):
            item = data.rows[key]
            if item["_pricelevelid_value"] == header.get("_pricelevelid_value") and (
                item["_uomid_value"] == row["_uomid_value"]
            ):
                return item.get("amount")
        return None

    def _total(self, writer: Writer, row: Row) -> None:
        header = writer.store.rows(self.header)[row[self._wire]]
        if calculates(writer, self.header, header):
            retotal(writer, self.header, header, self.lines, self._wire)


class QuoteLines(_Lines):
    """Lines of quotes."""

    header, lines = "quote", "quotedetail"
    state_column, name_column = "quotestatecode", "quotedetailname"


class OrderLines(_Lines):
    """Lines of orders."""

    header, lines = "salesorder", "salesorderdetail"
    state_column, name_column = "salesorderstatecode", "salesorderdetailname"


class InvoiceLines(_Lines):
    """Lines of invoices."""

    header, lines = "invoice", "invoicedetail"
    state_column, name_column = "invoicestatecode", "invoicedetailname"
