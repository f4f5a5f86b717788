"""The metadata of tables, columns and relationships as JSON."""

from __future__ import annotations

import uuid
from typing import Any

from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import LOOKUP_TYPES, Column, Table
from sandbox.dataverse.tables import COLLECTIONS, LINKS, TABLES

Value = dict[str, Any]
NAMESPACE = uuid.UUID("2d3c5a08-52b5-4b1f-9f0c-6f0b43f1d7ae")
ENGLISH = 1033
_METADATA_TYPES = {
    "Customer": "LookupAttributeMetadata",
    "Owner": "LookupAttributeMetadata",
    "Uniqueidentifier": "UniqueIdentifierAttributeMetadata",
}
_PRIVILEGES = ("Create", "Read", "Write", "Delete", "Assign", "Append", "AppendTo")


def metadata_id(name: str) -> str:
    """The id of a piece of metadata: the same one every time."""
    return str(uuid.uuid5(NAMESPACE, name))


def label(text: str | None) -> Value:
    """A label in English; without text one without translations."""
    if text is None:
        return {"LocalizedLabels": [], "UserLocalizedLabel": None}
    localized = {
        "Label": text,
        "LanguageCode": ENGLISH,
        "IsManaged": True,
        "MetadataId": metadata_id(f"label/{text}"),
        "HasChanged": None,
    }
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


def _managed(name: str, value: Any) -> Value:
    return {"Value": value, "CanBeChanged": True, "ManagedPropertyLogicalName": name}


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
        "OwnershipType": table.ownership,
        "ObjectTypeCode": table.code,
        "TableType": "Standard",
        "IsPrivate": False,
        "IsIntersect": False,
        "IsActivity": False,
        "IsCustomEntity": False,
        "IsManaged": True,
        "IsLogicalEntity": False,
        "IsValidForAdvancedFind": True,
        "ChangeTrackingEnabled": table.name in call.store.tracked,
        "IsOptimisticConcurrencyEnabled": table.optimistic,
        "CanChangeTrackingBeEnabled": _managed("canchangetrackingbeenabled", True),
        "CanCreateAttributes": _managed("cancreateattributes", True),
        "IsCustomizable": _managed("iscustomizable", True),
        "Privileges": [_privilege(table, action) for action in _PRIVILEGES],
    }


def _privilege(table: Table, action: str) -> Value:
    name = f"prv{action}{table.schema_name}"
    return {"Name": name, "PrivilegeId": str(uuid.uuid5(uuid.NAMESPACE_OID, name)), "PrivilegeType": action}


def metadata_type(column: Column) -> str:
    """The metadata type of a column, which a cast segment names."""
    return _METADATA_TYPES.get(column.type, f"{column.type}AttributeMetadata")


def attribute(call: Call, table: Table, column: Column, *, detailed: bool) -> Value:
    """One row of `Attributes`; `detailed` adds what only a cast shows."""
    kind = "EntityName" if column.type == "EntityName" else column.type
    value: Value = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{metadata_type(column)}",
        "MetadataId": metadata_id(f"{table.name}.{column.name}"),
        "LogicalName": column.name,
        "SchemaName": column.schema_name,
        "EntityLogicalName": table.name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "DisplayName": label(column.label),
        "Description": label(None),
        "RequiredLevel": _managed("canmodifyrequirementlevelsettings", column.required),
        "IsValidForCreate": "C" in column.access,
        "IsValidForUpdate": "U" in column.access,
        "IsValidForRead": True,
        "IsPrimaryId": column.name == table.primary_id,
        "IsPrimaryName": column.name == table.primary_name,
        "IsCustomAttribute": column.custom,
        "IsManaged": True,
        "AttributeOf": None,
        "IsSecured": False,
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
            details |= {"PrecisionSource": 2, "IsBaseCurrency": is_base, "CalculationOf": calculated}
        return details
    if kind == "DateTime":
        behaviour = "DateOnly" if column.date_only else "UserLocal"
        return {"Format": "DateOnly" if column.date_only else "DateAndTime", "DateTimeBehavior": {"Value": behaviour}}
    if kind in LOOKUP_TYPES:
        return {"Targets": [target.table for target in column.targets]}
    if kind == "Boolean":
        return {"DefaultValue": column.default, "OptionSet": _boolean_set(table, column), "GlobalOptionSet": None}
    if kind in ("Picklist", "State", "Status"):
        default = column.default if column.default is not None else -1
        return {"DefaultFormValue": default, "OptionSet": _option_set(call, table, column), "GlobalOptionSet": None}
    return {}


