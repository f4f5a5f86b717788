"""Compares what is in Sales with what must be: every difference is one sentence, and an empty list is the proof."""

from collections import defaultdict
from typing import Any

from scripts.stand_ins import StandIns
from tests.sync.oracle.expected import Expectations, Out, code
from tests.sync.oracle.present import Present
from tests.sync.oracle.servers import Row, Servers

TWINS = {
    "PaymentTerms": ("paymenttermscode", [(table, "paymenttermscode") for table in ("salesorder", "quote", "invoice")]),
    "ShipmentMethod": (
        "address1_freighttermscode",
        [(table, "freighttermscode") for table in ("salesorder", "quote")],
    ),
    "ShippingAgent": (
        "address1_shippingmethodcode",
        [(table, "shippingmethodcode") for table in ("salesorder", "quote", "invoice")],
    ),
}
"""The account's choice column of each table of codes, and the columns of the documents that have the same options."""


def differences(stand_ins: StandIns, out: Out = (), tables: list[str] | None = None) -> list[str]:
    """Return how Sales differs from what NAV and docs/mappings.md ask for; `out` names NAV records that stay out."""
    servers = Servers(stand_ins)
    found: list[str] = []
    for table, rows in Expectations(servers, out).all().items():
        if tables is None or table in tables:
            found += _table_differences(servers, table, rows)
    return found + (choice_differences(servers) if tables is None else [])


def _table_differences(servers: Servers, table: str, expected: list[tuple[Any, Row]]) -> list[str]:
    present = Present(servers)
    wanted, there = defaultdict(list), defaultdict(list)
    for key, values in expected:
        wanted[key].append(values)
    for row in servers.sales(table):
        there[present.key(table, row)].append(row)
    found: list[str] = []
    for key in sorted({*wanted, *there}, key=str):
        if len(wanted[key]) != len(there[key]):
            found.append(f"{table} {key}: {len(there[key])} rows, not {len(wanted[key])}")
        else:
            found += _row_differences(present, table, key, wanted[key], there[key])
    return found


def _row_differences(present: Present, table: str, key: Any, wanted: list[Row], there: list[Row]) -> list[str]:
    columns = sorted({column for values in wanted for column in values})
    shown = sorted(([present.value(table, row, column) for column in columns] for row in there), key=str)
    asked = sorted(([values.get(column) for column in columns] for values in wanted), key=str)
    return [
        f"{table} {key}: {column} is {is_!r}, not {must!r}"
        for row, values in zip(shown, asked, strict=True)
        for column, is_, must in zip(columns, row, values, strict=True)
        if is_ != must
    ]


def choice_differences(servers: Servers) -> list[str]:
    """Return how the options of the three choice columns and their twins differ from NAV's codes."""
    found: list[str] = []
    for table, (column, twins) in TWINS.items():
        labels = [code(label) for label in servers.choices("account", column).values()]
        codes = [row["Code"] for row in servers.nav(table)]
        found += [
            f"account.{column}: {labels.count(name)} options {name}, not 1" for name in codes if labels.count(name) != 1
        ]
        tied = {value: label for value, label in servers.choices("account", column).items() if code(label) in codes}
        for twin_table, twin_column in twins:
            there = servers.choices(twin_table, twin_column)
            found += [
                f"{twin_table}.{twin_column}: {value} is {there.get(value)!r}, not {label!r}"
                for value, label in tied.items()
                if there.get(value) != label
            ]
    return found
