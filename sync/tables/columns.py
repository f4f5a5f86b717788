"""Columns with the behaviour of our tables: row heads, numbers at the right, and what becomes of a cell on a narrow screen."""

from collections.abc import Callable
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sync.selectors.sentences import sentence
from sync.tables.looks import Look, Text
from sync.templatetags import look as tags


class Column(tables.Column):  # type: ignore[misc]
    """A column; `narrow` says what a card shows of it: "label" with its caption, "full" on a line, "blank" nothing."""

    def __init__(self, *args: Any, css: str = "", narrow: str = "label", is_head: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("orderable", False)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)
        self.narrow = narrow
        self.is_head = is_head
        self.css = " ".join(filter(None, (css, "full" if narrow == "full" else "blank" if narrow == "blank" else "")))

    @property
    def wants_label(self) -> bool:
        """Whether a card repeats the caption beside the value."""
        return self.narrow == "label" and not self.is_head


class HeadColumn(Column):
    """The column that names the row, as a link when `href` gives an address; `text` words it where no one value does."""

    def __init__(
        self,
        *args: Any,
        href: Callable[[Any], str] | None = None,
        text: Callable[[Any], str] | None = None,
        **kwargs: Any,
    ) -> None:
        if text:
            kwargs["empty_values"] = ()
        super().__init__(*args, is_head=True, css=kwargs.pop("css", "tight"), narrow="label", **kwargs)
        self.href = href
        self.text = text

    def render(self, value: Any, record: Any) -> Any:
        """Return the name, linked."""
        address = self.href(record) if self.href else ""
        shown = self.text(record) if self.text else value
        return format_html('<a href="{}">{}</a>', address, shown) if address else shown


class LinkColumn(Column):
    """A column whose value leads somewhere."""

    def __init__(self, *args: Any, href: Callable[[Any], str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.href = href

    def render(self, value: Any, record: Any) -> Any:
        """Return the value, linked when there is an address."""
        address = self.href(record)
        return format_html('<a href="{}">{}</a>', address, value) if address else value


class NumberColumn(Column):
    """A whole number, right-aligned, with thousands in the person's language; zero is faint, a link when it leads to rows."""

    def __init__(self, *args: Any, href: Callable[[Any], str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, css="n", **kwargs)
        self.href = href

    def render(self, value: Any, record: Any) -> Any:
        """Return the number."""
        if not value:
            return format_html('<span class="faint">{}</span>', value)
        text = tags.number(value)
        address = self.href(record) if self.href else ""
        return format_html('<a href="{}">{}</a>', address, text) if address else text


class LookColumn(Column):
    """A status: glyph, word, colour."""

    def __init__(
        self,
        *args: Any,
        look: Callable[[Any], Look | None],
        href: Callable[[Any], str] | None = None,
        note: Callable[[Any], str] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("empty_values", ())
        super().__init__(*args, **kwargs)
        self.look = look
        self.href = href
        self.note = note

    def render(self, record: Any) -> SafeString | str:
        """Return the status, with a note below it where there is one."""
        found = self.look(record)
        if found is None:
            return ""
        shown = tags.status(found, self.href(record) if self.href else "", "wrap" if self.note else "")
        note = self.note(record) if self.note else ""
        return format_html('{}<span class="note">{}</span>', shown, note) if note else shown


class SentenceColumn(Column):
    """A stored sentence, in the language of the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, narrow="full", css="prose", **kwargs)

    def render(self, value: Any) -> str:
        """Return the sentence."""
        return sentence(str(value))


class MomentColumn(Column):
    """A time in words, the full time on hover; `exact` ones show their seconds."""

    def __init__(self, *args: Any, exact: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, css="tight", **kwargs)
        self.exact = exact

    def render(self, value: Any) -> SafeString | str:
        """Return the time."""
        return tags.moment(value, self.exact)


class DirectionColumn(Column):
    """Which way: N → S, N ← S, N ⇄ S."""

    def __init__(self, *args: Any, way: Callable[[Any], str] = lambda row: str(row.direction), **kwargs: Any) -> None:
        super().__init__(*args, verbose_name=_("Direction"), css="nowrap", narrow="label", empty_values=(), **kwargs)
        self.way = way

    def render(self, record: Any) -> SafeString:
        """Return the markers with an arrow."""
        return tags.direction(self.way(record))


class ValueColumn(Column):
    """A field's value; blank is said."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, empty_values=(), **kwargs)

    def render(self, value: Any) -> SafeString | str:
        """Return the value as a person reads it."""
        return tags.value_text(value)


class Table(tables.Table):  # type: ignore[misc]
    """A table in our look; rows come already ordered and paged. `is_dense` sets many columns closer."""

    is_dense = False
    caption: Text = ""

    class Meta:
        template_name = "tables/table.html"
        orderable = False
