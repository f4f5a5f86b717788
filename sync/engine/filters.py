"""Table filters: conditions `(column, operator, value)`, all of which a row must meet. Evaluated on our side."""

from collections.abc import Sequence
from typing import Any

from sync.engine.errors import MappingInvalid
from sync.engine.model import Values
from sync.engine.values import match_key

OPERATORS = ("<>", ">=", "<=", "=", ">", "<")
Condition = tuple[str, str, Any]


def parse_filter(text: str) -> list[Condition]:
    """Read `Type=Person;Company_No<>` into conditions. Raises MappingInvalid with the part that cannot be read."""
    conditions: list[Condition] = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        operator = _first_operator(part)
        if operator is None:
            raise MappingInvalid(
                f"The filter “{part}” has no comparison. Write it as Column=value, Column<>value or Column>=value.",
                code="filter_unreadable",
            )
        column, value = part.split(operator, 1)
        conditions.append((column.strip(), operator, value.strip()))
    return conditions


def _first_operator(part: str) -> str | None:
    """Return the operator that stands first; a value may hold further signs."""
    found = [(part.index(sign), -len(sign), sign) for sign in OPERATORS if sign in part]
    return min(found)[2] if found else None


def filter_text(conditions: Sequence[Condition]) -> str:
    """Write conditions in the form `parse_filter` reads."""
    return ";".join(f"{column}{operator}{value}" for column, operator, value in conditions)


def meets(values: Values, conditions: Sequence[Condition]) -> bool:
    """Tell whether a row's wire values meet every condition."""
    return all(_meets(values.get(column), operator, value) for column, operator, value in conditions)


def _meets(present: Any, operator: str, wanted: Any) -> bool:
    if operator in {"=", "<>"}:
        return _equal(present, wanted) is (operator == "=")
    left, right = _number(present), _number(wanted)
    if left is None or right is None:
        left_text, right_text = _comparable(present), _comparable(wanted)
        return _ordered(left_text, operator, right_text)
    return _ordered(left, operator, right)


def _equal(present: Any, wanted: Any) -> bool:
    """Numbers are equal by value (1.0 is 1); codes that look like numbers are not ("01" is not "1")."""
    if isinstance(present, int | float) and not isinstance(present, bool):
        return _number(present) == _number(wanted)
    return _comparable(present) == _comparable(wanted)


def _ordered(left: Any, operator: str, right: Any) -> bool:
    match operator:
        case ">":
            return bool(left > right)
        case "<":
            return bool(left < right)
        case ">=":
            return bool(left >= right)
        case _:
            return bool(left <= right)


def _comparable(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return match_key(value)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
