"""Rules of opportunities, quotes, orders and invoices: customers, currencies, numbers, states, totals."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sandbox.dataverse import errors, money
from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.rules.totals import (
    DOCUMENTS,
    OPEN,
    SUBMITTED,
    TOTALS,
    calculates,
    editable,
    lines_of,
    read_only,
    retotal,
    state_refused,
    totals,
)
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

_STATE = frozenset({"statecode", "statuscode"})
_DEPENDS = ("discountamount", "discountpercentage", "freightamount", "isrevenuesystemcalculated")
_MIRRORED = ("_ownerid_value", "_ownerid_value@table", "_owninguser_value", "_owningteam_value")


class _Document(Rules):
    """What the four share: the customer's echoes, the currency of the price list, a number, totals."""

    table = ""
    number = ""
    counter = ""
    prefix = ""
    wrong_currency = "0x80048cf6"
    currency_locked = ("0x80048cea", "The currency of the {0} does not match the currency of the {1}.")
    sources: tuple[tuple[str, str], ...] = (("opportunity", "0x80048cef"),)
    """The documents this one may come from, and the code for another currency."""
    customer_required = True
    moves: frozenset[tuple[int, int]] = frozenset()
    """The changes of state a PATCH may make."""

    def before_create(self, writer: Writer, row: Row) -> None:
        if self.customer_required and row.get("_customerid_value") is None:
            raise errors.missing(self.table, "customerid")
        self._echo(row, row)
        if row.get(money.CURRENCY) is None:
            row[money.CURRENCY] = money.default_currency(writer.store, writer.call.writer)
        self._currency(writer, row)
        if self.number and row.get(self.number) is None:
            row[self.number] = self._next_number(writer)
        row.update(dict.fromkeys(TOTALS, 0.0))
        if calculates(writer, self.table, row):
            row.update(totals(writer, DOCUMENTS[self.table], row, []))

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        self._state(old, changes)
        if not changes.keys() <= _STATE and not self._open_again(old, changes) and not self._editable(writer, old):
            raise read_only()
        merged = {**old, **changes}
        if "_customerid_value" in changes:
            self._echo(merged, changes)
        if changes.keys() & {"_pricelevelid_value", money.CURRENCY}:
            self._locked_currency(writer, old, changes)
            self._currency(writer, merged)
        if calculates(writer, self.table, merged):
            for name in TOTALS:
                changes.pop(name, None)

    def after_update(self, writer: Writer, old: Row, new: Row) -> None:
        document = DOCUMENTS[self.table]
        if any(old.get(name) != new.get(name) for name in _DEPENDS) and calculates(writer, self.table, new):
            retotal(writer, document, new[f"{self.table}id"])
        mirror_to_lines(writer, self.table, old, new)

    def _editable(self, writer: Writer, old: Row) -> bool:
        return editable(writer, self.table, old)

    def _open_again(self, old: Row, changes: Row) -> bool:
        return False

    def _state(self, old: Row, changes: Row) -> None:
        """Refuse a change of state that is none of PATCH's."""
        state = changes.get("statecode", old["statecode"])
        if state != old["statecode"] and (old["statecode"], state) not in self.moves:
            raise state_refused()

    @staticmethod
    def _echo(row: Row, into: Row) -> None:
        customer = row.get("_customerid_value")
        table = row.get("_customerid_value@table")
        into["_accountid_value"] = customer if table == "account" else None
        into["_contactid_value"] = customer if table == "contact" else None

    def _currency(self, writer: Writer, row: Row) -> None:
        """A document has the currency of its price list and of the document it comes from."""
        own = row.get(money.CURRENCY)
        price_list = writer.store.get("pricelevel", row.get("_pricelevelid_value"))
        others = [(price_list, self.wrong_currency)]
        others += [(writer.store.get(name, row.get(f"_{name}id_value")), code) for name, code in self.sources]
        for other, code in others:
            if other is not None and other.get(money.CURRENCY) not in (None, own):
                raise errors.bad_request(
                    code, "The currency of the record does not match the currency of the price list."
                )

    def _locked_currency(self, writer: Writer, old: Row, changes: Row) -> None:
        """The currency stays while the document has children."""
        if changes.get(money.CURRENCY, old.get(money.CURRENCY)) == old.get(money.CURRENCY):
            return
        if self._has_children(writer, old[f"{self.table}id"]):
            code, text = self.currency_locked
            raise errors.bad_request(code, text.format(self.table, DOCUMENTS[self.table].lines))

    def _has_children(self, writer: Writer, key: str) -> bool:
        document = DOCUMENTS[self.table]
        return bool(writer.store.data[document.lines].find(document.wire, key))

    def _next_number(self, writer: Writer) -> str:
        """A number such as ORD-01000-A1B2C3."""
        organization = writer.store.organization()
        number = organization.get(f"current{self.counter}number") or 1000
        changed = {**organization, f"current{self.counter}number": number + 1}
        writer.store.put("organization", organization["organizationid"], changed)
        suffix = uuid.uuid4().hex[: organization.get("uniquespecifierlength") or 6].upper()
        return f"{organization.get(f'{self.counter}prefix') or self.prefix}-{number:05d}-{suffix}"


