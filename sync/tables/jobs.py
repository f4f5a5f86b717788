"""Tables of jobs, of the records they acted on, and of the workers' turns."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sync.choices import COUNTERS
from sync.models import SynchJob, SynchJobEntry
from sync.selectors.record_lists import BY_TABLE
from sync.selectors.sentences import sentence
from sync.selectors.words import Words
from sync.tables.columns import (
    Column,
    DirectionColumn,
    HeadColumn,
    LookColumn,
    MomentColumn,
    NumberColumn,
    SentenceColumn,
    Table,
)
from sync.tables.looks import action_look, job_look
from sync.templatetags.look import duration_text, value_text

ACTION_OF = {
    "inserted": "insert",
    "modified": "modify",
    "deleted": "delete",
    "coupled": "couple",
    "uncoupled": "uncouple",
    "conflicts": "conflict",
}

# Parts of a key that every row has: no date, no quantity.
SAYS_NOTHING = ("", "0", "0001-01-01")

CAPTIONS = {field.name: field.verbose_name for field in SynchJob._meta.fields}


def counter_caption(name: str) -> str:
    """Return the caption of a counter."""
    return str(CAPTIONS[name])


def job_href(job: SynchJob) -> str:
    """Return where a job is explained."""
    return reverse("sync:job", args=[job.pk])


def counter_href(job: SynchJob, name: str) -> str:
    """Return where the rows behind a counter are; blank where none are kept (unchanged, skipped)."""
    if name in ("failed", "waiting"):
        return f"{job_href(job)}#errors"
    return f"{job_href(job)}?action={ACTION_OF[name]}#entries" if name in ACTION_OF else ""


def _counter(name: str) -> NumberColumn:
    narrow = "label" if name in ("inserted", "modified", "failed", "waiting") else "blank"
    return NumberColumn(verbose_name=CAPTIONS[name], narrow=narrow, href=lambda job: counter_href(job, name))


class JobTable(Table):
    """*Integration Synch. Jobs*: one row per mapping, direction and run, with all counters."""

    is_dense = True
    caption = _("Integration Synch. Jobs")
    started_at = MomentColumn(verbose_name=_("Start Date/Time"), narrow="label")
    mapping = HeadColumn(verbose_name=_("Mapping"), href=job_href, accessor="mapping__name")
    direction = DirectionColumn()
    status = LookColumn(verbose_name=_("Status"), look=lambda job: job_look(job.status, job.failed), href=job_href)
    duration = Column(verbose_name=_("Duration"), empty_values=(), css="n tight", narrow="blank")
    inserted = _counter("inserted")
    modified = _counter("modified")
    deleted = _counter("deleted")
    unchanged = _counter("unchanged")
    skipped = _counter("skipped")
    failed = _counter("failed")
    coupled = _counter("coupled")
    uncoupled = _counter("uncoupled")
    conflicts = _counter("conflicts")
    waiting = _counter("waiting")

    class Meta(Table.Meta):
        sequence = ("mapping", "direction", "status", "started_at", "duration", *COUNTERS)

    def render_duration(self, record: SynchJob) -> str:
        """Return how long the job took."""
        return duration_text(record.finished_at - record.started_at) if record.finished_at else "–"


_GIVEN = '<span><span class="muted">{}</span> <ins>{}</ins></span>'


def key_text(key: str) -> str:
    """Return a key as a person reads it: of several columns, the values that say something."""
    if ";" not in key or "=" not in key:
        return key
    values = [part.partition("=")[2] for part in key.split(";")]
    return " · ".join(value for value in values if value not in SAYS_NOTHING)


def changes_html(fields: dict[str, Any], words: Words, mapping_id: int, *, is_new: bool = False) -> Any:
    """Return field changes as "Field: before → after"; a new row's as "Field: value", one after the other."""
    if is_new and fields:
        given = ((words.caption(mapping_id, name), _shown(words, change[-1])) for name, change in fields.items())
        return format_html('<li class="flows">{}</li>', format_html_join(" ", _GIVEN, given))
    return format_html_join(
        "",
        '<li><span class="muted">{}</span> <del>{}</del> → <ins>{}</ins></li>',
        (
            (words.caption(mapping_id, name), _shown(words, change[0]), _shown(words, change[-1]))
            for name, change in (fields or {}).items()
            if isinstance(change, list) and change
        ),
    )


