"""The function RetrieveMetadataChanges: chosen properties of chosen tables, columns, keys and relationships in one answer.

Source: learn.microsoft.com, "Query schema definitions", "RetrieveMetadataChanges Function". Only the state as it is can
be asked for: a stamp of an earlier answer is refused, not answered with less.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from sandbox.dataverse import definitions, errors, metadata, relationships
from sandbox.dataverse.call import Call

Value = dict[str, Any]
Test = Callable[[Value], bool]
_RELATIONS = {
    "ManyToOneRelationships": relationships.many_to_one,
    "OneToManyRelationships": relationships.one_to_many,
    "ManyToManyRelationships": relationships.many_to_many,
}
_ALWAYS = ("@odata.type", "MetadataId", "HasChanged")


def answer(call: Call, parameters: dict[str, Any]) -> Value:
    """The body of the answer. Raises: ServiceError 400, 501."""
    if parameters.get("ClientVersionStamp") not in (None, "null"):
        raise errors.not_supported("RetrieveMetadataChanges since an earlier answer")
    try:
        query = orjson.loads(parameters.get("Query", ""))
    except orjson.JSONDecodeError as error:
        raise errors.query_invalid("The parameter 'Query' is not an EntityQueryExpression.") from error
    if not isinstance(query, dict):
        raise errors.query_invalid("The parameter 'Query' is not an EntityQueryExpression.")
    test = _test(query.get("Criteria"))
    tables = [call.table(name) for name in call.store.tables]
    shown = [(table, definitions.entity(call, table)) for table in tables]
    found = []
    for table, value in shown:
        if test(value):
            names = _names(query.get("Properties"))
            chosen = _chosen(value, names)
            if names is None or "Attributes" in names:
                rows = metadata.attributes(call, table, None, detailed=True)
                chosen["Attributes"] = _queried(rows, query.get("AttributeQuery"))
            if names is None or "Keys" in names:
                chosen["Keys"] = _queried(relationships.keys(call, table), query.get("KeyQuery"))
            for name, source in _RELATIONS.items():
                if names is None or name in names:
                    chosen[name] = _queried(source(call, table), query.get("RelationshipQuery"))
            found.append({**chosen, "HasChanged": None})
    stamp = f"{call.store.metadata_version}!{call.now}"
    return {"ServerVersionStamp": stamp, "DeletedMetadata": None, "EntityMetadata": found}


def _queried(rows: list[Value], query: Value | None) -> list[Value]:
    """Members of a table, as their own part of the query wants them."""
    query = query or {}
    test, names = _test(query.get("Criteria")), _names(query.get("Properties"))
    return [{**_chosen(row, names), "HasChanged": None} for row in rows if test(row)]


def _names(properties: Value | None) -> list[str] | None:
    """The properties asked for; None is all of them."""
    if not properties or properties.get("AllProperties"):
        return None if properties else []
    return [str(name) for name in properties.get("PropertyNames") or []]


def _chosen(value: Value, names: list[str] | None) -> Value:
    """The properties asked for that this piece of metadata has."""
    if names is None:
        return dict(value)
    return {name: value[name] for name in (*_ALWAYS, *names) if name in value}


def _test(criteria: Value | None) -> Test:
    """The test of a filter of the query. Raises: ServiceError 501."""
    if not criteria:
        return lambda _value: True
    tests = [_condition(each) for each in criteria.get("Conditions") or []]
    tests += [_test(each) for each in criteria.get("Filters") or []]
    joined = any if criteria.get("FilterOperator") in ("Or", 1) else all
    return lambda value: joined(test(value) for test in tests)


def _condition(condition: Value) -> Test:
    name, operator = str(condition.get("PropertyName")), condition.get("ConditionOperator", "Equals")
    given = condition.get("Value")
    wanted = given.get("Value") if isinstance(given, dict) else given
    if operator not in ("Equals", "NotEquals", "In", "NotIn", 0, 1, 2, 3):
        raise errors.not_supported(f"the condition operator '{operator}' on metadata")
    among = wanted if isinstance(wanted, list) else [wanted]
    equal = operator in ("Equals", "In", 0, 2)
    return lambda value: (_plain(value.get(name)) in [_text(each) for each in among]) is equal


def _plain(value: Any) -> str:
    """A value as conditions compare it; of a managed property its value."""
    return _text(value.get("Value") if isinstance(value, dict) else value)


def _text(value: Any) -> str:
    return str(value).lower()
