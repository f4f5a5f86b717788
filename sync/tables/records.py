"""The table of a record list: NAV's columns, and where each record stands."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from sync.selectors.listing import ListView, RecordRow
from sync.selectors.record_lists import RecordList
from sync.tables.columns import Column, HeadColumn, LookColumn, Table
from sync.templatetags.look import value_text

LONG = 28


def number_text(value: Any) -> str:
    """Return a number with all its decimals, in the person's language; what is no number stays as it is."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return str(number_format(found, force_grouping=True, use_l10n=True))


class _CellColumn(Column):
    """One of NAV's columns, by its place in the row."""

    def __init__(self, place: int, *, is_number: bool, **kwargs: Any) -> None:
        super().__init__(
            empty_values=(), css=("n tight" if is_number else "long") + ("", " later", " last")[min(place, 2)], **kwargs
        )
        self.place = place
        self.is_number = is_number

    def render(self, record: RecordRow) -> Any:
        """Return the value; blank stays blank."""
        value = record.cells[self.place]
        if value in (None, ""):
            return ""
        if self.is_number:
            return number_text(value)
        text = value_text(value)
        # A long value is cut short on wide screens; the whole of it is in reach.
        return format_html('<span title="{}">{}</span>', text, text) if len(str(text)) > LONG else text


def _coupled(row: RecordRow) -> Any:
    return _("Yes") if row.is_coupled else format_html('<span class="muted">{}</span>', _("No"))


class _CoupledColumn(Column):
    def render(self, record: RecordRow) -> Any:
        """Return whether the record has a partner in Sales."""
        return _coupled(record)


def record_table(item: RecordList, view: ListView) -> Table:
    """Return the table of one page of a list."""

    def href(row: RecordRow) -> str:
        return reverse("sync:record", args=[item.slug, row.record.key])

    columns: list[tuple[str, Column]] = [
        ("number", HeadColumn(verbose_name=item.number_caption, accessor="shown_number", href=href)),
        ("name", Column(verbose_name=item.name_caption, accessor="record__name", narrow="full", css="tight")),
    ]
    columns += [
        (
            f"cell_{place}",
            _CellColumn(
                place,
                is_number=column.is_number,
                verbose_name=column.caption,
                narrow="label" if place == 0 else "blank",
            ),
        )
        for place, column in enumerate(view.columns)
    ]
    columns += [
        ("coupled", _CoupledColumn(verbose_name=_("Coupled to Sales"), empty_values=())),
        ("state", LookColumn(verbose_name=_("Synchronization"), look=lambda row: row.look, href=href)),
    ]
    table = Table(view.rows, extra_columns=columns)
    table.caption = item.title
    return table
