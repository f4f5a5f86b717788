"""Reads what a package brings: tables, relationships, option sets, roles, forms and views of `customizations.xml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, tostring

from sandbox.dataverse.access import DEPTHS
from sandbox.dataverse.schema import State
from sandbox.dataverse.solutions.attributes import Attribute, read_attribute, read_options
from sandbox.dataverse.solutions.manifest import described, guid_of, invalid, text_of

OWNERSHIPS = {
    "": "UserOwned",
    "userowned": "UserOwned",
    "orgowned": "OrganizationOwned",
    "organizationowned": "OrganizationOwned",
    "businessowned": "BusinessOwned",
    "1": "UserOwned",
    "8": "OrganizationOwned",
}
CASCADES = {"Cascade": "cascade", "NoCascade": "ignore", "RemoveLink": "unlink", "Restrict": "restrict"}
PARTS_REFUSED = (
    "Workflows",
    "SolutionPluginAssemblies",
    "SdkMessageProcessingSteps",
    "ServiceEndpoints",
    "FieldSecurityProfiles",
    "Reports",
    "Slas",
    "RoutingRules",
    "ConvertRules",
)
"""Parts of a package the stand-in cannot make. An empty one is fine."""


@dataclass(frozen=True, slots=True)
class Row:
    """A form or a view: kept as a row, not interpreted."""

    table: str
    key: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Key:
    """An alternate key."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """A table of the package; `attributes` is all of a new one and what is added to an existing one."""

    name: str
    schema_name: str
    label: str
    plural: str
    set_name: str
    ownership: str
    tracked: bool
    attributes: tuple[Attribute, ...]
    keys: tuple[Key, ...]
    rows: tuple[Row, ...]
    states: Mapping[int, State]


@dataclass(frozen=True, slots=True)
class Relationship:
    """One to many: `child` points to `parent` by `column`. Many to many: `column` is empty."""

    name: str
    parent: str
    child: str
    column: str
    delete_rule: str = "unlink"


@dataclass(frozen=True, slots=True)
class OptionSet:
    """A global option set."""

    name: str
    label: str
    options: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Role:
    """A security role: privileges with their depth."""

    id: str
    name: str
    privileges: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Components:
    """All that a package brings."""

    entities: tuple[Entity, ...]
    relationships: tuple[Relationship, ...]
    option_sets: tuple[OptionSet, ...]
    roles: tuple[Role, ...]

    def entity(self, name: str) -> Entity | None:
        """A table by logical name."""
        return next((entity for entity in self.entities if entity.name == name), None)

    def count(self) -> int:
        """How many components there are: what an import takes its time for."""
        columns = sum(len(entity.attributes) + len(entity.keys) + len(entity.rows) for entity in self.entities)
        return columns + sum(map(len, (self.entities, self.relationships, self.option_sets, self.roles)))


def read_components(root: Element) -> Components:
    """What `customizations.xml` holds. Raises: ServiceError 400."""
    for name in PARTS_REFUSED:
        part = root.find(name)
        if part is not None and len(part):
            raise invalid(f"The sandbox cannot import '{name}'.")
    return Components(
        entities=tuple(_entity(each) for each in root.iterfind("Entities/Entity")),
        relationships=tuple(_relationship(each) for each in root.iterfind("EntityRelationships/EntityRelationship")),
        option_sets=tuple(_option_set(each) for each in root.iterfind("optionsets/optionset")),
        roles=tuple(_role(each) for each in root.iterfind("Roles/Role")),
    )


def _entity(element: Element) -> Entity:
    schema = text_of(element, "Name")
    info = element.find("EntityInfo/entity")
    if not schema:
        raise invalid("An Entity has no Name.")
    if info is not None and info.get("Name", "").lower() != schema.lower():
        raise invalid(f"The name '{info.get('Name')}' in EntityInfo is not the name '{schema}' of the entity.")
    source = info if info is not None else Element("entity")
    attributes = [each for each in map(read_attribute, source.iterfind("attributes/attribute")) if each is not None]
    _once(schema, [each.column.name for each in attributes])
    ownership = text_of(source, "OwnershipTypeMask").lower()
    if ownership not in OWNERSHIPS:
        raise invalid(f"The OwnershipTypeMask '{ownership}' of '{schema}' is not valid.")
    states: dict[int, State] = {}
    for attribute in attributes:
        states = _joined(states, attribute.states)
    return Entity(
        name=schema.lower(),
        schema_name=info.get("Name", schema) if info is not None else schema,
        label=described(source, "LocalizedNames/LocalizedName"),
        plural=described(source, "LocalizedCollectionNames/LocalizedCollectionName"),
        set_name=text_of(source, "EntitySetName"),
        ownership=OWNERSHIPS[ownership],
        tracked=text_of(source, "ChangeTrackingEnabled") == "1",
        attributes=tuple(attributes),
        keys=tuple(_key(each) for each in source.iterfind("EntityKeys/EntityKey")),
        rows=(*_forms(schema.lower(), element), *_views(schema.lower(), element)),
        states=states,
    )


def _joined(states: Mapping[int, State], more: Mapping[int, State]) -> dict[int, State]:
    """States with their labels, from one column, and their reasons, from the other; the default reason stays first."""
    result = dict(states)
    for number, state in more.items():
        held = result.get(number, State("", {}))
        reasons = {**held.reasons, **{reason: text for reason, text in state.reasons.items() if text}}
        for reason in state.reasons:
            reasons.setdefault(reason, "")
        result[number] = State(held.label or state.label, reasons)
    return result


def _once(schema: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise invalid(f"The attribute '{name}' stands twice in '{schema}'.")
        seen.add(name)


def _key(element: Element) -> Key:
    name = (text_of(element, "LogicalName") or text_of(element, "Name")).lower()
    columns = tuple((each.text or "").strip().lower() for each in element.iterfind("EntityKeyAttributes/AttributeName"))
    if not name or not columns:
        raise invalid("An EntityKey needs a name and at least one attribute.")
    return Key(name, columns)


def _forms(table: str, entity: Element) -> list[Row]:
    kinds = {"main": 2, "quick": 6, "quickCreate": 7, "card": 11}
    found = []
    for forms in entity.iterfind("FormXml/forms"):
        kind = kinds.get(forms.get("type", "main"), 2)
        for form in forms.iterfind("systemform"):
            body = form.find("form")
            values = {
                "name": described(form, "LocalizedNames/LocalizedName"),
                "type": kind,
                "objecttypecode": table,
                "formxml": tostring(body, encoding="unicode") if body is not None else None,
            }
            found.append(Row("systemform", _row_id(form, "formid"), values))
    return found


def _views(table: str, entity: Element) -> list[Row]:
    found = []
    for view in entity.iterfind("SavedQueries/savedqueries/savedquery"):
        parts = {name: view.find(f"{name}/{inner}") for name, inner in (("fetchxml", "fetch"), ("layoutxml", "grid"))}
        kind = text_of(view, "querytype")
        values = {
            "name": described(view, "LocalizedNames/LocalizedName"),
            "returnedtypecode": table,
            "querytype": int(kind) if kind.isdigit() else 0,
            "isdefault": text_of(view, "isdefault") == "1",
            "isquickfindquery": text_of(view, "isquickfindquery") == "1",
            **{name: tostring(part, encoding="unicode") for name, part in parts.items() if part is not None},
        }
        found.append(Row("savedquery", _row_id(view, "savedqueryid"), values))
    return found


def _row_id(element: Element, name: str) -> str:
    key = guid_of(text_of(element, name))
    if len(key) != 36:
        raise invalid(f"The {name} '{key}' is not an id.")
    return key


def _relationship(element: Element) -> Relationship:
    name, kind = element.get("Name", ""), text_of(element, "EntityRelationshipType")
    if kind == "OneToMany":
        names = ("ReferencedEntityName", "ReferencingEntityName", "ReferencingAttributeName")
    elif kind == "ManyToMany":
        names = ("FirstEntityName", "SecondEntityName", "IntersectEntityName")
    else:
        raise invalid(f"The type '{kind}' of the relationship '{name}' is not valid.")
    first, second, third = (text_of(element, each).lower() for each in names)
    if not (name and first and second and third):
        raise invalid(f"The relationship '{name}' needs {', '.join(names)}.")
    if kind == "ManyToMany":
        return Relationship(name, first, second, "")
    rule = text_of(element, "CascadeDelete") or "RemoveLink"
    if rule not in CASCADES:
        raise invalid(f"The CascadeDelete '{rule}' of the relationship '{name}' is not valid.")
    return Relationship(name, first, second, third, CASCADES[rule])


def _option_set(element: Element) -> OptionSet:
    name = element.get("Name", "")
    label = described(element, "displaynames/displayname") or element.get("localizedName", "") or name
    return OptionSet(name, label, read_options(element))


def _role(element: Element) -> Role:
    key, name = guid_of(element.get("id", "")), element.get("name", "")
    if len(key) != 36 or not name:
        raise invalid("A Role needs a name and an id.")
    privileges: dict[str, int] = {}
    for each in element.iterfind("RolePrivileges/RolePrivilege"):
        level = each.get("level", "")
        if level not in DEPTHS:
            raise invalid(f"The level '{level}' of a privilege of the role '{name}' is not valid.")
        privileges[each.get("name", "")] = DEPTHS[level]
    return Role(key, name, privileges)
