"""Paging by key: the next page starts after the last row seen, so page 5,000 costs what page 1 costs."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model, Q, QuerySet

CAP = 10_000
PAGE_SIZE = 50
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows with the marks of its neighbours; `count` stops at CAP + 1."""

    rows: list[Row]
    after: str
    before: str
    count: int

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than are counted."""
        return self.count > CAP


def _mark(values: list[Any]) -> str:
    text = json.dumps(values, default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_mark(text: str, length: int) -> list[Any] | None:
    """Return what a mark holds; None for one that somebody made up."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return None
    return values if isinstance(values, list) and len(values) == length else None


def _beyond(order: tuple[str, ...], values: list[Any], *, backwards: bool) -> Q:
    """Return the condition "comes after these values in this order" (or before them)."""
    condition = Q()
    for place, name in enumerate(order):
        down = name.startswith("-") is not backwards
        same = Q(**{field.lstrip("-"): given for field, given in zip(order[:place], values, strict=False)})
        condition |= same & Q(**{f"{name.lstrip('-')}__{'lt' if down else 'gt'}": values[place]})
    return condition


def page_of(
    rows: QuerySet[Row], order: tuple[str, ...], *, after: str = "", before: str = "", size: int = PAGE_SIZE
) -> Page[Row]:
    """Return one page in an order that ends in a unique column; a mark that cannot be read starts at the beginning."""
    try:
        return _page(rows, order, after, before, size)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return _page(rows, order, "", "", size)


def _page(rows: QuerySet[Row], order: tuple[str, ...], after: str, before: str, size: int) -> Page[Row]:
    backwards = bool(before) and not after
    start = _read_mark(before if backwards else after, len(order)) if (before or after) else None
    wanted = rows.order_by(*(_turned(order) if backwards and start else order))
    if start is not None:
        wanted = wanted.filter(_beyond(order, start, backwards=backwards))
    found = list(wanted[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards and start:
        found.reverse()
    has_next = more if not (backwards and start) else True
    has_previous = (start is not None and not backwards) or (backwards and start is not None and more)
    is_whole = not before and not after and not more
    count = len(found) if is_whole else rows[: CAP + 1].count()
    return Page(
        rows=found,
        after=_mark(_values(found[-1], order)) if found and has_next else "",
        before=_mark(_values(found[0], order)) if found and has_previous else "",
        count=count,
    )


def _turned(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] if name.startswith("-") else f"-{name}" for name in order)


def _values(row: Model, order: tuple[str, ...]) -> list[Any]:
    return [str(value) if not isinstance(value := getattr(row, name.lstrip("-")), int) else value for name in order]


def starts_with(field: str, text: str) -> Q:
    """Return the condition "the field starts with the text" in a form that the database answers from an index.

    SQLite compares bytes, so a range does it; PostgreSQL has its own pattern search.
    """
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})
    return Q(**{f"{field}__startswith": text})
