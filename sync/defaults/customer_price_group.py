"""CUSTPRCGRP-PRICE: customer price groups become price lists, in the currency of their prices."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="CUSTPRCGRP-PRICE",
    erp_table="CustomerPriceGroup",
    crm_table="pricelevel",
    way="to",
    rule="customer_price_group",
    depends_on=("CURRENCY", "ITEM-PRODUCT"),
    criteria=(CriterionDefault("Code", "name", automatic=True),),
    inactivity_minutes=1440,
    fields=(
        FieldDefault("Code", "name", "to", "code", "Code", "Name"),
        FieldDefault(
            "@Currency_Code", "transactioncurrencyid", "to", "currency", "Currency Code", "Currency", target="CURRENCY"
        ),
    ),
)
