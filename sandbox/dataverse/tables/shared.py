"""Address blocks and option sets that several tables share."""

from __future__ import annotations

from sandbox.dataverse.schema import Columns, choice, choices, double, flag, guid, memo, money, text, whole

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
PRICING_ERRORS = {
    0: "None",
    1: "Detail Error",
    2: "Missing Price Level",
    3: "Inactive Price Level",
    4: "Missing Quantity",
    5: "Missing Unit Price",
    6: "Missing Product",
    7: "Invalid Product",
    8: "Missing Pricing Code",
    9: "Invalid Pricing Code",
    10: "Missing UOM",
    11: "Product Not In Price Level",
    12: "Missing Price Level Amount",
}


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
    columns = money(0, 1e12, "discountamount freightamount")
    columns += choice("pricingerrorcode", PRICING_ERRORS, default=0)
    return columns + choice("skippricecalculation", {0: "DoPriceCalcAlways", 1: "SkipPriceCalcOnRetrieve"}, default=0)


def line_columns() -> Columns:
    """The columns quote, order and invoice lines share."""
    columns = choice("propertyconfigurationstatus", {0: "Edit", 1: "Rectify", 2: "Not Configured"}, default=2)
    kinds = {
        1: "Product",
        2: "Bundle",
        3: "Required Bundle Product",
        4: "Optional Bundle Product",
        5: "Project-based Service",
    }
    columns += choice("producttypecode", kinds, access="C", default=1)
    skip = {0: "DoPriceCalcAlways", 1: "SkipPriceCalcOnCreate", 2: "SkipPriceCalcOnUpdate", 3: "SkipPriceCalcOnUpSert"}
    columns += choice("skippricecalculation", skip, default=0) + choice("pricingerrorcode", PRICING_ERRORS, default=0)
    columns += flag("ispriceoverridden willcall") + flag("isproductoverridden", access="C")
    columns += whole(-(2**31), 2**31 - 1, "sequencenumber") + whole(0, 10**9, "lineitemnumber")
    columns += memo(2000, "description") + text(500, "productdescription productname")
    columns += money(-1e12, 1e12, "priceperunit tax") + money(0, 1e12, "manualdiscountamount")
    columns += money(-1e12, 1e12, "baseamount extendedamount", access="U")
    columns += money(-1e12, 1e12, "volumediscountamount", access="")
    return columns + document_address("shipto")
