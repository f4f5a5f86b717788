"""`EntityDefinitions`, `GlobalOptionSetDefinitions`, `RelationshipDefinitions` and what hangs below them.

Source: learn.microsoft.com, "Query table definitions using the Web API".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sandbox.common.wire import Response
from sandbox.dataverse import answers, definitions, errors, keys, metadata_writes, option_sets, relationships
from sandbox.dataverse.call import Call
from sandbox.dataverse.filter_syntax import Node, parse
from sandbox.dataverse.filters import Operand, Row, Test, compile_filter
from sandbox.dataverse.labels import metadata_id
from sandbox.dataverse.options import expansions
from sandbox.dataverse.schema import Table

ENTITIES, OPTION_SETS, RELATIONS = "EntityDefinitions", "GlobalOptionSetDefinitions", "RelationshipDefinitions"
SETS = frozenset({ENTITIES, OPTION_SETS, RELATIONS})
PREFIX = "Microsoft.Dynamics.CRM."
OPTIONS = frozenset({"$select", "$filter", "$expand", "$count"})
ENUMS = frozenset(
    {"AttributeType", "EntityKeyIndexStatus", "OptionSetType", "OwnershipType", "RelationshipType", "RequiredLevel"}
)
"""The properties whose values are members of an enumeration; all other texts are plain ones."""
EXPANDED = frozenset({"OptionSet", "GlobalOptionSet"})
_KEY = re.compile(r"(?:(LogicalName|MetadataId|Name|SchemaName)\s*=\s*)?'?([^']+)'?")
Value = dict[str, Any]


def answer(call: Call, verb: str, segments: list[str], raw: Mapping[str, str], body: bytes) -> Response:
    """Answer a metadata request. Raises: ServiceError."""
    name, key = keys.split_segment(segments[0])
    if verb != "GET":
        table = _table(call, key) if name == ENTITIES and key is not None else None
        return metadata_writes.answer(call, verb, name, table, segments[1:], body)
    if name == OPTION_SETS:
        shown = [option_sets.of_all(held) for held in call.store.option_sets.values()]
        return _walk(call, name, shown, key, segments[1:], raw)
    if name == RELATIONS:
        return _walk(call, name, list(relationships.every(call)), key, segments[1:], raw)
    if key is None:
        if len(segments) > 1:
            raise errors.not_supported(f"the path '{'/'.join(segments)}'")
        return _listed(call, [definitions.entity(call, each) for each in _tables(call)], name, raw)
    return _below(call, _table(call, key), segments[1:], raw)


def _tables(call: Call) -> list[Table]:
    return [call.table(name) for name in call.store.tables]


def _wanted(key: str) -> str:
    """The name or id in a key."""
    match = _KEY.fullmatch(key.strip())
    return match[2] if match else key


def _table(call: Call, key: str) -> Table:
    wanted = _wanted(key)
    for table in _tables(call):
        if wanted in (table.name, metadata_id(table.name)):
            return table
    text = f"Could not find an entity with name '{wanted}' in the metadata cache."
    raise errors.ServiceError(404, "0x80060888", text)


# ── one table ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_COLLECTIONS: dict[str, Callable[[Call, Table], list[Value]]] = {
    "ManyToOneRelationships": relationships.many_to_one,
    "OneToManyRelationships": relationships.one_to_many,
    "ManyToManyRelationships": relationships.many_to_many,
    "Keys": relationships.keys,
}


def _below(call: Call, table: Table, below: list[str], raw: Mapping[str, str]) -> Response:
    """One table, or what hangs below it."""
    shown = definitions.entity(call, table)
    if not below or below == [f"{PREFIX}EntityMetadata"]:
        return _one(call, shown, ENTITIES, raw)
    name, key = keys.split_segment(below[0])
    context = f"{ENTITIES}('{table.name}')/{name}"
    if name == "Attributes":
        kind, rest = _cast(below[1:])
        return _walk(
            call, context, attributes(call, table, kind, detailed=kind is not None or key is not None), key, rest, raw
        )
    if name in _COLLECTIONS:
        _, rest = _cast(below[1:])
        return _walk(call, context, _COLLECTIONS[name](call, table), key, rest, raw)
    return _property(call, shown, context, below, raw)


def attributes(call: Call, table: Table, kind: str | None, *, detailed: bool) -> list[Value]:
    """The columns of a table, or those of one kind. A list without cast shows what all columns have in common."""
    columns = [column for column in table.columns.values() if kind in (None, definitions.metadata_type(column))]
    values = [definitions.attribute(call, table, column, detailed=detailed) for column in columns]
    return values if kind is not None else values + definitions.shadows(table)


def _cast(below: list[str]) -> tuple[str | None, list[str]]:
    """The metadata type a path casts to, and the rest of the path."""
    if below and below[0].startswith(PREFIX):
        return below[0].removeprefix(PREFIX), below[1:]
    return None, below


def _walk(
    call: Call, context: str, values: list[Value], key: str | None, below: Sequence[str], raw: Mapping[str, str]
) -> Response:
    """A list, one of its members, or a property of it; a cast narrows the list."""
    kind, rest = _cast(list(below))
    if kind is not None:
        values = [value for value in values if value["@odata.type"] in (f"#{PREFIX}{kind}", f"#{kind}")]
    if key is None:
        if rest:
            raise errors.not_supported(f"the path '{'/'.join(below)}'")
        return _listed(call, values, context, raw)
    wanted = _wanted(key)
    names = ("MetadataId", "LogicalName", "SchemaName", "Name")
    found = next((value for value in values if any(value.get(name) == wanted for name in names)), None)
    if found is None:
        raise errors.ServiceError(404, "0x80060888", f"Could not find '{wanted}' in {context}.")
    return _property(call, found, context, rest, raw) if rest else _one(call, found, context, raw)


def _property(call: Call, value: Value, context: str, path: Sequence[str], raw: Mapping[str, str]) -> Response:
    """A property of a piece of metadata."""
    for name in path:
        if name.startswith(PREFIX):
            raise errors.not_supported(f"'{name}' on metadata")
        if name not in value:
            raise errors.segment_unknown(name)
        if not isinstance(value[name], dict):
            return answers.body({"@odata.context": f"{call.base}$metadata#{context}/{name}", "value": value[name]})
        value = value[name]
    return _one(call, value, f"{context}/{path[-1]}", raw)


# ── options ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class JsonScope:
    """Where the names in a filter on metadata are looked up."""

    def __init__(self, rows: Sequence[Value]) -> None:
        self._rows = rows

    def property(self, path: list[str]) -> Operand:
        """A property by path; its kind is that of the values there are."""
        if path[0] not in self._rows[0]:
            raise errors.property_unknown(path[0], "MetadataBase")
        sample = next((found for row in self._rows if (found := _at(row, path)) is not None), None)
        return Operand(lambda row: _at(row, path), _kind(path, sample))

    def collection(self, path: list[str]) -> tuple[Callable[[Row], Iterable[Row]], JsonScope]:
        """There are no lambdas here."""
        raise errors.not_supported(f"a lambda on '{'/'.join(path)}' of metadata")

    def query(self, name: str, parameters: dict[str, Node]) -> Test:
        """There are no query functions here."""
        raise errors.not_supported(f"the query function '{name}' on metadata")


def _kind(path: list[str], sample: Any) -> str:
    if isinstance(sample, bool):
        return "bool"
    if isinstance(sample, int | float):
        return "number"
    if path[0] in ENUMS:
        return "enum"
    return "guid" if path[-1] == "MetadataId" else "text"


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _filtered(values: list[Value], text: str | None, aliases: Mapping[str, str]) -> list[Value]:
    if not text or not values:
        return values
    test = compile_filter(parse(text, aliases), JsonScope(values))
    return [value for value in values if test(value)]


def _listed(call: Call, values: list[Value], context: str, raw: Mapping[str, str]) -> Response:
    """A list; metadata is not paged."""
    options = _checked(raw)
    rows = _filtered(values, raw.get("$filter"), {name: value for name, value in raw.items() if name.startswith("@")})
    body: Value = {"@odata.context": f"{call.base}$metadata#{context}"}
    if options.get("$count") == "true":
        body["@odata.count"] = len(rows)
    return answers.body({**body, "value": [_chosen(call, row, options) for row in rows]})


def _one(call: Call, value: Value, context: str, raw: Mapping[str, str]) -> Response:
    chosen = _chosen(call, value, _checked(raw))
    return answers.body({"@odata.context": f"{call.base}$metadata#{context}/$entity", **chosen})


def _checked(raw: Mapping[str, str]) -> Mapping[str, str]:
    for name in raw:
        if name.startswith("$") and name not in OPTIONS:
            raise errors.query_invalid(f"The query option '{name}' is not supported on metadata.")
    return raw


def _chosen(call: Call, value: Value, options: Mapping[str, str]) -> Value:
    """The selected properties, the id, and the expansions."""
    select = [name.strip() for name in options.get("$select", "").split(",") if name.strip()]
    unknown = [name for name in select if name not in value]
    if unknown:
        raise errors.property_unknown(unknown[0], "MetadataBase")
    names = [*select, "MetadataId"] if select else [name for name in value if name not in EXPANDED]
    result = {name: value[name] for name in value if name == "@odata.type" or name in names}
    for name, inner in expansions(options.get("$expand", "")):
        result[name] = _expanded(call, value, name, inner)
    return result


def _expanded(call: Call, value: Value, name: str, inner: Mapping[str, str]) -> Any:
    _checked(inner)
    if name in EXPANDED:
        if name not in value:
            raise errors.property_unknown(name, "AttributeMetadata")
        return _chosen(call, value[name], inner) if value[name] is not None else None
    table = call.store.tables.get(value.get("LogicalName", "")) if "EntitySetName" in value else None
    if table is None or (name != "Attributes" and name not in _COLLECTIONS):
        raise errors.property_unknown(name, "EntityMetadata")
    table = call.table(table.name)
    rows = attributes(call, table, None, detailed=False) if name == "Attributes" else _COLLECTIONS[name](call, table)
    return [_chosen(call, row, inner) for row in _filtered(rows, inner.get("$filter"), {})]
