"""Items become products of the type Sales Inventory."""

from sync.engine.rules.product import INVENTORY, ProductRule


class ItemRule(ProductRule):
    """The product type of items."""

    product_type = INVENTORY
