"""Actions of the sales tables, one module per noun: by name, and by table and name where they are bound to a row.

Sources: learn.microsoft.com, "Web API action reference", and the reference of this project; what could not be confirmed
there is among `NOT_SUPPORTED` and answers 501.
"""

from __future__ import annotations

from sandbox.dataverse import role_actions
from sandbox.dataverse.actions import closings, conversions, duplicates, merge, prices, products
from sandbox.dataverse.actions.parameters import Action, BoundAction

UNBOUND: dict[str, Action] = {
    "WinOpportunity": closings.win_opportunity,
    "LoseOpportunity": closings.lose_opportunity,
    "WinQuote": closings.win_quote,
    "CloseQuote": closings.close_quote,
    "FulfillSalesOrder": closings.fulfil_order,
    "CancelSalesOrder": closings.cancel_order,
    "ReviseQuote": conversions.revise_quote,
    "ConvertQuoteToSalesOrder": conversions.order_of_quote,
    "ConvertSalesOrderToInvoice": conversions.invoice_of_order,
    "GenerateQuoteFromOpportunity": conversions.quote_of_opportunity,
    "GenerateSalesOrderFromOpportunity": conversions.order_of_opportunity,
    "GenerateInvoiceFromOpportunity": conversions.invoice_of_opportunity,
    "GetQuoteProductsFromOpportunity": conversions.lines_into_quote,
    "GetSalesOrderProductsFromOpportunity": conversions.lines_into_order,
    "GetInvoiceProductsFromOpportunity": conversions.lines_into_invoice,
    "LockSalesOrderPricing": prices.lock_order,
    "UnlockSalesOrderPricing": prices.unlock_order,
    "LockInvoicePricing": prices.lock_invoice,
    "UnlockInvoicePricing": prices.unlock_invoice,
    "CalculatePrice": prices.calculate,
    "Merge": merge.merge,
    "UnpublishDuplicateRule": duplicates.unpublish,
}
BOUND: dict[tuple[str, str], BoundAction] = {
    ("salesorder", "LockSalesOrderPricing"): prices.set_lock("salesorder", locked=True),
    ("salesorder", "UnlockSalesOrderPricing"): prices.set_lock("salesorder", locked=False),
    ("invoice", "LockInvoicePricing"): prices.set_lock("invoice", locked=True),
    ("invoice", "UnlockInvoicePricing"): prices.set_lock("invoice", locked=False),
    ("product", "PublishProductHierarchy"): products.publish_hierarchy,
    ("product", "RevertProduct"): products.revert,
    ("duplicaterule", "PublishDuplicateRule"): duplicates.publish,
    ("role", "AddPrivilegesRole"): role_actions.add,
    ("role", "ReplacePrivilegesRole"): role_actions.replace,
}
NOT_SUPPORTED = frozenset(
    {
        "AddItemCampaign",
        "CalculateActualValue",
        "CalculateTotalTime",
        "CloneProduct",
        "CloseOpportunity",
        "ConvertOwnerTeamToAccessTeam",
        "PropagateByExpression",
        "QualifyLead",
        "SetStateDynamicEntity",
    }
)
"""Real actions of the service that the stand-in does not have."""
