"""What a Dataverse table looks like: columns, lookups with their navigation names, options, bulk messages.

`TableShape` is the little that reading and writing rows needs; `TableInfo` is what a mapping page needs as well. Both
come from the metadata tables of the Web API. Source: "Query table definitions using the Web API".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector import odata
from connector.dataverse.answers import UNKNOWN_NAME
from connector.errors import ConfigurationError, NotFound
from connector.schema_cache import SchemaCache

GetJson = Callable[[str], dict[str, Any]]
BULK_MESSAGES = ("CreateMultiple", "UpdateMultiple")
_TABLE_COLUMNS = (
    "LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,"
    "ChangeTrackingEnabled,IsOptimisticConcurrencyEnabled"
)
_COLUMNS = "LogicalName,AttributeType,AttributeOf,RequiredLevel,IsValidForCreate,IsValidForUpdate,IsValidForRead"
_RELATIONS = "ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName"
# Cast segment -> the details that only it has, and what to expand.
_DETAILS: tuple[tuple[str, str, str], ...] = (
    ("String", "LogicalName,MaxLength", ""),
    ("Memo", "LogicalName,MaxLength", ""),
    ("Integer", "LogicalName,MinValue,MaxValue", ""),
    ("Decimal", "LogicalName,MinValue,MaxValue,Precision", ""),
    ("Double", "LogicalName,MinValue,MaxValue,Precision", ""),
    ("Money", "LogicalName,MinValue,MaxValue,Precision", ""),
    ("Picklist", "LogicalName", "OptionSet($select=Options,IsGlobal,Name)"),
    ("State", "LogicalName", "OptionSet($select=Options)"),
    ("Status", "LogicalName", "OptionSet($select=Options)"),
)
LOOKUP_TYPES = frozenset({"Lookup", "Customer", "Owner"})


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column: limits are None where the type has none; `options` by value; `targets` table -> navigation name."""

    name: str
    type: str
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    precision: int | None = None
    required: bool = False
    creatable: bool = True
    updatable: bool = True
    options: dict[int, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table and its columns by logical name."""

    logical_name: str
    entity_set: str
    primary_id: str
    primary_name: str
    change_tracking: bool
    optimistic_concurrency: bool
    bulk_messages: frozenset[str]
    columns: dict[str, ColumnInfo]


@dataclass(frozen=True, slots=True)
class TableShape:
    """What reading and writing rows needs. `lookups` maps a lookup column to table -> navigation name."""

    logical_name: str
    entity_set: str
    primary_id: str
    lookups: dict[str, dict[str, str]]
    columns: frozenset[str]
    bulk_messages: frozenset[str]
    concurrency: bool = True


class MetadataReader:
    """Reads metadata through `get` and keeps it in a schema cache."""

    def __init__(self, get: GetJson, cache: SchemaCache) -> None:
        self._get = get
        self._cache = cache
        self._shapes: dict[str, TableShape] = {}
        self._sets: dict[str, Any] = {}

    def forget(self) -> None:
        """Drop what is known: the server said that it is out of date."""
        self._shapes.clear()
        self._sets = {}
        self._cache.drop()

    def shape(self, table: str) -> TableShape:
        """Return a table's shape. Raises ConfigurationError for a table that the environment does not have."""
        if table not in self._shapes:
            raw = self._cache.get(f"table/{table}")
            if raw is None:
                raw = self._read_table(table)
                self._cache.put(f"table/{table}", raw)
            self._shapes[table] = shape_of(raw)
        return self._shapes[table]

    def entity_set(self, table: str) -> str:
        """Return the entity set of any table: one request for all of them. Raises ConfigurationError."""
        if table in self._shapes:
            return self._shapes[table].entity_set
        sets = self._sets or self._cache.get("entity_sets")
        if sets is None:
            rows = self._get("EntityDefinitions" + odata.query({"$select": "LogicalName,EntitySetName"}))["value"]
            sets = {row["LogicalName"]: row["EntitySetName"] for row in rows if row.get("EntitySetName")}
            self._cache.put("entity_sets", sets)
        self._sets = sets
        if table not in sets:
            raise unknown_table(table)
        return str(sets[table])

    def table(self, table: str) -> TableInfo:
        """Return all about a table, always read anew: somebody may just have changed it. Raises ConfigurationError."""
        raw = self._read_table(table)
        self._cache.put(f"table/{table}", raw)
        self._shapes.pop(table, None)
        details: dict[str, dict[str, Any]] = {}
        for kind, columns, expand in _DETAILS:
            query = odata.query({"$select": columns, "$expand": expand})
            path = f"{_definition(table)}/Attributes/Microsoft.Dynamics.CRM.{kind}AttributeMetadata{query}"
            for row in self._get(path)["value"]:
                details[row["LogicalName"]] = row
        return table_info(raw, details)

    def options(self, table: str, column: str) -> tuple[dict[int, str], str]:
        """Return a choice column's options by value, and the name of its global option set or an empty text."""
        return choice_of(self._get(choice_path(table, column)))

    def _read_table(self, table: str) -> dict[str, Any]:
        expand = f"Attributes($select={_COLUMNS}),ManyToOneRelationships($select={_RELATIONS})"
        try:
            raw = self._get(_definition(table) + odata.query({"$select": _TABLE_COLUMNS, "$expand": expand}))
        except NotFound as error:
            raise unknown_table(table) from error
        except ConfigurationError as error:
            # The metadata cache says so with a code of its own.
            if error.code in UNKNOWN_NAME:
                raise unknown_table(table) from error
            raise
        return compact(raw) | {"bulk": self._bulk_messages(table)}

    def _bulk_messages(self, table: str) -> list[str]:
        names = " or ".join(f"sdkmessageid/name eq {odata.quoted(name)}" for name in BULK_MESSAGES)
        query = odata.query(
            {
                "$select": "sdkmessagefilterid",
                "$expand": "sdkmessageid($select=name)",
                "$filter": f"({names}) and primaryobjecttypecode eq {odata.quoted(table)}",
            }
        )
        rows = self._get(f"sdkmessagefilters{query}")["value"]
        return sorted({str((row.get("sdkmessageid") or {}).get("name") or "") for row in rows} - {""})


def _definition(table: str) -> str:
    return f"EntityDefinitions(LogicalName={odata.quoted(table)})"


def unknown_table(table: str) -> ConfigurationError:
    """Return the error for a table that the environment does not have."""
    return ConfigurationError(
        f"Sales has no table {table}. Check that the environment holds Dynamics 365 Sales, and that the user may read its "
        "table definitions.",
        code="unknown_table",
    )


def compact(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a table definition that is kept, as plain JSON."""
    columns = {
        row["LogicalName"]: {
            "type": row.get("AttributeType") or "",
            "required": ((row.get("RequiredLevel") or {}).get("Value") or "None")
            in {"SystemRequired", "ApplicationRequired"},
            "creatable": bool(row.get("IsValidForCreate", True)),
            "updatable": bool(row.get("IsValidForUpdate", True)),
        }
        for row in raw.get("Attributes") or ()
        if not row.get("AttributeOf") and row.get("IsValidForRead", True)
    }
    lookups: dict[str, dict[str, str]] = {}
    for row in raw.get("ManyToOneRelationships") or ():
        targets = lookups.setdefault(row["ReferencingAttribute"], {})
        targets[row["ReferencedEntity"]] = row["ReferencingEntityNavigationPropertyName"]
    return {
        "logical_name": raw["LogicalName"],
        "entity_set": raw["EntitySetName"],
        "primary_id": raw["PrimaryIdAttribute"],
        "primary_name": raw.get("PrimaryNameAttribute") or "",
        "change_tracking": bool(raw.get("ChangeTrackingEnabled")),
        "concurrency": bool(raw.get("IsOptimisticConcurrencyEnabled")),
        "columns": columns,
        "lookups": lookups,
    }


def shape_of(raw: Mapping[str, Any]) -> TableShape:
    """Return the shape from the kept part."""
    columns = frozenset(raw["columns"])
    lookups = {
        name: raw["lookups"].get(name, {}) for name, column in raw["columns"].items() if column["type"] in LOOKUP_TYPES
    }
    return TableShape(
        raw["logical_name"],
        raw["entity_set"],
        raw["primary_id"],
        lookups,
        columns,
        frozenset(raw.get("bulk") or ()),
        concurrency=bool(raw.get("concurrency", True)),
    )


def table_info(raw: Mapping[str, Any], details: Mapping[str, Mapping[str, Any]]) -> TableInfo:
    """Return all about a table from the kept part and the details by column."""
    columns = {
        name: ColumnInfo(
            name=name,
            type=column["type"],
            max_length=(detail := details.get(name, {})).get("MaxLength"),
            minimum=detail.get("MinValue"),
            maximum=detail.get("MaxValue"),
            precision=detail.get("Precision"),
            required=column["required"],
            creatable=column["creatable"],
            updatable=column["updatable"],
            options=options_of(detail),
            targets=raw["lookups"].get(name, {}) if column["type"] in LOOKUP_TYPES else {},
        )
        for name, column in raw["columns"].items()
    }
    return TableInfo(
        raw["logical_name"],
        raw["entity_set"],
        raw["primary_id"],
        raw["primary_name"],
        raw["change_tracking"],
        raw["concurrency"],
        frozenset(raw.get("bulk") or ()),
        columns,
    )


def choice_path(table: str, column: str) -> str:
    """Return the address of a choice column with its options."""
    query = odata.query({"$select": "LogicalName", "$expand": "OptionSet($select=Options,IsGlobal,Name)"})
    kind = "State" if column == "statecode" else "Status" if column == "statuscode" else "Picklist"
    attribute = f"{_definition(table)}/Attributes(LogicalName={odata.quoted(column)})"
    return f"{attribute}/Microsoft.Dynamics.CRM.{kind}AttributeMetadata{query}"


def choice_of(row: Mapping[str, Any]) -> tuple[dict[int, str], str]:
    """Return options by value and the name of the global option set, or an empty text, from a column's definition."""
    found = row.get("OptionSet") or {}
    return options_of(row), str(found.get("Name") or "") if found.get("IsGlobal") else ""


def options_of(detail: Mapping[str, Any]) -> dict[int, str]:
    """Return the options of a choice column by value, labels in the user's language."""
    found: dict[int, str] = {}
    for option in (detail.get("OptionSet") or {}).get("Options") or ():
        found[int(option["Value"])] = label_text(option.get("Label") or {})
    return found


def label_text(label: Mapping[str, Any]) -> str:
    """Return a label in the user's language, or in any language it has."""
    chosen = label.get("UserLocalizedLabel") or next(iter(label.get("LocalizedLabels") or ()), None) or {}
    return str(chosen.get("Label") or "")
