"""What a rule is: the part of a mapping that no field row can say.

A rule names the related tables, says which rows are outside the mapping and why, computes virtual fields ("@name"), and
turns virtual fields back into real ones when the ERP is written. Rules are pure and know no ids of ours.
"""

from collections.abc import Iterable
from typing import Any

from sync.engine.model import Facts, Need, Related, Row


class Rule:
    """The rule of a table without peculiarities; others inherit from it."""

    erp_tables: tuple[str, ...] = ()
    """Related ERP tables to mirror beside the mapped one."""
    crm_tables: tuple[str, ...] = ()
    """Related CRM tables to mirror beside the mapped one."""
    steps: tuple[str, ...] = ()
    """Further steps after the row is created in Sales, in order (sync/services/steps.py)."""

    def needs_of_erp(self, row: Row) -> Iterable[Need]:
        """Name the related rows that the other methods will ask for about an ERP row."""
        return ()

    def needs_of_crm(self, row: Row) -> Iterable[Need]:
        """The same for a CRM row."""
        return ()

    def erp_outside(self, row: Row, related: Related) -> str | None:
        """Return why the ERP row is outside the mapping, in a sentence; None when it is inside."""
        return None

    def crm_outside(self, row: Row, related: Related) -> str | None:
        """Return why the CRM row is outside the mapping, in a sentence; None when it is inside."""
        return None

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Return the virtual fields of an ERP row. Raises RecordProblem when the row cannot be used."""
        return {}

    def restore(self, values: dict[str, Any], row: Row | None, related: Related) -> dict[str, Any]:
        """Turn virtual fields among `values` (going to the ERP; `row` is the present ERP row) into real ones."""
        return {name: value for name, value in values.items() if not name.startswith("@")}

    def needs_to_restore(self, values: dict[str, Any]) -> Iterable[Need]:
        """Name the related rows that `restore` will ask for."""
        return ()

    def new_crm_values(self, facts: Facts) -> dict[str, Any]:
        """Return the values every new CRM row gets beside the mapped ones."""
        return {}

    def new_erp_key(self, taken: set[str]) -> dict[str, Any]:
        """Return key fields for a new ERP record, or nothing where NAV's number series gives the number."""
        return {}
