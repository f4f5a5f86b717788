"""Salespeople: they come from the users in Sales, one code each."""

from typing import Any

from sync.engine.rules.base import Rule

PREFIX = "SP NO. "


class SalespeopleRule(Rule):
    """The code of a new salesperson: NAV has no number series for them."""

    def new_erp_key(self, taken: set[str]) -> dict[str, Any]:
        """Return the first free code "SP NO. n"."""
        number = 1
        while f"{PREFIX}{number}" in taken:
            number += 1
        return {"Code": f"{PREFIX}{number}"}
