"""Customers: everything about them is said by field rows; accounts that were merged away stay outside."""

from sync.engine.model import Related, Row
from sync.engine.rules.base import Rule


class CustomerRule(Rule):
    """A customer is an account; an account that was merged into another one is not."""

    def crm_outside(self, row: Row, related: Related) -> str | None:
        """Leave out accounts that were merged into another one."""
        if row.values.get("merged"):
            return "The account was merged into another one in Sales."
        return None
