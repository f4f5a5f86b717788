"""The tables: two of our own, and what is added to those that Dynamics 365 for Sales has.

Our connection table and account statistics are the counterparts of NAV's `nav_connection` and `nav_accountstatistics`
(reference connection-setup 4.3, 5.14); the document columns are those of 5.10.
"""

from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.columns import Column, column_element
from setup_wizard.solution.keys import Key, keys_add
from setup_wizard.solution.labels import Label, labels_add, text_add
from setup_wizard.solution.names import CONNECTION, STATISTICS

# The length of every text of the connection, as in NAV's own solution.
CONNECTION_TEXT = 250
NUMBER_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table of ours, or one of Sales that gets columns. `code` is its object type code; ours get theirs at the import."""

    name: str
    schema_name: str
    code: int
    label: Label
    plural: Label
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()
    description: Label = field(default=Label("", ""))

    @property
    def is_ours(self) -> bool:
        """Whether the solution makes the table."""
        return self.name.startswith("nsc_")


def _amount(name: str, english: str, dutch: str) -> tuple[Column, Column]:
    """Return an amount in local currency and its twin in the base currency."""
    label = Label(english, dutch)
    twin = Label(f"{english} (Base)", f"{dutch} (basis)")
    return Column(name, "money", label), Column(f"{name}_base", "base", twin, base_of=name)


_STATE = (
    Column("statecode", "state", Label("Status", "Status")),
    Column("statuscode", "status", Label("Status Reason", "Statusreden")),
)
_COMPANY = Column("nsc_connectionid", "lookup", Label("NAV Company", "NAV-bedrijf"), target=CONNECTION)

CONNECTION_TABLE = Table(
    CONNECTION,
    CONNECTION,
    10801,
    Label("NAV Connection", "NAV-verbinding"),
    Label("NAV Connections", "NAV-verbindingen"),
    (
        Column("nsc_connectionid", "key", Label("NAV Connection", "NAV-verbinding")),
        Column("nsc_name", "name", Label("Company", "Bedrijf"), CONNECTION_TEXT, required=True),
        Column(
            "nsc_dynamicsnavurl",
            "text",
            Label("Dynamics NAV Web Client URL", "URL van Dynamics NAV-webclient"),
            CONNECTION_TEXT,
            "url",
        ),
        Column(
            "nsc_dynamicsnavodataurl",
            "text",
            Label("Dynamics NAV OData Web Service URL", "URL van Dynamics NAV OData-webservice"),
            CONNECTION_TEXT,
            "url",
        ),
        Column(
            "nsc_dynamicsnavodatausername",
            "text",
            Label("Dynamics NAV OData Web Service User Name", "Gebruikersnaam van Dynamics NAV OData-webservice"),
            CONNECTION_TEXT,
        ),
        Column(
            "nsc_dynamicsnavodataaccesskey",
            "text",
            Label("Dynamics NAV OData Web Service Access Key", "Toegangssleutel van Dynamics NAV OData-webservice"),
            CONNECTION_TEXT,
        ),
        *_STATE,
    ),
    (Key("nsc_connection_company", Label("Company", "Bedrijf"), ("nsc_name",)),),
    Label(
        "Where NAV's web client and its item availability are found, one row for each company.",
        "Waar de webclient van NAV en de artikelbeschikbaarheid te vinden zijn, één rij per bedrijf.",
    ),
)

STATISTICS_TABLE = Table(
    STATISTICS,
    STATISTICS,
    10802,
    Label("NAV Account Statistics", "NAV-accountstatistiek"),
    Label("NAV Account Statistics", "NAV-accountstatistieken"),
    (
        Column("nsc_accountstatisticsid", "key", Label("NAV Account Statistics", "NAV-accountstatistiek")),
        Column("nsc_name", "name", Label("Name", "Naam"), CONNECTION_TEXT, required=True),
        Column("nsc_customerno", "text", Label("Customer No.", "Klantnr."), NUMBER_LENGTH),
        _COMPANY,
        *_amount("nsc_balancelcy", "Balance (LCY)", "Saldo (LV)"),
        *_amount("nsc_outstandingorderslcy", "Outstanding Orders (LCY)", "Openstaande orders (LV)"),
        *_amount("nsc_shippednotinvoicedlcy", "Shipped Not Invoiced (LCY)", "Verzonden niet gefactureerd (LV)"),
        *_amount("nsc_outstandinginvoiceslcy", "Outstanding Invoices (LCY)", "Openstaande facturen (LV)"),
        *_amount(
            "nsc_outstandingserviceorderslcy", "Outstanding Service Orders (LCY)", "Openstaande serviceorders (LV)"
        ),
        *_amount(
            "nsc_servshippednotinvoicedlcy",
            "Service Shipped Not Invoiced (LCY)",
            "Service verzonden niet gefactureerd (LV)",
        ),
        *_amount(
            "nsc_outstandingservinvoiceslcy", "Outstanding Service Invoices (LCY)", "Openstaande servicefacturen (LV)"
        ),
        *_amount("nsc_totallcy", "Total (LCY)", "Totaal (LV)"),
        *_amount("nsc_creditlimitlcy", "Credit Limit (LCY)", "Kredietlimiet (LV)"),
        *_amount("nsc_overdueamountslcy", "Overdue Amounts (LCY)", "Vervallen bedragen (LV)"),
        Column(
            "nsc_overdueamountsasof", "moment", Label("Overdue Amounts As Of", "Vervallen bedragen per"), format="date"
        ),
        *_amount("nsc_totalsaleslcy", "Total Sales (LCY)", "Totale verkoop (LV)"),
        *_amount(
            "nsc_invoicedprepaymentamountlcy",
            "Invoiced Prepayment Amount (LCY)",
            "Gefactureerd vooruitbetalingsbedrag (LV)",
        ),
        # The platform makes currency and exchange rate, with their relationship, with the first amount.
        *_STATE,
    ),
    (Key("nsc_accountstatistics_customer", Label("Customer", "Klant"), ("nsc_customerno", "nsc_connectionid")),),
    Label(
        "What a customer owes, has ordered and has bought, as NAV says it. Written by the connector.",
        "Wat een klant schuldig is, heeft besteld en heeft gekocht, volgens NAV. Wordt geschreven door de connector.",
    ),
)


def _sales(name: str, schema_name: str, code: int, label: Label, *columns: Column, keys: tuple[Key, ...] = ()) -> Table:
    return Table(name, schema_name, code, label, label, columns, keys)


def _number_of(name: str, english: str, dutch: str) -> Column:
    return Column(name, "text", Label(english, dutch), NUMBER_LENGTH)


_LINE = Column("nsc_navlinenumber", "whole", Label("NAV Line No.", "NAV-regelnr."))

EXTENDED_TABLES = (
    _sales(
        "account",
        "Account",
        1,
        Label("Account", "Account"),
        Column(
            "nsc_accountstatisticsid",
            "lookup",
            Label("NAV Account Statistics", "NAV-accountstatistiek"),
            target=STATISTICS,
        ),
    ),
    _sales(
        "contact",
        "Contact",
        2,
        Label("Contact", "Contactpersoon"),
        _number_of("nsc_contactno", "NAV Contact No.", "NAV-contactnr."),
    ),
    _sales(
        "product",
        "Product",
        1024,
        Label("Product", "Product"),
        # The quantity itself is the product's own column, quantityonhand (reference 4.5).
        Column("nsc_availabilityasof", "moment", Label("NAV Inventory As Of", "NAV-voorraad per")),
    ),
    _sales(
        "opportunity",
        "Opportunity",
        3,
        Label("Opportunity", "Verkoopkans"),
        _number_of("nsc_navopportunityno", "NAV Opportunity No.", "NAV-verkoopkansnr."),
    ),
    _sales(
        "quote",
        "Quote",
        1084,
        Label("Quote", "Offerte"),
        _COMPANY,
        _number_of("nsc_navquotenumber", "NAV Quote No.", "NAV-offertenr."),
    ),
    _sales("quotedetail", "QuoteDetail", 1085, Label("Quote Product", "Offerteproduct"), _LINE),
    _sales(
        "salesorder",
        "SalesOrder",
        1088,
        Label("Order", "Order"),
        _COMPANY,
        _number_of("nsc_navordernumber", "NAV Order No.", "NAV-ordernr."),
        Column(
            "nsc_navoccurrencenumber",
            "whole",
            Label("NAV Document Occurrence No.", "NAV-documentversienr."),
        ),
        keys=(
            Key("nsc_salesorder_navorder", Label("NAV Order", "NAV-order"), ("nsc_navordernumber", "nsc_connectionid")),
        ),
    ),
    _sales("salesorderdetail", "SalesOrderDetail", 1089, Label("Order Product", "Orderproduct"), _LINE),
    _sales(
        "invoice",
        "Invoice",
        1090,
        Label("Invoice", "Factuur"),
        _COMPANY,
        _number_of("nsc_navinvoicenumber", "NAV Invoice No.", "NAV-factuurnr."),
        keys=(
            Key(
                "nsc_invoice_navinvoice",
                Label("NAV Invoice", "NAV-factuur"),
                ("nsc_navinvoicenumber", "nsc_connectionid"),
            ),
        ),
    ),
    _sales("invoicedetail", "InvoiceDetail", 1091, Label("Invoice Product", "Factuurproduct"), _LINE),
)

OWN_TABLES = (CONNECTION_TABLE, STATISTICS_TABLE)
TABLES = OWN_TABLES + EXTENDED_TABLES


def table_element(table: Table) -> Element:
    """Return a table with its columns and keys as `customizations.xml` holds it, without forms and views."""
    element = Element("Entity")
    name = SubElement(element, "Name", LocalizedName=table.label.english, OriginalName=table.label.english)
    name.text = table.schema_name
    text_add(element, "ObjectTypeCode", table.code)
    entity = SubElement(SubElement(element, "EntityInfo"), "entity", Name=table.schema_name)
    if table.is_ours:
        labels_add(entity, "LocalizedNames", "LocalizedName", table.label)
        labels_add(entity, "LocalizedCollectionNames", "LocalizedCollectionName", table.plural)
        labels_add(entity, "Descriptions", "Description", table.description)
    attributes = SubElement(entity, "attributes")
    for column in table.columns:
        attributes.append(column_element(column))
    if table.is_ours:
        _settings(entity)
    if table.keys:
        keys_add(entity, table.keys)
    return element


def _settings(entity: Element) -> None:
    """Say how a table of ours behaves: the organization owns its rows, and change tracking is on."""
    text_add(entity, "OwnershipTypeMask", "OrgOwned")
    for name in (
        "IsDuplicateCheckSupported",
        "IsConnectionsEnabled",
        "IsDocumentManagementEnabled",
        "IsMailMergeEnabled",
        "IsAuditEnabled",
        "IsQuickCreateEnabled",
    ):
        text_add(entity, name, "0")
    for name in (
        "ChangeTrackingEnabled",
        "CanChangeTrackingBeEnabled",
        "IsVisibleInMobileClient",
        "IsCustomizable",
        "IsRenameable",
    ):
        text_add(entity, name, "1")
