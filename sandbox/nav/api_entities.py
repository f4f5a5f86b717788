"""Business Central's API v2.0 as data: the entities, their tables, what each property shows and what may be written.

A control is `name=Field` with an optional conversion of `api_values.CONVERSIONS` behind a colon. Reference 5.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.nav.schema import Page

_ADDRESS: Final = (
    " addressLine1=Address addressLine2=Address_2 city=City state=County country=Country_Region_Code"
    " postalCode=Post_Code phoneNumber=Phone_No"
)
_LINES: Final = {"Document_Type": "Document_Type", "No": "Document_No"}


def _party(name: str, party: str, *, read_only: bool) -> str:
    """The four address properties of one party of a document."""
    flag = ":ro" if read_only else ""
    fields = {"AddressLine1": "Address", "AddressLine2": "Address_2", "City": "City", "PostCode": "Post_Code"}
    fields |= {"Country": "Country_Region_Code"}
    return "".join(f" {name}{control}={party}_{field}{flag}" for control, field in fields.items())


def _document(*, quote: bool = False, invoice: bool = False) -> str:
    """The controls of an order, a quote or an invoice."""
    dates = "orderDate=Document_Date postingDate=Posting_Date"
    if quote or invoice:
        dates = f"{'documentDate' if quote else 'invoiceDate'}=Document_Date postingDate=Posting_Date dueDate=Due_Date"
    state = ":quote" if quote else "" if invoice else ":status"
    more = " orderNumber=Order_No:ro remainingAmount=Remaining_Amount:ro" if invoice else ""
    more += "" if quote or invoice else " partialShipping=Shipping_Advice:partial fullyShipped=Completely_Shipped"
    more += "" if invoice else " requestedDeliveryDate=Requested_Delivery_Date"
    return (
        f"number=No:ro externalDocumentNumber=External_Document_No {dates} customerId=Sell_to_Customer_No:id"
        " customerNumber=Sell_to_Customer_No customerName=Sell_to_Customer_Name:ro billToName=Bill_to_Name:ro"
        " billToCustomerId=Bill_to_Customer_No:roid billToCustomerNumber=Bill_to_Customer_No:ro"
        " shipToName=Ship_to_Name"
        + _party("sellTo", "Sell_to", read_only=False)
        + _party("billTo", "Bill_to", read_only=not quote)
        + _party("shipTo", "Ship_to", read_only=False)
        + " shortcutDimension1Code=Shortcut_Dimension_1_Code shortcutDimension2Code=Shortcut_Dimension_2_Code"
        " currencyId=Currency_Code:id currencyCode=Currency_Code:lcy pricesIncludeTax=Prices_Including_VAT"
        " paymentTermsId=Payment_Terms_Code:id shipmentMethodId=Shipment_Method_Code:id salesperson=Salesperson_Code"
        " totalAmountExcludingTax=Amount totalTaxAmount=VAT_Amount totalAmountIncludingTax=Amount_Including_VAT"
        f" status=Status{state}{more}"
    )


def _line(*, invoice: bool = False) -> str:
    document = "documentId=Document_No:invoice" if invoice else "documentId=Document_No:order"
    more = (
        ""
        if invoice
        else (
            " shipQuantity=Qty_to_Ship shippedQuantity=Quantity_Shipped invoiceQuantity=Qty_to_Invoice"
            " invoicedQuantity=Quantity_Invoiced"
        )
    )
    return (
        f"{document} sequence=Line_No lineType=Type:line lineObjectNumber=No itemId=No:item description=Description"
        " unitOfMeasureCode=Unit_of_Measure_Code unitOfMeasureId=Unit_of_Measure_Code:unit quantity=Quantity"
        " unitPrice=Unit_Price discountPercent=Line_Discount_Percent discountAmount=Line_Discount_Amount"
        " amountExcludingTax=Amount taxCode=VAT_Prod_Posting_Group taxPercent=VAT_Percent totalTaxAmount=VAT_Amount"
        " amountIncludingTax=Amount_Including_VAT netAmount=Amount netTaxAmount=VAT_Amount"
        f" netAmountIncludingTax=Amount_Including_VAT shipmentDate=Shipment_Date locationId=Location_Code:id{more}"
    )


_DOCUMENT_LINKS: Final = {
    "customer": ("customers", "customerId"),
    "currency": ("currencies", "currencyId"),
    "paymentTerm": ("paymentTerms", "paymentTermsId"),
    "shipmentMethod": ("shipmentMethods", "shipmentMethodId"),
}
_LINE_LINKS: Final = {"item": ("items", "itemId"), "unitOfMeasure": ("unitsOfMeasure", "unitOfMeasureId")}


def _entity(name: str, singular: str, table: str, controls: str, rights: str = "", **more: Any) -> Page:
    """`rights` are the letters i(nsert), m(odify), d(elete) of what may be written."""
    pairs = (word.partition("=") for word in controls.split())
    shown = {"id": "$id", **{control: field for control, _, field in pairs}, "lastModifiedDateTime": "$modified"}
    insert, modify, delete = (letter in rights for letter in "imd")
    return Page(name, 0, table, shown, insert, modify, delete, singular=singular, **more)


_ENTITIES: Final = (
    _entity(
        "customers",
        "customer",
        "Customer",
        "number=No displayName=Name type=Contact_Type"
        + _ADDRESS
        + " email=E_Mail website=Home_Page salespersonCode=Salesperson_Code balanceDue=Balance_Due_LCY"
        " creditLimit=Credit_Limit_LCY taxLiable=Tax_Liable taxRegistrationNumber=VAT_Registration_No"
        " currencyId=Currency_Code:id currencyCode=Currency_Code:lcy paymentTermsId=Payment_Terms_Code:id"
        " shipmentMethodId=Shipment_Method_Code:id paymentMethodId=Payment_Method_Code:id blocked=Blocked",
        "imd",
        parts={"contactsInformation": "contactsInformation"},
        links={
            "currency": ("currencies", "currencyId"),
            "paymentTerm": ("paymentTerms", "paymentTermsId"),
            "shipmentMethod": ("shipmentMethods", "shipmentMethodId"),
            "paymentMethod": ("paymentMethods", "paymentMethodId"),
            "customerFinancialDetail": ("customerFinancialDetails", "id"),
        },
    ),
    _entity(
        "customerFinancialDetails",
        "customerFinancialDetail",
        "Customer",
        "number=No:ro balance=Balance_LCY totalSalesExcludingTax=Sales_LCY overdueAmount=Balance_Due_LCY",
    ),
    _entity(
        "contacts",
        "contact",
        "Contact",
        "number=No type=Type displayName=Name jobTitle=Job_Title companyNumber=Company_No companyName=Company_Name"
        + _ADDRESS
        + " mobilePhoneNumber=Mobile_Phone_No email=E_Mail website=Home_Page searchName=Search_Name"
        " privacyBlocked=Privacy_Blocked taxRegistrationNumber=VAT_Registration_No"
        " lastInteractionDate=Date_of_Last_Interaction",
        "imd",
    ),
    _entity(
        "contactsInformation",
        "contactInformation",
        "ContactBusinessRelation",
        "contactId=Contact_No:id contactNumber=Contact_No relatedType=Link_to_Table",
        parent_key={"No": "No"},
    ),
    _entity(
        "items",
        "item",
        "Item",
        "number=No displayName=Description displayName2=Description_2 type=Type itemCategoryCode=Item_Category_Code"
        " blocked=Blocked gtin=GTIN inventory=Inventory unitPrice=Unit_Price priceIncludesTax=Price_Includes_VAT"
        " unitCost=Unit_Cost baseUnitOfMeasureId=Base_Unit_of_Measure:id baseUnitOfMeasureCode=Base_Unit_of_Measure"
        " generalProductPostingGroupCode=Gen_Prod_Posting_Group inventoryPostingGroupCode=Inventory_Posting_Group",
        "imd",
        links={"unitOfMeasure": ("unitsOfMeasure", "baseUnitOfMeasureId")},
    ),
    _entity(
        "currencies",
        "currency",
        "Currency",
        "code=Code displayName=Description symbol=Symbol amountDecimalPlaces=Amount_Decimal_Places"
        " amountRoundingPrecision=Invoice_Rounding_Precision",
        "imd",
    ),
    _entity(
        "currencyExchangeRates",
        "currencyExchangeRate",
        "CurrencyExchangeRate",
        "currencyCode=Currency_Code startingDate=Starting_Date relationalCurrencyCode=Relational_Currency_Code"
        " exchangeRateAmount=Exchange_Rate_Amount relationalExchangeRateAmount=Relational_Exch_Rate_Amount",
    ),
    _entity(
        "unitsOfMeasure",
        "unitOfMeasure",
        "UnitOfMeasure",
        "code=Code displayName=Description internationalStandardCode=International_Standard_Code symbol=Symbol",
        "imd",
    ),
    _entity(
        "paymentTerms",
        "paymentTerm",
        "PaymentTerms",
        "code=Code displayName=Description dueDateCalculation=Due_Date_Calculation"
        " discountDateCalculation=Discount_Date_Calculation discountPercent=Discount_Percent"
        " calculateDiscountOnCreditMemos=Calc_Pmt_Disc_on_Cr_Memos",
        "imd",
    ),
    _entity("paymentMethods", "paymentMethod", "PaymentMethod", "code=Code displayName=Description", "imd"),
    _entity("shipmentMethods", "shipmentMethod", "ShipmentMethod", "code=Code displayName=Description", "imd"),
    _entity("countriesRegions", "countryRegion", "CountryRegion", "code=Code displayName=Name", "imd"),
    _entity("locations", "location", "Location", "code=Code displayName=Name", "imd"),
    _entity(
        "salespeoplePurchasers",
        "salespersonPurchaser",
        "Salesperson",
        "code=Code displayName=Name jobTitle=Job_Title commisionPercent=Commission_Percent phoneNo=Phone_No"
        " email=E_Mail privacyBlocked=Privacy_Blocked",
        "imd",
    ),
    _entity("companyInformation", "companyInformation", "GeneralLedgerSetup", "currencyCode=LCY_Code:ro"),
    _entity(
        "opportunities",
        "opportunity",
        "Opportunity",
        "number=No contactNumber=Contact_No contactName=Contact_Name contactCompanyName=Contact_Company_Name"
        " salespersonCode=Salesperson_Code description=Description status=Status closed=Closed"
        " creationDate=Creation_Date:ro dateClosed=Date_Closed calculatedCurrentValue=Calcd_Current_Value_LCY"
        " estimatedClosingDate=Estimated_Closing_Date estimatedValue=Estimated_Value_LCY",
        "imd",
    ),
    _entity(
        "itemLedgerEntries",
        "itemLedgerEntry",
        "ItemLedgerEntry",
        "entryNumber=Entry_No itemNumber=Item_No postingDate=Posting_Date entryType=Entry_Type"
        " documentNumber=Document_No quantity=Quantity",
    ),
    _entity(
        "salesOrders",
        "salesOrder",
        "SalesHeader",
        _document(),
        "imd",
        fixed={"Document_Type": "Order"},
        parts={"salesOrderLines": "salesOrderLines"},
        links=_DOCUMENT_LINKS,
        actions=("shipAndInvoice",),
    ),
    _entity(
        "salesOrderLines",
        "salesOrderLine",
        "SalesLine",
        _line(),
        "imd",
        fixed={"Document_Type": "Order"},
        parent_key=_LINES,
        links=_LINE_LINKS,
    ),
    _entity(
        "salesQuotes",
        "salesQuote",
        "SalesHeader",
        _document(quote=True),
        "imd",
        fixed={"Document_Type": "Quote"},
        parts={"salesQuoteLines": "salesQuoteLines"},
        links=_DOCUMENT_LINKS,
        actions=("makeOrder",),
    ),
    _entity(
        "salesQuoteLines",
        "salesQuoteLine",
        "SalesLine",
        _line(),
        "imd",
        fixed={"Document_Type": "Quote"},
        parent_key=_LINES,
        links=_LINE_LINKS,
    ),
    _entity(
        "salesInvoices",
        "salesInvoice",
        "SalesInvoiceEntity",
        _document(invoice=True),
        "imd",
        parts={"salesInvoiceLines": "salesInvoiceLines"},
        links=_DOCUMENT_LINKS,
        actions=("post",),
    ),
    _entity(
        "salesInvoiceLines",
        "salesInvoiceLine",
        "SalesInvoiceLineEntity",
        _line(invoice=True),
        "imd",
        parent_key={"Posted": "Posted", "No": "Document_No"},
        links=_LINE_LINKS,
    ),
)
ENTITIES: Final[dict[str, Page]] = {page.service: page for page in _ENTITIES}

ELSEWHERE: Final = frozenset(
    """accounts agedAccountsPayables agedAccountsReceivables applyVendorEntries attachments balanceSheets bankAccounts
    cashFlowStatements customerContacts customerPaymentJournals customerPayments customerReturnReasons
    customerSales defaultDimensions dimensionSetLines dimensionValues dimensions disputeStatus documentAttachments
    employees fixedAssetLocations fixedAssets generalLedgerEntries generalLedgerSetup generalProductPostingGroups
    incomeStatements inventoryPostingGroups itemCategories itemVariants jobQueueEntries journalLines journals
    pdfDocument pictures projects purchaseCreditMemoLines purchaseCreditMemos purchaseInvoiceLines purchaseInvoices
    purchaseOrderLines purchaseOrders purchaseReceiptLines purchaseReceipts retainedEarningsStatements
    salesCreditMemoLines salesCreditMemos salesShipmentLines salesShipments taxAreas taxGroups timeRegistrationEntries
    trialBalances unlinkedAttachments vendorPaymentJournals vendorPayments vendorPurchases vendors
    entityDefinitions""".split()
)
"""What the real API has and this stand-in has not: answered 501, never 404."""
