"""Sales prices become price list items: one per list, product and unit.

Sales knows a product in the base unit of its unit group, which is the base unit of the item.
"""

from collections.abc import Iterable
from typing import Any

from sync.engine.errors import RecordProblem
from sync.engine.model import Facts, Need, Related, Row
from sync.engine.rules.base import Rule
from sync.engine.rules.prices import is_group_price, price_outside, price_text
from sync.engine.rules.reading import code_of
from sync.engine.transform import erp_lookup_key

PRICES = "SalesPrice"
NO_QUANTITY_CONTROL = 1


class SalesPriceRule(Rule):
    """The unit of a price, and what to do where several prices would fall on one row."""

    erp_tables = ("Item",)
    sees_siblings = True
    depends_on_day = True
    crm_tables = ("uom",)

    def needs_of_erp(self, row: Row) -> Iterable[Need]:
        """Ask for the item, and for the other prices of the item."""
        item = code_of(row, "Item_No")
        return [Need("erp", "Item", "key", erp_lookup_key(item)), Need("erp", PRICES, "number", item)]

    def erp_outside(self, row: Row, related: Related) -> str | None:
        """Leave out prices that are not of today, not for one piece, or not in the item's base unit."""
        reason = price_outside(row, related.facts.today)
        if reason:
            return reason
        item = related.by_key("erp", "Item", erp_lookup_key(code_of(row, "Item_No")))
        if item is not None and item.values.get("Blocked") is True:
            return (
                f"The item {code_of(row, 'Item_No')} is blocked, so its product is retired in Sales, which takes no new price "
                "for it. Unblock the item; the price then follows by itself."
            )
        base = base_unit(row, related)
        unit = code_of(row, "Unit_of_Measure_Code")
        if base and unit and unit != base:
            return (
                f"The price is per {unit}; Sales knows the item {code_of(row, 'Item_No')} in its base unit {base} only."
            )
        return None

    def gives_row_up(self, row: Row, related: Related) -> bool:
        """Give the row up when the price is not the one of today any more."""
        return price_outside(row, related.facts.today) is not None

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Put the item's base unit where the price is for any unit. Raises RecordProblem for two prices on one row."""
        if self.erp_outside(row, related) is not None:
            return {}
        for other in related.by_number("erp", PRICES, code_of(row, "Item_No")):
            if other.key != row.key and self._falls_on(row, other, related):
                raise RecordProblem(
                    f"Two prices of {code_of(row, 'Item_No')} for {code_of(row, 'Sales_Code')} would be one row in Sales: "
                    f"{price_text(row)}; and {price_text(other)}. End or delete one of them.",
                    code="two_prices",
                    cause=f"two_prices:{code_of(row, 'Sales_Code')}:{code_of(row, 'Item_No')}",
                )
        return {"Unit_of_Measure_Code": code_of(row, "Unit_of_Measure_Code") or base_unit(row, related) or None}

    def _falls_on(self, row: Row, other: Row, related: Related) -> bool:
        return (
            is_group_price(other)
            and code_of(other, "Sales_Code") == code_of(row, "Sales_Code")
            and self.erp_outside(other, related) is None
        )

    def new_crm_values(self, facts: Facts) -> dict[str, Any]:
        """Let a new price list item be sold in any quantity."""
        return {"quantitysellingcode": NO_QUANTITY_CONTROL}


def base_unit(row: Row, related: Related) -> str:
    """Return the base unit of the price's item, "" when the item is not known."""
    item = related.by_key("erp", "Item", erp_lookup_key(code_of(row, "Item_No")))
    return code_of(item, "Base_Unit_of_Measure") if item else ""
