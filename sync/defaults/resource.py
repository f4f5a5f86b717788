"""RESOURCE-PRODUCT: resources and products of the type Services."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

SERVICES = 3

MAPPING = MappingDefault(
    name="RESOURCE-PRODUCT",
    erp_table="Resource",
    crm_table="product",
    way="both",
    rule="resource",
    depends_on=("UNIT OF MEASURE",),
    crm_filter=(("producttypecode", "=", SERVICES),),
    criteria=(CriterionDefault("No", "productnumber", automatic=True),),
    fields=(
        FieldDefault("No", "productnumber", "to", "code", "No.", "Product ID"),
        FieldDefault("Name", "name", "both", caption="Name", crm_caption="Name"),
        FieldDefault("Unit_Price", "price", "to", "decimal", "Unit Price", "List Price"),
        FieldDefault("Unit_Cost", "standardcost", "to", "decimal", "Unit Cost", "Standard Cost"),
        FieldDefault("Unit_Cost", "currentcost", "to", "decimal", "Unit Cost", "Current Cost"),
        FieldDefault("Vendor_No", "vendorid", "to", "code", "Vendor No.", "Vendor ID"),
        FieldDefault(
            "Base_Unit_of_Measure",
            "defaultuomscheduleid",
            "to",
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
