"""Units of measure: each becomes a unit group "NAV <code>" with that one unit."""

from collections.abc import Iterable
from typing import Any

from sync.engine.errors import RecordProblem
from sync.engine.model import Need, Related, Row
from sync.engine.rules.base import Rule
from sync.engine.rules.reading import code_of, decimal_of

ACTIVE = 0


def group_name(code: str) -> str:
    """Return the name of the unit group of a unit of measure."""
    return f"NAV {code}"


class UnitOfMeasureRule(Rule):
    """Name of the unit group, and what a group that is already in Sales must look like."""

    crm_tables = ("uom",)

    def needs_of_crm(self, row: Row) -> Iterable[Need]:
        """Ask for the units of a unit group."""
        return [Need("crm", "uom", "number", row.key)]

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Compute the name of the unit group."""
        return {"@Name": group_name(code_of(row, "Code"))}

    def refined(self, values: dict[str, Any], agreed: dict[str, Any], partner: Row, related: Related) -> dict[str, Any]:
        """Refuse a unit group that is not active, or that is more than one base unit of quantity 1."""
        fault = _fault(partner, related)
        if fault:
            code, sentence = fault
            raise RecordProblem(sentence, code=code, cause=f"{code}:{partner.key}")
        return values


def _fault(group: Row, related: Related) -> tuple[str, str] | None:
    name = group.name or group.values.get("name") or group.key
    units = related.by_number("crm", "uom", group.key)
    if group.values.get("statecode", ACTIVE) not in (ACTIVE, None):
        return "unit_group_inactive", f"The unit group {name} in Sales is not active. Activate it."
    if not units:
        return None
    if len(units) > 1:
        listed = ", ".join(unit.name or unit.key for unit in units[:5])
        return (
            "unit_group_units",
            f"The unit group {name} in Sales has {len(units)} units ({listed}). Leave only the base unit.",
        )
    if units[0].values.get("isschedulebaseuom") is False:
        return (
            "unit_group_base",
            f"The only unit of the unit group {name} in Sales is not its base unit. Correct the group.",
        )
    if units[0].values.get("quantity") is not None and decimal_of(units[0], "quantity") != 1:
        return (
            "unit_group_quantity",
            f"The base unit of the unit group {name} in Sales has another quantity than 1. Set it to 1.",
        )
    return None
