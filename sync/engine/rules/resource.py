"""Resources become products of the type Services."""

from sync.engine.rules.product import SERVICES, ProductRule


class ResourceRule(ProductRule):
    """The product type of resources."""

    product_type = SERVICES
