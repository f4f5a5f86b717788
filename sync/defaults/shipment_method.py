"""SHIPMENT METHOD: Shipment methods become freight terms, on the documents too. An invoice in Sales has no freight terms."""

from sync.defaults.base import FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="SHIPMENT METHOD",
    erp_table="ShipmentMethod",
    crm_table="account",
    way="to",
    kind="option",
    option_column="address1_freighttermscode",
    twin_columns=(("salesorder", "freighttermscode"), ("quote", "freighttermscode")),
    only_coupled=False,
    inactivity_minutes=1440,
    fields=(FieldDefault("Code", "address1_freighttermscode", "to", "code", "Code", "Address 1: Freight Terms"),),
)
