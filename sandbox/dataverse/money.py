"""Currency, exchange rate and `_base` columns of rows with money.

`x_base = x / exchangerate`; the rate is copied from the currency when money or currency are written.
Source: learn.microsoft.com, "Transaction currency (currency) entity".
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from sandbox.dataverse import errors
from sandbox.dataverse.schema import Table
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.tables import TABLES

CURRENCY = "_transactioncurrencyid_value"
BASE_DIGITS = 4


def complete(store: Store, table: Table, row: Row, written: Collection[str]) -> None:
    """Give the row its currency, rate and base amounts if money or currency are among the written properties."""
    names = _money_columns(table.name)
    if names is None:
        return
    if row.get(CURRENCY) is None:
        row[CURRENCY] = store.organization().get("_basecurrencyid_value")
    elif row.get("exchangerate") is not None and CURRENCY not in written and not names.intersection(written):
        return
    currency = store.get("transactioncurrency", row[CURRENCY])
    if currency is None:
        raise errors.bad_request("0x80048cfb", "The currency cannot be null because there are money fields.")
    rate = row["exchangerate"] = currency["exchangerate"]
    for name in names:
        amount = row.get(name)
        if amount is not None:
            row[f"{name}_base"] = round(amount / rate, BASE_DIGITS)
        elif f"{name}_base" in row:
            row[f"{name}_base"] = None


@cache
def _money_columns(name: str) -> frozenset[str] | None:
    """The money columns of a table; None if its rows carry no currency."""
    columns = TABLES[name].columns
    if "exchangerate" not in columns or name == "transactioncurrency":
        return None
    money = (column.name for column in columns.values() if column.type == "Money")
    return frozenset(name for name in money if not name.endswith("_base"))
