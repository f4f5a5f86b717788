"""The rules of the shipped mappings, by the name under which a default mapping calls them."""

from sync.engine.rules.base import Rule
from sync.engine.rules.contact import ContactRule
from sync.engine.rules.currency import CurrencyRule
from sync.engine.rules.customer import CustomerRule
from sync.engine.rules.customer_price_group import CustomerPriceGroupRule
from sync.engine.rules.item import ItemRule
from sync.engine.rules.resource import ResourceRule
from sync.engine.rules.sales_price import SalesPriceRule
from sync.engine.rules.salespeople import SalespeopleRule
from sync.engine.rules.unit_of_measure import UnitOfMeasureRule

RULES: dict[str, Rule] = {
    "contact": ContactRule(),
    "currency": CurrencyRule(),
    "customer": CustomerRule(),
    "customer_price_group": CustomerPriceGroupRule(),
    "item": ItemRule(),
    "resource": ResourceRule(),
    "sales_price": SalesPriceRule(),
    "salespeople": SalespeopleRule(),
    "unit_of_measure": UnitOfMeasureRule(),
}

__all__ = ["RULES", "Rule"]
