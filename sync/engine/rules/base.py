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
    only_for_new: tuple[str, ...] = ()
    """Those of `crm_tables` that decide about rows without a coupling alone; a pair is compared without them."""
    sees_siblings: bool = False
    """Whether other rows of the mapped ERP table decide about a row too."""
    depends_on_day: bool = False
    """Whether what is inside the mapping, or a derived value, depends on today's date."""
    steps: tuple[str, ...] = ()
    """Further steps after the row is created in Sales, in order (sync/services/steps.py)."""

    def needs_of_erp(self, row: Row) -> Iterable[Need]:
        """Name the related rows that the other methods will ask for about an ERP row."""
        return ()

    def more_needs_of_erp(self, row: Row, related: Related) -> Iterable[Need]:
        """Name further related rows, once those of `needs_of_erp` are there."""
        return ()

    def needs_of_crm(self, row: Row) -> Iterable[Need]:
        """The same for a CRM row."""
        return ()

    def erp_outside(self, row: Row, related: Related) -> str | None:
        """Return why the ERP row is outside the mapping, in a sentence; None when it is inside."""
        return None

    def gives_row_up(self, row: Row, related: Related) -> bool:
        """Tell whether a coupled record that is outside gives its row in Sales up, so that a successor can take it over."""
        return False

    def crm_outside(self, row: Row, related: Related) -> str | None:
        """Return why the CRM row is outside the mapping, in a sentence; None when it is inside."""
        return None

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Return the virtual fields of an ERP row, and real ones whose value for Sales differs from what the row holds.

        Raises RecordProblem when the row cannot be used.
        """
        return {}

    def refined(self, values: dict[str, Any], agreed: dict[str, Any], partner: Row, related: Related) -> dict[str, Any]:
        """Return the values of a coupled ERP row (derived ones included) in the light of its partner.

        `agreed` holds what the ERP fields were when both sides last agreed. Raises RecordProblem when the partner cannot
        be used.
        """
        return values

    def restore(self, values: dict[str, Any], row: Row | None, related: Related) -> dict[str, Any]:
        """Turn virtual fields among `values` (going to the ERP) into real ones.

        `row` is the present ERP row, with its refined values where there are any; None for a record that is being created.
        Raises RecordProblem when that cannot be done.
        """
        return {name: value for name, value in values.items() if not name.startswith("@")}

    def needs_to_restore(self, values: dict[str, Any]) -> Iterable[Need]:
        """Name the related rows that `restore` and `match_values` will ask for."""
        return ()

    def match_values(self, values: dict[str, Any], related: Related) -> dict[str, Any]:
        """Return further ERP columns by which a record about to be created is looked for; `values` may be virtual."""
        return {}

    def new_crm_values(self, facts: Facts) -> dict[str, Any]:
        """Return the values every new CRM row gets beside the mapped ones."""
        return {}

    def new_erp_key(self, taken: set[str]) -> dict[str, Any]:
        """Return key fields for a new ERP record, or nothing where NAV's number series gives the number."""
        return {}
