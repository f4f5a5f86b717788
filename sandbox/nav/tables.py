"""The NAV tables of the stand-in, as data; lengths are NAV 2017 / Business Central."""

from __future__ import annotations

from typing import Final

from sandbox.nav.code_tables import CODE_TABLES
from sandbox.nav.document_tables import DOCUMENT_TABLES, ENTITY_TABLES
from sandbox.nav.posting_tables import POSTING_TABLES
from sandbox.nav.schema import Table, table

_ADDRESS = """
Address text 50/100
Address_2 text 50
City text 30
Post_Code code 20
County text 30
Country_Region_Code code 10 ; -> CountryRegion
Phone_No text 30 ; phone
Fax_No text 30
E_Mail text 80 ; mail
Home_Page text 80/255
"""

_PRICES = """
Price_Includes_VAT bool
Allow_Line_Disc bool
Allow_Invoice_Disc bool
VAT_Bus_Posting_Gr_Price code 10/20
"""

_TABLES = (
    table(
        "Customer",
        18,
        "Customer",
        "No",
        """
No code 20
Name text 50/100
Name_2 text 50
Search_Name code 50/100"""
        + _ADDRESS
        + """Primary_Contact_No code 20 ; -> Contact
ContactName text 50/100
Salesperson_Code code 10/20 ; -> Salesperson
Currency_Code code 10 ; -> Currency
Customer_Price_Group code 10 ; -> CustomerPriceGroup
Customer_Disc_Group code 20 ; -> CustomerDiscountGroup
Payment_Terms_Code code 10 ; -> PaymentTerms
Shipment_Method_Code code 10 ; -> ShipmentMethod
Payment_Method_Code code 10 ; -> PaymentMethod
Shipping_Agent_Code code 10 ; -> ShippingAgent
Shipping_Agent_Service_Code code 10
Shipping_Advice option Partial|Complete
Responsibility_Center code 10
Location_Code code 10 ; -> Location
Blocked option |Ship|Invoice|All
Privacy_Blocked bool
Credit_Limit_LCY dec
Balance_LCY dec ; flow
Balance_Due_LCY dec ; flow
Sales_LCY dec ; flow
VAT_Registration_No text 20
GLN code 13
Gen_Bus_Posting_Group code 10/20 ; -> GenBusPostingGroup
VAT_Bus_Posting_Group code 10/20 ; -> VATBusPostingGroup
Customer_Posting_Group code 10/20 ; -> CustomerPostingGroup
Prices_Including_VAT bool
Allow_Line_Disc bool
Invoice_Disc_Code code 20
Language_Code code 10
Bill_to_Customer_No code 20 ; -> Customer
Contact_Type option Company|Person
Tax_Liable bool
Last_Date_Modified date ; ro
Last_Modified_Date_Time datetime ; ro""",
        series="C{:06}",
    ),
    table(
        "Contact",
        5050,
        "Contact",
        "No",
        """
No code 20
Type option Company|Person
Name text 50/100
Search_Name code 50/100
Company_No code 20 ; -> Contact
Company_Name text 50/100 ; ro
First_Name text 30
Middle_Name text 30
Surname text 30
Job_Title text 30
Pager text 30
Salutation_Code code 10
Organizational_Level_Code code 10
Salesperson_Code code 10/20 ; -> Salesperson"""
        + _ADDRESS
        + """Mobile_Phone_No text 30 ; phone
IntegrationCustomerNo code 20 ; flow
Currency_Code code 10 ; -> Currency
Territory_Code code 10
Language_Code code 10
VAT_Registration_No text 20
Privacy_Blocked bool
Date_of_Last_Interaction date ; flow
Last_Date_Modified date ; ro
Last_Time_Modified time ; ro""",
        series="CT{:06}",
    ),
    table(
        "ContactBusinessRelation",
        5054,
        "Contact Business Relation",
        "Contact_No Business_Relation_Code",
        """
Contact_No code 20 ; req, -> Contact
Business_Relation_Code code 10 ; req
Link_to_Table option |Customer|Vendor|Bank Account
No code 20""",
    ),
    table(
        "Salesperson",
        13,
        "Salesperson/Purchaser",
        "Code",
        """
Code code 10/20 ; req
Name text 50
Job_Title text 30
Commission_Percent dec ; min=0, max=100
Phone_No text 30 ; phone
E_Mail text 80 ; mail
Next_Task_Date date ; flow
Privacy_Blocked bool
Global_Dimension_1_Code code 20
Global_Dimension_2_Code code 20""",
    ),
    table(
        "Currency",
        4,
        "Currency",
        "Code",
        """
Code code 10 ; req
Description text 30
ISO_Code code 3
ISO_Numeric_Code code 3
Symbol text 10
ExchangeRateDate date ; var
ExchangeRateAmt dec ; var
CurrencyFactor dec ; var
Amount_Rounding_Precision dec ; min=0
Amount_Decimal_Places text 5
Unit_Amount_Rounding_Precision dec ; min=0
Unit_Amount_Decimal_Places text 5
Invoice_Rounding_Precision dec ; min=0
Last_Date_Modified date ; ro
Last_Modified_Date_Time datetime ; ro""",
    ),
    table(
        "CurrencyExchangeRate",
        330,
        "Currency Exchange Rate",
        "Currency_Code Starting_Date",
        """
Currency_Code code 10 ; req, -> Currency
Starting_Date date
Relational_Currency_Code code 10 ; -> Currency
Exchange_Rate_Amount dec ; min=0
Relational_Exch_Rate_Amount dec ; min=0
Adjustment_Exch_Rate_Amount dec ; min=0
Relational_Adjmt_Exch_Rate_Amt dec ; min=0
Fix_Exchange_Rate_Amount option Currency|Relational Currency|Both""",
    ),
    table(
        "UnitOfMeasure",
        204,
        "Unit of Measure",
        "Code",
        """
Code code 10 ; req
Description text 10/50
International_Standard_Code code 10
Symbol text 10
Last_Modified_Date_Time datetime ; ro""",
    ),
    table(
        "Item",
        27,
        "Item",
        "No",
        """
No code 20
Description text 50/100
Description_2 text 50
Search_Description code 50/100
Type option Inventory|Service|Non-Inventory
Base_Unit_of_Measure code 10 ; -> UnitOfMeasure
Sales_Unit_of_Measure code 10
Purch_Unit_of_Measure code 10
Item_Category_Code code 10/20
Product_Group_Code code 10
GTIN code 14
Blocked bool
Unit_Price dec ; min=0
Price_Includes_VAT bool
Unit_Cost dec ; min=0
Standard_Cost dec ; min=0
Last_Direct_Cost dec ; min=0
Costing_Method option FIFO|LIFO|Specific|Average|Standard
Inventory dec ; flow
Qty_on_Sales_Order dec ; flow
Qty_on_Purch_Order dec ; flow
Qty_on_Prod_Order dec ; flow
Qty_on_Service_Order dec ; flow
Qty_on_Assembly_Order dec ; flow
Net_Weight dec ; min=0
Gross_Weight dec ; min=0
Unit_Volume dec ; min=0
Vendor_No code 20
Vendor_Item_No text 20/50
Shelf_No code 10
Tariff_No code 20
Country_Region_of_Origin_Code code 10 ; -> CountryRegion
Gen_Prod_Posting_Group code 10/20 ; -> GenProdPostingGroup
VAT_Prod_Posting_Group code 10/20 ; -> VATProdPostingGroup
Inventory_Posting_Group code 10/20 ; -> InventoryPostingGroup
Last_Date_Modified date ; ro
Last_DateTime_Modified datetime ; ro""",
        series="{:05}",
    ),
    table(
        "ItemUnitOfMeasure",
        5404,
        "Item Unit of Measure",
        "Item_No Code",
        """
Item_No code 20 ; req, -> Item
Code code 10 ; req, -> UnitOfMeasure
Qty_per_Unit_of_Measure dec ; min=0
Length dec ; min=0
Width dec ; min=0
Height dec ; min=0
Cubage dec ; min=0
Weight dec ; min=0
ItemUnitOfMeasure text 10 ; var""",
    ),
    table(
        "Resource",
        156,
        "Resource",
        "No",
        """
No code 20
Type option Person|Machine
Name text 50/100
Search_Name code 50/100
Job_Title text 30
Base_Unit_of_Measure code 10
Direct_Unit_Cost dec ; min=0
Indirect_Cost_Percent dec
Unit_Cost dec ; min=0
Price_Profit_Calculation option Profit=Price-Cost|Price=Cost+Profit|No Relationship
Profit_Percent dec
Unit_Price dec ; min=0
Resource_Group_No code 20
Gen_Prod_Posting_Group code 10/20 ; -> GenProdPostingGroup
VAT_Prod_Posting_Group code 10/20 ; -> VATProdPostingGroup
Blocked bool
Capacity dec ; flow
Vendor_No code 20
Address text 50/100
Address_2 text 50
Post_Code code 20
City text 30
Employment_Date date
Last_Date_Modified date ; ro""",
        series="R{:05}",
    ),
    table(
        "ResourceUnitOfMeasure",
        205,
        "Resource Unit of Measure",
        "Resource_No Code",
        """
Resource_No code 20 ; req, -> Resource
Code code 10 ; req, -> UnitOfMeasure
Qty_per_Unit_of_Measure dec ; min=0
Related_to_Base_Unit_of_Meas bool""",
    ),
    table(
        "ResourcePrice",
        201,
        "Resource Price",
        "Type Code Work_Type_Code Currency_Code",
        """
Type option Resource|Group(Resource)|All
Code code 20
Work_Type_Code code 10
Currency_Code code 10 ; -> Currency
Unit_Price dec ; min=0""",
    ),
    table(
        "CustomerPriceGroup",
        6,
        "Customer Price Group",
        "Code",
        """
Code code 10 ; req
Description text 50/100"""
        + _PRICES,
    ),
    table(
        "SalesPrice",
        7002,
        "Sales Price",
        "Item_No Sales_Type Sales_Code Starting_Date Currency_Code Variant_Code Unit_of_Measure_Code Minimum_Quantity",
        """
Item_No code 20 ; req, -> Item
Sales_Type option Customer|Customer Price Group|All Customers|Campaign
Sales_Code code 20
Starting_Date date
Currency_Code code 10 ; -> Currency
Variant_Code code 10
Unit_of_Measure_Code code 10
Minimum_Quantity dec ; min=0
Unit_Price dec ; min=0
Ending_Date date"""
        + _PRICES,
    ),
)

TABLES: Final[dict[str, Table]] = {
    item.name: item for item in (*_TABLES, *CODE_TABLES, *POSTING_TABLES, *DOCUMENT_TABLES)
}
ENTITIES: Final[dict[str, Table]] = {item.name: item for item in ENTITY_TABLES}
"""Tables that are views over others: no company has rows in them."""
