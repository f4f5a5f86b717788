"""All tables of the stand-in, declared as data, one module per family."""

from __future__ import annotations

from sandbox.dataverse.schema import Table
from sandbox.dataverse.tables import (
    activities,
    catalogue,
    customization,
    documents,
    duplicates,
    neighbours,
    people,
    platform,
    security,
)

TABLES: dict[str, Table] = {
    table.name: table
    for family in (
        people,
        security,
        catalogue,
        documents,
        activities,
        duplicates,
        platform,
        customization,
        neighbours,
    )
    for table in family.TABLES
}
BY_SET: dict[str, Table] = {table.set_name: table for table in TABLES.values()}

COLLECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "account": {
        "contact_customer_accounts": ("contact", "parentcustomerid"),
        "account_parent_account": ("account", "parentaccountid"),
        "opportunity_customer_accounts": ("opportunity", "customerid"),
        "quote_customer_accounts": ("quote", "customerid"),
        "order_customer_accounts": ("salesorder", "customerid"),
        "invoice_customer_accounts": ("invoice", "customerid"),
        "Account_Annotation": ("annotation", "objectid"),
    },
    "contact": {
        "account_primary_contact": ("account", "primarycontactid"),
        "contact_customer_contacts": ("contact", "parentcustomerid"),
        "Contact_Annotation": ("annotation", "objectid"),
    },
    "product": {
        "product_price_levels": ("productpricelevel", "productid"),
        "product_order_details": ("salesorderdetail", "productid"),
        "product_quote_details": ("quotedetail", "productid"),
        "product_invoice_details": ("invoicedetail", "productid"),
    },
    "pricelevel": {
        "price_level_product_price_levels": ("productpricelevel", "pricelevelid"),
        "price_level_quotes": ("quote", "pricelevelid"),
        "price_level_invoices": ("invoice", "pricelevelid"),
        "price_level_opportunties": ("opportunity", "pricelevelid"),
    },
    "uomschedule": {"unit_of_measurement_schedule_conversions": ("uom", "uomscheduleid")},
    "opportunity": {
        "product_opportunities": ("opportunityproduct", "opportunityid"),
        "opportunity_quotes": ("quote", "opportunityid"),
        "opportunity_sales_orders": ("salesorder", "opportunityid"),
        "opportunity_invoices": ("invoice", "opportunityid"),
        "Opportunity_Annotation": ("annotation", "objectid"),
        "Opportunity_OpportunityClose": ("opportunityclose", "opportunityid"),
    },
    "quote": {
        "quote_details": ("quotedetail", "quoteid"),
        "quote_orders": ("salesorder", "quoteid"),
        "Quote_Annotation": ("annotation", "objectid"),
        "Quote_QuoteClose": ("quoteclose", "quoteid"),
    },
    "salesorder": {
        "order_details": ("salesorderdetail", "salesorderid"),
        "order_invoices": ("invoice", "salesorderid"),
        "SalesOrder_Annotation": ("annotation", "objectid"),
        "SalesOrder_OrderClose": ("orderclose", "salesorderid"),
    },
    "invoice": {"invoice_details": ("invoicedetail", "invoiceid"), "Invoice_Annotation": ("annotation", "objectid")},
    "duplicaterule": {"DuplicateRule_DuplicateRuleConditions": ("duplicaterulecondition", "regardingobjectid")},
    "systemuser": {"user_accounts": ("account", "owninguser")},
    "sdkmessage": {"sdkmessageid_sdkmessagefilter": ("sdkmessagefilter", "sdkmessageid")},
}
"""Collection-valued navigation properties: table, name, and the (table, lookup) that fills it."""

LINKS: dict[str, tuple[str, str]] = {
    "systemuserroles_association": ("systemuser", "role"),
    "teamroles_association": ("team", "role"),
    "teammembership_association": ("team", "systemuser"),
    "contactorders_association": ("contact", "salesorder"),
}
"""Many-to-many relationships; the navigation property has the same name on both sides."""
