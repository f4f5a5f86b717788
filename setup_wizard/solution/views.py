"""Lists on which a salesperson finds customers, items and orders by NAV's number.

Source: CustomizationsSolution.xsd, Fetch.xsd.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import Label, labels_add, text_add
from setup_wizard.solution.names import CONNECTION, STATISTICS, braced, id_of


@dataclass(frozen=True, slots=True)
class View:
    """A public list: columns with widths in pixels, sorted by the first; `where` is column, operator, value."""

    table: str
    code: int
    key_column: str
    label: Label
    columns: tuple[tuple[str, int], ...]
    where: tuple[tuple[str, str, str], ...] = (("statecode", "eq", "0"),)
    is_default: bool = False

    @property
    def key(self) -> str:
        """Its id."""
        return id_of("view", f"{self.table}/{self.label.english}")


VIEWS = (
    View(
        CONNECTION,
        10801,
        "nsc_connectionid",
        Label("NAV Connections", "NAV-verbindingen"),
        (("nsc_name", 250), ("nsc_dynamicsnavurl", 400)),
        is_default=True,
    ),
    View(
        STATISTICS,
        10802,
        "nsc_accountstatisticsid",
        Label("NAV Account Statistics", "NAV-accountstatistieken"),
        (("nsc_customerno", 120), ("nsc_name", 250), ("nsc_balancelcy", 150), ("nsc_overdueamountslcy", 150)),
        is_default=True,
    ),
    View(
        "account",
        1,
        "accountid",
        Label("Customers in NAV", "Klanten in NAV"),
        (("accountnumber", 120), ("name", 300), ("address1_city", 150), ("telephone1", 150), ("ownerid", 150)),
        (("statecode", "eq", "0"), ("customertypecode", "eq", "3"), ("accountnumber", "not-null", "")),
    ),
    View(
        "product",
        1024,
        "productid",
        Label("Items in NAV, with availability", "Artikelen in NAV, met beschikbaarheid"),
        (
            ("productnumber", 120),
            ("name", 300),
            ("quantityonhand", 120),
            ("nsc_availabilityasof", 150),
            ("price", 120),
        ),
        (("statecode", "eq", "0"), ("producttypecode", "eq", "1")),
    ),
    View(
        "salesorder",
        1088,
        "salesorderid",
        Label("Orders in NAV", "Orders in NAV"),
        (("nsc_navordernumber", 120), ("ordernumber", 150), ("name", 300), ("customerid", 200), ("totalamount", 120)),
        (("nsc_navordernumber", "not-null", ""),),
    ),
    View(
        "invoice",
        1090,
        "invoiceid",
        Label("Invoices from NAV", "Facturen uit NAV"),
        (("nsc_navinvoicenumber", 120), ("name", 300), ("customerid", 200), ("totalamount", 120)),
        (("nsc_navinvoicenumber", "not-null", ""),),
    ),
)


def views_add(entity: Element, table: str) -> None:
    """Add the lists of a table."""
    if own := [view for view in VIEWS if view.table == table]:
        group = SubElement(SubElement(entity, "SavedQueries"), "savedqueries")
        group.extend(_saved_query(view) for view in own)


def _saved_query(view: View) -> Element:
    element = Element("savedquery")
    text_add(element, "IsCustomizable", "1")
    text_add(element, "CanBeDeleted", "1")
    text_add(element, "isquickfindquery", "0")
    text_add(element, "isprivate", "0")
    text_add(element, "isdefault", "1" if view.is_default else "0")
    text_add(element, "savedqueryid", braced(view.key))
    text_add(element, "querytype", 0)
    grid = SubElement(
        SubElement(element, "layoutxml"),
        "grid",
        name="resultset",
        object=str(view.code),
        jump=view.columns[0][0],
        select="1",
        preview="1",
        icon="1",
    )
    row = SubElement(grid, "row", name="result", id=view.key_column)
    for name, width in view.columns:
        SubElement(row, "cell", name=name, width=str(width))
    fetch = SubElement(SubElement(element, "fetchxml"), "fetch", version="1.0", mapping="logical")
    entity = SubElement(fetch, "entity", name=view.table)
    for name in (view.key_column, *(name for name, _width in view.columns)):
        SubElement(entity, "attribute", name=name)
    SubElement(entity, "order", attribute=view.columns[0][0], descending="false")
    conditions = SubElement(entity, "filter", type="and")
    for column, operator, value in view.where:
        condition = SubElement(conditions, "condition", attribute=column, operator=operator)
        if value:
            condition.set("value", value)
    labels_add(element, "LocalizedNames", "LocalizedName", view.label)
    return element
