"""Sales documents and opportunities: the second half of the tables."""

from __future__ import annotations

from typing import Final

from sandbox.nav.schema import Table, table

_PARTY = """
{0}_Name text 50/100
{0}_Address text 50/100
{0}_Address_2 text 50
{0}_City text 30
{0}_Post_Code code 20
{0}_Country_Region_Code code 10"""

_HEADER = (
    """
Sell_to_Customer_No code 20 ; -> Customer
Sell_to_Contact_No code 20 ; -> Contact
Sell_to_Contact text 50/100"""
    + _PARTY.format("Sell_to").replace("Sell_to_Name", "Sell_to_Customer_Name")
    + "\nBill_to_Customer_No code 20 ; -> Customer"
    + _PARTY.format("Bill_to")
    + "\nShip_to_Code code 10"
    + _PARTY.format("Ship_to")
    + """
Document_Date date
Posting_Date date
Order_Date date
Due_Date date
Shipment_Date date
External_Document_No code 35
Your_Reference text 35
Salesperson_Code code 10/20 ; -> Salesperson
Campaign_No code 20
Opportunity_No code 20
Currency_Code code 10 ; -> Currency
Prices_Including_VAT bool
Payment_Terms_Code code 10 ; -> PaymentTerms
Payment_Method_Code code 10 ; -> PaymentMethod
Payment_Discount_Percent dec
Shipment_Method_Code code 10 ; -> ShipmentMethod
Shipping_Agent_Code code 10 ; -> ShippingAgent
Shipping_Agent_Service_Code code 10
Package_Tracking_No text 30
Location_Code code 10 ; -> Location
Customer_Price_Group code 10 ; -> CustomerPriceGroup
Gen_Bus_Posting_Group code 10/20 ; -> GenBusPostingGroup
VAT_Bus_Posting_Group code 10/20 ; -> VATBusPostingGroup
Customer_Posting_Group code 10/20 ; -> CustomerPostingGroup"""
)
HIDDEN_HEADER: Final = (
    "Customer_Price_Group Gen_Bus_Posting_Group VAT_Bus_Posting_Group Customer_Posting_Group Amount VAT_Amount "
    "Amount_Including_VAT Completely_Shipped"
).split()
"""Fields of a document that its page does not show."""
HIDDEN_LINE: Final = (
    "Amount VAT_Percent VAT_Amount Qty_per_Unit_of_Measure Outstanding_Quantity Gen_Prod_Posting_Group Qty_Shipped_Not_Invoiced"
).split()

_LINE = """
Type option |G/L Account|Item|Resource|Fixed Asset|Charge (Item)
No code 20
Variant_Code code 10
Description text 50/100
Location_Code code 10 ; -> Location
Quantity dec
Unit_of_Measure_Code code 10
Unit_Price dec ; min=0
Line_Discount_Percent dec ; min=0, max=100
Line_Discount_Amount dec
Line_Amount dec
Amount dec ; ro
VAT_Percent dec ; ro
VAT_Amount dec ; flow
Amount_Including_VAT dec ; ro
VAT_Prod_Posting_Group code 10/20 ; -> VATProdPostingGroup
Gen_Prod_Posting_Group code 10/20 ; -> GenProdPostingGroup
Qty_per_Unit_of_Measure dec ; ro
Unit_Cost_LCY dec
Shipment_Date date"""

ENTITY_TABLES: Final[tuple[Table, ...]] = (
    table(
        "SalesInvoiceEntity",
        5475,
        "Sales Invoice Entity Aggregate",
        "Posted No",
        "Posted bool\nNo code 20"
        + _HEADER
        + """
Shortcut_Dimension_1_Code code 20
Shortcut_Dimension_2_Code code 20
Status option Draft|In Review|Open|Paid|Canceled|Corrective ; ro
Order_No code 20
Amount dec ; flow
VAT_Amount dec ; flow
Amount_Including_VAT dec ; flow
Remaining_Amount dec ; flow""",
    ),
    table(
        "SalesInvoiceLineEntity",
        5476,
        "Sales Invoice Line Aggregate",
        "Posted Document_No Line_No",
        "Posted bool\nDocument_No code 20\nLine_No int" + _LINE,
    ),
)
"""What the API shows drafts and posted invoices together in: views, no rows of their own."""

DOCUMENT_TABLES: Final[tuple[Table, ...]] = (
    table(
        "SalesHeader",
        36,
        "Sales Header",
        "Document_Type No",
        """
Document_Type option Quote|Order|Invoice|Credit Memo|Blanket Order|Return Order
No code 20"""
        + _HEADER
        + """
Requested_Delivery_Date date
Promised_Delivery_Date date
Shipping_Advice option Partial|Complete
Shortcut_Dimension_1_Code code 20
Shortcut_Dimension_2_Code code 20
Status option Open|Released|Pending Approval|Pending Prepayment ; ro
Amount dec ; flow
VAT_Amount dec ; flow
Amount_Including_VAT dec ; flow
Completely_Shipped bool ; flow""",
        series="101{:03}",
    ),
    table(
        "SalesLine",
        37,
        "Sales Line",
        "Document_Type Document_No Line_No",
        """
Document_Type option Quote|Order|Invoice|Credit Memo|Blanket Order|Return Order
Document_No code 20
Line_No int"""
        + _LINE
        + """
Outstanding_Quantity dec ; ro
Qty_to_Ship dec
Quantity_Shipped dec ; ro
Qty_Shipped_Not_Invoiced dec ; ro
Qty_to_Invoice dec
Quantity_Invoiced dec ; ro
Requested_Delivery_Date date
Planned_Delivery_Date date""",
    ),
    table(
        "SalesInvoiceHeader",
        112,
        "Sales Invoice Header",
        "No",
        "No code 20"
        + _HEADER
        + """
Amount dec ; flow
VAT_Amount dec ; flow
Amount_Including_VAT dec ; flow
Remaining_Amount dec ; flow
Closed bool ; flow
Cancelled bool ; flow
Corrective bool ; flow
Quote_No code 20
Order_No code 20
Pre_Assigned_No code 20""",
        series="103{:03}",
    ),
    table(
        "SalesInvoiceLine",
        113,
        "Sales Invoice Line",
        "Document_No Line_No",
        """
Document_No code 20
Line_No int"""
        + _LINE
        + "\nJob_No code 20",
    ),
    table(
        "Opportunity",
        5092,
        "Opportunity",
        "No",
        """
No code 20
Description text 50/100
Contact_No code 20 ; -> Contact
Contact_Name text 50/100 ; flow
Contact_Company_No code 20 ; -> Contact
Contact_Company_Name text 50/100 ; flow
Salesperson_Code code 10/20 ; -> Salesperson
Sales_Document_Type option |Quote|Order|Posted Invoice
Sales_Document_No code 20
Campaign_No code 20
Priority option Low|Normal|High
Sales_Cycle_Code code 10
Status option Not Started|In Progress|Won|Lost ; ro
Closed bool ; ro
Creation_Date date
Date_Closed date ; ro
Segment_No code 20
Estimated_Closing_Date date ; flow
Estimated_Value_LCY dec ; flow
Calcd_Current_Value_LCY dec ; flow""",
        series="OP{:06}",
    ),
)
