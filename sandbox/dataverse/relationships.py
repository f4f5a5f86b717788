"""The relationships and alternate keys of tables as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.dataverse.call import Call
from sandbox.dataverse.deletes import delete_rule
from sandbox.dataverse.labels import label, managed, metadata_id
from sandbox.dataverse.relations import links_of
from sandbox.dataverse.schema import Column, Table

Value = dict[str, Any]
_CASCADES = {"cascade": "Cascade", "restrict": "Restrict", "unlink": "RemoveLink", "ignore": "NoCascade"}


def many_to_one(call: Call, table: Table) -> list[Value]:
    """The relationships in which this table holds the lookup."""
    return [
        _one_to_many(call, table, column, target.table, target.nav)
        for column in table.columns.values()
        for target in column.targets
        if target.table in call.store.tables
    ]


def one_to_many(call: Call, table: Table) -> list[Value]:
    """The relationships in which other tables point to this one."""
    return [
        _one_to_many(call, child, column, table.name, target.nav)
        for child in map(call.table, call.store.tables)
        for column in child.columns.values()
        for target in column.targets
        if target.table == table.name
    ]


def _one_to_many(call: Call, child: Table, column: Column, parent: str, nav: str) -> Value:
    collections = call.store.collections.get(parent, {})
    given = next((name for name, pair in collections.items() if pair == (child.name, column.name)), None)
    name = given or f"{parent}_{child.name}_{column.name}"
    held = call.store.delete_rules.get((parent, child.name, column.name)) or delete_rule(parent, child.name, column)
    rule = _CASCADES.get(held, "NoCascade")
    return {
        **_common("OneToMany", name, custom=column.custom),
        "ReferencingEntity": child.name,
        "ReferencingAttribute": column.name,
        "ReferencedEntity": parent,
        "ReferencedAttribute": call.store.tables[parent].primary_id,
        "ReferencingEntityNavigationPropertyName": nav,
        "ReferencedEntityNavigationPropertyName": name,
        "IsHierarchical": parent == child.name and column.name.startswith("parent"),
        "EntityKey": None,
        "RelationshipBehavior": 1,
        "CascadeConfiguration": {"Delete": rule},
    }


def _common(kind: str, name: str, *, custom: bool) -> Value:
    return {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{kind}RelationshipMetadata",
        "MetadataId": metadata_id(f"relationship/{name}"),
        "SchemaName": name,
        "RelationshipType": f"{kind}Relationship",
        "IsCustomRelationship": custom,
        "IsManaged": True,
        "IsValidForAdvancedFind": True,
        "IsCustomizable": managed("iscustomizable", True),
        "SecurityTypes": "Append",
        "IntroducedVersion": "5.0.0.0",
        "HasChanged": None,
    }


def many_to_many(call: Call, table: Table) -> list[Value]:
    """The many-to-many relationships of a table."""
    return [_many_to_many(call, name, pair) for name, pair in links_of(call.store, table.name).items()]


def _many_to_many(call: Call, name: str, pair: tuple[str, str]) -> Value:
    left, right = (call.store.tables[each] for each in pair)
    return {
        **_common("ManyToMany", name, custom=left.custom or right.custom),
        "Entity1LogicalName": left.name,
        "Entity2LogicalName": right.name,
        "Entity1IntersectAttribute": left.primary_id,
        "Entity2IntersectAttribute": right.primary_id,
        "Entity1NavigationPropertyName": name,
        "Entity2NavigationPropertyName": name,
        "IntersectEntityName": name.removesuffix("_association"),
    }


def every(call: Call) -> Iterable[Value]:
    """All relationships, each once."""
    for name in call.store.tables:
        yield from many_to_one(call, call.table(name))
    for name, pair in call.store.many_to_many.items():
        yield _many_to_many(call, name, pair)


def key_id(table: str, name: str) -> str:
    """The id of an alternate key."""
    return metadata_id(f"{table}.{name}")


def keys(call: Call, table: Table) -> list[Value]:
    """The alternate keys of a table."""
    store = call.store
    return [
        {
            "@odata.type": "#Microsoft.Dynamics.CRM.EntityKeyMetadata",
            "MetadataId": key_id(table.name, name),
            "LogicalName": name,
            "SchemaName": name,
            "DisplayName": label(name),
            "EntityLogicalName": table.name,
            "KeyAttributes": list(columns),
            "EntityKeyIndexStatus": store.key_status(table.name, name),
            "IsSynchronous": False,
            "IsExportKey": False,
            "IsSecondaryKey": False,
            "IsManaged": False,
            "IsCustomizable": managed("iscustomizable", True),
            "IntroducedVersion": "1.0",
            "AsyncJob": _job(call, table.name, name),
            "HasChanged": None,
        }
        for name, columns in store.keys.get(table.name, {}).items()
    ]


def _job(call: Call, table: str, name: str) -> Value | None:
    """The system job that builds the index of a key, while it is under way."""
    job = call.store.index_jobs.get((table, name))
    return {"Id": job, "LogicalName": "asyncoperation"} if job else None
