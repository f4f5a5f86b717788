"""The shipped mappings, in the order in which NAV creates them, and the tables they read."""

from sync.defaults import (
    contact,
    currency,
    customer,
    customer_price_group,
    item,
    payment_terms,
    resource,
    sales_price,
    salespeople,
    shipment_method,
    shipping_agent,
    unit_of_measure,
)
from sync.defaults.base import MappingDefault
from sync.defaults.tables import SERVICES, TABLES

MAPPINGS: tuple[MappingDefault, ...] = (
    salespeople.MAPPING,
    customer.MAPPING,
    contact.MAPPING,
    currency.MAPPING,
    unit_of_measure.MAPPING,
    item.MAPPING,
    resource.MAPPING,
    customer_price_group.MAPPING,
    sales_price.MAPPING,
    shipping_agent.MAPPING,
    shipment_method.MAPPING,
    payment_terms.MAPPING,
)

__all__ = ["MAPPINGS", "SERVICES", "TABLES"]
