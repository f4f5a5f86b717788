"""The package: a zip of three files, the same bytes for the same source, and what a package that was uploaded says of itself."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _

from connector.errors import ConfigurationError
from setup_wizard.solution.forms import forms_add
from setup_wizard.solution.labels import text_add
from setup_wizard.solution.manifest import manifest_element
from setup_wizard.solution.names import DUTCH, ENGLISH, VERSION
from setup_wizard.solution.relations import relations_element
from setup_wizard.solution.roles import PrivilegeNames, RoleDefinition, role_definitions, roles_element
from setup_wizard.solution.tables import TABLES, table_element
from setup_wizard.solution.views import views_add

MANIFEST_FILE, CONTENT_FILE, TYPES_FILE = "solution.xml", "customizations.xml", "[Content_Types].xml"
FILE_NAME = "NavSalesConnector.zip"
# A zip holds a time for every file; a fixed one makes equal sources equal packages.
_TIME = (2020, 1, 1, 0, 0, 0)
_CONTENT_TYPES = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/octet-stream" /></Types>\n'
)
# A package of somebody's own: larger than any integration solution, far below what a worker may hold.
LARGEST_PACKAGE_BYTES = 32 * 1024 * 1024
_LARGEST_MANIFEST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """What a package says of itself."""

    unique_name: str
    version: str
    managed: bool
    title: str = ""


def package_build(
    *,
    managed: bool = True,
    deleting: Iterable[str] = (),
    names: PrivilegeNames | None = None,
    version: str = VERSION,
) -> bytes:
    """Return our solution package. `deleting` names mappings whose deletion policy deletes in Sales, `names` the environment's
    own privilege names (see roles.py)."""
    roles = role_definitions(deleting=deleting)
    files = (
        (TYPES_FILE, _CONTENT_TYPES),
        (MANIFEST_FILE, document(manifest_element(roles, managed=managed, version=version))),
        (CONTENT_FILE, document(customizations_element(roles, names))),
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def customizations_element(roles: Iterable[RoleDefinition], names: PrivilegeNames | None = None) -> Element:
    """Return all that the solution brings: tables with forms and views, roles, relationships."""
    root = Element("ImportExportXml")
    entities = SubElement(root, "Entities")
    for table in TABLES:
        entity = table_element(table)
        forms_add(entity, table.name)
        views_add(entity, table.name)
        entities.append(entity)
    root.append(roles_element(roles, names))
    SubElement(root, "Workflows")
    SubElement(root, "FieldSecurityProfiles")
    SubElement(root, "Templates")
    SubElement(root, "EntityMaps")
    root.append(relations_element())
    SubElement(root, "optionsets")
    languages = SubElement(root, "Languages")
    for code in (ENGLISH, DUTCH):
        text_add(languages, "Language", code)
    return root


def document(root: Element) -> bytes:
    """Return an element as an XML file."""
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def package_facts(data: bytes) -> PackageFacts:
    """Return what a package says of itself. Raises ConfigurationError with a sentence for a file that is none."""
    if len(data) > LARGEST_PACKAGE_BYTES:
        raise _no_package(_("it is larger than 32 MB"))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = archive.getinfo(MANIFEST_FILE)
            if entry.file_size > _LARGEST_MANIFEST_BYTES:
                raise _no_package(_("its solution.xml is too large"))
            root = fromstring(archive.read(entry))
    except KeyError as error:
        raise _no_package(_("it holds no solution.xml")) from error
    except (zipfile.BadZipFile, ParseError, DefusedXmlException, NotImplementedError, RuntimeError) as error:
        raise _no_package(_("it cannot be read")) from error
    manifest = root.find("SolutionManifest")
    name = manifest.findtext("UniqueName", "") if manifest is not None else ""
    if manifest is None or not name:
        raise _no_package(_("its solution.xml names no solution"))
    title = manifest.find("LocalizedNames/LocalizedName")
    return PackageFacts(
        unique_name=name,
        version=manifest.findtext("Version", "") or "0.0",
        managed=manifest.findtext("Managed", "") == "1",
        title=title.get("description", "") if title is not None else "",
    )


def package_read(path: str) -> bytes:
    """Return the package that was uploaded. Raises ConfigurationError: the file is gone or is no package."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(
            _("The solution package is not there any more. Choose the file again."), code="package_missing"
        ) from error
    package_facts(data)
    return data


def _no_package(reason: str) -> ConfigurationError:
    return ConfigurationError(
        _(
            "The file is no Dynamics 365 solution package: %(reason)s. Choose the zip file as it was exported or delivered."
        )
        % {"reason": reason},
        code="package_form",
    )
