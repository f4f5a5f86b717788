"""Forms on which a salesperson sees what NAV says: number, statistics, availability.

They are forms of our own beside those of Sales, never changes of a customer's form. Source: FormXml.xsd.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import Label, labels_add, text_add
from setup_wizard.solution.names import CONNECTION, DUTCH, ENGLISH, STATISTICS, braced, id_of

# The platform's controls.
_CONTROLS = {
    "text": "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}",
    "url": "{71716B6C-711E-476c-8AB8-5D11542BFB47}",
    "money": "{533B9E00-756B-4312-95A0-DC888637AC78}",
    "decimal": "{C3EFE0C3-0EC6-42be-8349-CBD9079DFD8E}",
    "moment": "{5B773807-9FB2-42db-97C3-7A91EFF8ADFF}",
    "lookup": "{270BD3DB-D9AF-4782-9025-509E298DEC0A}",
    "quickform": "{5C5600E0-1D6E-4205-A272-BE80DA87FD42}",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field. `form` is the quick view that shows the row a lookup points to."""

    column: str
    control: str
    label: Label
    form: str = ""
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `kind` is main or quick; sections are a title and its fields."""

    table: str
    name: str
    kind: str
    label: Label
    sections: tuple[tuple[Label, tuple[Cell, ...]], ...]

    @property
    def key(self) -> str:
        """Its id."""
        return id_of("form", f"{self.table}/{self.name}")


def _money(column: str, english: str, dutch: str) -> Cell:
    return Cell(column, "money", Label(english, dutch))


_FIGURES = (
    _money("nsc_balancelcy", "Balance (LCY)", "Saldo (LV)"),
    _money("nsc_outstandingorderslcy", "Outstanding Orders (LCY)", "Openstaande orders (LV)"),
    _money("nsc_shippednotinvoicedlcy", "Shipped Not Invoiced (LCY)", "Verzonden niet gefactureerd (LV)"),
    _money("nsc_outstandinginvoiceslcy", "Outstanding Invoices (LCY)", "Openstaande facturen (LV)"),
    _money("nsc_totallcy", "Total (LCY)", "Totaal (LV)"),
    _money("nsc_creditlimitlcy", "Credit Limit (LCY)", "Kredietlimiet (LV)"),
    _money("nsc_overdueamountslcy", "Overdue Amounts (LCY)", "Vervallen bedragen (LV)"),
    Cell("nsc_overdueamountsasof", "moment", Label("Overdue Amounts As Of", "Vervallen bedragen per")),
    _money("nsc_totalsaleslcy", "Total Sales (LCY)", "Totale verkoop (LV)"),
)
_SERVICE = (
    _money("nsc_outstandingserviceorderslcy", "Outstanding Service Orders (LCY)", "Openstaande serviceorders (LV)"),
    _money(
        "nsc_servshippednotinvoicedlcy",
        "Service Shipped Not Invoiced (LCY)",
        "Service verzonden niet gefactureerd (LV)",
    ),
    _money("nsc_outstandingservinvoiceslcy", "Outstanding Service Invoices (LCY)", "Openstaande servicefacturen (LV)"),
    _money(
        "nsc_invoicedprepaymentamountlcy",
        "Invoiced Prepayment Amount (LCY)",
        "Gefactureerd vooruitbetalingsbedrag (LV)",
    ),
)

STATISTICS_VIEW = Form(
    STATISTICS,
    "figures",
    "quick",
    Label("NAV figures", "NAV-cijfers"),
    ((Label("NAV figures", "NAV-cijfers"), _FIGURES),),
)
_IN_NAV = Label("In Dynamics NAV", "In Dynamics NAV")

FORMS = (
    Form(
        CONNECTION,
        "connection",
        "main",
        Label("NAV Connection", "NAV-verbinding"),
        (
            (
                Label("Connection", "Verbinding"),
                (
                    Cell("nsc_name", "text", Label("Company", "Bedrijf")),
                    Cell("nsc_dynamicsnavurl", "url", Label("Web Client URL", "URL van webclient")),
                    Cell("nsc_dynamicsnavodataurl", "url", Label("OData Web Service URL", "URL van OData-webservice")),
                    Cell("nsc_dynamicsnavodatausername", "text", Label("OData User Name", "OData-gebruikersnaam")),
                ),
            ),
        ),
    ),
    Form(
        STATISTICS,
        "statistics",
        "main",
        Label("NAV Account Statistics", "NAV-accountstatistiek"),
        (
            (
                Label("Customer", "Klant"),
                (
                    Cell("nsc_name", "text", Label("Name", "Naam")),
                    Cell("nsc_customerno", "text", Label("Customer No.", "Klantnr.")),
                    Cell("nsc_connectionid", "lookup", Label("NAV Company", "NAV-bedrijf")),
                ),
            ),
            (Label("Figures", "Cijfers"), _FIGURES),
            (Label("Service", "Service"), _SERVICE),
        ),
    ),
    STATISTICS_VIEW,
    Form(
        "account",
        "customer",
        "main",
        Label("Customer in NAV", "Klant in NAV"),
        (
            (
                _IN_NAV,
                (
                    Cell("name", "text", Label("Account Name", "Accountnaam"), editable=True),
                    Cell("accountnumber", "text", Label("Customer No.", "Klantnr.")),
                    Cell("creditlimit", "money", Label("Credit Limit", "Kredietlimiet")),
                    Cell("ownerid", "lookup", Label("Salesperson", "Verkoper"), editable=True),
                ),
            ),
            (
                Label("Statistics", "Statistiek"),
                (
                    Cell(
                        "nsc_accountstatisticsid",
                        "quickform",
                        Label("NAV figures", "NAV-cijfers"),
                        form=STATISTICS_VIEW.key,
                    ),
                ),
            ),
        ),
    ),
    Form(
        "product",
        "item",
        "main",
        Label("Item in NAV", "Artikel in NAV"),
        (
            (
                _IN_NAV,
                (
                    Cell("name", "text", Label("Name", "Naam"), editable=True),
                    Cell("productnumber", "text", Label("Item No.", "Artikelnr.")),
                    Cell("price", "money", Label("Unit Price", "Eenheidsprijs")),
                ),
            ),
            (
                Label("Item Availability", "Artikelbeschikbaarheid"),
                (
                    Cell("quantityonhand", "decimal", Label("Inventory", "Voorraad")),
                    Cell("nsc_availabilityasof", "moment", Label("As Of", "Per")),
                ),
            ),
        ),
    ),
    Form(
        "salesorder",
        "order",
        "main",
        Label("Order in NAV", "Order in NAV"),
        (
            (
                _IN_NAV,
                (
                    Cell("name", "text", Label("Name", "Naam"), editable=True),
                    Cell("ordernumber", "text", Label("Order ID", "Order-id")),
                    Cell("nsc_navordernumber", "text", Label("NAV Order No.", "NAV-ordernr.")),
                    Cell("nsc_connectionid", "lookup", Label("NAV Company", "NAV-bedrijf")),
                ),
            ),
        ),
    ),
)


def forms_add(entity: Element, table: str) -> None:
    """Add the forms of a table, by kind."""
    own = [form for form in FORMS if form.table == table]
    if not own:
        return
    group = SubElement(entity, "FormXml")
    for kind in ("main", "quick"):
        if chosen := [form for form in own if form.kind == kind]:
            forms = SubElement(group, "forms", type=kind)
            forms.extend(_system_form(form) for form in chosen)


def _system_form(form: Form) -> Element:
    element = Element("systemform")
    text_add(element, "formid", braced(form.key))
    text_add(element, "FormPresentation", 1)
    text_add(element, "FormActivationState", 1)
    element.append(_form(form))
    text_add(element, "IsCustomizable", "1")
    text_add(element, "CanBeDeleted", "1")
    labels_add(element, "LocalizedNames", "LocalizedName", form.label)
    return element


def _form(form: Form) -> Element:
    element = Element("form")
    tab = SubElement(
        SubElement(element, "tabs"),
        "tab",
        id=braced(id_of("tab", form.key)),
        name="nav",
        showlabel="false",
        expanded="true",
    )
    _labels(tab, form.label)
    sections = SubElement(SubElement(SubElement(tab, "columns"), "column", width="100%"), "sections")
    for number, (label, cells) in enumerate(form.sections):
        section = SubElement(
            sections,
            "section",
            id=braced(id_of("section", f"{form.key}/{number}")),
            name=f"section{number}",
            showlabel="true",
            showbar="false",
            columns="1",
        )
        _labels(section, label)
        rows = SubElement(section, "rows")
        for cell in cells:
            SubElement(rows, "row").append(_cell(form, cell))
    if form.kind == "main":
        conditions = SubElement(element, "DisplayConditions", FallbackForm="false", Order="9")
        SubElement(conditions, "Everyone")
    return element


def _cell(form: Form, cell: Cell) -> Element:
    element = Element("cell", id=braced(id_of("cell", f"{form.key}/{cell.column}")), showlabel="true")
    _labels(element, cell.label)
    control = SubElement(
        element,
        "control",
        id=f"nav_{cell.column}" if cell.form else cell.column,
        classid=_CONTROLS[cell.control],
        datafieldname=cell.column,
        disabled="false" if cell.editable else "true",
    )
    if cell.form:
        parameters = SubElement(control, "parameters")
        text = f'<QuickFormIds><QuickFormId entityname="{STATISTICS}">{cell.form}</QuickFormId></QuickFormIds>'
        text_add(parameters, "QuickForms", text)
        text_add(parameters, "ControlMode", "Edit")
    return element


def _labels(parent: Element, label: Label) -> None:
    group = SubElement(parent, "labels")
    for text, language in ((label.english, ENGLISH), (label.dutch, DUTCH)):
        SubElement(group, "label", description=text, languagecode=str(language))
