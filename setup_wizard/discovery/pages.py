"""NAV's tables as pages: what to publish for each, and by which fields a published page is recognised whatever its name.

Metadata holds no page or table numbers, and the service name is the customer's choice, so a page is told by its key and fields.
Source: Dynamics NAV 2017 page objects; OData names as NAV makes them of control names.
"""

from dataclasses import dataclass

from connector.nav.metadata import ServiceInfo


@dataclass(frozen=True, slots=True)
class PageSignature:
    """How a table's page looks.

    `key` are the key fields in any order, `must` fields that every page of the table has, `marks` fields that hardly another
    table's page has: one is enough. A table without marks is told by a word in the service name, in English or Dutch, too.
    """

    table: str
    caption: str
    page_number: int
    service_name: str
    pack_page_number: int
    key: frozenset[str]
    must: frozenset[str]
    marks: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


def _page(
    table: str,
    caption: str,
    page: tuple[int, str],
    pack: int,
    key: str,
    must: str = "",
    marks: str = "",
    words: str = "",
) -> PageSignature:
    return PageSignature(
        table=table,
        caption=caption,
        page_number=page[0],
        service_name=page[1],
        pack_page_number=pack,
        key=frozenset(key.split()),
        must=frozenset(must.split()),
        marks=frozenset(marks.split()),
        words=tuple(words.split()),
    )


_SALES_PRICE_KEY = (
    "Item_No Sales_Type Sales_Code Starting_Date Currency_Code Variant_Code Unit_of_Measure_Code Minimum_Quantity"
)
_ALL = (
    _page(
        "Salesperson",
        "Salesperson/Purchaser",
        (5116, "SalespersonCard"),
        50103,
        "Code",
        "Name",
        "Commission_Percent Job_Title",
    ),
    _page(
        "Customer",
        "Customer",
        (21, "CustomerCard"),
        50100,
        "No",
        "Name",
        "Credit_Limit_LCY Customer_Posting_Group Customer_Price_Group Customer_Disc_Group",
    ),
    _page(
        "Contact",
        "Contact",
        (5050, "ContactCard"),
        50101,
        "No",
        "Name Territory_Code",
        "Company_No Company_Name Salutation_Code Organizational_Level_Code",
    ),
    _page(
        "ContactBusinessRelation",
        "Contact Business Relation",
        (5061, "ContactBusinessRelations"),
        50102,
        "Contact_No Business_Relation_Code",
    ),
    _page(
        "Currency",
        "Currency",
        (5, "Currencies"),
        50104,
        "Code",
        "Description",
        "ExchangeRateDate Unit_Amount_Rounding_Precision Amount_Rounding_Precision Invoice_Rounding_Precision",
    ),
    _page(
        "CurrencyExchangeRate",
        "Currency Exchange Rate",
        (483, "CurrencyExchangeRates"),
        50105,
        "Currency_Code Starting_Date",
        "Exchange_Rate_Amount Relational_Exch_Rate_Amount",
    ),
    _page(
        "UnitOfMeasure",
        "Unit of Measure",
        (209, "UnitsOfMeasure"),
        50106,
        "Code",
        "Description",
        "International_Standard_Code",
    ),
    _page(
        "Item",
        "Item",
        (30, "ItemCard"),
        50107,
        "No",
        "Description Base_Unit_of_Measure",
        "Inventory Inventory_Posting_Group Costing_Method Item_Category_Code Vendor_Item_No",
    ),
    _page(
        "ItemUnitOfMeasure",
        "Item Unit of Measure",
        (5404, "ItemUnitsOfMeasure"),
        50108,
        "Item_No Code",
        "Qty_per_Unit_of_Measure",
    ),
    _page(
        "Resource",
        "Resource",
        (76, "ResourceCard"),
        50109,
        "No",
        "Name Base_Unit_of_Measure",
        "Resource_Group_No Direct_Unit_Cost Employment_Date",
    ),
    _page(
        "ResourceUnitOfMeasure",
        "Resource Unit of Measure",
        (210, "ResourceUnitsOfMeasure"),
        50110,
        "Resource_No Code",
        "Qty_per_Unit_of_Measure",
    ),
    _page(
        "CustomerPriceGroup",
        "Customer Price Group",
        (7, "CustomerPriceGroups"),
        50111,
        "Code",
        "Description",
        "VAT_Bus_Posting_Gr_Price Price_Includes_VAT",
    ),
    _page("SalesPrice", "Sales Price", (7002, "SalesPrices"), 50112, _SALES_PRICE_KEY, "Unit_Price"),
    _page(
        "PaymentTerms",
        "Payment Terms",
        (4, "PaymentTerms"),
        50113,
        "Code",
        "Description",
        "Due_Date_Calculation Discount_Date_Calculation",
    ),
    _page(
        "ShipmentMethod",
        "Shipment Method",
        (11, "ShipmentMethods"),
        50114,
        "Code",
        "Description",
        words="shipmentmethod verzendwijze leveringsconditie",
    ),
    _page(
        "ShippingAgent", "Shipping Agent", (428, "ShippingAgents"), 50115, "Code", "Name", "Internet_Address Account_No"
    ),
    _page("GeneralLedgerSetup", "General Ledger Setup", (118, "GeneralLedgerSetup"), 50116, "Primary_Key", "LCY_Code"),
    _page("IntegrationRecord", "Integration Record", (0, ""), 50117, "Integration_ID", "Table_ID Record_ID"),
)

SIGNATURES: dict[str, PageSignature] = {page.table: page for page in _ALL}
# Used where it is there; nothing is missing without it.
OPTIONAL_TABLES = frozenset({"IntegrationRecord"})
PACK_PREFIX = "Connector"


def fits(page: PageSignature, service: ServiceInfo) -> bool:
    """Tell whether a published service can be a page of this table, by its key and the fields that every such page has."""
    return page.key == set(service.key) and page.must <= service.properties.keys()


def is_recognised(page: PageSignature, service: ServiceInfo) -> bool:
    """Tell whether a service whose name says nothing to us is a page of this table."""
    if not fits(page, service):
        return False
    if page.marks:
        return bool(page.marks & service.properties.keys())
    if page.words:
        name = service.name.lower().replace("_", "")
        return any(word in name for word in page.words)
    # The key alone is like no other: several parts, or a set-up table's own field.
    return True
