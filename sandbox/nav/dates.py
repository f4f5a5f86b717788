"""Date formulas: `1M`, `14D`, `CM`, `1M+10D`, stored between angle brackets where NAV stores them language-independently."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Final

from sandbox.nav.schema import EMPTY_DATE

_TERM: Final = re.compile(r"([+-]?)(?:(C)([DWMQY])|(\d+)([DWMQY]))")
_FORMULA: Final = re.compile(r"(?:[+-]?(?:C[DWMQY]|\d+[DWMQY]))+")
_MONTHS: Final = {"M": 1, "Q": 3, "Y": 12}


def is_formula(text: str) -> bool:
    """Whether a text is a date formula; blank is one, too."""
    bare = text.strip().strip("<>").replace(" ", "").upper()
    return bare == "" or _FORMULA.fullmatch(bare) is not None


def due_date(day: str, formula: str) -> str:
    """The day a formula leads to from `day`; the empty date stays empty."""
    if day == EMPTY_DATE:
        return day
    found = date.fromisoformat(day)
    for sign, current, period, number, unit in _TERM.findall(formula.strip().strip("<>").replace(" ", "").upper()):
        direction = -1 if sign == "-" else 1
        found = _end_of(found, period, direction) if current else _moved(found, direction * int(number), unit)
    return found.isoformat()


def _moved(day: date, number: int, unit: str) -> date:
    if unit in _MONTHS:
        months = day.year * 12 + day.month - 1 + number * _MONTHS[unit]
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    return day + timedelta(days=number * (7 if unit == "W" else 1))


def _end_of(day: date, period: str, direction: int) -> date:
    """The last day of the current period; its first one with a minus in front."""
    if period == "D":
        return day
    if period == "W":
        return day + timedelta(days=6 - day.weekday()) if direction > 0 else day - timedelta(days=day.weekday())
    size = _MONTHS[period]
    first = (day.month - 1) // size * size + 1
    if direction < 0:
        return date(day.year, first, 1)
    last = first + size - 1
    return date(day.year, last, calendar.monthrange(day.year, last)[1])
