"""Currencies: the exchange rate that Sales wants, from NAV's table of exchange rates.

NAV says "100 USD are 64.88 of the local currency"; Sales wants units of the currency per unit of the base currency, which is
NAV's local currency. Source: learn.microsoft.com, "TransactionCurrency (Currency) entity".
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sync.engine.errors import RecordProblem
from sync.engine.model import Facts, Need, Related, Row
from sync.engine.rules.base import Rule
from sync.engine.rules.reading import code_of, date_of, decimal_of, text_of
from sync.engine.values import decimal_text, rounded

RATES = "CurrencyExchangeRate"
RATE_DECIMALS = 10
"""What `transactioncurrency.exchangerate` stores."""


class CurrencyRule(Rule):
    """Exchange rate of today, name and precision of a currency."""

    erp_tables = (RATES,)
    depends_on_day = True

    def needs_of_erp(self, row: Row) -> Iterable[Need]:
        """Ask for the currency's own rates."""
        return [Need("erp", RATES, "number", code_of(row, "Code"))]

    def more_needs_of_erp(self, row: Row, related: Related) -> Iterable[Need]:
        """Ask for the rates of the currencies that its own rates are stated in."""
        rates = related.by_number("erp", RATES, code_of(row, "Code"))
        others = {code_of(rate, "Relational_Currency_Code") for rate in rates} - {"", related.facts.lcy_code}
        return [Need("erp", RATES, "number", code) for code in sorted(others)]

    def derive(self, row: Row, related: Related) -> dict[str, Any]:
        """Compute the rate; a blank description gives way to the code."""
        code = code_of(row, "Code")
        rate = rate_of(code, related)
        return {
            "@Exchange_Rate": rounded(decimal_text(rate), RATE_DECIMALS),
            "Description": text_of(row, "Description") or code,
        }

    def new_crm_values(self, facts: Facts) -> dict[str, Any]:
        """Give a new currency the precision that the organization works with."""
        return {"currencyprecision": facts.currency_precision}


def rate_of(code: str, related: Related, way: tuple[str, ...] = ()) -> Decimal:
    """Return units of a currency per unit of the base currency, by the latest rate not after today."""
    if code in ("", related.facts.lcy_code):
        return Decimal(1)
    if code in way:
        raise RecordProblem(
            f"The exchange rates of {' and '.join(way)} are stated in each other. "
            "State one of them in the local currency in NAV's Currency Exchange Rates.",
            code="exchange_rate_circle",
            cause=f"exchange_rate:{code}",
            field="@Exchange_Rate",
        )
    rate = _latest(code, related)
    amount, in_relational = decimal_of(rate, "Exchange_Rate_Amount"), decimal_of(rate, "Relational_Exch_Rate_Amount")
    if amount <= 0 or in_relational <= 0:
        raise RecordProblem(
            f"The exchange rate of {code} from {date_of(rate, 'Starting_Date') or 'the beginning'} is zero. "
            "Correct it in NAV's Currency Exchange Rates; the currency then follows by itself.",
            code="exchange_rate_zero",
            cause=f"exchange_rate:{code}",
            field="@Exchange_Rate",
        )
    return amount / in_relational * rate_of(code_of(rate, "Relational_Currency_Code"), related, (*way, code))


def _latest(code: str, related: Related) -> Row:
    today = related.facts.today
    rates = [rate for rate in related.by_number("erp", RATES, code) if date_of(rate, "Starting_Date") <= today]
    if not rates:
        raise RecordProblem(
            f"{code} has no exchange rate that is valid on {today}. "
            "Enter one in NAV's Currency Exchange Rates; the currency then follows by itself.",
            code="no_exchange_rate",
            cause=f"exchange_rate:{code}",
            field="@Exchange_Rate",
        )
    return max(rates, key=lambda rate: date_of(rate, "Starting_Date"))
