"""The relationship behind every lookup of ours. Deleting the row that it points to empties the lookup, nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import text_add
from setup_wizard.solution.tables import TABLES, Table

_SCHEMA_NAMES = {table.name: table.schema_name for table in TABLES}


@dataclass(frozen=True, slots=True)
class Relation:
    """Table and lookup column → the table that it points to."""

    table: Table
    column: str
    target: str

    @property
    def name(self) -> str:
        """The relationship's name: one lookup of a table to another is enough for us."""
        return f"{self.target}_{self.table.name}"


def relations() -> Iterator[Relation]:
    """Yield the relationship of every lookup, in the order of the tables."""
    for table in TABLES:
        for column in table.columns:
            if column.kind == "lookup":
                yield Relation(table, column.name, column.target)


def relations_element() -> Element:
    """Return all relationships as `customizations.xml` holds them."""
    group = Element("EntityRelationships")
    for relation in relations():
        element = SubElement(group, "EntityRelationship", Name=relation.name)
        text_add(element, "EntityRelationshipType", "OneToMany")
        text_add(element, "IsCustomizable", "1")
        text_add(element, "IsHierarchical", "0")
        text_add(element, "ReferencingEntityName", relation.table.schema_name)
        text_add(element, "ReferencedEntityName", _SCHEMA_NAMES[relation.target])
        text_add(element, "CascadeAssign", "NoCascade")
        text_add(element, "CascadeDelete", "RemoveLink")
        text_add(element, "CascadeReparent", "NoCascade")
        text_add(element, "CascadeShare", "NoCascade")
        text_add(element, "CascadeUnshare", "NoCascade")
        text_add(element, "ReferencingAttributeName", relation.column)
        text_add(element, "IsValidForAdvancedFind", "1")
        roles = SubElement(element, "EntityRelationshipRoles")
        role = SubElement(roles, "EntityRelationshipRole")
        text_add(role, "NavPaneDisplayOption", "DoNotDisplay")
        text_add(role, "AssociationRoleOrdinal", 1)
    return group
