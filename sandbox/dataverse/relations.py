"""The navigation properties of tables that lead to many rows: what they are called and which rows they lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sandbox.dataverse import errors
from sandbox.dataverse.call import Call
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row, Store


def collections_of(store: Store, name: str) -> Mapping[str, tuple[str, str]]:
    """The collections filled by lookups: name to (table, lookup). Those without a known name get a made-up one."""
    given = store.collections.get(name, {})
    named = set(given.values())
    found = dict(given)
    for child in store.tables.values():
        for column in child.columns.values():
            pair = (child.name, column.name)
            if pair not in named and any(target.table == name for target in column.targets):
                found[f"{name}_{child.name}_{column.name}"] = pair
    return found


def links_of(store: Store, name: str) -> dict[str, tuple[str, str]]:
    """The many-to-many relationships of a table: name to (left, right)."""
    return {nav: pair for nav, pair in store.many_to_many.items() if name in pair}


def collection(store: Store, table: Table, nav: str) -> tuple[str, str] | None:
    """The (table, lookup) behind a collection that a lookup fills."""
    given = store.collections.get(table.name, {}).get(nav)
    if given is not None or not nav.startswith(f"{table.name}_"):
        return given
    return collections_of(store, table.name).get(nav)


def is_link(store: Store, table: Table, nav: str) -> bool:
    """Whether a navigation property is a many-to-many relationship."""
    return table.name in store.many_to_many.get(nav, ())


def children(call: Call, table: Table, nav: str) -> tuple[str, Callable[[Row], list[Row]]]:
    """Table and rows of a collection-valued navigation property. Raises: ServiceError 400 if there is none."""
    store, own_id = call.store, table.primary_id
    pair = collection(store, table, nav)
    if pair is not None:
        child, column = pair
        data, wire = store.data[child], store.tables[child].columns[column].wire
        return child, lambda row: [data.rows[key] for key in sorted(data.find(wire, row[own_id]))]
    if is_link(store, table, nav):
        left, right = store.many_to_many[nav]
        forward = table.name == left
        other = right if forward else left
        follow = store.linked if forward else store.linked_back
        rows = store.rows(other)
        return other, lambda row: [rows[key] for key in sorted(follow(nav, row[own_id])) if key in rows]
    raise errors.property_unknown(nav, table.name)
