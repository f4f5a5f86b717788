"""Turns JSON values into stored ones, or refuses them as the service does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.dataverse import errors
from sandbox.dataverse.schema import Column, Table

Converter = Callable[[Any], Any]

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?")
EARLIEST = "1753-01-01"
EDM_TYPES = {
    "String": "Edm.String",
    "Memo": "Edm.String",
    "EntityName": "Edm.String",
    "Integer": "Edm.Int32",
    "Picklist": "Edm.Int32",
    "State": "Edm.Int32",
    "Status": "Edm.Int32",
    "MultiSelectPicklist": "Edm.String",
    "BigInt": "Edm.Int64",
    "Decimal": "Edm.Decimal",
    "Money": "Edm.Decimal",
    "Double": "Edm.Double",
    "Boolean": "Edm.Boolean",
    "Uniqueidentifier": "Edm.Guid",
}


def converter(table: Table, column: Column, options: Mapping[int, str] | None) -> Converter:
    """The function that checks and converts values of this column; `options` is read at every call."""
    kind = column.type
    if kind in ("String", "Memo", "EntityName"):
        return _text(table, column)
    if kind in ("Integer", "BigInt"):
        return _whole(table, column)
    if kind in ("Decimal", "Money", "Double"):
        return _number(table, column)
    if kind in ("Picklist", "State", "Status"):
        return _option(table, column, options or {})
    if kind == "MultiSelectPicklist":
        return _options(table, column, options or {})
    return {"Boolean": _boolean, "DateTime": _moment, "Uniqueidentifier": _guid}[kind](table, column)


def parse_moment(text: str) -> tuple[str, bool] | None:
    """A moment as stored (UTC, to the second) and whether a fraction was cut off; None if it is none."""
    if _DATE.fullmatch(text):
        text = f"{text}T00:00:00Z"
    if not _MOMENT.fullmatch(text):
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return None
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"), value.microsecond > 0


def parse_date(text: str) -> str | None:
    """A date as stored, or None if it is none."""
    try:
        return date.fromisoformat(text[:10]).isoformat() if _DATE.match(text) else None
    except ValueError:
        return None


def shifted(moment: str, **delta: float) -> str:
    """A stored moment plus a time."""
    value = datetime.fromisoformat(moment) + timedelta(**delta)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def _wrong_type(table: Table, column: Column, value: Any) -> errors.ServiceError:
    edm = EDM_TYPES.get(column.type, "Edm.Date" if column.date_only else "Edm.DateTimeOffset")
    return errors.payload_invalid(
        table.set_name, f"Cannot convert the literal '{value}' to the expected type '{edm}'. (property '{column.name}')"
    )


def _text(table: Table, column: Column) -> Converter:
    limit = column.max_length or 64

    def convert(value: Any) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise _wrong_type(table, column, value)
        if len(value) > limit:
            raise errors.too_long(table.name, column.name, limit)
        return value

    return convert


def _whole(table: Table, column: Column) -> Converter:
    low, high = column.minimum, column.maximum

    def convert(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong_type(table, column, value)
        if not low <= value <= high:
            raise errors.out_of_range("0x8004432f", table.name, column.name, value)
        return value

    return convert


def _number(table: Table, column: Column) -> Converter:
    low, high, digits = column.minimum, column.maximum, column.precision

    def convert(value: Any) -> float | int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong_type(table, column, value)
        if not low <= value <= high:
            raise errors.out_of_range("0x80044330", table.name, column.name, value)
        return round(value, digits)

    return convert


def _option(table: Table, column: Column, options: Mapping[int, str]) -> Converter:
    def convert(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong_type(table, column, value)
        if value not in options:
            text = (
                f"A validation error occurred.  The value {value} of '{column.name}' on record of type '{table.name}' "
                f"is outside the valid range. Accepted Values: {','.join(map(str, options))}"
            )
            raise errors.bad_request("0x8004431a", text)
        return value

    return convert


def _options(table: Table, column: Column, options: Mapping[int, str]) -> Converter:
    """Several options as a text of numbers, which the service keeps in ascending order."""
    single = _option(table, column, options)

    def convert(value: Any) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not re.fullmatch(r"\s*-?\d+\s*(?:,\s*-?\d+\s*)*", value):
            raise _wrong_type(table, column, value)
        chosen = {int(part) for part in value.split(",")}
        return ",".join(str(single(each)) for each in sorted(chosen))

    return convert


def _boolean(table: Table, column: Column) -> Converter:
    def convert(value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise _wrong_type(table, column, value)

    return convert


def _moment(table: Table, column: Column) -> Converter:
    def convert(value: Any) -> str | None:
        if value is None:
            return None
        text = value if isinstance(value, str) else ""
        if column.date_only:
            stored = parse_date(text) if _DATE.fullmatch(text) else None
        else:
            parsed = parse_moment(text)
            stored = parsed[0] if parsed else None
        if stored is None:
            raise _wrong_type(table, column, value)
        if stored < EARLIEST:
            raise errors.bad_request("0x80040203", f"The date-time value of '{column.name}' is before {EARLIEST}.")
        return stored

    return convert


def _guid(table: Table, column: Column) -> Converter:
    def convert(value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not GUID.fullmatch(value):
            raise _wrong_type(table, column, value)
        return value.lower()

    return convert
