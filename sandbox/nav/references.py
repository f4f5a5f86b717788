"""Which field of which table refers to which record: what a rename has to take along."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from sandbox.nav.store import CompanyStore, Row
from sandbox.nav.tables import TABLES


@dataclass(frozen=True)
class Reference:
    """`table.column` names a record of another table, in rows that hold `when`."""

    table: str
    column: str
    when: dict[str, Any] = field(default_factory=dict)

    def holders(self, store: CompanyStore, code: str) -> list[Row]:
        """The rows that refer to `code`."""
        return store.tables[self.table].where(**{self.column: code}, **self.when)


# References whose table depends on another field, or that go over a table of two keys.
_CONDITIONAL: Final[dict[str, tuple[Reference, ...]]] = {
    "Customer": (
        Reference("ContactBusinessRelation", "No", {"Link_to_Table": "Customer"}),
        Reference("SalesPrice", "Sales_Code", {"Sales_Type": "Customer"}),
    ),
    "CustomerPriceGroup": (Reference("SalesPrice", "Sales_Code", {"Sales_Type": "Customer Price Group"}),),
    "Item": (
        Reference("SalesLine", "No", {"Type": "Item"}),
        Reference("SalesInvoiceLine", "No", {"Type": "Item"}),
    ),
    "Resource": (
        Reference("SalesLine", "No", {"Type": "Resource"}),
        Reference("SalesInvoiceLine", "No", {"Type": "Resource"}),
        Reference("ResourcePrice", "Code", {"Type": "Resource"}),
    ),
    "UnitOfMeasure": (
        Reference("Item", "Sales_Unit_of_Measure"),
        Reference("Item", "Purch_Unit_of_Measure"),
        Reference("Resource", "Base_Unit_of_Measure"),
        Reference("SalesPrice", "Unit_of_Measure_Code"),
        Reference("SalesLine", "Unit_of_Measure_Code"),
        Reference("SalesInvoiceLine", "Unit_of_Measure_Code"),
    ),
}


@lru_cache(maxsize=64)
def references_to(target: str) -> tuple[Reference, ...]:
    """Every field that can hold a key of `target`."""
    plain = tuple(
        Reference(table.name, name)
        for table in TABLES.values()
        for name, item in table.fields.items()
        if item.relation == target
    )
    return plain + _CONDITIONAL.get(target, ())
