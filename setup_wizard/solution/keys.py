"""Alternate keys, only over columns of ours: an index over the customer's own columns would fail on doubles that are there."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import Label, labels_add, text_add


@dataclass(frozen=True, slots=True)
class Key:
    """An alternate key over one or more columns."""

    name: str
    label: Label
    columns: tuple[str, ...]


def keys_add(entity: Element, keys: tuple[Key, ...]) -> None:
    """Add the keys of a table."""
    group = SubElement(entity, "EntityKeys")
    for key in keys:
        element = SubElement(group, "EntityKey")
        text_add(element, "Name", key.name)
        text_add(element, "LogicalName", key.name)
        text_add(element, "IsCustomizable", "1")
        labels_add(element, "displaynames", "displayname", key.label)
        columns = SubElement(element, "EntityKeyAttributes")
        for column in key.columns:
            text_add(columns, "AttributeName", column)
