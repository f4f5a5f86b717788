"""Tables of record errors and conflicts."""

from django.utils.translation import gettext_lazy as _

from sync.tables.columns import (
    Column,
    DirectionColumn,
    HeadColumn,
    LinkColumn,
    LookColumn,
    MomentColumn,
    SentenceColumn,
    Table,
    ValueColumn,
)
from sync.tables.jobs import job_href, key_text, record_href
from sync.tables.looks import CONFLICT, error_look


class ErrorTable(Table):
    """*Integration Synch. Errors*: one row per record that did not get through."""

    caption = _("Integration Synch. Errors")

    erp_key = HeadColumn(
        verbose_name=_("Record"),
        text=lambda row: key_text(row.erp_key or row.crm_id) or "–",
        css="key",
        href=lambda row: record_href(row.mapping.erp_table, row.erp_key),
    )
    name = Column(verbose_name=_("Name"), narrow="full")
    mapping = LinkColumn(
        verbose_name=_("Mapping"), accessor="mapping__name", css="tight", href=lambda row: job_href(row.job)
    )
    direction = DirectionColumn()
    state = LookColumn(
        verbose_name=_("State"), look=lambda row: error_look(waits=row.waits, solved=row.resolved_at is not None)
    )
    message = SentenceColumn(verbose_name=_("Error Message"))
    at = MomentColumn(verbose_name=_("Date/Time"), narrow="label")


class ConflictTable(Table):
    """Fields that both sides changed differently."""

    caption = _("Conflicts")

    record = HeadColumn(
        verbose_name=_("Record"),
        text=lambda row: key_text(row.coupling.erp_key),
        css="key",
        href=lambda row: record_href(row.coupling.mapping.erp_table, row.coupling.erp_key),
    )
    mapping = Column(verbose_name=_("Mapping"), accessor="coupling__mapping__name", css="tight")
    field = LookColumn(verbose_name=_("Field"), look=lambda row: CONFLICT.saying(row.field or _("The partner is gone")))
    erp_value = ValueColumn(verbose_name=_("NAV now"))
    baseline = ValueColumn(verbose_name=_("Last agreed"), css="muted")
    crm_value = ValueColumn(verbose_name=_("Sales now"))
    opened_at = MomentColumn(verbose_name=_("Since"))
