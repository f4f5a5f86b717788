"""What happens to the rows that point to a deleted one."""

from __future__ import annotations

from sandbox.dataverse.schema import SYSTEM, Column

_CASCADE = frozenset(
    {
        ("account", "contact", "parentcustomerid"),
        ("account", "quote", "customerid"),
        ("account", "opportunity", "customerid"),
        ("account", "opportunity", "parentaccountid"),
        ("contact", "quote", "customerid"),
        ("contact", "opportunity", "customerid"),
        ("contact", "opportunity", "parentcontactid"),
        ("opportunity", "quote", "opportunityid"),
        ("opportunity", "opportunityproduct", "opportunityid"),
        ("opportunity", "opportunityclose", "opportunityid"),
        ("quote", "quoteclose", "quoteid"),
        ("salesorder", "orderclose", "salesorderid"),
        ("duplicaterule", "duplicaterulecondition", "regardingobjectid"),
        ("quote", "quotedetail", "quoteid"),
        ("salesorder", "salesorderdetail", "salesorderid"),
        ("invoice", "invoicedetail", "invoiceid"),
        ("pricelevel", "productpricelevel", "pricelevelid"),
        ("product", "productpricelevel", "productid"),
        ("product", "productassociation", "productid"),
        ("uomschedule", "uom", "uomscheduleid"),
    }
)
_RESTRICT = frozenset(
    {
        ("account", "invoice", "customerid"),
        ("account", "salesorder", "customerid"),
        ("contact", "invoice", "customerid"),
        ("contact", "salesorder", "customerid"),
        ("opportunity", "invoice", "opportunityid"),
        ("salesorder", "invoice", "salesorderid"),
        ("pricelevel", "quote", "pricelevelid"),
        ("pricelevel", "salesorder", "pricelevelid"),
        ("pricelevel", "invoice", "pricelevelid"),
        ("uomschedule", "product", "defaultuomscheduleid"),
        ("uom", "uom", "baseuom"),
        ("uom", "product", "defaultuomid"),
        ("uom", "productpricelevel", "uomid"),
    }
)
_RESTRICT_ALL = frozenset({"transactioncurrency", "businessunit"})
_LINES = frozenset({"opportunityproduct", "quotedetail", "salesorderdetail", "invoicedetail"})
_ECHOES = frozenset({"createdby", "modifiedby", "createdonbehalfby", "modifiedonbehalfby"})


def delete_rule(parent: str, child: str, column: Column) -> str:
    """`cascade`, `restrict`, `unlink` or `ignore` for the rows of `child` that point to a row of `parent`."""
    relation = (parent, child, column.name)
    if column.name in _ECHOES:
        return "ignore"
    if relation in _CASCADE or (child == "annotation" and column.name == "objectid"):
        return "cascade"
    if relation in _RESTRICT or parent in _RESTRICT_ALL or (parent in ("product", "uom") and child in _LINES):
        return "restrict"
    return "restrict" if column.required == SYSTEM else "unlink"
