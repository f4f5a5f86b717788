"""CURRENCY: foreign currencies with their exchange rates; NAV's local currency is the base currency of Sales."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="CURRENCY",
    erp_table="Currency",
    crm_table="transactioncurrency",
    way="to",
    rule="currency",
    criteria=(CriterionDefault("Code", "isocurrencycode", automatic=True),),
    fields=(
        FieldDefault("Code", "isocurrencycode", "to", "code", "Code", "Currency Code"),
        FieldDefault("Code", "currencysymbol", "to", "code", "Code", "Currency Symbol"),
        FieldDefault("Description", "currencyname", "to", caption="Description", crm_caption="Currency Name"),
        FieldDefault("@Exchange_Rate", "exchangerate", "to", "decimal", "Exchange Rate", "Exchange Rate"),
    ),
)
