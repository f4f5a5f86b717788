"""CONTACT: persons of companies that are customers, and contacts of accounts."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

MAPPING = MappingDefault(
    name="CONTACT",
    erp_table="Contact",
    crm_table="contact",
    way="both",
    rule="contact",
    depends_on=("CUSTOMER",),
    erp_filter=(("Type", "=", "Person"), ("Company_No", "<>", "")),
    crm_filter=(("statecode", "=", 0), ("parentcustomerid", "<>", "")),
    criteria=(
        CriterionDefault("E_Mail", "emailaddress1"),
        CriterionDefault("Name+Company_No", "firstname+lastname+parentcustomerid"),
    ),
    fields=(
        FieldDefault(
            "@Customer_No", "parentcustomerid", "both", "lookup", "Company No.", "Company Name", target="CUSTOMER"
        ),
        FieldDefault(
            "Currency_Code", "transactioncurrencyid", "both", "currency", "Currency Code", "Currency", target="CURRENCY"
        ),
        FieldDefault("Address", "address1_line1", "both", caption="Address", crm_caption="Address 1: Street 1"),
        FieldDefault("Address_2", "address1_line2", "both", caption="Address 2", crm_caption="Address 1: Street 2"),
        FieldDefault("Post_Code", "address1_postalcode", "both", "code", "Post Code", "Address 1: ZIP/Postal Code"),
        FieldDefault("City", "address1_city", "both", caption="City", crm_caption="Address 1: City"),
        FieldDefault(
            "Country_Region_Code",
            "address1_country",
            "both",
            "code",
            "Country/Region Code",
            "Address 1: Country/Region",
            validate=False,
        ),
        FieldDefault(
            "County", "address1_stateorprovince", "both", caption="County", crm_caption="Address 1: State/Province"
        ),
        FieldDefault("E_Mail", "emailaddress1", "both", caption="E-Mail", crm_caption="Email"),
        FieldDefault("Fax_No", "fax", "both", caption="Fax No.", crm_caption="Fax"),
        FieldDefault("@First_Name", "firstname", "both", caption="First Name", crm_caption="First Name"),
        FieldDefault("@Middle_Name", "middlename", "both", caption="Middle Name", crm_caption="Middle Name"),
        FieldDefault("@Surname", "lastname", "both", caption="Surname", crm_caption="Last Name"),
        FieldDefault("Home_Page", "websiteurl", "both", caption="Home Page", crm_caption="Website"),
        FieldDefault("Mobile_Phone_No", "mobilephone", "both", caption="Mobile Phone No.", crm_caption="Mobile Phone"),
        FieldDefault("Pager", "pager", "both", caption="Pager", crm_caption="Pager"),
        FieldDefault("Phone_No", "telephone1", "both", caption="Phone No.", crm_caption="Business Phone"),
        FieldDefault(
            "Salutation_Code",
            "salutation",
            "both",
            "code",
            "Salutation Code",
            "Salutation",
            enabled=False,
        ),
        FieldDefault("Type", "", "from", caption="Type", constant="Person"),
    ),
)
