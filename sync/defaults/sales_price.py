"""SALESPRC-PRODPRICE: prices of customer price groups become price list items."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

CURRENCY_AMOUNT = "1"

MAPPING = MappingDefault(
    name="SALESPRC-PRODPRICE",
    erp_table="SalesPrice",
    crm_table="productpricelevel",
    way="to",
    rule="sales_price",
    only_coupled=False,
    depends_on=("CUSTPRCGRP-PRICE", "ITEM-PRODUCT"),
    erp_filter=(("Sales_Type", "=", "Customer Price Group"), ("Sales_Code", "<>", "")),
    criteria=(
        CriterionDefault("Sales_Code+Item_No+Unit_of_Measure_Code", "pricelevelid+productid+uomid", automatic=True),
    ),
    inactivity_minutes=1440,
    fields=(
        FieldDefault(
            "Sales_Code", "pricelevelid", "to", "lookup", "Sales Code", "Price List", target="CUSTPRCGRP-PRICE"
        ),
        FieldDefault("Item_No", "productid", "to", "lookup", "Item No.", "Product", target="ITEM-PRODUCT"),
        FieldDefault(
            "Unit_of_Measure_Code", "uomid", "to", "base_unit", "Unit of Measure Code", "Unit", target="UNIT OF MEASURE"
        ),
        FieldDefault("Item_No", "productnumber", "to", "code", "Item No.", "Product ID", enabled=False),
        FieldDefault(
            "Currency_Code",
            "transactioncurrencyid",
            "to",
            "currency",
            "Currency Code",
            "Currency",
            target="CURRENCY",
            enabled=False,
        ),
        FieldDefault("", "pricingmethodcode", "to", "integer", crm_caption="Pricing Method", constant=CURRENCY_AMOUNT),
        FieldDefault("Unit_Price", "amount", "to", "decimal", "Unit Price", "Amount"),
    ),
)
