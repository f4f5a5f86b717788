"""`solution.xml`: name, version, publisher and the list of what the package holds.

Component types: 1 table, 20 role (learn.microsoft.com, "SolutionComponent table"). A table of Sales is listed as a shell
(behavior 2): nothing of it is changed beyond what we add.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import Label, labels_add, text_add
from setup_wizard.solution.names import (
    FORMAT_VERSION,
    OPTION_VALUE_PREFIX,
    PREFIX,
    PUBLISHER,
    PUBLISHER_TITLE,
    SOLUTION,
    SOLUTION_TITLE,
    VERSION,
    braced,
)
from setup_wizard.solution.roles import RoleDefinition
from setup_wizard.solution.tables import TABLES

_TABLE, _ROLE = "1", "20"
_PURPOSE = Label(
    "Couples Dynamics NAV with Dynamics 365 for Sales: roles, connection, account statistics and NAV's numbers.",
    "Koppelt Dynamics NAV met Dynamics 365 for Sales: rollen, verbinding, accountstatistiek en de nummers van NAV.",
)


def manifest_element(roles: Iterable[RoleDefinition], *, managed: bool, version: str = VERSION) -> Element:
    """Return the manifest."""
    root = Element(
        "ImportExportXml",
        version=FORMAT_VERSION,
        SolutionPackageVersion="9.2",
        languagecode="1033",
        generatedBy="CrmLive",
    )
    manifest = SubElement(root, "SolutionManifest")
    text_add(manifest, "UniqueName", SOLUTION)
    labels_add(manifest, "LocalizedNames", "LocalizedName", Label(SOLUTION_TITLE, SOLUTION_TITLE))
    labels_add(manifest, "Descriptions", "Description", _PURPOSE)
    text_add(manifest, "Version", version)
    text_add(manifest, "Managed", "1" if managed else "0")
    manifest.append(_publisher())
    components = SubElement(manifest, "RootComponents")
    for table in TABLES:
        SubElement(
            components, "RootComponent", type=_TABLE, schemaName=table.name, behavior="0" if table.is_ours else "2"
        )
    for role in roles:
        SubElement(components, "RootComponent", type=_ROLE, id=braced(role.key), behavior="0")
    SubElement(manifest, "MissingDependencies")
    return root


def _publisher() -> Element:
    element = Element("Publisher")
    text_add(element, "UniqueName", PUBLISHER)
    labels_add(element, "LocalizedNames", "LocalizedName", Label(PUBLISHER_TITLE, PUBLISHER_TITLE))
    labels_add(element, "Descriptions", "Description", Label(PUBLISHER_TITLE, PUBLISHER_TITLE))
    SubElement(element, "EMailAddress")
    SubElement(element, "SupportingWebsiteUrl")
    text_add(element, "CustomizationPrefix", PREFIX)
    text_add(element, "CustomizationOptionValuePrefix", OPTION_VALUE_PREFIX)
    SubElement(element, "Addresses")
    return element
