"""The metadata of tables and columns as JSON."""

from __future__ import annotations

from typing import Any

from sandbox.dataverse import access, errors, option_sets
from sandbox.dataverse.call import Call
from sandbox.dataverse.labels import label, managed, metadata_id
from sandbox.dataverse.schema import LOOKUP_TYPES, OPTION_TYPES, Column, Table
from sandbox.dataverse.tables.people import ANNOTATED

Value = dict[str, Any]
_ATTRIBUTE_KINDS = {"MultiSelectPicklist": "Virtual"}
"""The `AttributeType` of columns where it is not the column's type."""
_METADATA_TYPES = {
    "Customer": "LookupAttributeMetadata",
    "Owner": "LookupAttributeMetadata",
    "Uniqueidentifier": "UniqueIdentifierAttributeMetadata",
}
_WITH_ACTIVITIES = frozenset({"account", "contact", "opportunity", "quote", "salesorder", "invoice"})
_COMMON: Value = {
    "IsRetrievable": True,
    "IsLogical": False,
    "IsValidODataAttribute": True,
    "IntroducedVersion": "5.0.0.0",
    "DeprecatedVersion": None,
    "InheritsFrom": None,
    "LinkedAttributeId": None,
    "HasChanged": None,
}
"""What columns have in common."""
_PRIVILEGES = ("Create", "Read", "Write", "Delete", "Assign", "Append", "AppendTo")


def entity(call: Call, table: Table) -> Value:
    """One row of `EntityDefinitions`."""
    plural = f"{table.label[:-1]}ies" if table.label.endswith("y") else f"{table.label}s"
    return {
        "MetadataId": metadata_id(table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "CollectionSchemaName": table.set_name,
        "DisplayName": label(table.label),
        "DisplayCollectionName": label(plural),
        "Description": label(None),
        "PrimaryIdAttribute": table.primary_id,
        "PrimaryNameAttribute": table.primary_name or None,
        "PrimaryImageAttribute": None,
        "OwnershipType": table.ownership,
        "ObjectTypeCode": table.code,
        "TableType": "Standard",
        "IsPrivate": False,
        "IsIntersect": False,
        "IsActivity": False,
        "HasActivities": table.name in _WITH_ACTIVITIES,
        "HasNotes": table.name in ANNOTATED,
        "IsCustomEntity": table.custom,
        "IsManaged": True,
        "IsLogicalEntity": False,
        "IsValidForAdvancedFind": True,
        "ChangeTrackingEnabled": table.name in call.store.tracked,
        "IsOptimisticConcurrencyEnabled": table.optimistic,
        "CanChangeTrackingBeEnabled": managed("canchangetrackingbeenabled", True),
        "CanCreateAttributes": managed("cancreateattributes", True),
        "IsCustomizable": managed("iscustomizable", True),
        "Privileges": [_privilege(table, action) for action in _PRIVILEGES],
    }


def _privilege(table: Table, action: str) -> Value:
    name = access.privilege_name(table, action)
    return {"Name": name, "PrivilegeId": errors.privilege_id(name), "PrivilegeType": action}


def metadata_type(column: Column) -> str:
    """The metadata type of a column, which a cast segment names."""
    return _METADATA_TYPES.get(column.type, f"{column.type}AttributeMetadata")


def attribute(call: Call, table: Table, column: Column, *, detailed: bool) -> Value:
    """One row of `Attributes`; `detailed` adds what only a cast shows."""
    kind = _ATTRIBUTE_KINDS.get(column.type, column.type)
    value: Value = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{metadata_type(column)}",
        "MetadataId": metadata_id(f"{table.name}.{column.name}"),
        "LogicalName": column.name,
        "SchemaName": column.schema_name,
        "EntityLogicalName": table.name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{column.type}Type"},
        "DisplayName": label(column.label),
        "Description": label(None),
        "RequiredLevel": managed("canmodifyrequirementlevelsettings", column.required),
        "IsValidForCreate": "C" in column.access,
        "IsValidForUpdate": "U" in column.access,
        "IsValidForRead": True,
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "IsCustomAttribute": column.custom,
        "IsManaged": True,
        "AttributeOf": None,
        "IsSecured": False,
        **_COMMON,
        "IsFilterable": column.type not in ("Memo", "Virtual"),
        "IsSearchable": column.type == "String",
    }
    return value | _details(call, table, column) if detailed else value


