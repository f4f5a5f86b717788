"""Which sales prices can stand in a price list in Sales: it keeps one amount per list, product and unit, and no dates."""

from sync.engine.model import Row
from sync.engine.rules.reading import code_of, date_of, decimal_of, text_of

PRICE_GROUP = "Customer Price Group"


def price_outside(row: Row, today: str) -> str | None:
    """Return why a sales price is outside the mapping today, in a sentence; None when it is inside."""
    start, end = date_of(row, "Starting_Date"), date_of(row, "Ending_Date")
    quantity = decimal_of(row, "Minimum_Quantity")
    if quantity > 1:
        return (
            f"The price starts at a quantity of {quantity.normalize():f}; a price list in Sales keeps the price of one."
        )
    if code_of(row, "Variant_Code"):
        return f"The price is for the variant {code_of(row, 'Variant_Code')}; products in Sales have no variants."
    if start > today:
        return f"The price is valid from {start} only; it is taken up on that day."
    if end and end < today:
        return f"The price was valid until {end}."
    return None


def is_group_price(row: Row) -> bool:
    """Tell whether a price belongs to a customer price group."""
    return text_of(row, "Sales_Type") == PRICE_GROUP and bool(code_of(row, "Sales_Code"))


def price_text(row: Row) -> str:
    """Return what tells a price from its neighbours, for a sentence."""
    start = date_of(row, "Starting_Date")
    parts = [
        code_of(row, "Currency_Code") or "local currency",
        f"unit {code_of(row, 'Unit_of_Measure_Code') or '(any)'}",
        f"minimum quantity {decimal_of(row, 'Minimum_Quantity').normalize():f}",
        f"from {start}" if start else "without starting date",
    ]
    return ", ".join(parts)
