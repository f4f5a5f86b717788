"""Rows between our plain form and Dataverse's wire form.

Outside, a lookup has its column's name on both ways: read as a lower-case id, written as a Reference or None. On the
wire it is read as `_x_value` and written as `Nav@odata.bind`, whose name and spelling come from metadata.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connector import odata
from connector.dataverse.metadata import TableShape
from connector.errors import ConfigurationError
from connector.records import Record, Reference

MODIFIED_AT = "modifiedon"
MODIFIED_BY = "modifiedby"


def selected(shape: TableShape, select: Iterable[str]) -> str:
    """Return `$select` for plain column names, with the time and author of the last change where the table has them."""
    wanted = [*select, *(name for name in (MODIFIED_AT, MODIFIED_BY) if name in shape.columns), shape.primary_id]
    return ",".join(dict.fromkeys(wire_name(shape, name) for name in wanted))


def wire_name(shape: TableShape, column: str) -> str:
    """Return the name under which a column is read, filtered and sorted."""
    return f"_{column}_value" if column in shape.lookups else column


def record_of(shape: TableShape, row: Mapping[str, Any]) -> Record:
    """Return a wire row as a Record."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        if "@" in name:
            continue
        if name.startswith("_") and name.endswith("_value"):
            values[name[1:-6]] = value.lower() if isinstance(value, str) else value
        else:
            values[name] = value
    return Record(
        key=str(row[shape.primary_id]).lower(),
        values=values,
        etag=odata.etag(row),
        modified_at=odata.utc_time(values.get(MODIFIED_AT)),
        modified_by=values.get(MODIFIED_BY),
    )


def wire_row(shape: TableShape, values: Mapping[str, Any], entity_set: Callable[[str], str]) -> dict[str, Any]:
    """Return values as they are sent. Raises ConfigurationError for a lookup that does not lead to such a table."""
    row: dict[str, Any] = {}
    for column, value in values.items():
        if column in shape.lookups:
            name, bound = binding(shape, column, value, entity_set)
            row[name] = bound
        elif isinstance(value, Reference):
            raise ConfigurationError(
                f"{shape.logical_name}.{column} is no lookup in Sales, so it cannot refer to a {value.table}. "
                "Correct the mapping.",
                code="no_lookup",
            )
        else:
            row[column] = value
    return row


def binding(shape: TableShape, column: str, value: Any, entity_set: Callable[[str], str]) -> tuple[str, str | None]:
    """Return the name and value that bind a lookup. Raises ConfigurationError."""
    targets = shape.lookups[column]
    if value is None:
        return f"{next(iter(targets.values()), column)}@odata.bind", None
    if not isinstance(value, Reference):
        raise ConfigurationError(
            f"{shape.logical_name}.{column} is a lookup in Sales; it takes a reference to a row, not {type(value).__name__}.",
            code="lookup_value",
        )
    navigation = targets.get(value.table)
    if navigation is None and value.table in {"systemuser", "team"}:
        navigation = targets.get("owner")  # users and teams share one navigation to their common base
    if navigation is None:
        raise ConfigurationError(
            f"{shape.logical_name}.{column} cannot refer to a {value.table}; it leads to {', '.join(targets) or 'no table'}. "
            "Correct the mapping.",
            code="lookup_target",
        )
    return f"{navigation}@odata.bind", f"/{entity_set(value.table)}({value.id})"