def _details(call: Call, table: Table, column: Column) -> Value:
    kind = column.type
    if kind in ("String", "Memo"):
        return {"MaxLength": column.max_length, "FormatName": {"Value": _format(column)}}
    if kind in ("Integer", "BigInt"):
        return {"MinValue": int(column.minimum), "MaxValue": int(column.maximum)}
    if kind in ("Decimal", "Double", "Money"):
        details: Value = {"MinValue": column.minimum, "MaxValue": column.maximum, "Precision": column.precision}
        if kind == "Money":
            is_base = column.name.endswith("_base")
            calculated = column.name.removesuffix("_base") if is_base else None
            details |= {
                "Precision": column.shown_precision,
                "PrecisionSource": column.precision_source,
                "IsBaseCurrency": is_base,
                "CalculationOf": calculated,
            }
        return details
    if kind == "DateTime":
        behaviour = "DateOnly" if column.date_only else "UserLocal"
        return {"Format": "DateOnly" if column.date_only else "DateAndTime", "DateTimeBehavior": {"Value": behaviour}}
    if kind in LOOKUP_TYPES:
        return {"Targets": [target.table for target in column.targets]}
    if kind == "Boolean":
        return {
            "DefaultValue": column.default,
            "OptionSet": option_sets.of_flag(table, column),
            "GlobalOptionSet": None,
        }
    if kind in OPTION_TYPES:
        default = column.default if column.default is not None else -1
        held = call.store.option_sets.get(column.option_set)
        shared = option_sets.of_all(held) if held is not None else None
        return {
            "DefaultFormValue": default,
            "OptionSet": shared or option_sets.of_column(call, table, column),
            "GlobalOptionSet": shared,
        }
    return {}


def _format(column: Column) -> str:
    if column.format or column.type == "Memo":
        return column.format or "TextArea"
    if "emailaddress" in column.name:
        return "Email"
    if column.name.endswith("url"):
        return "Url"
    return "Phone" if "telephone" in column.name else "Text"


def shadows(table: Table) -> list[Value]:
    """The name columns that stand beside lookups and choices; nothing can be mapped to them."""
    kinds = LOOKUP_TYPES | {"Picklist", "State", "Status", "Boolean"}
    result = []
    for column in table.columns.values():
        if column.type not in kinds or f"{column.name}name" in table.columns:
            continue
        kind = "String" if column.type in LOOKUP_TYPES else "Virtual"
        result.append(
            {
                "@odata.type": f"#Microsoft.Dynamics.CRM.{'String' if kind == 'String' else ''}AttributeMetadata",
                "MetadataId": metadata_id(f"{table.name}.{column.name}name"),
                "LogicalName": f"{column.name}name",
                "SchemaName": f"{column.schema_name}Name",
                "EntityLogicalName": table.name,
                "AttributeType": kind,
                "AttributeTypeName": {"Value": f"{kind}Type"},
                "DisplayName": label(None),
                "Description": label(None),
                "RequiredLevel": managed("canmodifyrequirementlevelsettings", "None"),
                "IsValidForCreate": False,
                "IsValidForUpdate": False,
                "IsValidForRead": True,
                "IsPrimaryId": False,
                "IsPrimaryName": False,
                "IsCustomAttribute": False,
                "IsManaged": True,
                "AttributeOf": column.name,
                "IsSecured": False,
                **_COMMON,
                "IsFilterable": False,
                "IsSearchable": False,
            }
        )
    return result
