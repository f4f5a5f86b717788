"""The fewest requests that a full copy into an empty CRM can take, by the formula of our goal.

Per mapping: ERP pages + CRM pages + steps x N/1000 + read-back N/5000; and 25 fixed in all (sign-in, metadata, probes).
"""

from math import ceil
from typing import Any

ERP_PAGE = {"nav2017": 1000, "bc": 20_000}
CRM_PAGE = 5000
BULK_ROWS = 1000
FIXED = 25
# A product is created as a draft, gets its price list item, is published and gets its list.
STEPS = {"ITEM-PRODUCT": 4, "RESOURCE-PRODUCT": 4}


def rows_of(report: dict[str, Any]) -> dict[str, int]:
    """Return how many rows each mapping created in the CRM."""
    counted = ((row["name"], row["counters"]) for row in report["mappings"] if row["direction"] == "to")
    return {name: int(counters["inserted"]) for name, counters in counted}


def minimum_of(mapping: str, rows: int, flavour: str) -> int:
    """Return the fewest requests for one mapping that creates so many rows in an empty CRM."""
    pages = max(1, ceil(rows / ERP_PAGE[flavour])) + 1
    return pages + STEPS.get(mapping, 1) * ceil(rows / BULK_ROWS) + ceil(rows / CRM_PAGE)


def minimum(report: dict[str, Any], flavour: str) -> int:
    """Return the fewest requests for a whole run."""
    return FIXED + sum(minimum_of(name, rows, flavour) for name, rows in rows_of(report).items())
