"""Customer price groups become price lists, and a price list has one currency: the one of the group's prices."""

from collections.abc import Iterable
from typing import Any

from sync.engine.errors import RecordProblem
from sync.engine.model import Need, Related, Row
from sync.engine.rules.base import Rule
from sync.engine.rules.prices import is_group_price, price_outside
from sync.engine.rules.reading import code_of

PRICES = "SalesPrice"


class CustomerPriceGroupRule(Rule):
    """The currency of a price list."""

    erp_tables = (PRICES,)
    depends_on_day = True

    def needs_of_erp(self, row: Row) -> Iterable[Need]:
        """Ask for the prices of the group."""
        return [Need("erp", PRICES, "name", code_of(row, "Code"))]

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Take the currency of the group's prices of today; without prices it is the base currency."""
        code = code_of(row, "Code")
        currencies = {
            _currency(price, related)
            for price in related.by_name("erp", PRICES, code)
            if is_group_price(price) and price_outside(price, related.facts.today) is None
        }
        if len(currencies) > 1:
            listed = ", ".join(sorted(currency or "local currency" for currency in currencies))
            raise RecordProblem(
                f"The prices of customer price group {code} are in several currencies ({listed}), and a price list in "
                "Sales has one. Use one group per currency; the group then follows by itself.",
                code="mixed_currencies",
                cause=f"mixed_currencies:{code}",
                field="@Currency_Code",
            )
        return {"@Currency_Code": next(iter(currencies), "") or None}


def _currency(price: Row, related: Related) -> str:
    code = code_of(price, "Currency_Code")
    return "" if code == related.facts.lcy_code else code
