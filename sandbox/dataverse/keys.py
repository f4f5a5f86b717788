"""Keys in addresses: `accounts(guid)`, `accounts(accountid=guid)`, `accounts(accountnumber='A''1',x=7)`."""

from __future__ import annotations

import re
from typing import Any

from sandbox.dataverse import errors
from sandbox.dataverse.call import Call
from sandbox.dataverse.filter_syntax import parse_literal
from sandbox.dataverse.schema import Table
from sandbox.dataverse.values import GUID

_SEGMENT = re.compile(r"([\w.$]+)(?:\((.*)\))?", re.DOTALL)
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NOT_IN_KEYS = frozenset("/<>*%&:\\?+")
"""Characters that make an address with such a key fail: such rows are found by a filter."""
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^,]*)\s*(?:,|$)")


def split_segment(segment: str) -> tuple[str, str | None]:
    """Name and key text of a path segment; the key is None without parentheses. Raises: ServiceError 404."""
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise errors.segment_unknown(segment)
    return match[1], match[2]


def check_characters(key: str) -> None:
    """Refuse an address whose key holds characters the service cannot take there. Raises: ServiceError 400."""
    for text in _TEXT.findall(key):
        wrong = _NOT_IN_KEYS.intersection(text)
        if wrong:
            raise errors.query_invalid(f"A potentially dangerous value was detected in the key: '{min(wrong)}'.")


def pairs(key: str) -> dict[str, Any]:
    """The `name=value` pairs of a key or of function parameters."""
    found: dict[str, Any] = {}
    position = 0
    while position < len(key):
        match = _PAIR.match(key, position)
        if match is None:
            raise errors.query_invalid(f"The key '{key}' cannot be read.")
        found[match[1]] = parse_literal(match[2])[2]
        position = match.end()
    return found


def primary_key(table: Table, key: str) -> str | None:
    """The id in a key, in lower case; None if it is an alternate key."""
    name, _, value = key.partition("=")
    names = (table.primary_id, "ownerid") if table.name in ("systemuser", "team") else (table.primary_id,)
    text = value if name.strip() in names else key
    return text.strip().lower() if GUID.fullmatch(text.strip()) else None


def alternate_key(call: Call, table: Table, key: str) -> dict[str, Any]:
    """Wire properties and values of an alternate key. Raises: ServiceError 400 if the table has no such key."""
    values = pairs(key) if "=" in key else {}
    wanted = frozenset(_column_name(name) for name in values)
    defined = [
        frozenset(columns)
        for name, columns in call.store.keys.get(table.name, {}).items()
        if call.store.key_status(table.name, name) == "Active"
    ]
    if not values or wanted not in defined:
        raise errors.key_unknown(table.name)
    return {table.columns[_column_name(name)].wire: value for name, value in values.items()}


def find_by_key(call: Call, table: Table, values: dict[str, Any]) -> str | None:
    """The id of the row with these values, or None. Raises: ServiceError 400 if there are several."""
    data = call.store.data[table.name]
    found = set.intersection(*(data.find(name, value) for name, value in values.items()))
    if len(found) > 1:
        raise errors.bad_request("0x8006089d", f"More than one record exists for entity {table.name} with this key.")
    return next(iter(found), None)


def resolve(call: Call, table: Table, key: str) -> str:
    """The id a key names; the row of an id need not exist. Raises: ServiceError 404 for an unknown alternate key."""
    found = primary_key(table, key)
    if found is None:
        found = find_by_key(call, table, alternate_key(call, table, key))
        if found is None:
            raise errors.key_not_found(table.name)
    return found


def resolve_address(call: Call, address: str) -> tuple[Table, str]:
    """Table and id a row's address names: `/contacts(guid)`, absolute, by alternate key, or `$1` of a change set."""
    text = call.content_ids.get(address.lstrip("/"), address)
    if "/api/data/" in text:
        text = text.partition("/api/data/")[2].partition("/")[2]
    name, key = split_segment(text.strip("/"))
    table = call.by_set(name)
    if table is None or key is None:
        if address.startswith("$"):
            text = f"Content-ID Reference: '{address}' does not exist in the batch context."
            raise errors.query_invalid(text)
        raise errors.segment_unknown(name)
    return table, resolve(call, table, key)


def _column_name(name: str) -> str:
    return name[1:-6] if name.startswith("_") and name.endswith("_value") else name
