"""The price of a product in a price list: six pricing methods, rounding, and the codes of what is missing.

Source: learn.microsoft.com, "Product pricing methods"; the codes are the options of `pricingerrorcode`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sandbox.dataverse.money import rounded
from sandbox.dataverse.store import Row

if TYPE_CHECKING:
    from sandbox.dataverse.writer import Writer

NO_ERROR, DETAIL_ERROR, NO_LIST, INACTIVE_LIST, NO_QUANTITY, NO_UNIT_PRICE = 0, 1, 2, 3, 4, 5
NOT_IN_LIST, NO_AMOUNT, NO_PERCENTAGE, NO_PRICE, NO_CURRENT_COST, NO_STANDARD_COST = 11, 12, 13, 14, 15, 16
INVALID_QUANTITY = 29

AMOUNT = 1
_BASES = {
    2: ("price", NO_PRICE),
    3: ("currentcost", NO_CURRENT_COST),
    4: ("currentcost", NO_CURRENT_COST),
    5: ("standardcost", NO_STANDARD_COST),
    6: ("standardcost", NO_STANDARD_COST),
}
_MARKUPS, _MARGINS = (3, 5), (4, 6)
WHOLE = 2
"""`quantitysellingcode`: whole units alone."""
UP, DOWN, NEAREST = 2, 3, 4
ENDS_IN = 1
_DIGITS = 6


def list_price(writer: Writer, row: Row, header: Row) -> tuple[float | None, int]:
    """The price of a line's product and unit in its header's price list, and the code of what stands against it."""
    price_list = writer.store.get("pricelevel", header.get("_pricelevelid_value"))
    if price_list is None:
        return None, NO_LIST
    if price_list["statecode"] != 0:
        return None, INACTIVE_LIST
    item = _item(writer, row, price_list["pricelevelid"])
    if item is None:
        return None, NOT_IN_LIST
    quantity = row.get("quantity") or 0
    if item.get("quantitysellingcode") == WHOLE and quantity != math.floor(quantity):
        return None, INVALID_QUANTITY
    return price_of(item, writer.store.rows("product")[row["_productid_value"]])


def price_of(item: Row, product: Row) -> tuple[float | None, int]:
    """The price a price list item gives its product, and the code of what is missing."""
    method = item.get("pricingmethodcode", AMOUNT)
    if method == AMOUNT:
        amount = item.get("amount")
        return (None, NO_AMOUNT) if amount is None else (amount, NO_ERROR)
    column, missing = _BASES[method]
    base, percentage = product.get(column), item.get("percentage")
    if base is None:
        return None, missing
    if percentage is None:
        return None, NO_PERCENTAGE
    return _rounded_by_policy(item, _by_percentage(method, base, percentage)), NO_ERROR


def _by_percentage(method: int, base: float, percentage: float) -> float:
    if method in _MARKUPS:
        return base * (1 + percentage / 100)
    if method in _MARGINS:
        return base / (1 - percentage / 100) if percentage < 100 else 0.0
    return base * percentage / 100


def _rounded_by_policy(item: Row, price: float) -> float:
    """The price after the item's rounding: up, down or to the nearest that ends in, or is a multiple of, an amount."""
    policy, amount = item.get("roundingpolicycode", 1), item.get("roundingoptionamount") or 0
    if policy not in (UP, DOWN, NEAREST) or amount <= 0:
        return price
    step, offset = amount, 0.0
    if item.get("roundingoptioncode", ENDS_IN) == ENDS_IN:
        step, offset = 10.0 ** (math.floor(math.log10(amount)) + 1), amount
        if amount < 1:
            step = 1.0
    steps = rounded((price - offset) / step, _DIGITS)
    below, above = math.floor(steps), math.ceil(steps)
    if policy == UP:
        chosen = above
    elif policy == DOWN:
        chosen = below
    else:
        chosen = below if steps - below < above - steps else above
    return max(0.0, rounded(offset + chosen * step, _DIGITS))


def _item(writer: Writer, row: Row, price_list: str) -> Row | None:
    data = writer.store.data["productpricelevel"]
    for key in data.find("_productid_value", row["_productid_value"]):
        item = data.rows[key]
        if item["_pricelevelid_value"] == price_list and item["_uomid_value"] == row.get("_uomid_value"):
            return item
    return None
