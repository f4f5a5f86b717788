"""PAYMENT TERMS: payment terms become options of the field of that name, on the documents too."""

from sync.defaults.base import FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="PAYMENT TERMS",
    erp_table="PaymentTerms",
    crm_table="account",
    way="to",
    kind="option",
    option_column="paymenttermscode",
    twin_columns=(("salesorder", "paymenttermscode"), ("quote", "paymenttermscode"), ("invoice", "paymenttermscode")),
    only_coupled=False,
    inactivity_minutes=1440,
    fields=(FieldDefault("Code", "paymenttermscode", "to", "code", "Code", "Payment Terms"),),
)