def mirror_to_lines(writer: Writer, table: str, old: Row, new: Row) -> None:
    """Let the lines follow their document's state, price lock, owner and currency."""
    document = DOCUMENTS[table]
    columns = writer.store.tables[document.lines].columns
    mirrors = {
        "statecode": document.state_mirror,
        "ispricelocked": document.lock_mirror,
        money.CURRENCY: money.CURRENCY,
    }
    mirrors |= dict.fromkeys(_MIRRORED, "")
    moved = [name for name in mirrors if old.get(name) != new.get(name)]
    if not moved:
        return
    values = {
        mirrors[name] or name: new.get(name) for name in moved if name != "ispricelocked" or mirrors[name] in columns
    }
    for line in lines_of(writer, document, new[f"{table}id"]) if values else ():
        writer.overwrite(writer.store.tables[document.lines], line, dict(values))


class Opportunities(_Document):
    """The customer follows from parent account or contact; winning and losing are actions."""

    table = "opportunity"
    wrong_currency = "0x80048cef"
    currency_locked = (
        "0x80048479",
        "The currency cannot be changed because this opportunity has Products Quotes, and/ or Orders associated with it.  "
        "If you want to change the currency please delete all of the Products/quotes/orders and then change the currency "
        "or create a new opportunity with the appropriate currency.",
    )
    sources = ()
    customer_required = False
    moves = frozenset({(1, 0), (2, 0)})

    def before_create(self, writer: Writer, row: Row) -> None:
        self._customer(row)
        super().before_create(writer, row)

    def before_update(self, writer: Writer, old: Row, changes: Row) -> None:
        if changes.keys() & {"_parentaccountid_value", "_parentcontactid_value"}:
            merged = {**old, **changes, "_customerid_value": None}
            self._customer(merged)
            for name in ("_customerid_value", "_customerid_value@table"):
                changes[name] = merged.get(name)
        super().before_update(writer, old, changes)

    def _state(self, old: Row, changes: Row) -> None:
        state = changes.get("statecode", old["statecode"])
        if state != old["statecode"] and state in (1, 2):
            name, message = ("Won", "WinOpportunity") if state == 1 else ("Lost", "LoseOpportunity")
            text = (
                f"This message can not be used to set the state of opportunity to {name}. In order to set state of "
                f"opportunity to {name}, use the {message} message instead."
            )
            raise errors.bad_request("0x80100005", text)
        super()._state(old, changes)

    def _open_again(self, old: Row, changes: Row) -> bool:
        return old["statecode"] != OPEN and changes.get("statecode") == OPEN

    def _has_children(self, writer: Writer, key: str) -> bool:
        store = writer.store
        others = any(store.data[name].find("_opportunityid_value", key) for name in ("quote", "salesorder"))
        return others or super()._has_children(writer, key)

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
    """Only drafts can be edited; a PATCH makes them active and closes active ones, actions do the rest."""

    table, number, counter, prefix = "quote", "quotenumber", "quote", "QUO"
    moves = frozenset({(0, 1), (1, 3)})
    currency_locked = (
        "0x8004480e",
        "The currency cannot be changed because this quote has Products associated with it. If you want to change the "
        "currency please delete all of the Products and then change the currency or create a new quote with the "
        "appropriate currency.",
    )


class Orders(_Document):
    """A PATCH submits an order; with order integration on, a submitted one belongs to the ERP."""

    table, number, counter, prefix = "salesorder", "ordernumber", "order", "ORD"
    wrong_currency = "0x80048cee"
    sources = (("opportunity", "0x80048cef"), ("quote", "0x80048cee"))
    moves = frozenset({(OPEN, SUBMITTED)})


class Invoices(_Document):
    """A PATCH pays or cancels an active invoice."""

    table, number, counter, prefix = "invoice", "invoicenumber", "invoice", "INV"
    wrong_currency = "0x80048ced"
    sources = (("opportunity", "0x80048cef"), ("salesorder", "0x80048ced"))

    def _state(self, old: Row, changes: Row) -> None:
        state = changes.get("statecode", old["statecode"])
        if state == old["statecode"]:
            return
        if state == 1:
            text = "The Invoice Close API is deprecated. It has been replaced by the Pay and Cancel APIs."
            raise errors.bad_request("0x80043b25", text)
        if old["statecode"] == OPEN:
            return
        if state == OPEN:
            raise state_refused()
        code, word = ("0x80100000", "paid") if state == 2 else ("0x80100001", "canceled")
        raise errors.bad_request(code, f"The invoice cannot be {word} because it is not in active state.")
