"""What NAV's `$metadata` says: services with their keys, fields, lengths, and what may be written.

Source: OASIS CSDL 4.0; the NAV annotations are those of NAV 2017 and Business Central.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connector.errors import ServerUnavailable

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_CAPABILITIES = {
    "Org.OData.Capabilities.V1.InsertRestrictions": "Insertable",
    "Org.OData.Capabilities.V1.UpdateRestrictions": "Updatable",
    "Org.OData.Capabilities.V1.DeleteRestrictions": "Deletable",
}


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of a page service; `type` is an Edm type, `max_length` None where there is none."""

    name: str
    type: str
    max_length: int | None
    editable: bool


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """A page service: its key in order, its fields by name, and what the page allows."""

    name: str
    key: tuple[str, ...]
    properties: dict[str, FieldInfo]
    insertable: bool = True
    updatable: bool = True
    deletable: bool = True

    @property
    def key_types(self) -> dict[str, str]:
        """The Edm types of the key fields."""
        return {name: self.properties[name].type for name in self.key if name in self.properties}

    def to_json(self) -> dict[str, Any]:
        """Return the service as plain JSON, for the schema cache."""
        return {
            "name": self.name,
            "key": list(self.key),
            "fields": [
                [field.name, field.type, field.max_length, field.editable] for field in self.properties.values()
            ],
            "may": [self.insertable, self.updatable, self.deletable],
        }


def service_from_json(data: Mapping[str, Any]) -> ServiceInfo:
    """Return a service from its plain JSON."""
    fields = {name: FieldInfo(name, kind, length, editable) for name, kind, length, editable in data["fields"]}
    insertable, updatable, deletable = data["may"]
    return ServiceInfo(data["name"], tuple(data["key"]), fields, insertable, updatable, deletable)


def services_of(document: bytes) -> dict[str, ServiceInfo]:
    """Return the page services of a `$metadata` document by entity set name.

    Raises: ServerUnavailable when it is no metadata document.
    """
    try:
        root = fromstring(document)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ServerUnavailable(
            "NAV's description of its services ($metadata) cannot be read. A proxy may have changed it: check the address.",
            code="metadata_unreadable",
        ) from error
    types: dict[str, Element] = {}
    services: dict[str, ServiceInfo] = {}
    for schema in root.iter(f"{EDM}Schema"):
        namespace = schema.get("Namespace", "")
        types |= {f"{namespace}.{kind.get('Name')}": kind for kind in schema.iter(f"{EDM}EntityType")}
    for entity_set in root.iter(f"{EDM}EntitySet"):
        kind = types.get(entity_set.get("EntityType", ""))
        if kind is not None:
            name = entity_set.get("Name", "")
            services[name] = _service(name, kind, entity_set)
    return services


def _service(name: str, kind: Element, entity_set: Element) -> ServiceInfo:
    key = tuple(part.get("Name", "") for part in kind.iterfind(f"{EDM}Key/{EDM}PropertyRef"))
    fields = {field.name: field for field in (_field(prop) for prop in kind.iterfind(f"{EDM}Property"))}
    return ServiceInfo(name, key, fields, **_capabilities(entity_set))


def _field(prop: Element) -> FieldInfo:
    length = prop.get("MaxLength", "")
    editable = True
    for annotation in prop.iterfind(f"{EDM}Annotation"):
        if annotation.get("Term") == "NAV.AllowEdit":
            editable = annotation.get("Bool", "true").lower() != "false"
    return FieldInfo(prop.get("Name", ""), prop.get("Type", ""), int(length) if length.isdigit() else None, editable)


def _capabilities(entity_set: Element) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for annotation in entity_set.iterfind(f"{EDM}Annotation"):
        name = _CAPABILITIES.get(annotation.get("Term", ""))
        if name:
            for value in annotation.iter(f"{EDM}PropertyValue"):
                if value.get("Property") == name:  # beside it stand navigation properties and the like
                    found[name.lower()] = value.get("Bool", "true").lower() != "false"
    return found
