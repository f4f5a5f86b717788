"""Filters as trees, written as OData and evaluated naively on the rows as they came over the wire.

Nothing of the stand-in is used: what a filter means is said here a second time, from the reference's section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hypothesis import strategies as st

Row = dict[str, Any]


class Node(Protocol):
    """A part of a filter."""

    def text(self) -> str:
        """The part as OData."""

    def holds(self, row: Row) -> bool:
        """What it says of a row."""


@dataclass(frozen=True)
class Column:
    """A property with its kind and, for an option, its members in their order."""

    name: str
    kind: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compare:
    column: Column
    operator: str
    value: Any

    def text(self) -> str:
        return f"{self.column.name} {self.operator} {literal(self.column, self.value)}"

    def holds(self, row: Row) -> bool:
        left, right = ranked(self.column, row[self.column.name]), ranked(self.column, self.value)
        found: dict[str, bool] = {
            "eq": left == right,
            "ne": left != right,
            "lt": left < right,
            "le": left <= right,
            "gt": left > right,
            "ge": left >= right,
        }
        return found[self.operator]


@dataclass(frozen=True)
class Contains:
    column: Column
    function: str
    value: str

    def text(self) -> str:
        return f"{self.function}({self.column.name},{quoted(self.value)})"

    def holds(self, row: Row) -> bool:
        text, value = row[self.column.name], self.value
        if self.column.kind == "code":  # codes do not know case
            text, value = text.lower(), value.lower()
        if self.function == "startswith":
            return bool(text[: len(value)] == value)
        if self.function == "endswith":
            return value == "" or bool(text[-len(value) :] == value)
        return bool(text.find(value) >= 0)


@dataclass(frozen=True)
class Joined:
    word: str
    parts: Sequence[Node]

    def text(self) -> str:
        return "(" + f" {self.word} ".join(part.text() for part in self.parts) + ")"

    def holds(self, row: Row) -> bool:
        found = [part.holds(row) for part in self.parts]
        return all(found) if self.word == "and" else any(found)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def literal(column: Column, value: Any) -> str:
    if column.kind in ("text", "code", "option"):
        return quoted(value)
    if column.kind == "bool":
        return "true" if value else "false"
    return str(value)


def ranked(column: Column, value: Any) -> Any:
    """A value in a form whose order is the column's."""
    if column.kind == "option":
        return column.members.index(value if value.strip() else " ")
    if column.kind == "code":
        return value.upper()
    if column.kind == "datetime":
        whole, _, part = value.rstrip("Z").partition(".")
        return whole, part.ljust(3, "0")
    return value


def filters(columns: Sequence[Column], rows: Sequence[Row]) -> st.SearchStrategy[Node]:
    """Filters over these columns; `or` joins conditions of one column only, as the server demands."""
    of_one = [conditions(column, rows) for column in columns]
    alternatives = [st.lists(found, min_size=2, max_size=4).map(lambda parts: Joined("or", parts)) for found in of_one]
    leaves: st.SearchStrategy[Node] = st.one_of(*of_one, *alternatives)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, min_size=2, max_size=3).map(lambda parts: Joined("and", parts)),
        max_leaves=6,
    )


def conditions(column: Column, rows: Sequence[Row]) -> st.SearchStrategy[Node]:
    """Conditions on one column, about values that occur and values near them."""
    occurring = st.sampled_from([row[column.name] for row in rows])
    operators = st.sampled_from(("eq", "ne") if column.kind == "bool" else ("eq", "ne", "lt", "le", "gt", "ge"))
    near: dict[str, Callable[[Any], Any]] = {
        "dec": lambda value: value + 0.01,
        "text": lambda value: value[:-1],
        "code": lambda value: value.lower(),
    }
    values = st.one_of(occurring, occurring.map(near.get(column.kind, lambda value: value)))
    compared: st.SearchStrategy[Node] = st.builds(Compare, st.just(column), operators, values)
    if column.kind not in ("text", "code"):
        return compared
    pieces = st.builds(
        lambda value, start, size: value[start : start + size], occurring, st.integers(0, 4), st.integers(1, 4)
    )
    functions = st.sampled_from(("startswith", "endswith", "contains"))
    return st.one_of(compared, st.builds(Contains, st.just(column), functions, pieces.filter(bool)))
