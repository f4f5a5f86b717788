"""ITEM-PRODUCT: items and products of the type Sales Inventory."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

SALES_INVENTORY = 1

MAPPING = MappingDefault(
    name="ITEM-PRODUCT",
    erp_table="Item",
    crm_table="product",
    way="both",
    rule="item",
    depends_on=("UNIT OF MEASURE",),
    crm_filter=(("producttypecode", "=", SALES_INVENTORY),),
    criteria=(CriterionDefault("No", "productnumber", automatic=True),),
    inactivity_minutes=1440,
    fields=(
        FieldDefault("No", "productnumber", "to", "code", "No.", "Product ID"),
        FieldDefault("Description", "name", "both", caption="Description", crm_caption="Name"),
        FieldDefault("Unit_Price", "price", "to", "decimal", "Unit Price", "List Price"),
        FieldDefault("Unit_Cost", "standardcost", "to", "decimal", "Unit Cost", "Standard Cost"),
        FieldDefault("Unit_Cost", "currentcost", "to", "decimal", "Unit Cost", "Current Cost"),
        FieldDefault("Unit_Volume", "stockvolume", "to", "decimal", "Unit Volume", "Stock Volume"),
        FieldDefault("Gross_Weight", "stockweight", "to", "decimal", "Gross Weight", "Stock Weight"),
        FieldDefault("Vendor_No", "vendorid", "to", "code", "Vendor No.", "Vendor ID"),
        FieldDefault("Vendor_Item_No", "vendorpartnumber", "to", caption="Vendor Item No.", crm_caption="Vendor Part"),
        FieldDefault(
            "Base_Unit_of_Measure",
            "defaultuomscheduleid",
            "both",
            "lookup",
            "Base Unit of Measure",
            "Unit Group",
            target="UNIT OF MEASURE",
        ),
        FieldDefault(
            "Base_Unit_of_Measure",
            "defaultuomid",
            "to",
            "base_unit",
            "Base Unit of Measure",
            "Default Unit",
            target="UNIT OF MEASURE",
        ),
        FieldDefault("Blocked", "statecode", "both", "state", "Blocked", "Status"),
    ),
)
