"""CUSTOMER: customers and accounts of the relationship type Customer."""

from sync.defaults.base import CriterionDefault, FieldDefault, MappingDefault

ACTIVE, TYPE_CUSTOMER = 0, 3

MAPPING = MappingDefault(
    name="CUSTOMER",
    erp_table="Customer",
    crm_table="account",
    way="both",
    rule="customer",
    depends_on=("SALESPEOPLE", "CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"),
    crm_filter=(("statecode", "=", ACTIVE), ("customertypecode", "=", TYPE_CUSTOMER)),
    crm_template={"customertypecode": TYPE_CUSTOMER},
    criteria=(
        CriterionDefault("No", "accountnumber", automatic=True),
        CriterionDefault("Name", "name"),
    ),
    fields=(
        FieldDefault("No", "accountnumber", "to", "code", "No.", "Account Number", enabled=False),
        FieldDefault("Name", "name", "both", caption="Name", crm_caption="Account Name"),
        FieldDefault(
            "ContactName",
            "address1_primarycontactname",
            "from",
            caption="Contact",
            crm_caption="Address 1: Primary Contact Name",
            validate=False,
        ),
        FieldDefault("Address", "address1_line1", "both", caption="Address", crm_caption="Address 1: Street 1"),
        FieldDefault("Address_2", "address1_line2", "both", caption="Address 2", crm_caption="Address 1: Street 2"),
        FieldDefault("Post_Code", "address1_postalcode", "both", "code", "Post Code", "Address 1: ZIP/Postal Code"),
        FieldDefault("City", "address1_city", "both", caption="City", crm_caption="Address 1: City"),
        FieldDefault(
            "Country_Region_Code",
            "address1_country",
            "to",
            "code",
            "Country/Region Code",
            "Address 1: Country/Region",
            validate=False,
        ),
        FieldDefault(
            "County", "address1_stateorprovince", "both", caption="County", crm_caption="Address 1: State/Province"
        ),
        FieldDefault(
            "Currency_Code", "transactioncurrencyid", "to", "currency", "Currency Code", "Currency", target="CURRENCY"
        ),
        FieldDefault("E_Mail", "emailaddress1", "both", caption="E-Mail", crm_caption="Email"),
        FieldDefault("Fax_No", "fax", "both", caption="Fax No.", crm_caption="Fax"),
        FieldDefault("Home_Page", "websiteurl", "both", caption="Home Page", crm_caption="Website"),
        FieldDefault("Phone_No", "telephone1", "both", caption="Phone No.", crm_caption="Main Phone"),
        FieldDefault(
            "Mobile_Phone_No",
            "telephone2",
            "both",
            caption="Mobile Phone No.",
            crm_caption="Other Phone",
            enabled=False,
        ),
        FieldDefault(
            "Shipment_Method_Code",
            "address1_freighttermscode",
            "to",
            "option",
            "Shipment Method Code",
            "Address 1: Freight Terms",
            target="SHIPMENT METHOD",
        ),
        FieldDefault(
            "Shipping_Agent_Code",
            "address1_shippingmethodcode",
            "to",
            "option",
            "Shipping Agent Code",
            "Address 1: Shipping Method",
            target="SHIPPING AGENT",
        ),
        FieldDefault(
            "Payment_Terms_Code",
            "paymenttermscode",
            "to",
            "option",
            "Payment Terms Code",
            "Payment Terms",
            target="PAYMENT TERMS",
        ),
        FieldDefault("Credit_Limit_LCY", "creditlimit", "to", "decimal", "Credit Limit (LCY)", "Credit Limit"),
        FieldDefault(
            "Primary_Contact_No",
            "primarycontactid",
            "both",
            "lookup",
            "Primary Contact No.",
            "Primary Contact",
            target="CONTACT",
            clear_on_fail=True,
        ),
        FieldDefault(
            "Salesperson_Code",
            "ownerid",
            "both",
            "owner",
            "Salesperson Code",
            "Owner",
            target="SALESPEOPLE",
            not_null=True,
        ),
    ),
)
