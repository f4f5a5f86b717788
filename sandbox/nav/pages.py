"""The pages published as web services, as data: the standard ones and the connector's object pack.

`standard` is what a customer can publish without development; `pack` adds pages named `Connector<Table>` that show
the table fields the standard pages hide. A control marked `@bc` exists on Business Central's page only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.nav.document_tables import HIDDEN_HEADER, HIDDEN_LINE
from sandbox.nav.schema import Page, controls_of
from sandbox.nav.tables import TABLES

READ_ONLY: Final = {"insert": False, "modify": False, "delete": False}
_ORDER: Final = {"Document_Type": "Order"}
_QUOTE: Final = {"Document_Type": "Quote"}
_LINES: Final = {"Document_Type": "Document_Type", "No": "Document_No"}

_CUSTOMER_CARD = """No Name Name_2@bc Search_Name Address Address_2 City County@bc Post_Code Country_Region_Code
Primary_Contact_No ContactName Phone_No E_Mail Fax_No Home_Page Salesperson_Code Currency_Code Customer_Price_Group
Customer_Disc_Group Payment_Terms_Code Shipment_Method_Code Payment_Method_Code Shipping_Agent_Code
Shipping_Agent_Service_Code Shipping_Advice Responsibility_Center Location_Code Blocked Privacy_Blocked Credit_Limit_LCY
Balance_LCY Balance_Due_LCY VAT_Registration_No GLN Gen_Bus_Posting_Group VAT_Bus_Posting_Group Customer_Posting_Group
Prices_Including_VAT Allow_Line_Disc Invoice_Disc_Code Language_Code Bill_to_Customer_No Last_Date_Modified"""

_CUSTOMER_LIST = """No Name Responsibility_Center Location_Code Post_Code Country_Region_Code Phone_No
Contact=ContactName Salesperson_Code Customer_Posting_Group Gen_Bus_Posting_Group VAT_Bus_Posting_Group
Customer_Price_Group Customer_Disc_Group Payment_Terms_Code Currency_Code Language_Code Search_Name Credit_Limit_LCY
Blocked Last_Date_Modified Shipping_Advice Shipping_Agent_Code Balance_LCY Balance_Due_LCY Sales_LCY"""

_CONTACT_CARD = """No Type Name Company_No Company_Name Job_Title@bc Salutation_Code Organizational_Level_Code
Salesperson_Code Search_Name Address Address_2 City County@bc Post_Code Country_Region_Code Phone_No Mobile_Phone_No
Fax_No E_Mail Home_Page IntegrationCustomerNo@bc Currency_Code Territory_Code Language_Code VAT_Registration_No
Privacy_Blocked Date_of_Last_Interaction Last_Date_Modified"""

_ITEM_CARD = """No Description Description_2@bc Search_Description Type Base_Unit_of_Measure Sales_Unit_of_Measure
Purch_Unit_of_Measure Item_Category_Code Product_Group_Code GTIN Blocked Unit_Price Price_Includes_VAT Unit_Cost
Standard_Cost Last_Direct_Cost Costing_Method Inventory Qty_on_Sales_Order Qty_on_Purch_Order Qty_on_Prod_Order
Qty_on_Service_Order Qty_on_Assembly_Order Net_Weight Gross_Weight Unit_Volume Vendor_No Vendor_Item_No Shelf_No
Tariff_No Country_Region_of_Origin_Code Gen_Prod_Posting_Group VAT_Prod_Posting_Group Inventory_Posting_Group
Last_Date_Modified"""

_SALESPERSON_CARD = """Code Name Job_Title Commission_Percent Phone_No E_Mail Next_Task_Date Privacy_Blocked
Global_Dimension_1_Code Global_Dimension_2_Code"""

_CURRENCY = """Code Description ISO_Code@bc ISO_Numeric_Code@bc Symbol@bc ExchangeRateDate ExchangeRateAmt
CurrencyFactor Amount_Rounding_Precision Amount_Decimal_Places Unit_Amount_Rounding_Precision
Unit_Amount_Decimal_Places Invoice_Rounding_Precision Last_Date_Modified"""

_RESOURCE_CARD = """No Type Name Search_Name Job_Title Base_Unit_of_Measure Direct_Unit_Cost Indirect_Cost_Percent
Unit_Cost Price_Profit_Calculation Profit_Percent Unit_Price Resource_Group_No Gen_Prod_Posting_Group
VAT_Prod_Posting_Group Blocked Address Address_2 Post_Code City Employment_Date Last_Date_Modified"""

_GROUP = "Code Description Allow_Line_Disc Allow_Invoice_Disc Price_Includes_VAT VAT_Bus_Posting_Gr_Price"
_UNIT = "Code Description International_Standard_Code"
_TERMS = """Code Due_Date_Calculation Discount_Date_Calculation Discount_Percent Calc_Pmt_Disc_on_Cr_Memos
Description"""
_AGENT = "Code Name Internet_Address Account_No"

_ORDER_HEADER = set(TABLES["SalesHeader"].fields) - {"Your_Reference", "Document_Type", *HIDDEN_HEADER}
_ORDER_LIST = """No Sell_to_Customer_No Sell_to_Customer_Name External_Document_No Location_Code Status Currency_Code
Document_Date Posting_Date Due_Date Salesperson_Code Amount Amount_Including_VAT"""
_POSTED_LIST = """No Sell_to_Customer_No Sell_to_Customer_Name Currency_Code Due_Date Amount Amount_Including_VAT
Remaining_Amount Posting_Date Salesperson_Code Document_Date External_Document_No Payment_Terms_Code
Shipment_Method_Code Shipping_Agent_Code Closed Cancelled Corrective Shipment_Date"""
_POSTED_CARD_HIDES = {"Sell_to_Customer_No", "Bill_to_Customer_No", "Your_Reference", "Amount", "Amount_Including_VAT"}
_POSTED_CARD_HIDES |= {"Remaining_Amount", "Closed", "Cancelled", "Corrective", *HIDDEN_HEADER}
_OPPORTUNITY = """No Description Contact_No Contact_Name Contact_Company_Name Salesperson_Code Sales_Document_Type
Sales_Document_No Campaign_No Priority Sales_Cycle_Code Status Closed Creation_Date Date_Closed Segment_No"""

FLOW_FILTERS: Final[dict[str, tuple[str, ...]]] = {
    "Customer": ("Global_Dimension_1_Filter", "Global_Dimension_2_Filter", "Currency_Filter", "Date_Filter"),
    "Item": ("Location_Filter", "Date_Filter", "Variant_Filter", "Drop_Shipment_Filter", "Bin_Filter"),
}


def _all(table: str, *without: str) -> list[str]:
    """Every field of a table, in the table's order."""
    return [name for name in TABLES[table].fields if name not in without]


