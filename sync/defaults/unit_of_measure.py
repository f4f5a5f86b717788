"""UNIT OF MEASURE: each unit becomes a unit group "NAV <code>" with that one unit."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="UNIT OF MEASURE",
    erp_table="UnitOfMeasure",
    crm_table="uomschedule",
    way="to",
    rule="unit_of_measure",
    criteria=(CriterionDefault("@Name", "name", automatic=True),),
    fields=(
        FieldDefault("@Name", "name", "to", caption="Name", crm_caption="Name"),
        FieldDefault("Code", "baseuomname", "to", "code", "Code", "Base Unit Name"),
    ),
)
