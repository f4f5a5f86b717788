"""The business rules of single tables."""

from __future__ import annotations

from sandbox.dataverse.rules.base import Rules
from sandbox.dataverse.rules.catalogue import Currencies, PriceListItems, PriceLists, UnitGroups, Units
from sandbox.dataverse.rules.documents import Invoices, Opportunities, Orders, Quotes
from sandbox.dataverse.rules.duplicates import DuplicateConditions, DuplicateRules
from sandbox.dataverse.rules.identity import DirectoryUsers
from sandbox.dataverse.rules.lines import Lines
from sandbox.dataverse.rules.people import Contacts, Notes, Teams
from sandbox.dataverse.rules.products import BundleItems, Products
from sandbox.dataverse.solutions.rules import BusinessUnits, Roles, Solutions
from sandbox.dataverse.webhooks.rules import ServiceEndpoints, Steps

_RULES: dict[str, Rules] = {
    "contact": Contacts(),
    "systemuser": DirectoryUsers(),
    "team": Teams(),
    "businessunit": BusinessUnits(),
    "role": Roles(),
    "annotation": Notes(),
    "solution": Solutions(),
    "serviceendpoint": ServiceEndpoints(),
    "sdkmessageprocessingstep": Steps(),
    "transactioncurrency": Currencies(),
    "uomschedule": UnitGroups(),
    "uom": Units(),
    "product": Products(),
    "productassociation": BundleItems(),
    "pricelevel": PriceLists(),
    "productpricelevel": PriceListItems(),
    "opportunity": Opportunities(),
    "quote": Quotes(),
    "salesorder": Orders(),
    "invoice": Invoices(),
    "opportunityproduct": Lines("opportunity"),
    "quotedetail": Lines("quote"),
    "salesorderdetail": Lines("salesorder"),
    "invoicedetail": Lines("invoice"),
    "duplicaterule": DuplicateRules(),
    "duplicaterulecondition": DuplicateConditions(),
}
_NONE = Rules()


def rules_for(table: str) -> Rules:
    """The rules of a table."""
    return _RULES.get(table, _NONE)