def _page(service: str, number: int, table: str, controls: str | Iterable[str], **more: Any) -> Page:
    """A page; primary-key fields come first even where the page has no control for them."""
    names = controls_of(controls)
    keys = [name for name in TABLES[table].key if name not in names.values()]
    return Page(service, number, table, {**controls_of(keys), **names}, **more)


def _posted_line() -> list[str]:
    hidden = ("Shipment_Date", "VAT_Prod_Posting_Group", "Amount_Including_VAT", "Location_Code", *HIDDEN_LINE)
    return _all("SalesInvoiceLine", *hidden)


_STANDARD: Final[tuple[Page, ...]] = (
    _page("Salespersons", 14, "Salesperson", "Code Name Commission_Percent Phone_No Privacy_Blocked", **READ_ONLY),
    _page("SalespersonCard", 5116, "Salesperson", _SALESPERSON_CARD, flow_filters=("Date_Filter",)),
    _page("Currencies", 5, "Currency", _CURRENCY),
    _page("CurrencyExchangeRates", 483, "CurrencyExchangeRate", _all("CurrencyExchangeRate")),
    _page("UnitsOfMeasure", 209, "UnitOfMeasure", _UNIT),
    _page("ItemUnitsOfMeasure", 5404, "ItemUnitOfMeasure", _all("ItemUnitOfMeasure")),
    _page("CustomerPriceGroups", 7, "CustomerPriceGroup", _GROUP),
    _page("SalesPrices", 7002, "SalesPrice", _all("SalesPrice")),
    _page("CustomerList", 22, "Customer", _CUSTOMER_LIST, flow_filters=FLOW_FILTERS["Customer"], **READ_ONLY),
    _page("CustomerCard", 21, "Customer", _CUSTOMER_CARD, flow_filters=FLOW_FILTERS["Customer"]),
    _page(
        "ContactList",
        5052,
        "Contact",
        """No Name Company_Name Post_Code Country_Region_Code Phone_No Mobile_Phone_No Fax_No Salesperson_Code
        Territory_Code Currency_Code Language_Code Search_Name""",
        **READ_ONLY,
    ),
    _page("ContactCard", 5050, "Contact", _CONTACT_CARD, flow_filters=("Date_Filter",)),
    _page("ContactBusinessRelations", 5061, "ContactBusinessRelation", _all("ContactBusinessRelation")),
    _page(
        "ItemList",
        31,
        "Item",
        """No Description Type Inventory InventoryField@bc=Inventory Base_Unit_of_Measure Unit_Cost Unit_Price
        Item_Category_Code Blocked Search_Description Vendor_No Vendor_Item_No Tariff_No Sales_Unit_of_Measure
        Purch_Unit_of_Measure Last_Date_Modified""",
        flow_filters=FLOW_FILTERS["Item"],
        **READ_ONLY,
    ),
    _page("ItemCard", 30, "Item", _ITEM_CARD, flow_filters=FLOW_FILTERS["Item"]),
    _page(
        "ResourceList",
        77,
        "Resource",
        "No Name Type Base_Unit_of_Measure Resource_Group_No Direct_Unit_Cost Unit_Cost Unit_Price Search_Name Blocked",
        **READ_ONLY,
    ),
    _page("ResourceCard", 76, "Resource", _RESOURCE_CARD),
    _page("ResourceUnitsOfMeasure", 210, "ResourceUnitOfMeasure", _all("ResourceUnitOfMeasure")),
    _page("ResourcePrices", 204, "ResourcePrice", _all("ResourcePrice")),
    _page("PaymentTerms", 4, "PaymentTerms", _TERMS),
    _page("ShipmentMethods", 11, "ShipmentMethod", "Code Description"),
    _page("ShippingAgents", 428, "ShippingAgent", _AGENT),
    _page("ShippingAgentServices", 5790, "ShippingAgentService", _all("ShippingAgentService")),
    _page(
        "SalesOrder",
        42,
        "SalesHeader",
        [name for name in TABLES["SalesHeader"].fields if name in _ORDER_HEADER],
        fixed=_ORDER,
        parts={"SalesOrderSalesLines": "SalesOrderSalesLines"},
    ),
    _page("SalesOrderSalesLines", 46, "SalesLine", _all("SalesLine", *HIDDEN_LINE), fixed=_ORDER, parent_key=_LINES),
    _page(
        "SalesQuote",
        41,
        "SalesHeader",
        [name for name in TABLES["SalesHeader"].fields if name in _ORDER_HEADER - {"Package_Tracking_No"}],
        fixed=_QUOTE,
        parts={"SalesQuoteSalesLines": "SalesQuoteSalesLines"},
    ),
    _page("SalesQuoteSalesLines", 95, "SalesLine", _all("SalesLine", *HIDDEN_LINE), fixed=_QUOTE, parent_key=_LINES),
    _page("PostedSalesInvoices", 143, "SalesInvoiceHeader", _POSTED_LIST, **READ_ONLY),
    _page(
        "PostedSalesInvoice",
        132,
        "SalesInvoiceHeader",
        [name for name in TABLES["SalesInvoiceHeader"].fields if name not in _POSTED_CARD_HIDES],
        parts={"PostedSalesInvoiceSalesInvLines": "PostedSalesInvoiceSalesInvLines"},
        **READ_ONLY,
    ),
    _page(
        "PostedSalesInvoiceSalesInvLines",
        133,
        "SalesInvoiceLine",
        _posted_line(),
        parent_key={"No": "Document_No"},
        **READ_ONLY,
    ),
    _page(
        "OpportunityList",
        5123,
        "Opportunity",
        _OPPORTUNITY + " Estimated_Closing_Date Estimated_Value_LCY Calcd_Current_Value_LCY",
        **READ_ONLY,
    ),
    _page("OpportunityCard", 5124, "Opportunity", _OPPORTUNITY),
    _page("GeneralLedgerSetup", 118, "GeneralLedgerSetup", _all("GeneralLedgerSetup"), insert=False, delete=False),
    _page("CustomerLedgerEntries", 25, "CustLedgerEntry", _all("CustLedgerEntry"), **READ_ONLY),
    _page("ItemLedgerEntries", 38, "ItemLedgerEntry", _all("ItemLedgerEntry"), **READ_ONLY),
    _page("SalesOrderList", 9305, "SalesHeader", _ORDER_LIST, fixed=_ORDER, **READ_ONLY),
    _page("ChangeLogEntries", 595, "ChangeLogEntry", _all("ChangeLogEntry"), **READ_ONLY),
)

