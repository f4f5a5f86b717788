"""Currency, exchange rate and `_base` columns of rows with money, and how money is rounded.

`x_base = x / exchangerate`; the rate is copied from the currency when money or currency are written.
Source: learn.microsoft.com, "Transaction currency (currency) entity" and, for the codes, "Web service error codes".
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal

from sandbox.dataverse import errors
from sandbox.dataverse.schema import Column, Table
from sandbox.dataverse.store import Row, Store

CURRENCY = "_transactioncurrencyid_value"
BASE_DIGITS = 4
LARGEST_BASE = 922_337_203_685_477.0
"""What a money column can hold at most, base twins included."""


def rounded(value: float, digits: int) -> float:
    """The value with so many decimals, halves away from zero."""
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(str(value)).quantize(step, ROUND_HALF_UP))


def default_currency(store: Store, user: str) -> str | None:
    """The currency a row takes that names none: that of the user, else that of the organisation."""
    own: str | None = (store.get("systemuser", user) or {}).get(CURRENCY)
    return own or store.organization().get("_basecurrencyid_value")


def digits(store: Store, column: Column, currency: Row | None) -> int:
    """How many decimals a money column keeps in this currency."""
    if column.precision_source == 1:
        found = store.organization().get("pricingdecimalprecision")
    elif column.precision_source == 2:
        found = currency.get("currencyprecision", 2) if currency is not None else None
    else:
        found = None
    return column.precision if found is None else int(found)


def amount_digits(store: Store, row: Row) -> int:
    """How many decimals the calculated amounts of a document or line keep."""
    currency = store.get("transactioncurrency", row.get(CURRENCY))
    return int(currency.get("currencyprecision", 2)) if currency is not None else BASE_DIGITS


def complete(store: Store, table: Table, row: Row, written: Collection[str], user: str) -> None:
    """Give the row its currency, rate and base amounts if money or currency are among the written properties.

    Raises: ServiceError 400 if money is left without a currency or is too large in the base currency.
    """
    names = table.money
    if names is None:
        return
    if row.get(CURRENCY) is None:
        if row.get("exchangerate") is not None and any(row.get(name) is not None for name in names):
            raise errors.bad_request("0x80048cfb", "The currency cannot be null.")
        row[CURRENCY] = default_currency(store, user)
    elif row.get("exchangerate") is not None and CURRENCY not in written and not names.intersection(written):
        return
    currency = store.get("transactioncurrency", row[CURRENCY])
    if currency is None:
        raise errors.bad_request("0x80048cfb", "The currency cannot be null.")
    rate = row["exchangerate"] = currency["exchangerate"]
    for name in names:
        amount = row.get(name)
        if amount is not None:
            row[name] = rounded(amount, digits(store, table.columns[name], currency))
            row[f"{name}_base"] = _base(name, row[name], rate)
        elif f"{name}_base" in row:
            row[f"{name}_base"] = None


def _base(name: str, amount: float, rate: float) -> float:
    value = rounded(amount / rate, BASE_DIGITS)
    if abs(value) <= LARGEST_BASE:
        return value
    more = value > 0
    text = (
        "The exchange rate set for the currency specified in this record has generated a value for "
        f"{name} that is {'larger' if more else 'smaller'} than the {'maximum' if more else 'minimum'} allowed for "
        f"the base currency ({LARGEST_BASE if more else -LARGEST_BASE})."
    )
    raise errors.bad_request("0x80048cec" if more else "0x80048ceb", text)
