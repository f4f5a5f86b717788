"""`EntityDefinitions` and what hangs below: attributes with casts, relationships, keys.

Source: learn.microsoft.com, "Query table definitions using the Web API".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from sandbox.common.wire import Response
from sandbox.dataverse import answers, definitions, errors, keys, query
from sandbox.dataverse.call import Call
from sandbox.dataverse.filter_syntax import Node, parse
from sandbox.dataverse.filters import Operand, compile_filter
from sandbox.dataverse.schema import Column, Table
from sandbox.dataverse.tables import TABLES

SETS = frozenset({"EntityDefinitions", "GlobalOptionSetDefinitions", "RelationshipDefinitions"})
_CAST = re.compile(r"Microsoft\.Dynamics\.CRM\.(\w+AttributeMetadata)")
_KEY = re.compile(r"(?:(LogicalName|MetadataId)\s*=\s*)?'?([^']+)'?")
Value = dict[str, Any]


def answer(call: Call, verb: str, segments: list[str], raw: Mapping[str, str], body: bytes) -> Response:
    """Answer a metadata request. Raises: ServiceError."""
    name, key = keys.split_segment(segments[0])
    if name != "EntityDefinitions":
        raise errors.not_supported(name)
    table = _table(call, key) if key is not None else None
    if verb != "GET":
        return _write(call, verb, table, segments[1:], body)
    if table is None:
        return _listed(call, (definitions.entity(call, each) for each in _tables(call)), "EntityDefinitions", raw)
    if len(segments) == 1:
        return _one(call, definitions.entity(call, table), "EntityDefinitions", raw, table)
    return _below(call, table, segments[1:], raw)


def _tables(call: Call) -> list[Table]:
    return [call.table(name) for name in TABLES]


def _table(call: Call, key: str) -> Table:
    match = _KEY.fullmatch(key.strip())
    wanted = match[2] if match else key
    for table in _tables(call):
        if wanted in (table.name, definitions.metadata_id(table.name)):
            return table
    text = f"Could not find an entity with name '{wanted}' in the metadata cache."
    raise errors.ServiceError(404, "0x80060888", text)


def _below(call: Call, table: Table, below: list[str], raw: Mapping[str, str]) -> Response:
    """What hangs below one table."""
    name, key = keys.split_segment(below[0])
    context = f"EntityDefinitions('{table.name}')/{name}"
    if name == "Attributes":
        cast = _CAST.fullmatch(below[-1]) if len(below) > 1 else None
        if len(below) > 2 or (len(below) == 2 and cast is None):
            raise errors.segment_unknown(below[-1])
        kind = cast[1] if cast else None
        if key is None:
            return _listed(call, _attributes(call, table, kind), context, raw)
        return _attribute(call, table, key, kind, context, raw)
    source = _COLLECTIONS.get(name)
    if source is None or key is not None:
        raise errors.segment_unknown(below[0])
    return _listed(call, source(call, table), context, raw)


def _attributes(call: Call, table: Table, kind: str | None) -> list[Value]:
    columns = [column for column in table.columns.values() if kind in (None, definitions.metadata_type(column))]
    values = [definitions.attribute(call, table, column, detailed=kind is not None) for column in columns]
    return values if kind is not None else values + definitions.shadows(table)


def _attribute(call: Call, table: Table, key: str, kind: str | None, context: str, raw: Mapping[str, str]) -> Response:
    match = _KEY.fullmatch(key.strip())
    wanted = match[2] if match else key
    for column in table.columns.values():
        if wanted not in (column.name, definitions.metadata_id(f"{table.name}.{column.name}")):
            continue
        if kind not in (None, definitions.metadata_type(column)):
            break
        value = definitions.attribute(call, table, column, detailed=kind is not None)
        return _one(call, value, context, raw, None)
    raise errors.ServiceError(404, "0x80060888", f"Could not find an attribute '{wanted}' on entity '{table.name}'.")


_COLLECTIONS: dict[str, Callable[[Call, Table], list[Value]]] = {
    "ManyToOneRelationships": definitions.many_to_one,
    "OneToManyRelationships": definitions.one_to_many,
    "ManyToManyRelationships": definitions.many_to_many,
    "Keys": definitions.keys,
}


# ── options ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class JsonScope:
    """Where the names in a filter on metadata are looked up."""

    user = ""
    now = ""

    def __init__(self, sample: Value) -> None:
        self._sample = sample

    def property(self, path: list[str]) -> Operand:
        """A property by path; its kind is that of the sample."""
        if path[0] not in self._sample:
            raise errors.property_unknown(path[0], "EntityMetadata")
        value = _at(self._sample, path)
        kind = "bool" if isinstance(value, bool) else "number" if isinstance(value, int) else "enum"
        return Operand(lambda row: _at(row, path), kind)

    def collection(self, path: list[str]) -> tuple[Callable[[Value], Iterable[Value]], JsonScope]:
        """There are no lambdas here."""
        raise errors.not_supported(f"a lambda on '{'/'.join(path)}' of metadata")


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _listed(call: Call, values: Iterable[Value], context: str, raw: Mapping[str, str]) -> Response:
    """A list; metadata is not paged."""
    options = _checked(raw)
    rows = list(values)
    if rows and options.get("$filter"):
        test = compile_filter(_filter(raw), JsonScope(rows[0]))
        rows = [row for row in rows if test(row)]
    chosen = [_chosen(call, row, options) for row in rows]
    return answers.body({"@odata.context": f"{call.base}$metadata#{context}", "value": chosen})


def _filter(raw: Mapping[str, str]) -> Node:
    return parse(raw["$filter"], {name: value for name, value in raw.items() if name.startswith("@")})


def _one(call: Call, value: Value, context: str, raw: Mapping[str, str], _table: Table | None) -> Response:
    chosen = _chosen(call, value, _checked(raw))
    return answers.body({"@odata.context": f"{call.base}$metadata#{context}/$entity", **chosen})


def _checked(raw: Mapping[str, str]) -> Mapping[str, str]:
    for name in raw:
        if name.startswith("$") and name not in ("$select", "$filter", "$expand"):
            raise errors.query_invalid(f"The query option '{name}' is not supported on metadata.")
    return raw


def _chosen(call: Call, value: Value, options: Mapping[str, str]) -> Value:
    """The selected properties, the id, and the expansions."""
    select = [name.strip() for name in options.get("$select", "").split(",") if name.strip()]
    unknown = [name for name in select if name not in value]
    if unknown:
        raise errors.property_unknown(unknown[0], "MetadataBase")
    hidden = ("OptionSet", "GlobalOptionSet")
    names = [*select, "MetadataId"] if select else [name for name in value if name not in hidden]
    result = {name: value[name] for name in value if name == "@odata.type" or name in names}
    for part in query.split_outside(options.get("$expand", ""), ","):
        name, bracket, inner = part.strip().partition("(")
        if name:
            result[name] = _expanded(call, value, name, inner[:-1] if bracket else "")
    return result


def _expanded(call: Call, value: Value, name: str, inner: str) -> Any:
    pairs = dict(option.strip().partition("=")[::2] for option in inner.split(";") if option.strip())
    if name in ("OptionSet", "GlobalOptionSet"):
        if name not in value:
            raise errors.property_unknown(name, "AttributeMetadata")
        return _chosen(call, value[name], pairs) if value[name] is not None else None
    table = call.table(value["LogicalName"]) if "LogicalName" in value else None
    if table is None or (name != "Attributes" and name not in _COLLECTIONS):
        raise errors.property_unknown(name, "EntityMetadata")
    rows = _attributes(call, table, None) if name == "Attributes" else _COLLECTIONS[name](call, table)
    if rows and pairs.get("$filter"):
        test = compile_filter(parse(pairs["$filter"]), JsonScope(rows[0]))
        rows = [row for row in rows if test(row)]
    return [_chosen(call, row, pairs) for row in rows]


# ── changing metadata ───────────────────────────────────────────────────────────────────────────────────────────────────


def _write(call: Call, verb: str, table: Table | None, below: list[str], body: bytes) -> Response:
    """Keys can be added and removed, change tracking switched on."""
    call.require_customizer()
    if table is not None and verb == "PUT" and not below:
        if _body(body).get("ChangeTrackingEnabled"):
            call.store.tracked.add(table.name)
        return answers.empty()
    name, key = keys.split_segment(below[0]) if below else ("", None)
    if table is not None and name == "Keys" and verb == "POST" and key is None:
        return _add_key(call, table, _body(body))
    if table is not None and name == "Keys" and verb == "DELETE" and key is not None:
        held = call.store.keys.get(table.name, {})
        gone = next((each for each in held if definitions.metadata_id(f"{table.name}.{each}") == key), None)
        if gone is None:
            raise errors.segment_unknown(below[0])
        del held[gone]
        return answers.empty()
    raise errors.not_supported("this change of metadata")


def _body(body: bytes) -> Value:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.payload_invalid("EntityDefinitions", f"The JSON cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise errors.payload_invalid("EntityDefinitions", "The payload is not an object.")
    return value


def _add_key(call: Call, table: Table, body: Value) -> Response:
    if not body.get("SchemaName") or not isinstance(body.get("KeyAttributes"), list):
        raise errors.payload_invalid("EntityDefinitions", "A key needs SchemaName and KeyAttributes.")
    name, columns = str(body["SchemaName"]).lower(), tuple(body["KeyAttributes"])
    held = call.store.keys.setdefault(table.name, {})
    if name in held:
        raise errors.bad_request("0x80060893", f"The key name '{name}' exists.")
    if frozenset(columns) in map(frozenset, held.values()):
        raise errors.bad_request("0x80060894", "A key with the same columns exists.")
    for column in columns:
        _key_column(table, column)
    held[name] = columns
    key = definitions.metadata_id(f"{table.name}.{name}")
    address = f"{call.base}EntityDefinitions(LogicalName='{table.name}')/Keys({key})"
    return answers.empty({"odata-entityid": address, "location": address})


def _key_column(table: Table, name: str) -> Column:
    column = table.columns.get(name)
    if column is None or column.type in ("Memo", "Money", "Boolean"):
        raise errors.bad_request("0x80060890", f"The column '{name}' cannot be part of a key.")
    return column
