"""The option sets of columns, and the global ones, as JSON."""

from __future__ import annotations

from typing import Any

from sandbox.dataverse.call import Call
from sandbox.dataverse.labels import label, managed, metadata_id
from sandbox.dataverse.schema import Column, Table
from sandbox.dataverse.store import OptionSet

Value = dict[str, Any]
PREFIX = "#Microsoft.Dynamics.CRM."


def of_column(call: Call, table: Table, column: Column) -> Value:
    """The option set of a choice column that has one of its own."""
    options = [
        _option(table, column, value, text) for value, text in call.store.options[table.name, column.name].items()
    ]
    kind = column.type if column.type in ("State", "Status") else "Picklist"
    return {**_set(f"{table.name}_{column.name}", column.label, kind, is_global=False), "Options": options}


def of_flag(table: Table, column: Column) -> Value:
    """The option set of a yes/no column."""
    shown = _set(f"{table.name}_{column.name}", column.label, "Boolean", is_global=False)
    shown["TrueOption"] = _plain(1, column.yes_no[1])
    shown["FalseOption"] = _plain(0, column.yes_no[0])
    return shown


def of_all(held: OptionSet) -> Value:
    """A global option set."""
    shown = _set(held.name, held.label, "Picklist", is_global=True)
    shown["IsCustomOptionSet"] = held.custom
    shown["Options"] = [_plain(value, text) for value, text in held.options.items()]
    return shown


def _set(name: str, text: str, kind: str, *, is_global: bool) -> Value:
    cast = "BooleanOptionSetMetadata" if kind == "Boolean" else "OptionSetMetadata"
    return {
        "@odata.type": f"{PREFIX}{cast}",
        "MetadataId": metadata_id(f"option set/{name}"),
        "Name": name,
        "DisplayName": label(text),
        "Description": label(None),
        "IsGlobal": is_global,
        "IsCustomOptionSet": False,
        "IsManaged": True,
        "IsCustomizable": managed("iscustomizable", True),
        "OptionSetType": kind,
        "ExternalTypeName": None,
        "IntroducedVersion": "5.0.0.0",
        "ParentOptionSetName": None,
        "HasChanged": None,
    }


def _plain(value: int, text: str) -> Value:
    return {
        "Value": value,
        "Label": label(text),
        "Description": label(None),
        "Color": None,
        "IsManaged": True,
        "ExternalValue": None,
        "ParentValues": [],
        "Tag": None,
        "IsHidden": False,
        "MetadataId": None,
        "HasChanged": None,
    }


def _option(table: Table, column: Column, value: int, text: str) -> Value:
    option = _plain(value, text)
    if column.type == "State":
        option = {"@odata.type": f"{PREFIX}StateOptionMetadata", **option}
        option |= {"DefaultStatus": table.default_reason(value), "InvariantName": text.replace(" ", "")}
    if column.type == "Status":
        option = {"@odata.type": f"{PREFIX}StatusOptionMetadata", **option}
        option |= {"State": table.state_of(value), "TransitionData": None}
    return option
