"""Opportunities, quotes, orders and invoices with their lines."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.dataverse.schema import (
    APPLICATION,
    SYSTEM,
    Columns,
    State,
    choice,
    choices,
    date,
    decimal,
    flag,
    lookup,
    lookup_any,
    memo,
    moment,
    money,
    table,
    text,
    whole,
)
from sandbox.dataverse.tables.shared import (
    CREATION_METHODS,
    DEFAULT_VALUE,
    FREIGHT_TERMS,
    PAYMENT_TERMS,
    SHIPPING_METHODS,
    document_address,
    header_pricing,
    line_columns,
    service_levels,
    totals,
)

OPPORTUNITY_STATES = {
    0: State("Open", {1: "In Progress", 2: "On Hold"}),
    1: State("Won", {3: "Won"}),
    2: State("Lost", {4: "Canceled", 5: "Out-Sold"}),
}
QUOTE_STATES = {
    0: State("Draft", {1: "In Progress"}),
    1: State("Active", {2: "In Progress", 3: "Open"}),
    2: State("Won", {4: "Won"}),
    3: State("Closed", {5: "Lost", 6: "Canceled", 7: "Revised"}),
}
ORDER_STATES = {
    0: State("Active", {1: "New", 2: "Pending"}),
    1: State("Submitted", {3: "In Progress"}),
    2: State("Canceled", {4: "No Money"}),
    3: State("Fulfilled", {100001: "Complete", 100002: "Partial"}),
    4: State("Invoiced", {100003: "Invoiced"}),
}
INVOICE_STATES = {
    0: State("Active", {1: "New", 2: "Partially Shipped", 4: "Billed", 5: "Booked", 6: "Installed"}),
    1: State("Closed", {3: "Canceled (deprecated)", 7: "Paid in Full (deprecated)"}),
    2: State("Paid", {100001: "Complete", 100002: "Partial"}),
    3: State("Canceled", {100003: "Canceled"}),
}


def _header(table_name: str, customer_required: str = APPLICATION, price_list_required: str = APPLICATION) -> Columns:
    columns = text(300, "name", required=APPLICATION) + text(100, "emailaddress") + memo(2000, "description")
    columns += lookup_any("customerid", ("account", "contact"), "Customer", required=customer_required)
    columns += lookup("accountid", "account", access="") + lookup("contactid", "contact", access="")
    columns += lookup("pricelevelid", "pricelevel", required=price_list_required)
    columns += lookup("transactioncurrencyid", "transactioncurrency", required=APPLICATION)
    columns += decimal(0, 100, 2, "discountpercentage") + header_pricing() + totals() + service_levels(table_name)
    return columns


def _terms(*, freight: bool) -> Columns:
    columns = choice("paymenttermscode", PAYMENT_TERMS) + choice("shippingmethodcode", SHIPPING_METHODS)
    if freight:
        columns += choice("freighttermscode", FREIGHT_TERMS)
    return columns + flag("willcall")


def _line(name: str, header: str, *, contact: bool = True) -> Columns:
    columns = lookup(f"{header}id", header, required=SYSTEM)
    columns += lookup("productid", "product") + lookup("uomid", "uom")
    columns += lookup("transactioncurrencyid", "transactioncurrency", access="")
    if name != "opportunityproduct":
        columns += lookup("salesrepid", "systemuser")
    columns += decimal(-1e11, 1e11, 5, "quantity", required=APPLICATION)
    return columns + line_columns(name, contact=contact)


def _state_labels(states: Mapping[int, State]) -> dict[int, str]:
    return {number: state.label for number, state in states.items()}


OPPORTUNITY = table(
    "opportunity",
    "opportunities",
    "Opportunity",
    3,
    [
        _header("opportunity", "None", "None"),
        lookup("parentaccountid", "account") + lookup("parentcontactid", "contact"),
        flag("decisionmaker participatesinworkflow isrevenuesystemcalculated"),
        date("actualclosedate estimatedclosedate") + moment("finaldecisiondate"),
        whole(0, 100, "closeprobability"),
        memo(2000, "currentsituation customerneed customerpainpoints proposedsolution qualificationcomments"),
        memo(2000, "quotecomments"),
        money(0, 1e12, "budgetamount") + money(-1e12, 1e12, "actualvalue estimatedvalue"),
        choice("opportunityratingcode", {1: "Hot", 2: "Warm", 3: "Cold"}, default=2),
        choice("salesstage", {0: "Qualify", 1: "Develop", 2: "Propose", 3: "Close"}, default=0),
        choice(
            "timeline",
            {0: "Immediate", 1: "This Quarter", 2: "Next Quarter", 3: "This Year", 4: "Not known"},
        ),
        choices("prioritycode salesstagecode", DEFAULT_VALUE, default=1),
        choice("budgetstatus", {0: "No Committed Budget", 1: "May Buy", 2: "Can Buy", 3: "Will Buy"}),
        choice("initialcommunication", {0: "Contacted", 1: "Not Contacted"}),
        choice("need", {0: "Must have", 1: "Should have", 2: "Good to have", 3: "No need"}),
        choice("purchaseprocess", {0: "Individual", 1: "Committee", 2: "Unknown"}),
        choice(
            "purchasetimeframe",
            {0: "Immediate", 1: "This Quarter", 2: "Next Quarter", 3: "This Year", 4: "Unknown"},
        ),
        lookup("campaignid", "campaign") + lookup("originatingleadid", "lead"),
    ],
    ownership="UserOwned",
    states=OPPORTUNITY_STATES,
    bulk=True,
)

QUOTE = table(
    "quote",
    "quotes",
    "Quote",
    1084,
    [
        _header("quote"),
        _terms(freight=True),
        text(100, "quotenumber", required=SYSTEM, access="C"),
        whole(0, 2**31 - 1, "revisionnumber", access="", default=0),
        moment("closedon effectivefrom effectiveto expireson requestdeliveryby"),
        choice("shipto_freighttermscode", DEFAULT_VALUE, default=1),
        lookup("opportunityid", "opportunity") + lookup("campaignid", "campaign"),
        document_address("billto"),
        document_address("shipto"),
    ],
    ownership="UserOwned",
    states=QUOTE_STATES,
    bulk=True,
)

SALESORDER = table(
    "salesorder",
    "salesorders",
    "SalesOrder",
    1088,
    [
        _header("salesorder"),
        _terms(freight=True),
        text(100, "ordernumber", required=SYSTEM, access="C"),
        flag("ispricelocked", required=APPLICATION, access="U"),
        moment("datefulfilled lastbackofficesubmit requestdeliveryby submitdate"),
        whole(0, 10**9, "submitstatus") + memo(2000, "submitstatusdescription"),
        choice("prioritycode", DEFAULT_VALUE, default=1),
        choice("shipto_freighttermscode", DEFAULT_VALUE, default=1),
        choice("ordercreationmethod", CREATION_METHODS, default=776160000),
        lookup("opportunityid", "opportunity") + lookup("quoteid", "quote") + lookup("campaignid", "campaign"),
        document_address("billto"),
        document_address("shipto"),
    ],
    ownership="UserOwned",
    states=ORDER_STATES,
    bulk=True,
)

INVOICE = table(
    "invoice",
    "invoices",
    "Invoice",
    1090,
    [
        _header("invoice"),
        _terms(freight=False),
        text(100, "invoicenumber", required=SYSTEM, access="C"),
        flag("ispricelocked", required=APPLICATION, access="U"),
        moment("datedelivered duedate lastbackofficesubmit"),
        choice("prioritycode", DEFAULT_VALUE, default=1),
        lookup("opportunityid", "opportunity") + lookup("salesorderid", "salesorder"),
        document_address("billto", contact=False),
        document_address("shipto", contact=False),
    ],
    ownership="UserOwned",
    states=INVOICE_STATES,
    bulk=True,
)

OPPORTUNITYPRODUCT = table(
    "opportunityproduct",
    "opportunityproducts",
    "OpportunityProduct",
    1083,
    [
        _line("opportunityproduct", "opportunity"),
        text(500, "opportunityproductname", required=APPLICATION),
        choice("opportunitystatecode", _state_labels(OPPORTUNITY_STATES), access=""),
    ],
    primary_name="opportunityproductname",
    ownership="UserOwned",
    owner_access="",
)

QUOTEDETAIL = table(
    "quotedetail",
    "quotedetails",
    "QuoteDetail",
    1085,
    [
        _line("quotedetail", "quote"),
        text(100, "quotedetailname", required=APPLICATION) + moment("requestdeliveryby"),
        choice("quotestatecode", _state_labels(QUOTE_STATES), access=""),
    ],
    primary_name="quotedetailname",
    ownership="UserOwned",
    owner_access="",
)

SALESORDERDETAIL = table(
    "salesorderdetail",
    "salesorderdetails",
    "SalesOrderDetail",
    1089,
    [
        _line("salesorderdetail", "salesorder"),
        text(500, "salesorderdetailname", required=APPLICATION) + moment("requestdeliveryby") + flag("iscopied"),
        decimal(0, 1e9, 5, "quantitybackordered quantitycancelled") + decimal(-1e9, 1e9, 5, "quantityshipped"),
        lookup("quotedetailid", "quotedetail", "QuoteDetailId"),
        choice("salesorderstatecode", _state_labels(ORDER_STATES), access=""),
        choice("ordercreationmethod", CREATION_METHODS, default=776160000),
        flag("salesorderispricelocked", access=""),
    ],
    primary_name="salesorderdetailname",
    ownership="UserOwned",
    owner_access="",
    bulk=True,
)

INVOICEDETAIL = table(
    "invoicedetail",
    "invoicedetails",
    "InvoiceDetail",
    1091,
    [
        _line("invoicedetail", "invoice", contact=False),
        text(100, "invoicedetailname", required=APPLICATION)
        + text(100, "shippingtrackingnumber")
        + moment("actualdeliveryon")
        + flag("iscopied"),
        decimal(0, 1e9, 5, "quantitybackordered quantitycancelled") + decimal(-1e9, 1e9, 5, "quantityshipped"),
        lookup("salesorderdetailid", "salesorderdetail", "SalesOrderDetailId"),
        choice("invoicestatecode", _state_labels(INVOICE_STATES), access=""),
        flag("invoiceispricelocked", access=""),
    ],
    primary_name="invoicedetailname",
    ownership="UserOwned",
    owner_access="",
    bulk=True,
)

TABLES = (OPPORTUNITY, OPPORTUNITYPRODUCT, QUOTE, QUOTEDETAIL, SALESORDER, SALESORDERDETAIL, INVOICE, INVOICEDETAIL)