_PACK: Final[tuple[Page, ...]] = (
    _page("ConnectorCustomer", 70018, "Customer", _CUSTOMER_CARD + " County Search_Name Last_Modified_Date_Time"),
    _page(
        "ConnectorContact",
        70050,
        "Contact",
        _CONTACT_CARD + " County First_Name Middle_Name Surname Job_Title Pager Last_Time_Modified",
    ),
    _page("ConnectorContactBusinessRelation", 70054, "ContactBusinessRelation", _all("ContactBusinessRelation")),
    _page("ConnectorSalesperson", 70013, "Salesperson", _SALESPERSON_CARD),
    _page("ConnectorCurrency", 70004, "Currency", _CURRENCY + " Last_Modified_Date_Time"),
    _page("ConnectorCurrencyExchangeRate", 70330, "CurrencyExchangeRate", _all("CurrencyExchangeRate")),
    _page("ConnectorUnitOfMeasure", 70204, "UnitOfMeasure", _UNIT + " Last_Modified_Date_Time"),
    _page("ConnectorItem", 70027, "Item", _ITEM_CARD + " Last_DateTime_Modified", flow_filters=FLOW_FILTERS["Item"]),
    _page("ConnectorItemUnitOfMeasure", 70404, "ItemUnitOfMeasure", _all("ItemUnitOfMeasure")),
    _page("ConnectorResource", 70156, "Resource", _RESOURCE_CARD),
    _page("ConnectorResourceUnitOfMeasure", 70205, "ResourceUnitOfMeasure", _all("ResourceUnitOfMeasure")),
    _page("ConnectorCustomerPriceGroup", 70006, "CustomerPriceGroup", _GROUP),
    _page("ConnectorSalesPrice", 70702, "SalesPrice", _all("SalesPrice")),
    _page("ConnectorPaymentTerms", 70003, "PaymentTerms", _TERMS + " Last_Modified_Date_Time"),
    _page("ConnectorShipmentMethod", 70010, "ShipmentMethod", "Code Description Last_Modified_Date_Time"),
    _page("ConnectorShippingAgent", 70291, "ShippingAgent", _AGENT),
    _page(
        "ConnectorGeneralLedgerSetup",
        70098,
        "GeneralLedgerSetup",
        _all("GeneralLedgerSetup"),
        insert=False,
        delete=False,
    ),
    _page("ConnectorIntegrationRecord", 70151, "IntegrationRecord", _all("IntegrationRecord"), **READ_ONLY),
)

