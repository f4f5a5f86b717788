"""Opens a solution package: a zip with a manifest and the customizations. Nothing in it is trusted."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sandbox.dataverse import errors

MANIFEST, CUSTOMIZATIONS, CONTENT_TYPES = "solution.xml", "customizations.xml", "[Content_Types].xml"
MAX_FILE_BYTES = 64 * 1024 * 1024
"""What one file of a package may unpack to; a bomb is refused before it is unpacked."""
INVALID_FILE = "0x80048000"
NOT_WELL_FORMED = "0x80048013"
INVALID_XML = "0x8004802c"


@dataclass(frozen=True, slots=True)
class Package:
    """The two files of a package as XML."""

    solution: Element
    customizations: Element


def open_package(text: object) -> Package:
    """The package in a base64 text. Raises: ServiceError 400."""
    if not isinstance(text, str) or not text:
        raise errors.bad_request("0x80040203", "Required field 'CustomizationFile' is missing.")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.payload_invalid(
            "ImportSolution", "Cannot convert the literal to the expected type 'Edm.Binary'."
        ) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise errors.bad_request(INVALID_FILE, "Invalid Import File. The file is not a zip archive.") from error


def _read(archive: zipfile.ZipFile) -> Package:
    names = {entry.filename: entry for entry in archive.infolist()}
    missing = [name for name in (MANIFEST, CUSTOMIZATIONS, CONTENT_TYPES) if name not in names]
    if missing:
        listed = ", ".join(missing)
        raise errors.bad_request(
            INVALID_FILE,
            "Invalid Import File. The compressed file must contain the following files at its root: "
            f"{MANIFEST}, {CUSTOMIZATIONS}, {CONTENT_TYPES}. Missing: {listed}.",
        )
    if any(entry.file_size > MAX_FILE_BYTES for entry in names.values()):
        raise errors.bad_request("0x80040875", "The import file is too large to upload.")
    _parsed(archive, CONTENT_TYPES)
    solution, customizations = _parsed(archive, MANIFEST), _parsed(archive, CUSTOMIZATIONS)
    for element, name, wanted in (
        (solution, MANIFEST, "ImportExportXml"),
        (customizations, CUSTOMIZATIONS, "ImportExportXml"),
    ):
        if element.tag != wanted:
            raise errors.bad_request(
                INVALID_XML,
                "This solution package cannot be imported because it contains invalid XML. "
                f"The root element of {name} is '{element.tag}', not '{wanted}'.",
            )
    return Package(solution, customizations)


def _parsed(archive: zipfile.ZipFile, name: str) -> Element:
    """A file of the archive as XML; document types, entities and external references are refused."""
    with archive.open(name) as stream:
        data = stream.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise errors.bad_request("0x80040875", "The import file is too large to upload.")
    try:
        found: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        text = f"Invalid customization file. This file is not well formed. {name}: {error}"
        raise errors.bad_request(NOT_WELL_FORMED, text) from error
    return found
