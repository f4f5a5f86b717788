"""Items and resources: both become products, and a product takes steps to be born."""

from typing import Any

from sync.engine.model import Facts, Related, Row
from sync.engine.rules.base import Rule
from sync.engine.rules.reading import decimal_of

PRODUCT = 1
RETIRED = 1
INVENTORY, SERVICES = 1, 3
QUANTITY_DECIMALS = 2
NEVER_NEGATIVE = ("Unit_Price", "Unit_Cost", "Unit_Volume", "Gross_Weight")


class ProductRule(Rule):
    """What every product gets beside its fields; the two kinds differ in their product type."""

    crm_tables = ("uom",)
    steps = ("default_price", "publish", "default_price_list", "retire")
    product_type = INVENTORY

    def crm_outside(self, row: Row, related: Related) -> str | None:
        """Leave out families, bundles and retired products."""
        if row.values.get("productstructure") not in (None, PRODUCT):
            return "It is a product family or a bundle in Sales, which has no counterpart in NAV."
        if row.values.get("statecode") == RETIRED:
            return "The product is retired in Sales, so no item or resource is made of it."
        return None

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Send zero where NAV holds a negative price, cost, volume or weight: Sales takes none."""
        return {column: 0 for column in NEVER_NEGATIVE if decimal_of(row, column) < 0}

    def new_crm_values(self, facts: Facts) -> dict[str, Any]:
        """Give a new product its type, structure, decimals and currency; NAV's prices are in the local currency."""
        base = {"v": facts.base_currency_id, "k": "currency", "t": "transactioncurrency"}
        return {
            "producttypecode": self.product_type,
            "productstructure": PRODUCT,
            "quantitydecimal": QUANTITY_DECIMALS,
            **({"transactioncurrencyid": base} if facts.base_currency_id else {}),
        }
