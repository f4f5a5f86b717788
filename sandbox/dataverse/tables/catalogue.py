"""Currencies, units, products, price lists and their items."""

from __future__ import annotations

from sandbox.dataverse.schema import (
    APPLICATION,
    DEFAULT_REASONS,
    SYSTEM,
    State,
    choice,
    decimal,
    flag,
    guid,
    lookup,
    memo,
    moment,
    money,
    table,
    text,
    whole,
)
from sandbox.dataverse.tables.shared import DEFAULT_VALUE, PRICES, process

PRODUCT_STATES = {
    0: State("Active", {1: "Active"}),
    1: State("Retired", {2: "Retired"}),
    2: State("Draft", {0: "Draft"}),
    3: State("Under Revision", {3: "Under Revision"}),
}
PRICE_LIST_STATES = {0: State("Active", {100001: "Active"}), 1: State("Inactive", {100002: "Inactive"})}
PRICING_METHODS = {
    1: "Currency Amount",
    2: "Percent of List",
    3: "Percent Markup - Current Cost",
    4: "Percent Margin - Current Cost",
    5: "Percent Markup - Standard Cost",
    6: "Percent Margin - Standard Cost",
}

TRANSACTIONCURRENCY = table(
    "transactioncurrency",
    "transactioncurrencies",
    "TransactionCurrency",
    9105,
    [
        text(100, "currencyname", required=SYSTEM),
        text(10, "currencysymbol", required=SYSTEM),
        text(5, "isocurrencycode", required=SYSTEM, access="C"),
        whole(0, 4, "currencyprecision", required=SYSTEM, default=2),
        decimal(1e-10, 1e11, 12, "exchangerate", required=SYSTEM),
    ],
    primary_name="currencyname",
    states=DEFAULT_REASONS,
    tracked=False,
    optimistic=False,
)

UOMSCHEDULE = table(
    "uomschedule",
    "uomschedules",
    "UoMSchedule",
    1056,
    [text(200, "name", required=SYSTEM), memo(2000, "description"), text(100, "baseuomname", access="C")],
    states=DEFAULT_REASONS,
    optimistic=False,
)

UOM = table(
    "uom",
    "uoms",
    "UoM",
    1055,
    [
        text(100, "name", required=SYSTEM),
        decimal(0, 1e10, 5, "quantity", required=APPLICATION),
        lookup("uomscheduleid", "uomschedule", required=SYSTEM, access="C"),
        lookup("baseuom", "uom", required=APPLICATION),
        flag("isschedulebaseuom", access=""),
    ],
    optimistic=False,
)

PRODUCT = table(
    "product",
    "products",
    "Product",
    1024,
    [
        text(100, "productnumber", required=SYSTEM),
        text(100, "name", required=APPLICATION),
        text(100, "vendorid suppliername vendorname vendorpartnumber"),
        text(200, "size"),
        text(255, "producturl"),
        text(450, "hierarchypath", access=""),
        memo(1_048_576, "description"),
        whole(0, 5, "quantitydecimal", required=APPLICATION, default=2),
        decimal(0, 1e9, 5, "quantityonhand stockvolume stockweight"),
        money(0, 1e12, "currentcost price standardcost", **PRICES),
        flag("iskit") + flag("isstockitem"),
        moment("validfromdate validtodate"),
        choice(
            "producttypecode",
            {1: "Sales Inventory", 2: "Miscellaneous Charges", 3: "Services", 4: "Flat Fees"},
            default=1,
        ),
        choice(
            "productstructure",
            {1: "Product", 2: "Product Family", 3: "Product Bundle"},
            required=SYSTEM,
            access="C",
            default=1,
        ),
        lookup("defaultuomid", "uom", required=APPLICATION),
        lookup("defaultuomscheduleid", "uomschedule", required=APPLICATION),
        lookup("pricelevelid", "pricelevel", access="U"),
        lookup("parentproductid", "product", access="C") + lookup("subjectid", "subject") + process(),
        lookup("transactioncurrencyid", "transactioncurrency"),
    ],
    states=PRODUCT_STATES,
    initial_state=2,
    bulk=True,
)

PRICELEVEL = table(
    "pricelevel",
    "pricelevels",
    "PriceLevel",
    1022,
    [
        text(100, "name", required=SYSTEM),
        memo(2000, "description"),
        moment("begindate enddate"),
        choice("freighttermscode", DEFAULT_VALUE, default=1),
        choice("paymentmethodcode", DEFAULT_VALUE, default=1),
        choice("shippingmethodcode", DEFAULT_VALUE, default=1),
        lookup("transactioncurrencyid", "transactioncurrency", required=APPLICATION),
        decimal(1e-10, 1e11, 12, "exchangerate", access=""),
    ],
    states=PRICE_LIST_STATES,
    bulk=True,
)

PRODUCTPRICELEVEL = table(
    "productpricelevel",
    "productpricelevels",
    "ProductPriceLevel",
    1026,
    [
        decimal(0, 1e9, 2, "percentage", required=APPLICATION),
        money(0, 1e14, "amount", required=APPLICATION, **PRICES),
        money(-1e14, 1e14, "roundingoptionamount", required=APPLICATION, **PRICES),
        choice("pricingmethodcode", PRICING_METHODS, required=APPLICATION, default=1),
        choice(
            "quantitysellingcode",
            {1: "No Control", 2: "Whole", 3: "Whole and Fractional"},
            required=APPLICATION,
            default=1,
        ),
        choice("roundingoptioncode", {1: "Ends in", 2: "Multiple of"}, required=APPLICATION, default=1),
        choice("roundingpolicycode", {1: "None", 2: "Up", 3: "Down", 4: "To Nearest"}, required=APPLICATION, default=1),
        text(100, "productnumber productidname", access=""),
        guid("organizationid", access=""),
        lookup("pricelevelid", "pricelevel", required=SYSTEM, access="C"),
        lookup("productid", "product", required=SYSTEM),
        lookup("uomid", "uom", required=APPLICATION),
        lookup("uomscheduleid", "uomschedule") + lookup("discounttypeid", "discounttype") + process(),
        lookup("transactioncurrencyid", "transactioncurrency", access="U"),
    ],
    primary_name="productidname",
    ownership="None",
    tracked=False,
)

PRODUCTASSOCIATION = table(
    "productassociation",
    "productassociations",
    "ProductAssociation",
    1025,
    [
        decimal(0, 1e11, 5, "quantity", required=SYSTEM, default=1.0),
        choice("productisrequired", {0: "Optional", 1: "Required"}, required=SYSTEM, default=0),
        lookup("productid", "product", required=SYSTEM, access="C"),
        lookup("associatedproduct", "product", required=SYSTEM, access="C"),
        lookup("uomid", "uom"),
    ],
    primary_name="",
    ownership="None",
    tracked=False,
)

TABLES = (TRANSACTIONCURRENCY, UOMSCHEDULE, UOM, PRODUCT, PRICELEVEL, PRODUCTPRICELEVEL, PRODUCTASSOCIATION)
