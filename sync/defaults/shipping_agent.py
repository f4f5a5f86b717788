"""SHIPPING AGENT: Shipping agents become shipping methods, on the documents too."""

from sync.defaults.base import FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="SHIPPING AGENT",
    erp_table="ShippingAgent",
    crm_table="account",
    way="to",
    kind="option",
    option_column="address1_shippingmethodcode",
    twin_columns=(
        ("salesorder", "shippingmethodcode"),
        ("quote", "shippingmethodcode"),
        ("invoice", "shippingmethodcode"),
    ),
    only_coupled=False,
    inactivity_minutes=1440,
    fields=(FieldDefault("Code", "address1_shippingmethodcode", "to", "code", "Code", "Address 1: Shipping Method"),),
)
