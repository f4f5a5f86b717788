"""The mirrored tables beyond their mapped fields: what names and numbers a row, and what rules read.

A table's rows are found by number or by name as well as by key, so a related table has here what rules look it up by.
"""

from sync.defaults.base import TableDefault

_ALL = (
    TableDefault("erp", "Salesperson", "Code", "Name"),
    TableDefault("erp", "Customer", "No", "Name"),
    TableDefault(
        "erp",
        "Contact",
        "No",
        "Name",
        ("Type", "Company_No", "Company_Name", "First_Name", "Middle_Name", "Surname"),
    ),
    TableDefault("erp", "ContactBusinessRelation", "Contact_No", "No", ("Business_Relation_Code", "Link_to_Table")),
    TableDefault("erp", "Currency", "Code", "Description"),
    TableDefault(
        "erp",
        "CurrencyExchangeRate",
        "Currency_Code",
        "Starting_Date",
        ("Exchange_Rate_Amount", "Relational_Currency_Code", "Relational_Exch_Rate_Amount"),
    ),
    TableDefault("erp", "GeneralLedgerSetup", "LCY_Code", "LCY_Code"),
    TableDefault("erp", "UnitOfMeasure", "Code", "Description"),
    TableDefault("erp", "Item", "No", "Description", ("Base_Unit_of_Measure", "Blocked")),
    TableDefault("erp", "ItemUnitOfMeasure", "Item_No", "Code", ("Qty_per_Unit_of_Measure",)),
    TableDefault("erp", "Resource", "No", "Name", ("Base_Unit_of_Measure",)),
    TableDefault("erp", "CustomerPriceGroup", "Code", "Description"),
    TableDefault(
        "erp",
        "SalesPrice",
        "Item_No",
        "Sales_Code",
        (
            "Sales_Type",
            "Starting_Date",
            "Ending_Date",
            "Currency_Code",
            "Variant_Code",
            "Unit_of_Measure_Code",
            "Minimum_Quantity",
        ),
    ),
    TableDefault("erp", "PaymentTerms", "Code", "Description"),
    TableDefault("erp", "ShipmentMethod", "Code", "Description"),
    TableDefault("erp", "ShippingAgent", "Code", "Name"),
    TableDefault("crm", "systemuser", "domainname", "fullname"),
    TableDefault("crm", "account", "accountnumber", "name", ("merged", "customertypecode", "statecode")),
    TableDefault("crm", "contact", "", "fullname"),
    TableDefault("crm", "transactioncurrency", "isocurrencycode", "currencyname"),
    TableDefault("crm", "uomschedule", "", "name", ("statecode",)),
    TableDefault("crm", "uom", "uomscheduleid", "name", ("isschedulebaseuom", "quantity")),
    TableDefault("crm", "product", "productnumber", "name", ("productstructure", "statecode")),
    TableDefault("crm", "pricelevel", "", "name", ("statecode",)),
    TableDefault("crm", "productpricelevel", "", "productnumber"),
)

TABLES: dict[tuple[str, str], TableDefault] = {(table.side, table.table): table for table in _ALL}

SERVICES: dict[str, tuple[str, ...]] = {
    "Salesperson": ("ConnectorSalesperson", "SalespersonCard", "Salespersons"),
    "Customer": ("ConnectorCustomer", "CustomerCard", "CustomerList"),
    "Contact": ("ConnectorContact", "ContactCard", "ContactList"),
    "ContactBusinessRelation": ("ConnectorContactBusinessRelation", "ContactBusinessRelations"),
    "Currency": ("ConnectorCurrency", "Currencies"),
    "CurrencyExchangeRate": ("ConnectorCurrencyExchangeRate", "CurrencyExchangeRates"),
    "GeneralLedgerSetup": ("ConnectorGeneralLedgerSetup", "GeneralLedgerSetup"),
    "UnitOfMeasure": ("ConnectorUnitOfMeasure", "UnitsOfMeasure"),
    "Item": ("ConnectorItem", "ItemCard", "ItemList"),
    "ItemUnitOfMeasure": ("ConnectorItemUnitOfMeasure", "ItemUnitsOfMeasure"),
    "Resource": ("ConnectorResource", "ResourceCard", "ResourceList"),
    "ResourceUnitOfMeasure": ("ConnectorResourceUnitOfMeasure", "ResourceUnitsOfMeasure"),
    "CustomerPriceGroup": ("ConnectorCustomerPriceGroup", "CustomerPriceGroups"),
    "SalesPrice": ("ConnectorSalesPrice", "SalesPrices"),
    "PaymentTerms": ("ConnectorPaymentTerms", "PaymentTerms"),
    "ShipmentMethod": ("ConnectorShipmentMethod", "ShipmentMethods"),
    "ShippingAgent": ("ConnectorShippingAgent", "ShippingAgents"),
    "IntegrationRecord": ("ConnectorIntegrationRecord",),
}
"""Names under which a table's page may be published, the best first: our object pack, the card, the list."""