def _format(column: Column) -> str:
    if column.type == "Memo":
        return "TextArea"
    if "emailaddress" in column.name:
        return "Email"
    if column.name.endswith("url"):
        return "Url"
    return "Phone" if "telephone" in column.name else "Text"


def _option_set(call: Call, table: Table, column: Column) -> Value:
    options = [
        _option(table, column, value, text) for value, text in call.store.options[table.name, column.name].items()
    ]
    return {
        "MetadataId": metadata_id(f"{table.name}.{column.name}.options"),
        "Name": f"{table.name}_{column.name}",
        "IsGlobal": False,
        "IsCustomOptionSet": False,
        "OptionSetType": column.type,
        "Options": options,
    }


def _option(table: Table, column: Column, value: int, text: str) -> Value:
    option: Value = {"Value": value, "Label": label(text), "Description": label(None), "Color": None, "IsManaged": True}
    if column.type == "State":
        option |= {"DefaultStatus": table.default_reason(value), "InvariantName": text.replace(" ", "")}
    if column.type == "Status":
        option |= {"State": table.state_of(value), "TransitionData": None}
    return option


def _boolean_set(table: Table, column: Column) -> Value:
    return {
        "MetadataId": metadata_id(f"{table.name}.{column.name}.options"),
        "Name": f"{table.name}_{column.name}",
        "OptionSetType": "Boolean",
        "TrueOption": {"Value": 1, "Label": label("Yes")},
        "FalseOption": {"Value": 0, "Label": label("No")},
    }


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
                "RequiredLevel": _managed("canmodifyrequirementlevelsettings", "None"),
                "IsValidForCreate": False,
                "IsValidForUpdate": False,
                "IsValidForRead": True,
                "IsPrimaryId": False,
                "IsPrimaryName": False,
                "IsCustomAttribute": False,
                "IsManaged": True,
                "AttributeOf": column.name,
                "IsSecured": False,
            }
        )
    return result


# ── relationships and keys ──────────────────────────────────────────────────────────────────────────────────────────────


def many_to_one(call: Call, table: Table) -> list[Value]:
    """The relationships in which this table holds the lookup."""
    return [
        _relationship(table, column, target.table, target.nav)
        for column in table.columns.values()
        for target in column.targets
    ]


def one_to_many(call: Call, table: Table) -> list[Value]:
    """The relationships in which other tables point to this one."""
    return [
        _relationship(child, column, table.name, target.nav)
        for child in (call.table(name) for name in TABLES)
        for column in child.columns.values()
        for target in column.targets
        if target.table == table.name
    ]


def _relationship(child: Table, column: Column, parent: str, nav: str) -> Value:
    collections = COLLECTIONS.get(parent, {})
    given = next((name for name, pair in collections.items() if pair == (child.name, column.name)), None)
    name = given or f"{parent}_{child.name}_{column.name}"
    return {
        "@odata.type": "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
        "MetadataId": metadata_id(f"relationship/{name}/{nav}"),
        "SchemaName": name,
        "RelationshipType": "OneToManyRelationship",
        "ReferencingEntity": child.name,
        "ReferencingAttribute": column.name,
        "ReferencedEntity": parent,
        "ReferencedAttribute": TABLES[parent].primary_id,
        "ReferencingEntityNavigationPropertyName": nav,
        "ReferencedEntityNavigationPropertyName": name,
        "IsCustomRelationship": False,
    }


def many_to_many(call: Call, table: Table) -> list[Value]:
    """The many-to-many relationships of a table."""
    return [
        {
            "@odata.type": "#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata",
            "MetadataId": metadata_id(f"relationship/{name}"),
            "SchemaName": name,
            "RelationshipType": "ManyToManyRelationship",
            "Entity1LogicalName": left,
            "Entity2LogicalName": right,
            "Entity1NavigationPropertyName": name,
            "Entity2NavigationPropertyName": name,
            "IntersectEntityName": name.removesuffix("_association"),
        }
        for name, (left, right) in LINKS.items()
        if table.name in (left, right)
    ]


def keys(call: Call, table: Table) -> list[Value]:
    """The alternate keys of a table."""
    return [
        {
            "MetadataId": metadata_id(f"{table.name}.{name}"),
            "LogicalName": name,
            "SchemaName": name,
            "DisplayName": label(name),
            "EntityLogicalName": table.name,
            "KeyAttributes": list(columns),
            "EntityKeyIndexStatus": "Active",
            "IsManaged": False,
        }
        for name, columns in call.store.keys.get(table.name, {}).items()
    ]
