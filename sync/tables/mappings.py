"""Tables of integration table mappings and their fields."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from sync.selectors.mappings import MappingRow, filter_words
from sync.selectors.sentences import sentence
from sync.tables.columns import Column, DirectionColumn, HeadColumn, LookColumn, NumberColumn, Table
from sync.tables.looks import IDLE, OK, WARN, Look, field_look, queue_look

_KINDS = {
    "text": _("Text"),
    "code": _("Code"),
    "lookup": _("Reference"),
    "option": _("Choice by code"),
    "choice": _("Choice"),
    "currency": _("Currency"),
    "owner": _("Owner"),
    "base_unit": _("Base unit"),
    "state": _("State"),
    "decimal": _("Number"),
    "integer": _("Whole number"),
    "boolean": _("Yes or no"),
    "date": _("Date"),
    "datetime": _("Date and time"),
}


def mapping_look(row: MappingRow) -> Look:
    """Return whether a mapping can run."""
    if row.mapping.issue:
        return WARN.saying(gettext("Cannot run"))
    if row.unavailable:
        text = ngettext("%(number)s field not served", "%(number)s fields not served", row.unavailable)
        return WARN.saying(text % {"number": row.unavailable})
    return OK.saying(gettext("Ready"))


def schedule_look(row: MappingRow) -> Look:
    """Return how the recurring job of a mapping stands."""
    entry = getattr(row.mapping, "job_queue_entry", None)
    return queue_look(entry.status) if entry else IDLE.saying(gettext("No recurring job"))


def records_href(row: MappingRow) -> str:
    """Return the list of coupled records of a mapping."""
    return f"{reverse('sync:records', args=[row.records_slug])}?view=coupled" if row.records_slug else ""


class MappingTable(Table):
    """*Integration Table Mappings*."""

    is_dense = True
    caption = _("Integration Table Mappings")

    name = HeadColumn(
        verbose_name=_("Name"),
        accessor="mapping__name",
        href=lambda row: reverse("sync:mapping", args=[row.mapping.name]),
    )
    table = Column(verbose_name=_("Table"), accessor="mapping__erp_table", css="tight")
    direction = DirectionColumn(way=lambda row: row.mapping.direction)
    integration_table = Column(verbose_name=_("Integration Table"), accessor="mapping__crm_table", css="mono tight")
    filter = Column(verbose_name=_("Table Filter"), empty_values=(), narrow="blank", css="words")
    coupled = NumberColumn(verbose_name=_("Coupled"), href=records_href)
    depends = Column(verbose_name=_("Dependency Filter"), empty_values=(), narrow="blank", css="words")
    schedule = LookColumn(verbose_name=_("Recurring job"), look=schedule_look)
    state = LookColumn(verbose_name=_("State"), look=mapping_look)

    def render_filter(self, record: MappingRow) -> Any:
        """Return the filter in words."""
        words = "; ".join(filter_words(record.mapping.erp_filter or []))
        return words or format_html('<span class="faint">{}</span>', gettext("all records"))

    def render_depends(self, record: MappingRow) -> Any:
        """Return what goes first."""
        return ", ".join(record.mapping.depends_on or []) or format_html('<span class="faint">{}</span>', "–")


class FieldTable(Table):
    """*Integration Field Mapping*, read-only."""

    caption = _("Integration Field Mappings")

    erp_field = HeadColumn(verbose_name=_("Field"), empty_values=())
    direction = DirectionColumn()
    crm_field = Column(verbose_name=_("Integration Field"), css="mono", empty_values=())
    flags = Column(verbose_name=_("Kind and rules"), empty_values=(), narrow="blank")
    status = LookColumn(
        verbose_name=_("Status"), look=lambda row: field_look(row.status), note=lambda row: sentence(row.reason)
    )

    def render_erp_field(self, record: Any) -> Any:
        """Return NAV's caption with the name on the wire below."""
        if not record.erp_field:
            return gettext("Constant %(value)s") % {"value": record.constant}
        return record.erp_caption or record.erp_field.lstrip("@").replace("_", " ").strip()

    def render_crm_field(self, record: Any) -> str:
        """Return the column in Sales."""
        return str(record.crm_field or gettext("Constant %(value)s") % {"value": record.constant})

    def render_flags(self, record: Any) -> Any:
        """Return the field's kind, and its own rules in words."""
        flags = [
            (record.target, gettext("finds its partner by %(name)s") % {"name": record.target}),
            (record.not_null, gettext("not sent when blank")),
            (record.clear_value_on_failed_sync, gettext("cleared when its partner is missing")),
            (record.update_conflict, str(record.get_update_conflict_display())),
        ]
        rules = ", ".join(text for applies, text in flags if applies)
        return format_html(
            '<span class="muted">{}</span><span class="note">{}</span>', _KINDS.get(record.kind, record.kind), rules
        )
