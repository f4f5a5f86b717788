"""SALESPEOPLE: users in Sales come to NAV's salespeople, told apart by their e-mail address."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="SALESPEOPLE",
    erp_table="Salesperson",
    crm_table="systemuser",
    way="from",
    rule="salespeople",
    create_new=False,
    crm_filter=(("isdisabled", "=", False), ("islicensed", "=", True), ("isintegrationuser", "=", False)),
    criteria=(CriterionDefault("E_Mail", "internalemailaddress", automatic=True),),
    inactivity_minutes=1440,
    fields=(
        FieldDefault("E_Mail", "internalemailaddress", "from", caption="E-Mail", crm_caption="Primary Email"),
        FieldDefault("Name", "fullname", "from", caption="Name", crm_caption="Full Name"),
        FieldDefault("Phone_No", "mobilephone", "from", caption="Phone No.", crm_caption="Mobile Phone"),
        FieldDefault("Job_Title", "jobtitle", "from", caption="Job Title", crm_caption="Job Title", enabled=False),
    ),
)