# In Business Central these list pages became read-only (reference 1.8); NAV 2017 lets them be edited.
_READ_ONLY_IN_BC: Final = {"PaymentTerms", "ShipmentMethods", "ShippingAgents"}


def published(objects: str, flavour: str) -> dict[str, Page]:
    """The services one server publishes, by name. `objects` is `standard` or `pack`, `flavour` `nav2017` or `bc`."""
    pages = _STANDARD if objects == "standard" else _STANDARD + _PACK
    return {page.service: _flavoured(page, flavour) for page in pages}


def _flavoured(page: Page, flavour: str) -> Page:
    """The page with the controls this version of the product has."""
    controls: dict[str, str] = {}
    for control, name in page.controls.items():
        plain, _, only = control.partition("@")
        if not only or only == flavour:
            controls[plain] = name.partition("@")[0]
    if flavour == "bc" and page.service.startswith("Connector") and page.table != "IntegrationRecord":
        controls |= {"SystemId": "$id", "SystemModifiedAt": "$modified"}
    more: dict[str, Any] = (
        READ_ONLY
        if flavour == "bc" and page.service in _READ_ONLY_IN_BC
        else {
            "insert": page.insert,
            "modify": page.modify,
            "delete": page.delete,
        }
    )
    return Page(
        page.service,
        page.number,
        page.table,
        controls,
        fixed=page.fixed,
        flow_filters=page.flow_filters,
        parts=page.parts,
        parent_key=page.parent_key,
        **more,
    )
