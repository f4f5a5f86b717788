"""Plain records that both clients speak, and the text form of a record key.

Everything here is immutable and knows no protocol. Times are UTC and aware.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from connector.errors import ConfigurationError, IntegrationError


@dataclass(frozen=True, slots=True)
class Record:
    """One remote record: `values` holds the selected columns by their plain names.

    `key` is the ERP key text or the CRM id in lower case; `etag` the version to state in a conditional write;
    `modified_at` and `modified_by` are None where the server does not serve them.
    """

    key: str
    values: dict[str, Any]
    etag: str | None = None
    modified_at: datetime | None = None
    modified_by: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A record that changed, or None in `record` for one that was deleted."""

    key: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of a read.

    `position` says how to go on within this read (None on the last page); `cursor` is what to store for the next
    read and stands on the last page only, where the server offers one.
    """

    changes: list[Change]
    position: str | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What became of one row of a bulk write; `error` is None when it was carried out."""

    key: str | None = None
    etag: str | None = None
    record: Record | None = None
    error: IntegrationError | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """A lookup value on its way to the CRM: the target's logical table name and id."""

    table: str
    id: str


def _encoded(text: str) -> str:
    return text.replace("%", "%25").replace(";", "%3B").replace("=", "%3D")


def _written(value: Any) -> str:
    # As OData writes it in a key: no exponent, no capital in a truth value.
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(Decimal(str(value)), "f") if isinstance(value, float) else str(value)


def key_text(parts: Mapping[str, Any] | Sequence[tuple[str, Any]] | Sequence[str] | str) -> str:
    """Write a key as text: a single value alone, several as `Name=value;Name=value` in key order.

    `%`, `;` and `=` inside a value are percent-encoded. A mapping's own order is the key order; a single value may
    come without its name.
    """
    if isinstance(parts, str):
        return _encoded(parts)
    listed = list(parts.items()) if isinstance(parts, Mapping) else list(parts)
    if len(listed) == 1:
        return _encoded(_written(listed[0] if isinstance(listed[0], str) else listed[0][1]))
    return ";".join(f"{_encoded(str(name))}={_encoded(_written(value))}" for name, value in listed)


def key_parts(text: str, names: Sequence[str]) -> dict[str, str]:
    """Read a key text back into its parts, by the key's names in their order.

    Raises: ConfigurationError when the text does not have exactly these parts.
    """
    if len(names) == 1 and "=" not in text and ";" not in text:
        return {names[0]: unquote(text)}
    pairs = [part.partition("=") for part in text.split(";")]
    found = {unquote(name): unquote(value) for name, _sign, value in pairs}
    if set(found) != set(names) or len(pairs) != len(names) or not all(sign for _name, sign, _value in pairs):
        raise ConfigurationError(
            f"The key {text!r} does not name {', '.join(names)}. Write it as Name=value;Name=value in key order."
        )
    return {name: found[name] for name in names}
