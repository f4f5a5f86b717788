"""Rules of opportunities, quotes, orders and invoices: customers, currencies, numbers, states, totals."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.dataverse import errors
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

SUBMITTED = 1
_ORDER_CHANGES_WHEN_SUBMITTED = frozenset({"statecode", "statuscode"})
DIGITS = 4


def integration_owns(writer: Writer, order_submitted: bool = False) -> bool:
    """Whether an ERP's numbers stay: order integration is on, and the caller is the ERP or the order is submitted."""
    if not writer.store.organization().get("issopintegrationenabled"):
        return False
    user = writer.store.rows("systemuser")[writer.call.user]
    return order_submitted or bool(user.get("isintegrationuser"))


def calculates(writer: Writer, table: str, header: Row) -> bool:
    """Whether the server calculates the prices of this document."""
    if not writer.store.organization().get("oobpricecalculationenabled", True):
        return False
    if table in ("salesorder", "invoice"):
        submitted = table == "salesorder" and header["statecode"] == SUBMITTED
        return not integration_owns(writer, submitted)
    return True


def retotal(writer: Writer, table: str, header: Row, lines: str, lookup: str) -> None:
    """Calculate the header's totals from its lines and store them."""
    data = writer.store.data[lines]
    rows = [data.rows[key] for key in data.find(lookup, header[f"{table}id"])]
    net = sum((row.get("baseamount") or 0) - (row.get("manualdiscountamount") or 0) for row in rows)
    tax = sum(row.get("tax") or 0 for row in rows)
    line_discount = sum(row.get("manualdiscountamount") or 0 for row in rows)
    percentage = net * (header.get("discountpercentage") or 0) / 100
    discount = (header.get("discountamount") or 0) + percentage
    less_freight = net - discount
    totals: Row = {
        "totallineitemamount": round(net, DIGITS),
        "totallineitemdiscountamount": round(line_discount, DIGITS),
        "totaldiscountamount": round(discount + line_discount, DIGITS),
        "totalamountlessfreight": round(less_freight, DIGITS),
        "totaltax": round(tax, DIGITS),
        "totalamount": round(less_freight + (header.get("freightamount") or 0) + tax, DIGITS),
    }
    if any(header.get(name) != value for name, value in totals.items()):
        writer.modify(writer.store.tables[table], header, totals)


class _Document(Rules):
    """What the four share: the customer's echoes, the currency of the price list, a number."""

    table = ""
    lines = ""
    number = ""
    prefix = ""
    counter = ""
    prefix_setting = ""
    wrong_currency = "0x80048cf6"
    customer_required = True

    def before_create(self, writer: Writer, row: Row) -> None:
        if self.customer_required and row.get("_customerid_value") is None:
            raise errors.missing(self.table, "customerid")
        self._echo(row, row)
        self._currency(writer, row)
        if self.number and row.get(self.number) is None:
            row[self.number] = self._next_number(writer)
        row.update(dict.fromkeys(("totalamount", "totalamountlessfreight", "totallineitemamount", "totaltax"), 0))

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        merged = {**old, **changes}
        if "_customerid_value" in changes:
            self._echo(merged, changes)
        if changes.keys() & {"_pricelevelid_value", "_transactioncurrencyid_value"}:
            self._currency(writer, merged)

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        depends = ("discountamount", "discountpercentage", "freightamount")
        moved = any(old.get(name) != new.get(name) for name in depends)
        if self.lines and moved and calculates(writer, self.table, new):
            retotal(writer, self.table, new, self.lines, f"_{self.table}id_value")

    @staticmethod
    def _echo(row: Row, into: Row) -> None:
        customer = row.get("_customerid_value")
        table = row.get("_customerid_value@table")
        into["_accountid_value"] = customer if table == "account" else None
        into["_contactid_value"] = customer if table == "contact" else None

    def _currency(self, writer: Writer, row: Row) -> None:
        base = writer.store.organization()["_basecurrencyid_value"]
        price_list = writer.store.get("pricelevel", row.get("_pricelevelid_value"))
        if price_list is None:
            return
        if (row.get("_transactioncurrencyid_value") or base) != price_list["_transactioncurrencyid_value"]:
            text = f"The currency of the {self.table} does not match the currency of the price list."
            raise errors.bad_request(self.wrong_currency, text)

    def _next_number(self, writer: Writer) -> str:
        """A number such as ORD-01000-A1B2C3."""
        organization = writer.store.organization()
        number = organization.get(self.counter) or 1000
        table = writer.store.tables["organization"]
        writer.store.put(table.name, organization["organizationid"], {**organization, self.counter: number + 1})
        suffix = uuid.uuid4().hex[: organization.get("uniquespecifierlength") or 6].upper()
        return f"{organization.get(self.prefix_setting) or self.prefix}-{number:05d}-{suffix}"


class Opportunities(_Document):
    """The customer follows from parent account or contact; winning and losing are actions."""

    table = "opportunity"
    wrong_currency = "0x80048cef"
    customer_required = False

    def before_create(self, writer: Writer, row: Row) -> None:
        self._customer(row)
        super().before_create(writer, row)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        state = changes.get("statecode", old["statecode"])
        if state != old["statecode"] and state in (1, 2):
            text = "An opportunity can be won or lost only by WinOpportunity or LoseOpportunity."
            raise errors.bad_request("0x80100005", text)
        if changes.keys() & {"_parentaccountid_value", "_parentcontactid_value"}:
            merged = {**old, **changes, "_customerid_value": None}
            self._customer(merged)
            for name in ("_customerid_value", "_customerid_value@table"):
                changes[name] = merged.get(name)
        super().before_update(writer, old, changes)

    @staticmethod
    def _customer(row: Row) -> None:
        if row.get("_customerid_value") is not None:
            return
        for table in ("account", "contact"):
            parent = row.get(f"_parent{table}id_value")
            if parent is not None:
                row["_customerid_value"], row["_customerid_value@table"] = parent, table
                return


class Quotes(_Document):
    """Only drafts can be edited."""

    table, lines, number, prefix = "quote", "quotedetail", "quotenumber", "QUO"
    counter, prefix_setting = "currentquotenumber", "quoteprefix"

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if old["statecode"] != 0 and not changes.keys() <= {"statecode", "statuscode"}:
            raise errors.bad_request("0x80048402", "The quote cannot be edited because it is not a draft.")
        state = changes.get("statecode", old["statecode"])
        if state != old["statecode"] and (old["statecode"], state) not in ((0, 1), (1, 2), (1, 3)):
            text = f"A quote cannot go from state {old['statecode']} to state {state}."
            raise errors.bad_request("0x80048402", text)
        super().before_update(writer, old, changes)


class Orders(_Document):
    """With order integration on, a submitted order belongs to the ERP."""

    table, lines, number, prefix = "salesorder", "salesorderdetail", "ordernumber", "ORD"
    counter, prefix_setting = "currentordernumber", "orderprefix"
    wrong_currency = "0x80048cee"

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        owned = writer.store.organization().get("issopintegrationenabled") and old["statecode"] == SUBMITTED
        only_state = changes.keys() <= _ORDER_CHANGES_WHEN_SUBMITTED
        if owned and not only_state and not integration_owns(writer):
            raise errors.bad_request(
                "0x80048d03", "A submitted order is read-only; only the integration user edits it."
            )
        super().before_update(writer, old, changes)


class Invoices(_Document):
    """An invoice has its currency from its price list."""

    table, lines, number, prefix = "invoice", "invoicedetail", "invoicenumber", "INV"
    counter, prefix_setting = "currentinvoicenumber", "invoiceprefix"
    wrong_currency = "0x80048ced"
