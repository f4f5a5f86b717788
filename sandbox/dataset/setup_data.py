"""The set-up that posting needs: posting groups, VAT rates, payment methods, locations, the template for new customers."""

from __future__ import annotations

from typing import Final

from sandbox.dataset.company import Company, lines, number

VAT_PERCENT: Final = {("DOMESTIC", "VAT25"): 25, ("DOMESTIC", "VAT10"): 10}
"""Everybody else buys without VAT. Rates of the CRONUS company."""

_GROUPS: Final = {
    "GenBusPostingGroup": "DOMESTIC|Domestic customers\nEU|Customers in EU\nFOREIGN|Other customers (not EU)",
    "GenProdPostingGroup": "RETAIL|Resale items\nSERVICES|Resources, etc.\nMISC|Miscellaneous with VAT",
    "VATBusPostingGroup": "DOMESTIC|Domestic customers\nEU|Customers in EU\nFOREIGN|Other customers (not EU)",
    "VATProdPostingGroup": "VAT25|Miscellaneous 25 VAT\nVAT10|Miscellaneous 10 VAT\nNO VAT|Miscellaneous without VAT",
    "CustomerPostingGroup": "DOMESTIC|Domestic customers\nEU|Customers in EU\nFOREIGN|Other customers (not EU)",
    "InventoryPostingGroup": "RESALE|Resale items\nFINISHED|Finished items\nRAW MAT|Raw materials",
    "PaymentMethod": "BANK|Bank Transfer\nCASH|Cash payment\nCHECK|Check payment\nACCOUNT|Payment on account",
    "CustomerDiscountGroup": "RETAIL|Retail\nLARGE ACC|Large account",
}
LOCATIONS: Final = ("BLUE", "RED", "GREEN", "YELLOW", "WHITE")
_TEMPLATES: Final = "DOMESTIC|Domestic customer|DOMESTIC\nEU|Customer in EU|EU\nFOREIGN|Foreign customer|FOREIGN"
_GROUP_FIELDS: Final = ("Gen_Bus_Posting_Group", "VAT_Bus_Posting_Group", "Customer_Posting_Group")


def add_setup_tables(company: Company) -> None:
    """Fill the tables that no other builder fills."""
    for table, text in _GROUPS.items():
        company[table] += lines(text, "Code", "Description")
    company["Location"] += [{"Code": code, "Name": f"{code.capitalize()} Warehouse"} for code in LOCATIONS]
    for business in ("DOMESTIC", "EU", "FOREIGN"):
        for product in ("", "VAT25", "VAT10", "NO VAT"):
            company["VATPostingSetup"].append(
                {
                    "VAT_Bus_Posting_Group": business,
                    "VAT_Prod_Posting_Group": product,
                    "VAT_Percent": VAT_PERCENT.get((business, product), 0),
                }
            )
    for row in lines(_TEMPLATES, "Code", "Description", "group"):
        group = row.pop("group")
        company["CustomerTemplate"].append(row | dict.fromkeys(_GROUP_FIELDS, group))


def add_opening_stock(company: Company, day: str) -> None:
    """Spread each item's inventory over the locations, as entries of the item ledger."""
    entry_no = 0
    for item in company["Item"]:
        left = number(str(item["Inventory"]))
        share = left // 4
        for location, quantity in zip(LOCATIONS, (share, share, share, left - 3 * share, 0), strict=True):
            if quantity:
                entry_no += 1
                company["ItemLedgerEntry"].append(
                    {
                        "Entry_No": entry_no,
                        "Item_No": item["No"],
                        "Posting_Date": day,
                        "Entry_Type": "Positive Adjmt.",
                        "Document_No": "START",
                        "Location_Code": location,
                        "Quantity": quantity,
                        "Remaining_Quantity": quantity,
                    }
                )
