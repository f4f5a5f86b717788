"""The columns that the solution adds: what they are called, how long they are, and how `customizations.xml` writes them.

Source: CustomizationsSolution.xsd, type EntityInfoType; lengths as in NAV's own integration (reference 4.3, 5.14).
"""

from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, SubElement

from setup_wizard.solution.labels import Label, labels_add, text_add

Kind = Literal[
    "key", "name", "text", "memo", "money", "base", "decimal", "whole", "moment", "lookup", "choice", "state", "status"
]
_TYPES: dict[Kind, str] = {
    "key": "primarykey",
    "name": "nvarchar",
    "text": "nvarchar",
    "memo": "ntext",
    "money": "money",
    "base": "money",
    "decimal": "decimal",
    "whole": "int",
    "moment": "datetime",
    "lookup": "lookup",
    "choice": "picklist",
    "state": "state",
    "status": "status",
}
_SHOWN = "ValidForAdvancedFind|ValidForForm|ValidForGrid"
# Both amounts of a currency column: the platform's own bounds.
_MONEY_BOUND = "922337203685477"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ours. `target` is the table of a lookup; `base_of` the amount whose base twin this is."""

    name: str
    kind: Kind
    label: Label
    length: int = 100
    format: str = "text"
    target: str = ""
    base_of: str = ""
    required: bool = False
    precision: int = 2

    @property
    def is_ours(self) -> bool:
        """Whether the solution makes the column; the platform makes the rest with the table."""
        return self.name.startswith("nsc_") and not self.base_of


def column_element(column: Column) -> Element:
    """Return a column as `customizations.xml` holds it."""
    element = Element("attribute", PhysicalName=column.name)
    text_add(element, "Type", _TYPES[column.kind])
    text_add(element, "Name", column.name)
    text_add(element, "LogicalName", column.name)
    level = "systemrequired" if column.kind in {"key", "state"} else "required" if column.required else "none"
    text_add(element, "RequiredLevel", level)
    text_add(element, "DisplayMask", _mask(column))
    if column.kind in {"name", "text", "memo", "money", "decimal", "whole"}:
        text_add(element, "ImeMode", "disabled" if column.kind in {"money", "decimal", "whole"} else "auto")
    writable = "0" if column.kind == "base" else "1"
    text_add(element, "ValidForUpdateApi", "0" if column.kind == "key" else writable)
    text_add(element, "ValidForReadApi", "1")
    text_add(element, "ValidForCreateApi", "0" if column.kind == "state" else writable)
    text_add(element, "IsCustomField", "1" if column.is_ours else "0")
    text_add(element, "IsAuditEnabled", "0")
    text_add(element, "IsSecured", "0")
    _details(element, column)
    labels_add(element, "displaynames", "displayname", column.label)
    return element


def _mask(column: Column) -> str:
    if column.kind == "key":
        return "ValidForAdvancedFind|RequiredForGrid"
    return f"PrimaryName|{_SHOWN}|RequiredForForm" if column.kind == "name" else _SHOWN


def _details(element: Element, column: Column) -> None:
    if column.kind in {"name", "text"}:
        text_add(element, "Format", column.format)
        text_add(element, "MaxLength", column.length)
        # In bytes, two for each character.
        text_add(element, "Length", 2 * column.length)
    elif column.kind == "memo":
        text_add(element, "Format", "textarea")
        text_add(element, "MaxLength", column.length)
    elif column.kind in {"money", "base"}:
        _number(element, f"-{_MONEY_BOUND}", _MONEY_BOUND, column.precision)
        # The precision of the row's currency.
        text_add(element, "AccuracySource", 2)
        if column.base_of:
            text_add(element, "CalculationOf", column.base_of)
    elif column.kind == "decimal":
        _number(element, "-100000000000", "100000000000", column.precision)
    elif column.kind == "whole":
        _number(element, "-2147483648", "2147483647", None)
    elif column.kind == "moment":
        text_add(element, "Format", column.format if column.format != "text" else "datetime")
        text_add(element, "Behavior", 1)
    elif column.kind == "lookup":
        text_add(element, "LookupStyle", "single")
        SubElement(element, "LookupTypes")
    elif column.kind in {"state", "status"}:
        element.append(_states(column))


def _number(element: Element, minimum: str, maximum: str, accuracy: int | None) -> None:
    text_add(element, "MinValue", minimum)
    text_add(element, "MaxValue", maximum)
    if accuracy is not None:
        text_add(element, "Accuracy", accuracy)


def _states(column: Column) -> Element:
    """Return the two states, or the two reasons of a state, that every table of its own has."""
    is_state = column.kind == "state"
    element = Element("optionset", Name=f"{column.name}")
    text_add(element, "OptionSetType", column.kind)
    text_add(element, "IsGlobal", "0")
    labels_add(element, "displaynames", "displayname", column.label)
    group = SubElement(element, "states" if is_state else "statuses")
    for number, label in enumerate((Label("Active", "Actief"), Label("Inactive", "Inactief"))):
        value = number if is_state else number + 1
        option = SubElement(group, "state" if is_state else "status", value=str(value))
        if is_state:
            option.set("defaultstatus", str(number + 1))
            option.set("invariantname", label.english)
        else:
            option.set("state", str(number))
        labels_add(option, "labels", "label", label)
    return element
