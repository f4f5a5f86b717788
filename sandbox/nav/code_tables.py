"""Codes, set-up and logs: the tables that hold little and seldom change."""

from __future__ import annotations

from typing import Final

from sandbox.nav.schema import Table, table

CODE_TABLES: Final[tuple[Table, ...]] = (
    table(
        "PaymentTerms",
        3,
        "Payment Terms",
        "Code",
        """
Code code 10 ; req
Due_Date_Calculation formula 32
Discount_Date_Calculation formula 32
Discount_Percent dec ; min=0, max=100
Calc_Pmt_Disc_on_Cr_Memos bool
Description text 50/100
Last_Modified_Date_Time datetime ; ro""",
    ),
    table(
        "ShipmentMethod",
        10,
        "Shipment Method",
        "Code",
        """
Code code 10 ; req
Description text 50/100
Last_Modified_Date_Time datetime ; ro""",
    ),
    table(
        "ShippingAgent",
        291,
        "Shipping Agent",
        "Code",
        """
Code code 10 ; req
Name text 50
Internet_Address text 250
Account_No text 30""",
    ),
    table(
        "ShippingAgentService",
        5790,
        "Shipping Agent Services",
        "Shipping_Agent_Code Code",
        """
Shipping_Agent_Code code 10 ; req, -> ShippingAgent
Code code 10 ; req
Description text 50/100
Shipping_Time formula 32
Base_Calendar_Code code 10""",
    ),
    table("CountryRegion", 9, "Country/Region", "Code", "Code code 10 ; req\nName text 50"),
    table(
        "PostCode",
        225,
        "Post Code",
        "Code City",
        """
Code code 20 ; req
City text 30 ; req
County text 30
Country_Region_Code code 10 ; -> CountryRegion""",
    ),
    table(
        "GeneralLedgerSetup",
        98,
        "General Ledger Setup",
        "Primary_Key",
        """
Primary_Key code 10
LCY_Code code 10
Allow_Posting_From date
Allow_Posting_To date""",
    ),
    table(
        "ChangeLogEntry",
        405,
        "Change Log Entry",
        "Entry_No",
        """
Entry_No int ; ro
Date_and_Time datetime ; ro
User_ID code 50 ; ro
Table_No int ; ro
Table_Caption text 250 ; ro
Type_of_Change option Insertion|Modification|Deletion ; ro
Primary_Key text 250 ; ro
Primary_Key_Field_1_Value text 50 ; ro""",
    ),
    table(
        "IntegrationRecord",
        5151,
        "Integration Record",
        "Integration_ID",
        """
Table_ID int ; ro
Page_ID int ; ro
Record_ID text 250 ; ro
Integration_ID guid ; ro
Deleted_On datetime ; ro
Modified_On datetime ; ro""",
    ),
)
