"""The record lists: which NAV table each shows, with NAV's columns in NAV's order.

A list shows those of its columns that the mirror holds, so a server that does not serve one simply has one column less.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: its names on the wire (the first that is served counts), its caption, and whether it holds a number."""

    names: tuple[str, ...]
    caption: Text
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class RecordList:
    """One list page."""

    slug: str
    table: str
    title: Text
    nav_title: Text
    icon: str
    columns: tuple[ListColumn, ...]
    number_caption: Text = _("No.")
    name_caption: Text = _("Name")


PHONE = ListColumn(("Phone_No", "phoneNumber", "phoneNo"), _("Phone No."))
SALESPERSON = ListColumn(("Salesperson_Code", "salespersonCode"), _("Salesperson Code"))
CURRENCY = ListColumn(("Currency_Code", "currencyCode"), _("Currency Code"))
EMAIL = ListColumn(("E_Mail", "email"), _("E-Mail"))
UNIT_PRICE = ListColumn(("Unit_Price", "unitPrice"), _("Unit Price"), is_number=True)
CODE, DESCRIPTION = _("Code"), _("Description")

LISTS = (
    RecordList(
        "customers",
        "Customer",
        _("Customer List"),
        _("Customers"),
        "users",
        (
            ListColumn(("City", "city"), _("City")),
            PHONE,
            ListColumn(("Contact", "ContactName", "contact"), _("Contact")),
            SALESPERSON,
            CURRENCY,
        ),
    ),
    RecordList(
        "contacts",
        "Contact",
        _("Contact List"),
        _("Contacts"),
        "identification",
        (ListColumn(("Company_Name", "companyName"), _("Company Name")), PHONE, EMAIL, SALESPERSON),
    ),
    RecordList(
        "items",
        "Item",
        _("Item List"),
        _("Items"),
        "cube",
        (
            ListColumn(("Base_Unit_of_Measure", "baseUnitOfMeasureCode"), _("Base Unit of Measure")),
            UNIT_PRICE,
            ListColumn(("Unit_Cost", "unitCost"), _("Unit Cost"), is_number=True),
        ),
        name_caption=DESCRIPTION,
    ),
    RecordList(
        "resources",
        "Resource",
        _("Resource List"),
        _("Resources"),
        "wrench-screwdriver",
        (
            ListColumn(("Type", "type"), _("Type")),
            ListColumn(("Base_Unit_of_Measure",), _("Base Unit of Measure")),
            UNIT_PRICE,
        ),
    ),
    RecordList(
        "salespeople",
        "Salesperson",
        _("Salespeople/Purchasers"),
        _("Salespeople"),
        "user",
        (EMAIL, PHONE, ListColumn(("Job_Title",), _("Job Title"))),
        number_caption=CODE,
    ),
    RecordList(
        "currencies",
        "Currency",
        _("Currencies"),
        _("Currencies"),
        "banknotes",
        (ListColumn(("ISO_Code",), _("ISO Code")), ListColumn(("Symbol", "symbol"), _("Symbol"))),
        number_caption=CODE,
        name_caption=DESCRIPTION,
    ),
    RecordList(
        "units-of-measure",
        "UnitOfMeasure",
        _("Units of Measure"),
        _("Units of Measure"),
        "scale",
        (ListColumn(("International_Standard_Code",), _("International Standard Code")),),
        number_caption=CODE,
        name_caption=DESCRIPTION,
    ),
    RecordList(
        "customer-price-groups",
        "CustomerPriceGroup",
        _("Customer Price Groups"),
        _("Customer Price Groups"),
        "tag",
        (CURRENCY, ListColumn(("Price_Includes_VAT",), _("Price Includes VAT"))),
        number_caption=CODE,
        name_caption=DESCRIPTION,
    ),
    RecordList(
        "sales-prices",
        "SalesPrice",
        _("Sales Prices"),
        _("Sales Prices"),
        "document-text",
        (
            ListColumn(("Sales_Type",), _("Sales Type")),
            ListColumn(("Unit_of_Measure_Code",), _("Unit of Measure Code")),
            ListColumn(("Minimum_Quantity",), _("Minimum Quantity"), is_number=True),
            UNIT_PRICE,
            CURRENCY,
        ),
        number_caption=_("Item No."),
        name_caption=_("Sales Code"),
    ),
)
BY_SLUG = {item.slug: item for item in LISTS}
BY_TABLE = {item.table: item for item in LISTS}
