"""What posting needs and leaves behind: posting groups, VAT rates, the templates for new records, ledger entries."""

from __future__ import annotations

from typing import Final

from sandbox.nav.schema import Table, table

_GROUPS: Final = (
    ("GenBusPostingGroup", 250, "Gen. Business Posting Group"),
    ("GenProdPostingGroup", 251, "Gen. Product Posting Group"),
    ("VATBusPostingGroup", 323, "VAT Business Posting Group"),
    ("VATProdPostingGroup", 324, "VAT Product Posting Group"),
    ("CustomerPostingGroup", 92, "Customer Posting Group"),
    ("InventoryPostingGroup", 94, "Inventory Posting Group"),
)
_GROUP_FIELDS: Final = """
Code code 10/20 ; req
Description text 50/100"""

POSTING_TABLES: Final[tuple[Table, ...]] = (
    *(table(name, number, caption, "Code", _GROUP_FIELDS) for name, number, caption in _GROUPS),
    table(
        "VATPostingSetup",
        325,
        "VAT Posting Setup",
        "VAT_Bus_Posting_Group VAT_Prod_Posting_Group",
        """
VAT_Bus_Posting_Group code 10/20 ; -> VATBusPostingGroup
VAT_Prod_Posting_Group code 10/20 ; -> VATProdPostingGroup
VAT_Percent dec ; min=0, max=100""",
    ),
    table(
        "CustomerTemplate",
        5105,
        "Customer Template",
        "Code",
        """
Code code 10/20 ; req
Description text 50/100
Gen_Bus_Posting_Group code 10/20 ; -> GenBusPostingGroup
VAT_Bus_Posting_Group code 10/20 ; -> VATBusPostingGroup
Customer_Posting_Group code 10/20 ; -> CustomerPostingGroup
Payment_Terms_Code code 10 ; -> PaymentTerms
Shipment_Method_Code code 10 ; -> ShipmentMethod""",
    ),
    table("PaymentMethod", 289, "Payment Method", "Code", "Code code 10 ; req\nDescription text 50/100"),
    table("Location", 14, "Location", "Code", "Code code 10 ; req\nName text 50/100"),
    table(
        "CustomerDiscountGroup", 340, "Customer Discount Group", "Code", "Code code 20 ; req\nDescription text 50/100"
    ),
    table(
        "CustLedgerEntry",
        21,
        "Cust. Ledger Entry",
        "Entry_No",
        """
Entry_No int ; ro
Customer_No code 20 ; ro, -> Customer
Posting_Date date ; ro
Document_Type option |Payment|Invoice|Credit Memo|Finance Charge Memo|Reminder|Refund ; ro
Document_No code 20 ; ro
Description text 50/100 ; ro
Currency_Code code 10 ; ro
Amount dec ; ro
Amount_LCY dec ; ro
Remaining_Amount dec ; ro
Remaining_Amt_LCY dec ; ro
Sales_LCY dec ; ro
Due_Date date ; ro
Open bool ; ro""",
    ),
    table(
        "ItemLedgerEntry",
        32,
        "Item Ledger Entry",
        "Entry_No",
        """
Entry_No int ; ro
Item_No code 20 ; ro, -> Item
Posting_Date date ; ro
Entry_Type option Purchase|Sale|Positive Adjmt.|Negative Adjmt.|Transfer|Consumption|Output ; ro
Document_No code 20 ; ro
Location_Code code 10 ; ro
Quantity dec ; ro
Remaining_Quantity dec ; ro""",
    ),
)
