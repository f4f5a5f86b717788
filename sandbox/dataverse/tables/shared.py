"""Address blocks and option sets that several tables share."""

from __future__ import annotations

from sandbox.dataverse.schema import (
    SYSTEM,
    Column,
    Columns,
    Target,
    choice,
    choices,
    double,
    flag,
    guid,
    lookup,
    memo,
    money,
    text,
    whole,
)

PAYMENT_TERMS = {1: "Net 30", 2: "2% 10, Net 30", 3: "Net 45", 4: "Net 60"}
SHIPPING_METHODS = {
    1: "Airborne",
    2: "DHL",
    3: "FedEx",
    4: "UPS",
    5: "Postal Mail",
    6: "Full Load",
    7: "Will Call",
}
FREIGHT_TERMS = {1: "FOB", 2: "No Charge"}
ADDRESS_TYPES = {1: "Bill To", 2: "Ship To", 3: "Primary", 4: "Other"}
DEFAULT_VALUE = {1: "Default Value"}
CUSTOMER_TYPES = {
    1: "Competitor",
    2: "Consultant",
    3: "Customer",
    4: "Investor",
    5: "Partner",
    6: "Influencer",
    7: "Press",
    8: "Prospect",
    9: "Reseller",
    10: "Supplier",
    11: "Vendor",
    12: "Other",
}
CONTACT_METHODS = {1: "Any", 2: "Email", 3: "Phone", 4: "Fax", 5: "Mail"}
APPOINTMENT_DAYS = {
    0: "Sunday",
    1: "Monday",
    2: "Tuesday",
    3: "Wednesday",
    4: "Thursday",
    5: "Friday",
    6: "Saturday",
}
APPOINTMENT_TIMES = {1: "Morning", 2: "Afternoon", 3: "Evening"}
_PRICING_ERRORS = (
    "None|Detail Error|Missing Price Level|Inactive Price Level|Missing Quantity|Missing Unit Price|Missing Product|"
    "Invalid Product|Missing Pricing Code|Invalid Pricing Code|Missing UOM|Product Not In Price Level|"
    "Missing Price Level Amount|Missing Price Level Percentage|Missing Price|Missing Current Cost|"
    "Missing Standard Cost|Invalid Price Level Amount|Invalid Price Level Percentage|Invalid Price|"
    "Invalid Current Cost|Invalid Standard Cost|Invalid Rounding Policy|Invalid Rounding Option|"
    "Invalid Rounding Amount|Price Calculation Error|Invalid Discount Type|Discount Type Invalid State|"
    "Invalid Discount|Invalid Quantity|Invalid Pricing Precision|Missing Product Default UOM|"
    "Missing Product UOM Schedule|Inactive Discount Type|Invalid Price Level Currency|"
    "Price Attribute Out Of Range|Base Currency Attribute Overflow|Base Currency Attribute Underflow|"
    "Transaction currency is not set for the product price list item"
)
PRICING_ERRORS = dict(enumerate(_PRICING_ERRORS.split("|")))
CREATION_METHODS = {776160000: "Unknown", 776160001: "Win Quote"}
PRICES = {"precision_source": 1}
"""Prices follow the organisation's pricing precision, amounts that of the currency."""


def address(block: str, name_length: int = 200) -> Columns:
    """The columns of one address of an account or contact."""

    def named(names: str) -> str:
        return " ".join(f"{block}_{name}" for name in names.split())

    columns = text(name_length, named("name")) + text(100, named("primarycontactname"))
    columns += text(250, named("line1 line2 line3")) + text(80, named("city country"))
    columns += text(50, named("stateorprovince county telephone1 telephone2 telephone3 fax"))
    columns += text(20, named("postalcode postofficebox")) + text(4, named("upszone"))
    columns += whole(-1500, 1500, named("utcoffset")) + guid(named("addressid"))
    columns += double(-90, 90, named("latitude")) + double(-180, 180, named("longitude"))
    columns += choices(named("addresstypecode"), ADDRESS_TYPES) + choices(named("freighttermscode"), FREIGHT_TERMS)
    columns += choices(named("shippingmethodcode"), SHIPPING_METHODS)
    return columns


def user_address(block: str) -> Columns:
    """The columns of one address of a user."""

    def named(names: str) -> str:
        return " ".join(f"{block}_{name}" for name in names.split())

    columns = text(100, named("name")) + text(1024, named("line1 line2 line3"))
    columns += text(128, named("city stateorprovince county country")) + text(40, named("postalcode postofficebox"))
    columns += text(64, named("telephone1 telephone2 telephone3 fax"))
    return columns


