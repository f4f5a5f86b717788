"""Reading a mirror row's wire values: empty is None (or zero), whatever the system writes for it."""

from decimal import Decimal

from sync.engine.model import Row
from sync.engine.values import canonical_erp


def text_of(row: Row, column: str) -> str:
    """Return a text, "" when empty."""
    return str(canonical_erp("text", row.values.get(column)) or "")


def code_of(row: Row, column: str) -> str:
    """Return a code in upper case, "" when empty."""
    return str(canonical_erp("code", row.values.get(column)) or "")


def date_of(row: Row, column: str) -> str:
    """Return a date as `2017-01-26`, "" when empty."""
    return str(canonical_erp("date", row.values.get(column)) or "")


def decimal_of(row: Row, column: str) -> Decimal:
    """Return a number; empty and unreadable are 0."""
    return Decimal(str(canonical_erp("decimal", row.values.get(column)) or "0"))
