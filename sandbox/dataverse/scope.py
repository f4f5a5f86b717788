"""Where the names in a filter or an order on a table are looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.dataverse import errors, query_functions
from sandbox.dataverse.call import Call
from sandbox.dataverse.filter_syntax import Node
from sandbox.dataverse.filters import Operand, Test
from sandbox.dataverse.relations import children
from sandbox.dataverse.schema import Column, Table
from sandbox.dataverse.store import Row

KINDS = {
    "MultiSelectPicklist": "text",
    "String": "text",
    "Memo": "text",
    "EntityName": "text",
    "Boolean": "bool",
    "Uniqueidentifier": "guid",
    "Lookup": "guid",
    "Customer": "guid",
    "Owner": "guid",
}
HIERARCHIES = {
    "account": "parentaccountid",
    "businessunit": "parentbusinessunitid",
    "product": "parentproductid",
    "systemuser": "parentsystemuserid",
}
"""The lookups that put rows of a table above each other."""


def kind_of(column: Column) -> str:
    """The kind of a column's values in filters."""
    if column.type == "DateTime":
        return "date" if column.date_only else "moment"
    return KINDS.get(column.type, "number")


def shares_nav(column: Column) -> bool:
    """Whether one navigation property leads to several tables, as the owner's does."""
    return len({target.nav for target in column.targets}) < len(column.targets)


class TableScope:
    """The columns of a table and what its navigation properties lead to."""

    def __init__(self, call: Call, table: Table) -> None:
        self._call = call
        self._table = table

    def property(self, path: list[str]) -> Operand:
        """A column of the table, or of a row a lookup points to. Raises: ServiceError 400."""
        name = path[0]
        if len(path) == 1:
            column = self._table.by_wire.get(name)
            if column is None:
                raise errors.property_unknown(name, self._table.name)
            default = self._table.defaults.get(name)
            if default is None:
                return Operand(lambda row: row.get(name), kind_of(column))
            return Operand(lambda row: row.get(name, default), kind_of(column))
        pair = self._table.navs.get(name)
        if pair is None:
            raise errors.property_unknown(name, self._table.name)
        if "." in path[1]:
            raise errors.not_supported(f"the cast '{path[1]}' in a filter")
        return self._behind(*pair, path)

    def _behind(self, column: Column, target: object, path: list[str]) -> Operand:
        if shares_nav(column):
            raise errors.property_unknown(path[1], "principal")
        name = next(each.table for each in column.targets if each is target)
        inner = TableScope(self._call, self._call.table(name)).property(path[1:])
        store, wire, mark = self._call.store, column.wire, f"{column.wire}@table"
        polymorphic = column.polymorphic

        def get(row: Row) -> object:
            if polymorphic and row.get(mark) != name:
                return None
            found = store.get(name, row.get(wire))
            return inner.get(found) if found is not None else None

        return Operand(get, inner.kind)

    def collection(self, path: list[str]) -> tuple[Callable[[Row], Iterable[Row]], TableScope]:
        """The rows of a collection-valued navigation property. Raises: ServiceError."""
        if len(path) != 1:
            raise errors.not_supported("a lambda on a nested collection")
        name, rows = children(self._call, self._table, path[0])
        self._call.require("Read", name)
        return rows, TableScope(self._call, self._call.table(name))

    def query(self, name: str, parameters: dict[str, Node]) -> Test:
        """The test of a query function. Raises: ServiceError 400, or 501 for one that is not supported."""
        path = query_functions.plain(parameters.get("PropertyName"))
        if not isinstance(path, str):
            raise errors.query_invalid(f"The function '{name}' needs a PropertyName.")
        operand = self.property(path.split("/"))
        value = query_functions.plain(parameters.get("PropertyValues", parameters.get("PropertyValue")))
        test = (
            query_functions.listed(name, operand, value)
            or query_functions.chosen(name, operand, value)
            or query_functions.in_time(name, operand, value, self._call.now)
            or self._about_caller(name, operand)
            or self._in_tree(name, path, value)
        )
        if test is None:
            raise errors.not_supported(f"the query function '{name}'")
        return test

    def _about_caller(self, name: str, operand: Operand) -> Test | None:
        store, user = self._call.store, self._call.user
        teams = store.linked_back("teammembership_association", user)
        unit = store.rows("systemuser")[user].get("_businessunitid_value")
        base = f"Equal{name.removeprefix('NotEqual').removeprefix('Equal')}"
        kinds: dict[str, set[Any]] = {
            "EqualUserId": {user},
            "EqualBusinessId": {unit},
            "EqualUserTeams": teams,
            "EqualUserOrUserTeams": teams | {user},
        }
        wanted = kinds.get(base if name.endswith("Id") else name)
        if wanted is None:
            return None
        get, equal = operand.get, not name.startswith("Not")
        return lambda row: (get(row) in wanted) is equal

    def _in_tree(self, name: str, path: str, value: object) -> Test | None:
        lookup = HIERARCHIES.get(self._table.name)
        column = self._table.columns.get(lookup) if lookup else None
        if column is None or path != self._table.primary_id:
            return None
        rows, wire = self._call.store.rows(self._table.name), column.wire
        return query_functions.in_tree(name, path, value, lambda key: rows.get(key, {}).get(wire))