def document_address(block: str, *, contact: bool = True) -> Columns:
    """The bill-to or ship-to columns of a sales document or line."""

    def named(names: str) -> str:
        return " ".join(f"{block}_{name}" for name in names.split())

    columns = text(200, named("name")) + text(250, named("line1 line2 line3")) + text(80, named("city country"))
    columns += text(50, named("stateorprovince telephone fax")) + text(20, named("postalcode"))
    if contact:
        columns += text(150, named("contactname")) + guid(named("addressid"))
    return columns


def person_flags() -> Columns:
    """The yes/no columns accounts and contacts share."""
    return flag(
        "participatesinworkflow donotphone donotfax donotemail donotpostalmail donotbulkemail donotbulkpostalmail "
        "creditonhold donotsendmm marketingonly"
    ) + flag("followemail", default=True)


def person_choices() -> Columns:
    """The choice columns accounts and contacts share."""
    columns = choice("customertypecode", CUSTOMER_TYPES) + choice(
        "preferredcontactmethodcode", CONTACT_METHODS, default=1
    )
    columns += choice("paymenttermscode", PAYMENT_TERMS)
    columns += choices("shippingmethodcode customersizecode territorycode", DEFAULT_VALUE, default=1)
    columns += choice("preferredappointmentdaycode", APPOINTMENT_DAYS)
    return columns + choice("preferredappointmenttimecode", APPOINTMENT_TIMES)


def aging() -> Columns:
    """The read-only ageing amounts."""
    return money(0, 1e14, "aging30 aging60 aging90", access="")


def totals() -> Columns:
    """The header amounts of a sales document: an update may set them, a create may not."""
    names = "totalamount totalamountlessfreight totaldiscountamount totallineitemamount totallineitemdiscountamount"
    return money(-1e12, 1e12, f"{names} totaltax", access="U")


def header_pricing() -> Columns:
    """What the price of a whole document depends on."""
    columns = money(0, 1e12, "discountamount freightamount") + process()
    columns += choice("pricingerrorcode", PRICING_ERRORS, default=0)
    return columns + choice("skippricecalculation", {0: "DoPriceCalcAlways", 1: "SkipPriceCalcOnRetrieve"}, default=0)


def process(*, stage: bool = True) -> Columns:
    """Time zone and business process columns, which clients are to ignore."""
    columns = whole(-1, 2**31 - 1, "timezoneruleversionnumber utcconversiontimezonecode")
    if stage:
        columns += guid("processid") + text(1250, "traversedpath")
        columns += lookup("stageid", "processstage", "stageid_processstage")
    return columns


def service_levels(table: str) -> Columns:
    """The service level agreement of a row and the one last invoked for it."""
    columns = lookup("slaid", "sla", f"sla_{table}_sla")
    return columns + lookup("slainvokedid", "sla", f"slainvokedid_{table}_sla", access="")


def line_columns(table: str, *, contact: bool = True) -> Columns:
    """The columns opportunity, quote, order and invoice lines share."""
    columns = choice(
        "propertyconfigurationstatus",
        {0: "Edit", 1: "Rectify", 2: "Not Configured"},
        required=SYSTEM,
        default=2,
    )
    kinds = {
        1: "Product",
        2: "Bundle",
        3: "Required Bundle Product",
        4: "Optional Bundle Product",
        5: "Project-based Service",
    }
    columns += choice("producttypecode", kinds, required=SYSTEM, access="C", default=1)
    skip = {0: "DoPriceCalcAlways", 1: "SkipPriceCalcOnCreate", 2: "SkipPriceCalcOnUpdate", 3: "SkipPriceCalcOnUpSert"}
    columns += choice("skippricecalculation", skip, default=0) + choice("pricingerrorcode", PRICING_ERRORS, default=0)
    columns += flag("ispriceoverridden") + flag("isproductoverridden", access="C")
    columns += whole(-(2**31), 2**31 - 1, "sequencenumber") + whole(0, 10**9, "lineitemnumber")
    columns += memo(2000, "description") + text(500, "productdescription productname")
    columns += money(-1e12, 1e12, "priceperunit", **PRICES) + money(-1e12, 1e12, "tax")
    columns += money(0, 1e12, "manualdiscountamount")
    columns += money(-1e12, 1e12, "baseamount extendedamount", access="U")
    columns += money(-1e12, 1e12, "volumediscountamount", access="")
    columns += _bundle(table)
    if table != "opportunityproduct":
        columns += flag("willcall") + document_address("shipto", contact=contact)
        columns += choice("shipto_freighttermscode", FREIGHT_TERMS)
    return columns + process(stage=False)


def _bundle(table: str) -> Columns:
    """The bundle a line belongs to: bare ids that still have navigation properties, and their lookup."""
    bare = {"parentbundleid": table, "productassociationid": "productassociation"}
    columns = [
        Column(name, "Uniqueidentifier", targets=(Target(target, f"{name}_{target}"),), access="C")
        for name, target in bare.items()
    ]
    return columns + lookup("parentbundleidref", table, f"parentbundleidref_{table}")
