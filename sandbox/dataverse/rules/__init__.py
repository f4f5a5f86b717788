"""The business rules of single tables."""

from __future__ import annotations

from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.rules.catalogue import Currencies, PriceListItems, PriceLists, Products, UnitGroups, Units
from sandbox.dataverse.rules.documents import Invoices, Opportunities, Orders, Quotes
from sandbox.dataverse.rules.lines import InvoiceLines, OrderLines, QuoteLines
from sandbox.dataverse.rules.people import Contacts, Notes, Roles, Solutions, Teams, Users

_RULES: dict[str, Rules] = {
    "contact": Contacts(),
    "systemuser": Users(),
    "team": Teams(),
    "role": Roles(),
    "annotation": Notes(),
    "solution": Solutions(),
    "transactioncurrency": Currencies(),
    "uomschedule": UnitGroups(),
    "uom": Units(),
    "product": Products(),
    "pricelevel": PriceLists(),
    "productpricelevel": PriceListItems(),
    "opportunity": Opportunities(),
    "quote": Quotes(),
    "salesorder": Orders(),
    "invoice": Invoices(),
    "quotedetail": QuoteLines(),
    "salesorderdetail": OrderLines(),
    "invoicedetail": InvoiceLines(),
}
_NONE = Rules()


def rules_for(table: str) -> Rules:
    """The rules of a table."""
    return _RULES.get(table, _NONE)
