"""The query functions `Microsoft.Dynamics.CRM.X(PropertyName='p',PropertyValue='v')` of a filter.

Days, weeks (from Sunday), months and years are those of UTC, the stand-in users' time zone. "Last X days" and longer
begin with the day X days ago, "Next X days" and longer end with the day in X days; hours and minutes are exact.
Source: learn.microsoft.com, "Dataverse query function reference". Fiscal periods and the hierarchy of users are not
supported.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.dataverse import errors
from sandbox.dataverse.filter_syntax import Node
from sandbox.dataverse.filters import Operand, Row, Test
from sandbox.dataverse.values import GUID, parse_date, parse_moment

Parents = Callable[[str], str | None]
"""From the id of a row to the id of its parent."""

_COUNTED = re.compile(r"(Last|Next|OlderThan)X(Minutes|Hours|Days|Weeks|Months|Years)")
_CALENDAR = re.compile(r"(Last|This|Next)(Week|Month|Year)")
_DAYS = {"Yesterday": (-1, 0), "Today": (0, 1), "Tomorrow": (1, 2)}
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
END = "9999-12-31T23:59:59Z"


def plain(node: Node | None) -> Any:
    """A parameter as plain values: a text, a number, a bool or a list of them."""
    if node is None:
        return None
    if node[0] == "list":
        return [plain(part) for part in node[1]]
    return node[2] if node[0] == "value" else "/".join(node[1])


def listed(name: str, operand: Operand, values: Any) -> Test | None:
    """In, NotIn, Between and NotBetween; None for another function. Raises: ServiceError 400."""
    base = name.removeprefix("Not")
    if base not in ("In", "Between") or name == "Not":
        return None
    if not isinstance(values, list) or (base == "Between" and len(values) != 2):
        raise errors.query_invalid(f"The function '{name}' needs PropertyValues{' with two values' * (base != 'In')}.")
    converted = [_converted(operand.kind, value) for value in values]
    get, wanted = operand.get, name == base
    if base == "In":
        among = set(converted)
        return lambda row: (_folded(get(row)) in among) is wanted
    low, high = converted
    return lambda row: ((held := get(row)) is not None and low <= _folded(held) <= high) is wanted


def chosen(name: str, operand: Operand, values: Any) -> Test | None:
    """ContainValues and DoesNotContainValues of a multi-select column; None for another function. Raises: ServiceError 400."""
    if name not in ("ContainValues", "DoesNotContainValues"):
        return None
    if not isinstance(values, list):
        raise errors.query_invalid(f"The function '{name}' needs PropertyValues.")
    wanted, get, contains = {str(value) for value in values}, operand.get, name == "ContainValues"
    return lambda row: bool(wanted.intersection(str(get(row) or "").split(","))) is contains


def in_time(name: str, operand: Operand, value: Any, now: str) -> Test | None:
    """A function about a date or moment; None for another function. Raises: ServiceError 400."""
    span = _span(name, value, datetime.fromisoformat(now))
    if span is None:
        return None
    if operand.kind not in ("moment", "date"):
        raise errors.query_invalid(f"The function '{name}' needs a date and time property.")
    get = operand.get
    first, end = (moment.strftime(FORMAT).rjust(20, "0") if moment else None for moment in span)
    low, high = first or "", end or f"{END}~"

    def test(row: Row) -> bool:
        held = get(row)
        if held is None:
            return False
        return low <= (held if len(held) > 10 else f"{held}T00:00:00Z") < high

    return test


def _span(name: str, value: Any, now: datetime) -> tuple[datetime | None, datetime | None] | None:
    """Begin and end (excluded) of a function about time."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if name in _DAYS:
        first, end = _DAYS[name]
        return today + timedelta(days=first), today + timedelta(days=end)
    if name in ("Last7Days", "Next7Days"):
        return _counted(name[:4], "Days", 7, now)
    if name in ("On", "OnOrAfter", "OnOrBefore"):
        day = _day(name, value)
        return (None if name == "OnOrBefore" else day), (None if name == "OnOrAfter" else day + timedelta(days=1))
    match = _CALENDAR.fullmatch(name)
    if match:
        return _calendar(match[1], match[2], today)
    match = _COUNTED.fullmatch(name)
    return _counted(match[1], match[2], _number(name, value), now) if match else None


def _day(name: str, value: Any) -> datetime:
    day = parse_date(str(value))
    if day is None:
        raise errors.query_invalid(f"The PropertyValue of '{name}' is not a date.")
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _number(name: str, value: Any) -> int:
    text = str(value)
    if not text.isdigit() or int(text) == 0:
        raise errors.query_invalid(f"The PropertyValue of '{name}' is not a number above zero.")
    return int(text)


def _counted(which: str, unit: str, number: int, now: datetime) -> tuple[datetime | None, datetime | None]:
    moved = _moved(now, unit, number if which == "Next" else -number)
    if which == "OlderThan":
        return None, moved
    if unit in ("Minutes", "Hours"):
        return (moved, now + timedelta(seconds=1)) if which == "Last" else (now, moved + timedelta(seconds=1))
    day = moved.replace(hour=0, minute=0, second=0, microsecond=0)
    return (day, now + timedelta(seconds=1)) if which == "Last" else (now, day + timedelta(days=1))


def _moved(moment: datetime, unit: str, number: int) -> datetime:
    if unit in ("Minutes", "Hours", "Days", "Weeks"):
        return moment + timedelta(**{unit.lower(): number})
    months = moment.year * 12 + moment.month - 1 + number * (12 if unit == "Years" else 1)
    year, month = divmod(months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


def _calendar(which: str, unit: str, today: datetime) -> tuple[datetime, datetime]:
    step = {"Last": -1, "This": 0, "Next": 1}[which]
    if unit == "Week":
        first = today - timedelta(days=today.isoweekday() % 7)
    else:
        first = today.replace(day=1) if unit == "Month" else today.replace(month=1, day=1)
    return _moved(first, f"{unit}s", step), _moved(first, f"{unit}s", step + 1)


def in_tree(name: str, table_id: str, value: Any, parents: Parents) -> Test | None:
    """Above, Under and their kin, by the ids of rows; None for another function. Raises: ServiceError 400."""
    if name not in ("Above", "AboveOrEqual", "Under", "UnderOrEqual", "NotUnder"):
        return None
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise errors.query_invalid(f"The PropertyValue of '{name}' is not an id.")
    wanted = value.lower()
    if name.startswith("Above"):
        above = set(_chain(wanted, parents)) - ({wanted} if name == "Above" else set())
        return lambda row: row[table_id] in above

    def test(row: Row) -> bool:
        key = row[table_id]
        if key == wanted:
            return name != "Under"
        return (wanted in _chain(key, parents)) is (name != "NotUnder")

    return test


def _chain(key: str | None, parents: Parents) -> list[str]:
    """An id and those above it, up to the root."""
    found: list[str] = []
    while key is not None and key not in found:
        found.append(key)
        key = parents(key)
    return found


def _converted(kind: str, value: Any) -> Any:
    """A value of a list, which may be quoted whatever the property's type is. Raises: ServiceError 400."""
    text = str(value)
    try:
        if kind == "number":
            return float(text)
        if kind == "moment":
            parsed = parse_moment(text)
            return (parsed[0] if parsed else datetime.fromisoformat(text).isoformat()).lower()
    except ValueError:
        raise errors.query_invalid(f"The value '{text}' does not fit the property.") from None
    if kind == "bool":
        return value if isinstance(value, bool) else text.lower() in ("true", "1")
    return text.lower()


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