def _shown(words: Words, value: Any) -> Any:
    found = words.value(value)
    return value_text(key_text(found) if isinstance(found, str) else found)


def record_href(table: str, key: str) -> str:
    """Return where a record is explained; blank when no list shows its table."""
    item = BY_TABLE.get(table)
    return reverse("sync:record", args=[item.slug, key]) if item and key and not key.startswith("new:") else ""


class EntryTable(Table):
    """The records a job acted on, with field changes before → after."""

    caption = _("Records acted on")

    erp_key = HeadColumn(
        verbose_name=_("Record in NAV"),
        text=lambda row: key_text(row.erp_key or row.crm_id),
        css="key",
        href=lambda row: record_href(row.job.mapping.erp_table, row.erp_key),
    )
    name = Column(verbose_name=_("Name"), narrow="full")
    action = LookColumn(verbose_name=_("Action"), look=lambda row: action_look(row.action))
    fields = Column(verbose_name=_("Changes"), empty_values=(), narrow="full")
    at = MomentColumn(verbose_name=_("Date/Time"), narrow="blank")
    words = Words()

    def render_fields(self, record: SynchJobEntry) -> Any:
        """Return the changes; a creation keeps none, since undoing it needs only the id."""
        changes = changes_html(record.fields, self.words, record.job.mapping_id)
        if changes:
            return format_html('<ul class="changes">{}</ul>', changes)
        if record.action == "insert":
            return format_html('<span class="muted">{}</span>', gettext("Created with all its mapped fields"))
        return format_html('<span class="muted">{}</span>', sentence(record.reason))


class PlanTable(Table):
    """The actions of a plan, with field changes before → after and the reason."""

    caption = _("Plan")

    erp_key = HeadColumn(
        verbose_name=_("Record"),
        text=lambda row: key_text(row.erp_key if row.erp_key and not row.erp_key.startswith("new:") else row.crm_id),
        css="key",
    )
    name = Column(verbose_name=_("Name"), narrow="full")
    mapping = Column(verbose_name=_("Mapping"), accessor="line__name", css="tight")
    direction = DirectionColumn()
    action = LookColumn(verbose_name=_("Action"), look=lambda row: action_look(row.action))
    fields = Column(verbose_name=_("Changes and reason"), empty_values=(), narrow="full")
    words = Words()

    def render_fields(self, record: Any) -> Any:
        """Return the changes and why."""
        return format_html(
            '<ul class="changes">{}</ul><span class="muted">{}</span>',
            changes_html(record.fields, self.words, record.line.mapping_id, is_new=record.action == "insert"),
            sentence(record.reason),
        )


class LogTable(Table):
    """*Job Queue Log Entries*: one row per turn of a worker."""

    caption = _("Job Queue Log Entries")

    started_at = MomentColumn(verbose_name=_("Start Date/Time"), narrow="label", exact=True)
    line = HeadColumn(
        verbose_name=_("Integration Table Mapping"),
        accessor="line__name",
        href=lambda row: f"{reverse('sync:run', args=[row.line.run.number])}?line={row.line.name.replace(' ', '+')}",
    )
    run = Column(verbose_name=_("Run"), accessor="line__run__number", css="n")
    what = Column(verbose_name=_("Step"), narrow="label")
    status = LookColumn(verbose_name=_("Status"), look=lambda row: job_look(row.status))
    duration = Column(verbose_name=_("Duration"), empty_values=(), css="n tight")
    worker = Column(verbose_name=_("Worker"), narrow="blank", css="tight")
    message = SentenceColumn(verbose_name=_("Message"))

    class Meta(Table.Meta):
        sequence = ("line", "run", "what", "status", "started_at", "duration", "worker", "message")

    def render_what(self, value: str) -> str:
        """Return the step; the log keeps it in English."""
        return gettext(value)

    def render_duration(self, record: Any) -> str:
        """Return how long the turn took."""
        return duration_text(record.finished_at - record.started_at) if record.finished_at else "–"
